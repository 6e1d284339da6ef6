// SPDX-License-Identifier: BSD-2-Clause
// What the passes of the front end share: all declarations by name, and the tree of instances before it is a
// model.
#ifndef CAMKES_PROGRAM_H
#define CAMKES_PROGRAM_H

#include "ast.h"
#include "source.h"

struct settable;
struct node;

struct program {
    const struct front_options *options;
    struct map files;                   /* path as opened: every file that was read */
    struct map imports;                 /* canonical path: what was imported */
    struct map components, procedures, connectors, structs;    /* name: ast_... */
    struct map compositions, configurations;                    /* named ones at top level */
    VEC(struct ast_component *) all_components;                 /* inline ones too */
    VEC(struct ast_assembly *) assemblies;
    const struct source *main;
    struct node *root;
    struct model *model;
};

/* ---- passes; they tell errors and go on ---- */

/* import.c: the file and all it imports, parsed and collected by name. */
void program_read(struct program *);
/* declare.c: types, procedures, components and connectors of the model, each checked by itself. */
void program_declare(struct program *);
/* flatten.c: the tree of instances, connections and exports; who is set to what. */
void program_flatten(struct program *);
/* values.c: settings and attributes. */
void program_values(struct program *);
/* build.c: the model. */
void program_build(struct program *);
/* check.c: the table of checks on the model. */
void program_check(struct program *, bool names_known);

/* ---- the tree ---- */

struct entry { enum { ENTRY_INSTANCE, ENTRY_CONNECTION, ENTRY_GROUP } kind; struct loc loc; void *is; };

/* A setting of an instance or a connection. */
struct assigned {
    const char *name;
    struct expr *value;
    struct node *scope;                 /* where it is written: names in `value` are looked up there */
    struct loc loc;
    enum { VALUE_OPEN, VALUE_RUNNING, VALUE_DONE } state;
    struct assigned *follows;           /* running: the one it refers to */
    const struct value *result;         /* NULL = none, or an error */
    bool used, has_default;
};
struct settable { VEC(struct assigned *) settings; struct map by_name; };

/* An interface: of the instance itself, or exported from within. */
struct slot { struct node *inner; size_t index; struct loc exported, used; struct port *port; };

struct node {
    const char *name, *local, *group;   /* "outer.inner", "inner" */
    struct ast_component *type;         /* NULL = the assembly */
    struct node *parent;
    unsigned depth;
    struct loc loc;
    bool real;                          /* an instance of the model, no mere shell */
    struct map entries;                 /* struct entry */
    VEC(struct node *) children;
    VEC(struct link *) links;
    struct slot *slots;                 /* of type->made->ifaces */
    struct settable set;
    const struct value **attributes;    /* of type->made->attributes */
    struct instance *made;
};

struct link {
    const char *name;
    const struct ast_connection *ast;
    struct connection *made;
    struct settable set;
    VEC(struct port *) from, to;
    VEC(struct loc) from_loc, to_loc;
};

/* What `a.b.c` names below `scope`: all but the last `drop` parts. NULL = not found; told as an error, or as
 * the warning of that name. */
struct entry *node_entry(struct node *scope, const struct path *, size_t drop, const char *warning);
size_t iface_index(const struct component *, const char *name);     /* iface_count = none */
const char *iface_nearest(const struct component *, const char *name);

/* ---- values ---- */

/* scope NULL: references are errors (a declaration's default). NULL = an error was told. */
const struct value *eval(struct expr *, struct node *scope);
/* The value as `type` wants it; `what` begins the message ("attribute 'x'"). NULL = an error was told. */
const struct value *value_as(const struct value *, const struct type *, const char *what);
const char *value_kind_name(const struct value *);
/* A constant between bounds; `otherwise` after an error. */
int64_t eval_int(struct expr *, const char *what, int64_t low, int64_t high, int64_t otherwise);

/* types.c */
struct type type_make(struct program *, const struct ast_type *, bool headers);
struct struct_def *struct_make(struct program *, struct ast_struct *);

/* hint.c */
void did_you_mean(const char *nearest);
/* Of what is not declared: the import path's file that has it, else the nearest of the known names. */
void hint_unknown(const struct program *, const char *kind, const struct map *known, const char *name);

#endif
