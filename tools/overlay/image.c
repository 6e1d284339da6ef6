// SPDX-License-Identifier: BSD-2-Clause
// Reads initramfs images: newc archives, plain or compressed, one behind the other, as Linux' unpacker takes them
// ("Documentation/driver-api/early-userspace/buffer-format"). libarchive unpacks, lib/cpio reads.
#include "overlay.h"

#include <archive.h>
#include <archive_entry.h>
#include <cpio/cpio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRAILER_BYTES = 124 };               /* header and name of the trailer, to a multiple of four */
#define UNPACKED_LIMIT ((size_t)2 << 30)    /* more is no root file system but a trap */

/* Names of one file: the inode they share, by device and number inside one archive. */
enum { LINK_SLOTS = 1024 };
struct link_group {
    struct link_group *next;
    uint32_t dev_major, dev_minor, number;
    struct inode *inode;
};

struct reader {
    struct tree *tree;
    const char *path;
    struct problem *problem;
    struct link_group *slot[LINK_SLOTS];
};

static struct inode *shared_inode(struct reader *r, const struct cpio_entry *e)
{
    struct link_group **slot = &r->slot[(e->inode ^ e->dev_minor << 7) % LINK_SLOTS], *g;

    for (g = *slot; g; g = g->next)
        if (g->number == e->inode && g->dev_major == e->dev_major && g->dev_minor == e->dev_minor)
            return g->inode;
    g = tree_alloc(r->tree, sizeof *g);
    *g = (struct link_group){ *slot, e->dev_major, e->dev_minor, e->inode, tree_inode(r->tree) };
    *slot = g;
    return g->inode;
}

static bool take_entry(struct reader *r, const struct cpio_entry *e)
{
    uint32_t type = e->mode & S_IFMT;
    bool linked = e->links > 1 && type == S_IFREG;
    struct inode *i = linked ? shared_inode(r, e) : tree_inode(r->tree);

    if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK && type != S_IFCHR && type != S_IFBLK &&
        type != S_IFIFO && type != S_IFSOCK)
        return fail(r->problem, "%s: entry '%s' has the unknown file type 0%o", r->path, e->name, type);
    i->mode = e->mode & (S_IFMT | 07777);
    i->uid = e->uid;
    i->gid = e->gid;
    i->mtime = e->mtime;
    i->rdev_major = e->rdev_major;
    i->rdev_minor = e->rdev_minor;
    if (e->size && (type == S_IFREG || type == S_IFLNK)) {
        i->data = e->data;
        i->size = (size_t)e->size;
    }
    struct problem p = { 0 };
    if (!tree_put(r->tree, e->name, i, PUT_IMAGE, &p))
        return fail(r->problem, "%s: the image is damaged or hostile: %s", r->path, p.text);
    return true;
}

/* One archive up to its trailer; *end is set behind it. */
static bool take_archive(struct reader *r, const uint8_t *data, size_t size, size_t *end)
{
    struct cpio_cursor c = cpio_begin(data, size);
    struct cpio_entry e;
    enum cpio_status s;

    memset(r->slot, 0, sizeof r->slot);
    while ((s = cpio_next(&c, &e)) == CPIO_OK)
        if (!take_entry(r, &e))
            return false;
    if (s != CPIO_END)
        return fail(r->problem, "%s: bad CPIO archive at offset %llu%s%s: %s", r->path, (unsigned long long)e.offset,
                    e.name ? ", entry " : "", e.name ? e.name : "", cpio_strerror(s));
    *end = size - e.offset < TRAILER_BYTES ? size : (size_t)e.offset + TRAILER_BYTES;
    return true;
}

static size_t skip_zeros(const uint8_t *data, size_t size, size_t at)
{
    while (at < size && data[at] == 0)
        at++;
    return at;
}

static bool is_newc(const uint8_t *data, size_t left)
{
    return left >= 6 && memcmp(data, "07070", 5) == 0 && (data[5] == '1' || data[5] == '2');
}

static bool read_all(struct reader *r, struct archive *a, uint8_t **out, size_t *out_size)
{
    size_t room = 0, n = 0;
    la_ssize_t got;

    do {
        if (n == room) {
            room = room ? 2 * room : 1 << 20;
            *out = realloc(*out, room);
            if (!*out)
                return fail(r->problem, "%s: not enough memory to unpack it", r->path);
        }
        if ((got = archive_read_data(a, *out + n, room - n)) < 0)
            return fail(r->problem, "%s: unpacking failed: %s", r->path, archive_error_string(a));
        n += (size_t)got;
        if (n > UNPACKED_LIMIT)
            return fail(r->problem, "%s: unpacks to more than 2 GiB", r->path);
    } while (got > 0);
    *out_size = n;
    return true;
}

