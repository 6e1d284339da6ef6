// SPDX-License-Identifier: BSD-2-Clause
// Handles on the files of a CPIO archive; see file_table.h.
#include "file_table.h"
#include <stdio.h>
#include <string.h>

#define MODE_TYPE 0170000u
#define MODE_FILE 0100000u

static void report(enum cpio_status s, const struct cpio_entry *e, const char *last, unsigned files,
                   void (*problem)(void *ctx, const char *line), void *ctx)
{
    char line[256];

    if (e->name)
        snprintf(line, sizeof line, "file archive, entry '%.80s' at byte %llu: %s; %u whole files before it are served",
                 e->name, (unsigned long long)e->offset, cpio_strerror(s), files);
    else
        snprintf(line, sizeof line, "file archive, at byte %llu%s%.80s%s: %s; %u whole files before it are served",
                 (unsigned long long)e->offset, last ? " after entry '" : "", last ? last : "", last ? "'" : "",
                 cpio_strerror(s), files);
    problem(ctx, line);
}

unsigned file_table_init(struct file_table *t, const void *archive, uint64_t size,
                         void (*problem)(void *ctx, const char *line), void *ctx)
{
    struct cpio_cursor c = cpio_begin(archive, size);
    struct cpio_entry e;
    const char *last = NULL;
    enum cpio_status s;

    memset(t, 0, sizeof *t);
    t->archive = archive;
    while ((s = cpio_next(&c, &e)) == CPIO_OK) {
        last = e.name;
        t->files += (e.mode & MODE_TYPE) == MODE_FILE;
    }
    t->archive_size = c.at;                     /* what lies behind the damage is not looked at again */
    if (s != CPIO_END)
        report(s, &e, last, t->files, problem, ctx);
    return t->files;
}

static struct open_file *lookup(struct file_table *t, unsigned client, int handle)
{
    if (client >= FILES_MAX_CLIENTS || handle < 0 || handle >= FILES_PER_CLIENT || !t->open[client][handle].used)
        return NULL;
    return &t->open[client][handle];
}

static int free_handle(const struct file_table *t, unsigned client)
{
    for (int i = 0; i < FILES_PER_CLIENT; i++)
        if (!t->open[client][i].used)
            return i;
    return FILE_TOO_MANY;
}

int file_open(struct file_table *t, unsigned client, const char *name, size_t room)
{
    char copy[FILES_NAME_MAX + 1];              /* the client may change its buffer under us */
    size_t n = 0;
    struct cpio_entry e;

    if (client >= FILES_MAX_CLIENTS)
        return FILE_BAD_ARGUMENT;
    for (; n < room && n < FILES_NAME_MAX; n++)
        if ((copy[n] = ((const volatile char *)name)[n]) == '\0')
            break;
    if (n == 0 || n == room || n == FILES_NAME_MAX)
        return FILE_BAD_ARGUMENT;
    if (cpio_find(t->archive, t->archive_size, copy, &e) < 0)
        return FILE_NOT_FOUND;
    int handle = free_handle(t, client);
    if (handle >= 0)
        t->open[client][handle] = (struct open_file){ .data = e.data, .size = e.size, .used = 1 };
    return handle;
}

int64_t file_size(struct file_table *t, unsigned client, int handle)
{
    struct open_file *f = lookup(t, client, handle);
    return f ? (int64_t)f->size : FILE_BAD_HANDLE;
}

int64_t file_read(struct file_table *t, unsigned client, int handle, void *to, uint64_t n)
{
    struct open_file *f = lookup(t, client, handle);

    if (!f)
        return FILE_BAD_HANDLE;
    if (n > f->size - f->at)
        n = f->size - f->at;
    if (n)
        memcpy(to, f->data + f->at, n);
    f->at += n;
    return (int64_t)n;
}

int64_t file_seek(struct file_table *t, unsigned client, int handle, int64_t offset, int whence)
{
    struct open_file *f = lookup(t, client, handle);
    int64_t base, at;

    if (!f)
        return FILE_BAD_HANDLE;
    if (whence == FILE_SEEK_SET)
        base = 0;
    else if (whence == FILE_SEEK_CUR)
        base = (int64_t)f->at;
    else if (whence == FILE_SEEK_END)
        base = (int64_t)f->size;
    else
        return FILE_BAD_ARGUMENT;
    if (__builtin_add_overflow(base, offset, &at) || at < 0 || (uint64_t)at > f->size)
        return FILE_BAD_ARGUMENT;
    f->at = (uint64_t)at;
    return at;
}

int file_close(struct file_table *t, unsigned client, int handle)
{
    struct open_file *f = lookup(t, client, handle);

    if (!f)
        return FILE_BAD_HANDLE;
    f->used = 0;
    return 0;
}
