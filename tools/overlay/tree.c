// SPDX-License-Identifier: BSD-2-Clause
// The root file system in memory; see tree.h.
#include "tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAX_LINKS = 40 };

struct block {
    struct block *next;
    void *memory;
    size_t mapped;
};

bool fail(struct problem *p, const char *format, ...)
{
    va_list args;

    if (p && !p->text[0]) {
        va_start(args, format);
        vsnprintf(p->text, sizeof p->text, format, args);
        va_end(args);
    }
    return false;
}

/* ------------------------------------------------- memory ---------------------------------------------------- */

static void *checked(void *memory)
{
    if (!memory) {
        fputs("rootfs-overlay: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void tree_own(struct tree *t, void *memory, size_t mapped)
{
    struct block *b = checked(malloc(sizeof *b));

    *b = (struct block){ .next = t->blocks, .memory = memory, .mapped = mapped };
    t->blocks = b;
}

void *tree_alloc(struct tree *t, size_t size)
{
    void *memory = checked(calloc(1, size ? size : 1));

    tree_own(t, memory, 0);
    return memory;
}

struct inode *tree_inode(struct tree *t)
{
    struct inode *i = checked(calloc(1, sizeof *i));

    i->next = t->inodes;
    t->inodes = i;
    return i;
}

static char *copy_name(struct tree *t, const char *name, size_t n)
{
    char *copy = tree_alloc(t, n + 1);

    memcpy(copy, name, n);
    return copy;
}

static struct inode *new_directory(struct tree *t)
{
    struct inode *i = tree_inode(t);

    i->mode = S_IFDIR | 0755;
    return i;
}

void tree_init(struct tree *t)
{
    *t = (struct tree){ 0 };
    t->root = checked(calloc(1, sizeof *t->root));
    t->root->name = "";
    t->root->path_size = 0;
    t->root->inode = new_directory(t);
}

static void free_node(struct node *n)
{
    for (size_t i = 0; i < n->children; i++)
        free_node(n->child[i]);
    free(n->child);
    free(n);
}

void tree_free(struct tree *t)
{
    free_node(t->root);
    for (struct inode *i = t->inodes, *next; i; i = next) {
        next = i->next;
        free(i);
    }
    for (struct block *b = t->blocks, *next; b; b = next) {
        next = b->next;
        if (b->mapped)
            munmap(b->memory, b->mapped);
        else
            free(b->memory);
        free(b);
    }
    *t = (struct tree){ 0 };
}

/* -------------------------------------------------- nodes ---------------------------------------------------- */

/* Where `name` is among the children, or would be. */
static size_t position(const struct node *dir, const char *name, size_t n, bool *found)
{
    size_t low = 0, high = dir->children;

    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(name, dir->child[middle]->name, n);

        if (order == 0 && dir->child[middle]->name[n])
            order = -1;
        *found = order == 0;
        if (order <= 0)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

static struct node *child_named(const struct node *dir, const char *name, size_t n)
{
    bool found;
    size_t at = position(dir, name, n, &found);

    return found ? dir->child[at] : NULL;
}

static struct node *add_child(struct tree *t, struct node *dir, const char *name, size_t n, struct inode *inode,
                              struct problem *problem)
{
    bool found;

    if (dir->depth == TREE_MAX_DEPTH || dir->path_size + n + 1 > TREE_MAX_PATH) {
        fail(problem, "%.*s: the path is too long", (int)(n < 80 ? n : 80), name);
        return NULL;
    }
    size_t at = position(dir, name, n, &found);
    struct node *node = checked(calloc(1, sizeof *node));

    if (dir->children == dir->room) {
        dir->room = dir->room ? 2 * dir->room : 8;
        dir->child = checked(realloc(dir->child, dir->room * sizeof *dir->child));
    }
    memmove(dir->child + at + 1, dir->child + at, (dir->children - at) * sizeof *dir->child);
    dir->child[at] = node;
    dir->children++;
    *node = (struct node){ .name = copy_name(t, name, n), .parent = dir, .inode = inode,
                           .depth = dir->depth + 1, .path_size = dir->path_size + n + 1 };
    return node;
}

void tree_path(const struct node *n, char path[TREE_MAX_PATH])
{
    size_t at = n->path_size - 1;

    if (!n->parent) {
        strcpy(path, ".");
        return;
    }
    for (path[at] = 0; n->parent; n = n->parent) {
        size_t size = strlen(n->name);

        at -= size;
        memcpy(path + at, n->name, size);
        if (at)
            path[--at] = '/';
    }
}

/* ------------------------------------------------- resolving ------------------------------------------------- */

struct walk {
    struct tree *tree;
    const char *path;               /* as given, for messages */
    bool make;                      /* missing directories are made */
    int links;                      /* symbolic links met so far */
    struct problem *problem;
};

static struct node *follow(struct walk *, struct node *at, const struct node *link);

static struct node *refuse(struct walk *w, const char *why)
{
    fail(w->problem, "%s: %s", w->path, why);
    return NULL;
}

static struct node *step(struct walk *w, struct node *at, const char *name, size_t n)
{
    if (n == 0 || (n == 1 && name[0] == '.'))
        return at;
    if (n == 2 && name[0] == '.' && name[1] == '.')
        return at->parent ? at->parent : refuse(w, "the path leads out of the root file system");
    struct node *next = child_named(at, name, n);
    if (!next && !w->make)
        return NULL;
    if (!next)
        return add_child(w->tree, at, name, n, new_directory(w->tree), w->problem);
    if (S_ISLNK(next->inode->mode))
        return follow(w, at, next);
    return S_ISDIR(next->inode->mode) ? next : refuse(w, "a part of the path is not a directory");
}

static struct node *walk(struct walk *w, struct node *at, const char *path, size_t size)
{
    const char *end = path + size;

    while (at && path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t n = (size_t)((slash ? slash : end) - path);

        at = step(w, at, path, n);
        path += n + 1;
    }
    return at;
}

static struct node *follow(struct walk *w, struct node *at, const struct node *link)
{
    const char *target = (const char *)link->inode->data;
    size_t n = link->inode->size;

    if (++w->links > MAX_LINKS)
        return refuse(w, "too many symbolic links in the path (a loop?)");
    if (n == 0)
        return refuse(w, "an empty symbolic link in the path");
    return walk(w, target[0] == '/' ? w->tree->root : at, target, n);
}

/* Splits off the last component: the directory part has dir_size bytes. False when there is none to put a file at. */
static bool split(const char **path, size_t *dir_size, const char **name, size_t *name_size)
{
    const char *p = *path;

    while (p[0] == '/' || (p[0] == '.' && (p[1] == '/' || !p[1])))
        p += p[0] == '/' || !p[1] ? 1 : 2;
    size_t n = strlen(p);
    while (n && p[n - 1] == '/')
        n--;
    size_t start = n;
    while (start && p[start - 1] != '/')
        start--;
    *path = p;
    *dir_size = start;
    *name = p + start;
    *name_size = n - start;
    return n > 0;
}

struct node *tree_find(struct tree *t, const char *path)
{
    struct walk w = { .tree = t, .path = path };
    const char *name;
    size_t dir_size, n;

    if (!split(&path, &dir_size, &name, &n))
        return t->root;
    struct node *dir = walk(&w, t->root, path, dir_size);
    return dir ? child_named(dir, name, n) : NULL;
}

/* -------------------------------------------------- putting -------------------------------------------------- */

static bool put_directory(struct tree *t, struct node *node, struct inode *inode, enum put_rule rule)
{
    if (S_ISDIR(node->inode->mode)) {
        if (rule == PUT_IMAGE)
            node->inode = inode;
        return true;
    }
    if (S_ISLNK(node->inode->mode) && rule == PUT_OVERLAY) {
        struct walk w = { .tree = t, .path = node->name };
        if (follow(&w, node->parent, node))
            return true;
    }
    node->inode = inode;
    return true;
}

bool tree_put(struct tree *t, const char *path, struct inode *inode, enum put_rule rule, struct problem *problem)
{
    struct walk w = { .tree = t, .path = path, .make = true, .problem = problem };
    const char *name;
    size_t dir_size, n;

    if (strlen(path) >= TREE_MAX_PATH)
        return fail(problem, "%.40s...: the path is too long", path);
    if (!split(&path, &dir_size, &name, &n))
        return !S_ISDIR(inode->mode) ? fail(problem, "%s: only a directory can be the root", w.path)
                                     : put_directory(t, t->root, inode, rule);
    if (n == 2 && name[0] == '.' && name[1] == '.')
        return fail(problem, "%s: the path leads out of the root file system", w.path);
    struct node *dir = walk(&w, t->root, path, dir_size);
    if (!dir)
        return false;
    struct node *node = child_named(dir, name, n);
    if (!node)
        return add_child(t, dir, name, n, inode, problem);
    if (S_ISDIR(inode->mode))
        return put_directory(t, node, inode, rule);
    if (S_ISDIR(node->inode->mode) && node->children)
        return fail(problem, "%s: a directory with files in it would be replaced by a file", w.path);
    node->inode = inode;
    return true;
}
