// SPDX-License-Identifier: BSD-2-Clause
// The parts of rootfs-overlay: reading images and directories into a tree, what boots, writing, staging.
#ifndef OVERLAY_OVERLAY_H
#define OVERLAY_OVERLAY_H

#include "tree.h"

#include <stdio.h>

/* ---- image.c: initramfs images ---- */

struct image {
    const uint8_t *data;            /* the file; the tree's to free */
    size_t size;
    size_t head_size;               /* bytes of a plain archive in front of a compressed one, else 0 */
};

/* Reads a newc archive, plain or compressed (gzip, xz, zstd, lz4, bzip2, lzma), or several of them one behind the
 * other, as the kernel takes them. With skip_head the plain archive in front of a compressed one stays out. */
bool image_read(struct tree *, const char *path, bool skip_head, struct image *, struct problem *);

/* ---- directory.c: directories of the build machine ---- */

/* Called with each file and directory that was looked at. */
typedef void seen_fn(void *ctx, const char *path);

/* Lays a directory over the tree, below `where` ("" = the root): owners 0:0, times `mtime`. */
bool directory_read(struct tree *, const char *dir, const char *where, uint32_t mtime, seen_fn *, void *ctx,
                    struct problem *);
/* One file, with `mode` as its permissions, or 0: the ones it has. */
bool file_read(struct tree *, const char *file, const char *where, uint32_t mode, uint32_t mtime, struct problem *);

/* ---- boot.c: distributions and modes ---- */

struct boot_request {
    const char *distro, *mode;
    const char *scripts;            /* directory with our boot scripts */
    const char *init;               /* replaces /init, or NULL */
    uint32_t mtime;
    seen_fn *seen;
    void *ctx;
};
/* Where the overlay's files go: "" or a directory that a boot script installs from; NULL and a problem when the
 * distribution or mode is unknown. */
const char *boot_place(const struct boot_request *, struct problem *);
/* Puts the boot scripts into the tree. */
bool boot_install(struct tree *, const struct boot_request *, struct problem *);

/* ---- write.c ---- */

struct output {
    const char *path;
    bool gzip;
    const uint8_t *head;            /* goes in front as it is */
    size_t head_size;
};
/* Writes the tree as a newc archive: complete or not at all; a file with these very bytes is left alone. */
bool image_write(struct tree *, const struct output *, struct problem *);
void image_list(struct tree *, FILE *to);

/* ---- stage.c ---- */

/* Makes `dir` hold the files and links of a list (lines "file SOURCE|PATH" and "link TARGET|PATH"), and takes out what
 * an earlier list put there and this one does not. The record, a file, is written anew when anything changed. */
bool stage(const char *list, const char *dir, const char *record, struct problem *);
/* The same with everything in directory `from`. */
bool mirror(const char *from, const char *dir, const char *record, struct problem *);

#endif
