// SPDX-License-Identifier: BSD-2-Clause
// Distributions and overlay modes: where the files go in the image, and which scripts bring them into the root that the
// guest really boots. One row for each pair. The scripts are shell files beside vm-linux-helpers.cmake.
#include "overlay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PLACE "sel4_vm_artifacts"           /* a name that users' own init scripts know */

struct script {
    const char *from, *to;
    uint32_t mode;
};

static const struct boot_row {
    const char *distro, *mode;
    const char *place;
    const char *needs, *why;                /* what the image must have for it */
    struct script script[4];
} boot_table[] = {
    { "buildroot", "rootfs_install", "" },
    { "debian", "rootfs_install", "" },
    { "buildroot", "overlay", PLACE, "bin/sh", "the boot script needs a shell",
      { { "vm_files", "scripts/vm_files", 0644 }, { "init-buildroot", "init", 0755 } } },
    { "buildroot", "fs_install", PLACE, "bin/sh", "the boot script needs a shell",
      { { "vm_files", "scripts/vm_files", 0644 }, { "init-buildroot", "init", 0755 } } },
    { "debian", "overlay", PLACE, "scripts/local", "the image must be one of initramfs-tools",
      { { "vm_files", "scripts/vm_files", 0644 }, { "overlay-debian", "scripts/overlay", 0755 },
        { "conf-overlay", "conf/conf.d/vm_files", 0644 } } },
    { "debian", "fs_install", PLACE, "scripts/local", "the image must be one of initramfs-tools",
      { { "vm_files", "scripts/vm_files", 0644 }, { "fs_install-debian", "scripts/fs_install", 0755 },
        { "conf-fs_install", "conf/conf.d/vm_files", 0644 } } },
};

static const struct boot_row *find_row(const struct boot_request *b, struct problem *problem)
{
    bool distro = false;

    for (size_t i = 0; i < sizeof boot_table / sizeof *boot_table; i++) {
        const struct boot_row *row = &boot_table[i];

        if (strcmp(row->distro, b->distro) != 0)
            continue;
        distro = true;
        if (strcmp(row->mode, b->mode) == 0)
            return row;
    }
    if (distro)
        fail(problem, "unknown mode '%s'; known: rootfs_install, overlay, fs_install", b->mode);
    else
        fail(problem, "unknown distribution '%s'; known: buildroot, debian", b->distro);
    return NULL;
}

const char *boot_place(const struct boot_request *b, struct problem *problem)
{
    const struct boot_row *row = find_row(b, problem);

    return row ? row->place : NULL;
}

/* ---- what the scripts read: the mode, the files in order, and a number that changes with them ---- */

struct text {
    struct tree *tree;
    char *bytes;
    size_t n, room;
    uint64_t hash;
};

static void hash(struct text *t, const void *bytes, size_t n)      /* FNV-1a, 64 bits */
{
    for (size_t i = 0; i < n; i++)
        t->hash = (t->hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

static void add_line(struct text *t, const char *line)
{
    size_t n = strlen(line);

    if (t->n + n + 1 > t->room) {
        size_t room = 2 * (t->n + n + 1);
        char *bytes = tree_alloc(t->tree, room);

        memcpy(bytes, t->bytes ? t->bytes : "", t->n);
        t->bytes = bytes;
        t->room = room;
    }
    memcpy(t->bytes + t->n, line, n);
    t->bytes[t->n + n] = '\n';
    t->n += n + 1;
}

static bool list_files(struct text *t, const struct node *n, size_t skip, struct problem *problem)
{
    char path[TREE_MAX_PATH];

    for (size_t k = 0; k < n->children; k++) {
        const struct node *c = n->child[k];
        const struct inode *i = c->inode;

        tree_path(c, path);
        if (strchr(path, '\n'))
            return fail(problem, "%s: the boot script cannot carry a line break in a name", path);
        add_line(t, path + skip);
        hash(t, path, strlen(path) + 1);
        hash(t, &i->mode, sizeof i->mode);
        hash(t, i->data, i->size);
        if (!list_files(t, c, skip, problem))
            return false;
    }
    return true;
}

static bool put_text(struct tree *t, const char *path, const char *bytes, size_t n, uint32_t mtime,
                     struct problem *problem)
{
    struct inode *i = tree_inode(t);
    char *copy = tree_alloc(t, n);

    memcpy(copy, bytes, n);
    i->mode = S_IFREG | 0644;
    i->mtime = mtime;
    i->data = (const uint8_t *)copy;
    i->size = n;
    return tree_put(t, path, i, PUT_OVERLAY, problem);
}

static bool put_lists(struct tree *t, const struct boot_request *b, struct problem *problem)
{
    struct text files = { .tree = t, .hash = 0xcbf29ce484222325u };
    struct node *place = tree_find(t, PLACE);
    char settings[128];

    if (place && !list_files(&files, place, sizeof PLACE, problem))
        return false;
    int n = snprintf(settings, sizeof settings, "vm_mode=%s\nvm_files_id=%016llx\n", b->mode,
                     (unsigned long long)files.hash);
    return put_text(t, PLACE ".list", files.bytes ? files.bytes : "", files.n, b->mtime, problem) &&
           put_text(t, PLACE ".conf", settings, (size_t)n, b->mtime, problem);
}

/* The image's own /init stays beside ours, which hands over to it when there is no disk. */
static bool keep_init(struct tree *t, struct problem *problem)
{
    struct node *init = tree_find(t, "init");

    return !init || S_ISDIR(init->inode->mode) || tree_put(t, "init.image", init->inode, PUT_OVERLAY, problem);
}

static bool put_file(struct tree *t, const struct boot_request *b, const char *file, const char *to, uint32_t mode,
                     struct problem *problem)
{
    if (b->seen)
        b->seen(b->ctx, file);
    return file_read(t, file, to, mode, b->mtime, problem);
}

static bool put_script(struct tree *t, const struct boot_request *b, const struct script *s, struct problem *problem)
{
    size_t size = strlen(b->scripts) + strlen(s->from) + 2;
    char *file = tree_alloc(t, size);

    snprintf(file, size, "%s/%s", b->scripts, s->from);
    if (strcmp(s->to, "init") == 0 && (b->init || !keep_init(t, problem)))
        return b->init;
    return put_file(t, b, file, s->to, s->mode, problem);
}

bool boot_install(struct tree *t, const struct boot_request *b, struct problem *problem)
{
    const struct boot_row *row = find_row(b, problem);

    if (!row)
        return false;
    if (row->needs && !b->init && !tree_find(t, row->needs))
        return fail(problem, "mode %s for %s: the image has no %s: %s", b->mode, b->distro, row->needs, row->why);
    if (row->place[0] && !put_lists(t, b, problem))
        return false;
    for (const struct script *s = row->script; s < row->script + 4 && s->from; s++)
        if (!put_script(t, b, s, problem))
            return false;
    return !b->init || put_file(t, b, b->init, "init", 0755, problem);
}
