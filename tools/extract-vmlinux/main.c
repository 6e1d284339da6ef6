// SPDX-License-Identifier: BSD-2-Clause
// extract-vmlinux: takes the ELF kernel out of a Linux bzImage, so that the guest need not unpack itself
// (an XZ kernel costs it billions of instructions). Host program of the build.
#include "bzimage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: extract-vmlinux BZIMAGE VMLINUX     write the ELF kernel inside BZIMAGE to VMLINUX\n"
    "       extract-vmlinux --info BZIMAGE      print release, boot protocol, compression and sizes\n"
    "       extract-vmlinux --release BZIMAGE   print the kernel release only\n";

static int complain(const char *file, const char *why)
{
    fprintf(stderr, "extract-vmlinux: %s: %s\n", file, why);
    return 1;
}

static bool read_file(const char *path, struct bytes *out)
{
    FILE *f = fopen(path, "rb");
    long len = -1;

    if (!f)
        return false;
    if (fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
        out->len = (size_t)len;
        out->data = malloc(out->len + 1);
        if (!out->data || fread(out->data, 1, out->len, f) != out->len)
            len = -1;
    }
    int saved = errno;
    fclose(f);
    errno = saved ? saved : EIO;
    return len >= 0;
}

static bool write_file(const char *path, struct bytes b)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        return false;
    bool ok = fwrite(b.data, 1, b.len, f) == b.len;
    if (fclose(f) != 0)
        ok = false;
    if (!ok)
        remove(path);
    return ok;
}

/* "6.1.0-50-686-pae (builder ...) #1 SMP": the release is the first word. */
static int release_len(const struct bzimage *bz)
{
    return bz->release ? (int)strcspn(bz->release, " ") : 0;
}

static void print_info(const struct bzimage *bz)
{
    printf("release       %.*s\n", release_len(bz), bz->release ? bz->release : "");
    printf("protocol      %u.%02u\n", bz->protocol >> 8, bz->protocol & 0xff);
    printf("compression   %s\n", bzimage_compression(bz));
    printf("packed        %zu\n", bz->payload_len);
    printf("unpacked      %u\n", bz->unpacked_len);
}

int main(int argc, char **argv)
{
    bool info = argc == 3 && strcmp(argv[1], "--info") == 0;
    bool release = argc == 3 && strcmp(argv[1], "--release") == 0;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc != 3 || (argv[1][0] == '-' && !info && !release)) {
        fputs(usage, stderr);
        return 2;
    }
    const char *in = info || release ? argv[2] : argv[1], *why;
    struct bytes image = { 0 }, kernel = { 0 };
    struct bzimage bz;

    if (!read_file(in, &image))
        return complain(in, strerror(errno));
    if (!bzimage_parse(image, &bz, &why))
        return complain(in, why);
    if (info)
        print_info(&bz);
    else if (release)
        printf("%.*s\n", release_len(&bz), bz.release ? bz.release : "");
    else if (!bzimage_unpack(&bz, &kernel, &why))
        return complain(in, why);
    else if (!write_file(argv[2], kernel))
        return complain(argv[2], strerror(errno));
    free(kernel.data);
    free(image.data);
    return 0;
}
