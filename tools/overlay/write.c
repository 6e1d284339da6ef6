// SPDX-License-Identifier: BSD-2-Clause
// Writes a tree as a newc archive, plain or gzipped, the same bytes for the same tree. Facts: cpio(5), "New ASCII
// Format". The file appears by a rename when it is complete; one that would not change keeps its time.
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 512 };

struct sink {
    FILE *plain;
    gzFile gzip;
    uint64_t at;
    bool bad;
};

static void put(struct sink *s, const void *bytes, size_t n)
{
    if (n == 0 || s->bad)
        return;
    s->at += n;
    if (s->gzip)
        s->bad = gzfwrite(bytes, 1, n, s->gzip) != n;
    else
        s->bad = fwrite(bytes, 1, n, s->plain) != n;
}

static void pad(struct sink *s, unsigned multiple)
{
    static const char zeros[BLOCK];

    put(s, zeros, (size_t)((multiple - s->at % multiple) % multiple));
}

static void put_entry(struct sink *s, const char *name, const struct inode *i, size_t size)
{
    char header[111];

    snprintf(header, sizeof header,
             "070701%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32
             "%08x%08x%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08x",
             (uint32_t)i->number, i->mode, i->uid, i->gid, (uint32_t)i->names, i->mtime, (uint32_t)size, 0, 0,
             i->rdev_major, i->rdev_minor, (uint32_t)strlen(name) + 1, 0);
    put(s, header, 110);
    put(s, name, strlen(name) + 1);
    pad(s, 4);
    put(s, i->data, size);
    pad(s, 4);
}

/* Directories before what is in them, names in order; the contents of a file stand with its last name. */
static void put_node(struct sink *s, struct node *n)
{
    struct inode *i = n->inode;
    char path[TREE_MAX_PATH];

    tree_path(n, path);
    put_entry(s, path, i, ++i->written == i->names ? i->size : 0);
    for (size_t k = 0; k < n->children; k++)
        put_node(s, n->child[k]);
}

static void count_names(struct node *n, unsigned *number)
{
    struct inode *i = n->inode;

    if (i->names++ == 0) {
        i->number = ++*number;
        i->written = 0;
    }
    for (size_t k = 0; k < n->children; k++)
        count_names(n->child[k], number);
}

static void put_tree(struct sink *s, struct tree *t)
{
    unsigned number = 0;

    for (struct inode *i = t->inodes; i; i = i->next)
        i->names = 0;
    count_names(t->root, &number);
    put_node(s, t->root);
    put_entry(s, "TRAILER!!!", &(struct inode){ .names = 1 }, 0);
    pad(s, BLOCK);
}

/* The head goes out as it is; what follows it begins at a multiple of a block, as the kernel's scan wants it. */
static bool write_to(const char *path, struct tree *t, const struct output *o)
{
    struct sink s = { .plain = fopen(path, "wb") };

    if (!s.plain)
        return false;
    put(&s, o->head, o->head_size);
    if (o->gzip) {
        int fd = fflush(s.plain) == 0 ? dup(fileno(s.plain)) : -1;
        s.gzip = fd >= 0 ? gzdopen(fd, "wb6") : NULL;
        s.bad = s.bad || !s.gzip;
        s.at = 0;
    }
    put_tree(&s, t);
    if (s.gzip && gzclose(s.gzip) != Z_OK)
        s.bad = true;
    if (fclose(s.plain) != 0)
        s.bad = true;
    return !s.bad;
}

static bool same_bytes(const char *a, const char *b)
{
    const char *path[2] = { a, b };
    void *data[2] = { MAP_FAILED, MAP_FAILED };
    struct stat st[2];

    for (int i = 0; i < 2; i++) {
        int fd = open(path[i], O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &st[i]) == 0)
            data[i] = mmap(NULL, (size_t)st[i].st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (fd >= 0)
            close(fd);
    }
    bool same = data[0] != MAP_FAILED && data[1] != MAP_FAILED && st[0].st_size == st[1].st_size &&
                memcmp(data[0], data[1], (size_t)st[0].st_size) == 0;
    for (int i = 0; i < 2; i++)
        if (data[i] != MAP_FAILED)
            munmap(data[i], (size_t)st[i].st_size);
    return same;
}

bool image_write(struct tree *t, const struct output *o, struct problem *problem)
{
    char partial[TREE_MAX_PATH];

    if ((size_t)snprintf(partial, sizeof partial, "%s.partial", o->path) >= sizeof partial)
        return fail(problem, "%s: the path is too long", o->path);
    if (!write_to(partial, t, o)) {
        fail(problem, "%s: writing failed: %s", o->path, strerror(errno));
        unlink(partial);
        return false;
    }
    if (same_bytes(partial, o->path)) {
        unlink(partial);
        return true;
    }
    if (rename(partial, o->path) == 0)
        return true;
    fail(problem, "%s: %s", o->path, strerror(errno));
    unlink(partial);
    return false;
}

/* ------------------------------------------------- listing --------------------------------------------------- */

static char type_letter(uint32_t mode)
{
    static const struct { uint32_t type; char letter; } letters[] = {
        { S_IFREG, '-' }, { S_IFDIR, 'd' }, { S_IFLNK, 'l' }, { S_IFCHR, 'c' }, { S_IFBLK, 'b' }, { S_IFIFO, 'p' },
        { S_IFSOCK, 's' },
    };

    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].type == (mode & S_IFMT))
            return letters[i].letter;
    return '?';
}

static void list_node(const struct node *n, FILE *to)
{
    const struct inode *i = n->inode;
    char path[TREE_MAX_PATH];

    tree_path(n, path);
    fprintf(to, "%c%04o %u:%u ", type_letter(i->mode), i->mode & 07777, i->uid, i->gid);
    if (S_ISCHR(i->mode) || S_ISBLK(i->mode))
        fprintf(to, "%u,%u", i->rdev_major, i->rdev_minor);
    else
        fprintf(to, "%zu", i->size);
    fprintf(to, " %u %s", i->mtime, path);
    if (S_ISLNK(i->mode))
        fprintf(to, " -> %.*s", (int)i->size, (const char *)i->data);
    fputc('\n', to);
    for (size_t k = 0; k < n->children; k++)
        list_node(n->child[k], to);
}

void image_list(struct tree *t, FILE *to)
{
    list_node(t->root, to);
}