/* A compressed part: unpacks it and tells how many bytes of `data` it was. */
static bool unpack(struct reader *r, const uint8_t *data, size_t size, uint8_t **out, size_t *out_size, size_t *end)
{
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    bool ok = false;

    *out = NULL;
    if (!a)
        return fail(r->problem, "%s: not enough memory to unpack it", r->path);
    archive_read_support_filter_all(a);
    archive_read_support_format_raw(a);
    if (archive_read_open_memory(a, data, size) != ARCHIVE_OK || archive_read_next_header(a, &entry) != ARCHIVE_OK)
        fail(r->problem, "%s: unpacking failed: %s", r->path, archive_error_string(a));
    else if (archive_filter_count(a) < 2)
        fail(r->problem, "%s: is neither a newc CPIO archive nor a compressed one (gzip, xz, zstd, lz4 ...)", r->path);
    else
        ok = read_all(r, a, out, out_size);
    if (ok) {
        la_int64_t used = archive_filter_bytes(a, -1);
        *end = used > 0 && (size_t)used < size ? (size_t)used : size;
        tree_own(r->tree, *out, 0);
    } else
        free(*out);
    archive_read_free(a);
    return ok;
}

static bool take_plain(struct reader *r, const uint8_t *data, size_t size)
{
    size_t at = 0;

    while ((at = skip_zeros(data, size, at)) < size) {
        size_t used;

        if (!is_newc(data + at, size - at))
            return fail(r->problem, "%s: what is compressed in it is no newc CPIO archive", r->path);
        if (!take_archive(r, data + at, size - at, &used))
            return false;
        at += used;
    }
    return true;
}

static bool take_compressed(struct reader *r, const uint8_t *data, size_t size, size_t *used)
{
    size_t unpacked_size = 0;
    uint8_t *unpacked = NULL;

    if (size >= 6 && memcmp(data, "070707", 6) == 0)
        return fail(r->problem, "%s: is a CPIO archive of the old kind; the kernel wants newc (cpio -H newc)", r->path);
    return unpack(r, data, size, &unpacked, &unpacked_size, used) && take_plain(r, unpacked, unpacked_size);
}

static bool take_parts(struct reader *r, const uint8_t *data, size_t size)
{
    size_t at = 0, used = 0;
    unsigned parts = 0;

    for (; (at = skip_zeros(data, size, at)) < size; parts++, at += used) {
        bool plain = is_newc(data + at, size - at);

        if (!(plain ? take_archive : take_compressed)(r, data + at, size - at, &used))
            return false;
    }
    return parts ? true : fail(r->problem, "%s: is empty, no CPIO archive", r->path);
}

/* Bytes of the plain archives in front of a compressed one: where firmware and microcode stand. */
static size_t plain_head(const uint8_t *data, size_t size)
{
    size_t at = 0;

    while (is_newc(data + at, size - at)) {
        struct cpio_cursor c = cpio_begin(data + at, size - at);
        struct cpio_entry e;
        enum cpio_status s;

        while ((s = cpio_next(&c, &e)) == CPIO_OK)
            ;
        if (s != CPIO_END || size - at - e.offset < TRAILER_BYTES)
            return 0;
        at = skip_zeros(data, size, at + e.offset + TRAILER_BYTES);
    }
    return at < size ? at : 0;
}

static bool map_file(struct tree *t, const char *path, struct image *image, struct problem *p)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    *image = (struct image){ 0 };
    if (fd < 0)
        return fail(p, "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        fail(p, "%s: is no regular file", path);
    else if (st.st_size == 0)
        fail(p, "%s: is empty, no CPIO archive", path);
    else {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            fail(p, "%s: %s", path, strerror(errno));
        else {
            *image = (struct image){ .data = data, .size = (size_t)st.st_size };
            tree_own(t, data, image->size);
        }
    }
    close(fd);
    return image->data;
}

bool image_read(struct tree *t, const char *path, bool skip_head, struct image *image, struct problem *problem)
{
    struct reader r = { .tree = t, .path = path, .problem = problem };

    if (!map_file(t, path, image, problem))
        return false;
    image->head_size = plain_head(image->data, image->size);
    size_t start = skip_head ? image->head_size : 0;
    return take_parts(&r, image->data + start, image->size - start);
}
