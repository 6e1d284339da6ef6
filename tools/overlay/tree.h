// SPDX-License-Identifier: BSD-2-Clause
// A root file system in memory: what an image holds and what is laid over it, by path, as the guest will see it.
// Paths are resolved inside the root: symbolic links in the directory part are followed, none may lead out.
#ifndef OVERLAY_TREE_H
#define OVERLAY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why something failed, in one sentence; the first one counts. */
struct problem {
    char text[512];
};
bool fail(struct problem *, const char *format, ...) __attribute__((format(printf, 2, 3)));   /* returns false */

/* A file as such; hard links are several nodes with one inode. */
struct inode {
    struct inode *next;             /* the tree's list */
    uint32_t mode, uid, gid, mtime;
    uint32_t rdev_major, rdev_minor;
    const uint8_t *data;            /* contents, or where a symbolic link points */
    size_t size;
    unsigned names, written;        /* for the writer: how many names, how many of them are out */
    unsigned number;
};

struct node {
    const char *name;               /* last component */
    struct node *parent;            /* the root's is NULL */
    struct inode *inode;
    struct node **child;            /* sorted by name */
    size_t children, room;
    unsigned depth;                 /* 0 for the root */
    size_t path_size;               /* of the whole path, with its ending zero */
};

enum { TREE_MAX_PATH = 4096, TREE_MAX_DEPTH = 512 };

struct block;                       /* memory that lives as long as the tree */
struct tree {
    struct node *root;
    struct inode *inodes;
    struct block *blocks;
};

enum put_rule {
    PUT_IMAGE,                      /* a later entry of an archive: replaces what was there, as the kernel unpacks it */
    PUT_OVERLAY                     /* directories that exist stay as they are, links to directories are followed */
};

void tree_init(struct tree *);
void tree_free(struct tree *);

/* Memory until tree_free; exits the program when there is none. */
void *tree_alloc(struct tree *, size_t);
/* Makes `memory` (from malloc or mmap, length > 0 = mmap) the tree's to free. */
void tree_own(struct tree *, void *memory, size_t mapped);
struct inode *tree_inode(struct tree *);

/* Puts a file at `path` (a leading "/" or "./" does not count); missing directories are made. */
bool tree_put(struct tree *, const char *path, struct inode *, enum put_rule, struct problem *);
/* The node at `path`, links in the directory part followed; NULL if there is none. */
struct node *tree_find(struct tree *, const char *path);
/* Writes the path of a node without a leading "/"; "." for the root. */
void tree_path(const struct node *, char path[TREE_MAX_PATH]);

#endif
