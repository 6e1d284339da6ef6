// SPDX-License-Identifier: BSD-2-Clause
// The guests' files as a CPIO archive; see archive.h. Facts: cpio(5), "New ASCII Format".
#include "archive.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAIL(...) (fprintf(stderr, "mksystem: " __VA_ARGS__), fputc('\n', stderr), PLAN_BAD_INPUT)

static void pad(FILE *out)
{
    while (ftell(out) % 4)
        fputc(0, out);
}

static void header(FILE *out, unsigned inode, unsigned mode, uint64_t size, const char *name)
{
    const unsigned name_size = (unsigned)strlen(name) + 1;

    fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", inode, mode, 0, 0, 1, 0, (unsigned)size,
            0, 0, 0, 0, name_size, 0);
    fwrite(name, 1, name_size, out);
    pad(out);
}

static int append(FILE *out, const struct plan_file *f)
{
    static char buffer[1 << 16];
    uint64_t left = f->bytes;
    FILE *in = fopen(f->path, "rb");

    if (!in)
        return FAIL("'%s': %s", f->path, strerror(errno));
    while (left) {
        size_t n = fread(buffer, 1, left < sizeof buffer ? (size_t)left : sizeof buffer, in);
        if (n == 0)
            break;
        fwrite(buffer, 1, n, out);
        left -= n;
    }
    fclose(in);
    pad(out);
    return left ? FAIL("'%s' became shorter while it was read", f->path) : PLAN_OK;
}

int archive_write(const char *path, const struct plan_file *file, unsigned files, uint64_t *bytes)
{
    FILE *out = fopen(path, "wb");

    if (!out)
        return FAIL("'%s': %s", path, strerror(errno));
    for (unsigned i = 0; i < files; i++) {
        header(out, i + 1, 0100444, file[i].bytes, file[i].name);
        if (append(out, &file[i])) {
            fclose(out);
            return PLAN_BAD_INPUT;
        }
    }
    header(out, 0, 0, 0, "TRAILER!!!");
    while (ftell(out) % 512)
        fputc(0, out);
    *bytes = (uint64_t)ftell(out);
    if (ferror(out) || fclose(out) != 0)
        return FAIL("writing '%s' failed", path);
    return PLAN_OK;
}
