// SPDX-License-Identifier: BSD-2-Clause
// Lays directories and files of the build machine over the tree. What the guest gets does not depend on who built it:
// owners are root's, times are the caller's, write permission is its owner's only (as under umask 022).
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { LINK_MAX_BYTES = 4096 };

/* Hard links inside the directory. */
struct known {
    struct known *next;
    dev_t dev;
    ino_t ino;
    struct inode *inode;
};

struct laying {
    struct tree *tree;
    uint32_t mtime;
    seen_fn *seen;
    void *ctx;
    struct problem *problem;
    struct known *known;
};

static char *join(struct tree *t, const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *path = tree_alloc(t, n + m + 2);

    memcpy(path, a, n);
    if (n && a[n - 1] != '/')
        path[n++] = '/';
    memcpy(path + n, b, m);
    return path;
}

/* As under umask 022; a directory all may write to is meant to be one if it is sticky. */
static uint32_t tidy_mode(mode_t mode)
{
    bool sticky_dir = S_ISDIR(mode) && (mode & S_ISVTX);

    return S_ISLNK(mode) ? S_IFLNK | 0777 : mode & (S_IFMT | 07777) & ~(sticky_dir ? 0u : S_IWGRP | S_IWOTH);
}

static bool map_contents(struct tree *t, const char *path, struct inode *i, struct problem *p)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        fail(p, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
        fail(p, "%s: %s", path, S_ISREG(st.st_mode) ? "is too large for a CPIO archive (4 GiB)" : "is no regular file");
    else if (st.st_size > 0) {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            fail(p, "%s: %s", path, strerror(errno));
        else {
            i->data = data;
            i->size = (size_t)st.st_size;
            tree_own(t, data, i->size);
        }
    }
    close(fd);
    return st.st_size == 0 || i->data;
}

static bool read_link(struct tree *t, const char *path, struct inode *i, struct problem *p)
{
    char target[LINK_MAX_BYTES];
    ssize_t n = readlink(path, target, sizeof target);

    if (n <= 0 || n == sizeof target)
        return fail(p, "%s: %s", path, n < 0 ? strerror(errno) : "its target is too long");
    char *copy = tree_alloc(t, (size_t)n);
    memcpy(copy, target, (size_t)n);
    i->data = (const uint8_t *)copy;
    i->size = (size_t)n;
    return true;
}

/* The inode of a file; a hard link's is the one made for its first name. */
static struct inode *inode_of(struct laying *l, const char *path, const struct stat *st)
{
    bool linked = S_ISREG(st->st_mode) && st->st_nlink > 1;

    for (struct known *k = linked ? l->known : NULL; k; k = k->next)
        if (k->dev == st->st_dev && k->ino == st->st_ino)
            return k->inode;
    struct inode *i = tree_inode(l->tree);
    i->mode = tidy_mode(st->st_mode);
    i->mtime = l->mtime;
    i->rdev_major = major(st->st_rdev);
    i->rdev_minor = minor(st->st_rdev);
    if (S_ISREG(st->st_mode) && !map_contents(l->tree, path, i, l->problem))
        return NULL;
    if (S_ISLNK(st->st_mode) && !read_link(l->tree, path, i, l->problem))
        return NULL;
    if (linked) {
        struct known *k = tree_alloc(l->tree, sizeof *k);
        *k = (struct known){ l->known, st->st_dev, st->st_ino, i };
        l->known = k;
    }
    return i;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static bool lay_directory(struct laying *l, const char *dir, const char *where);

static bool lay_entry(struct laying *l, const char *path, const char *where)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return fail(l->problem, "%s: %s", path, strerror(errno));
    struct inode *i = inode_of(l, path, &st);
    if (!i)
        return false;
    if (l->seen && S_ISREG(st.st_mode))
        l->seen(l->ctx, path);
    struct problem p = { 0 };
    if (!tree_put(l->tree, where, i, PUT_OVERLAY, &p))
        return fail(l->problem, "%s cannot go into the image: %s", path, p.text);
    return !S_ISDIR(st.st_mode) || lay_directory(l, path, where);
}

static bool lay_directory(struct laying *l, const char *dir, const char *where)
{
    struct dirent **list;
    int n = scandir(dir, &list, no_dots, by_name);
    bool ok = true;

    if (n < 0)
        return fail(l->problem, "%s: %s", dir, strerror(errno));
    if (l->seen)
        l->seen(l->ctx, dir);
    for (int k = 0; k < n; k++) {
        const char *name = list[k]->d_name;

        ok = ok && lay_entry(l, join(l->tree, dir, name), join(l->tree, where, name));
        free(list[k]);
    }
    free(list);
    return ok;
}

bool directory_read(struct tree *t, const char *dir, const char *where, uint32_t mtime, seen_fn *seen, void *ctx,
                    struct problem *problem)
{
    struct laying l = { .tree = t, .mtime = mtime, .seen = seen, .ctx = ctx, .problem = problem };

    return lay_directory(&l, dir, where);
}

bool file_read(struct tree *t, const char *file, const char *where, uint32_t mode, uint32_t mtime, struct problem *problem)
{
    struct inode *i = tree_inode(t);
    struct stat st;

    if (stat(file, &st) < 0)
        return fail(problem, "%s: %s", file, strerror(errno));
    i->mode = S_IFREG | (mode ? mode : tidy_mode(st.st_mode) & 07777);
    i->mtime = mtime;
    return map_contents(t, file, i, problem) && tree_put(t, where, i, PUT_OVERLAY, problem);
}
