// SPDX-License-Identifier: BSD-2-Clause
// Files of an assembly as they are read: preprocessed by cpp where that can change them. A `struct loc`
// counts lines and columns of the preprocessed text; source_place says where that is in the author's file.
#ifndef CAMKES_SOURCE_H
#define CAMKES_SOURCE_H

#include "front.h"
#include "mem.h"

/* "From this line of the text on, it is line `line` of `file`." */
struct line_marker { uint32_t at, line; const char *file; const struct line_marker *includer; };

struct source {
    const char *path;
    const char *text;
    size_t length;
    bool preprocessed;
    VEC(uint32_t) lines;                /* where each starts in `text` */
    VEC(struct line_marker *) markers;
    struct loc imported;                /* the import; LOC_NONE for the first file and built-in ones */
};

/* Where a location is in files as they are on disk. */
struct place {
    const char *file;
    uint32_t line, column, length;
    const char *text;                   /* the line; NULL = cannot be read */
    const char *expansion;              /* what macros made there, around the location; NULL = no macro */
    const struct line_marker *includer; /* #include'd by this; NULL */
};
struct place source_place(struct loc);

/* Reads and preprocesses; NULL = told why not. `real_files` gets every file that was read. */
struct source *source_read(const char *path, const struct front_options *, struct loc imported,
                           struct map *real_files);
/* A small file as it is, without a word when it cannot be read. NULL. */
const char *source_text(const char *path);
struct source *source_from_text(const char *path, const char *text, size_t length);
/* The connectors everybody has. */
struct source *source_builtin(void);
#define BUILTIN_CONNECTORS "std_connector.camkes"

#endif
