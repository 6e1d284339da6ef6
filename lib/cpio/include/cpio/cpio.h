// SPDX-License-Identifier: BSD-2-Clause
// Reader of CPIO archives in the "newc" format (magic 070701, and 070702 with checksums), in memory, without copies.
// For the loader and the file server; also builds for the host. The archive may be hostile or cut short: every
// length is checked against what is left, nothing outside [data, data + size) is read.
// Facts: cpio(5), "New ASCII Format".
#ifndef CPIO_CPIO_H
#define CPIO_CPIO_H

#include <stddef.h>
#include <stdint.h>

struct cpio_entry {
    const char *name;         /* zero-terminated, inside the archive */
    const uint8_t *data;      /* inside the archive; NULL when size is 0 */
    uint64_t size;
    uint32_t mode;            /* as in struct stat */
    uint64_t offset;          /* of the entry's header */
    uint32_t inode, links;    /* entries of one device and inode with links > 1 are names of one file */
    uint32_t uid, gid, mtime;
    uint32_t dev_major, dev_minor;
    uint32_t rdev_major, rdev_minor;
};

enum cpio_status {
    CPIO_OK = 0,
    CPIO_END,                 /* the trailer, or nothing but zero bytes to the end */
    CPIO_NO_TRAILER,          /* ends at an entry's end, but without a trailer: cut short between entries */
    CPIO_SHORT_HEADER,        /* what is left is less than a header */
    CPIO_BAD_MAGIC,
    CPIO_BAD_NUMBER,          /* a header field is not hexadecimal */
    CPIO_BAD_NAME,            /* empty, not terminated, or past the end */
    CPIO_SHORT_DATA,          /* the file is longer than the archive; entry->name is valid */
};

struct cpio_cursor {
    const uint8_t *base;
    uint64_t size, at;
};

static inline struct cpio_cursor cpio_begin(const void *archive, uint64_t size)
{
    return (struct cpio_cursor){ .base = archive, .size = size, .at = 0 };
}

/* CPIO_OK: *entry is filled and the cursor moved on. Anything else: the cursor stays; entry->offset says where the
 * trouble is and entry->name is the name as far as it is known, else NULL. */
enum cpio_status cpio_next(struct cpio_cursor *, struct cpio_entry *entry);

/* Finds a regular file by name; a leading "./" or "/" does not count, on either side. 0, or -1. */
int cpio_find(const void *archive, uint64_t size, const char *name, struct cpio_entry *entry);

/* 1 when both name the same file: leading "./" and "/" do not count. */
int cpio_same_name(const char *a, const char *b);

const char *cpio_strerror(enum cpio_status);

#endif
