// SPDX-License-Identifier: BSD-2-Clause
// What the parser makes of the files: declarations as written, names not yet looked up.
#ifndef CAMKES_AST_H
#define CAMKES_AST_H

#include "mem.h"
#include "model.h"

struct name { const char *text; struct loc loc; };
struct path { VEC(struct name) parts; struct loc loc; };    /* a.b.c */

/* ---- expressions ---- */

enum expr_kind {
    EXPR_INT, EXPR_REAL, EXPR_BOOL, EXPR_STRING, EXPR_LIST, EXPR_DICT,
    EXPR_UNARY, EXPR_BINARY, EXPR_CHOICE,       /* op: "-", "<<"; choice: a ? b : c */
    EXPR_PATH,                                  /* an attribute or setting somewhere else */
    EXPR_INDEX,                                 /* a[b] */
    EXPR_JOIN,                                  /* strings side by side: items */
    EXPR_QUERY,                                 /* string: its name; a: the argument */
};
struct expr {
    enum expr_kind kind;
    struct loc loc;
    const char *op;
    uint64_t integer;
    double real;
    const char *string;
    struct expr *a, *b, *c;
    struct path path;
    VEC(struct expr *) items, keys;
};

/* ---- types and what has them ---- */

struct ast_struct;
struct ast_type {
    const char *text;                           /* "unsigned int", "my_type" */
    bool array, is_void, builtin;               /* builtin: made of keywords */
    struct ast_struct *inline_struct;
    struct loc loc;
};
struct ast_attribute { struct ast_type type; struct name name; struct expr *initial; };
struct ast_struct {
    struct name name;
    VEC(struct ast_attribute) fields;
    struct struct_def *made;
    bool making;
};
struct ast_param { enum param_dir dir; struct ast_type type; struct name name; };
struct ast_method { struct ast_type result; struct name name; VEC(struct ast_param) params; };
struct ast_include { const char *text; struct loc loc; };

struct ast_procedure {
    struct name name;
    VEC(struct ast_method) methods;
    VEC(struct ast_attribute) attributes;
    VEC(struct ast_include) includes;
    struct procedure *made;
};

struct ast_iface {
    enum iface_kind kind;
    bool maybe;
    struct name type, name;
    struct expr *bytes;                         /* Buf(bytes) */
    struct ast_procedure *inline_procedure;
};
struct ast_sync { enum sync_kind kind; struct name name; };

/* ---- compositions ---- */

struct ast_component;
struct ast_connector;
struct ast_instance {
    struct name type, name, group;              /* group.text NULL = none */
    struct ast_component *inline_component;
};
struct ast_end { bool is_to; struct path path; };
struct ast_connection {
    struct name connector, name;
    struct ast_connector *inline_connector;
    VEC(struct ast_end) ends;
    struct loc loc;
};
struct ast_export { struct path inner; struct name outer; struct loc loc; };
struct ast_composition {
    struct name name;                           /* text NULL = none */
    VEC(struct ast_instance) instances;
    VEC(struct ast_connection) connections;
    VEC(struct ast_export) exports;
    VEC(struct name) groups;
    bool used;
    struct loc loc;
};
struct ast_setting { struct path target; struct expr *value; struct loc loc; };
struct ast_configuration { struct name name; VEC(struct ast_setting) settings; bool used; struct loc loc; };

/* ---- top level ---- */

struct ast_component {
    struct name name;
    bool control, hardware;
    struct loc control_loc, hardware_loc;
    VEC(struct ast_attribute) attributes;
    VEC(struct ast_iface) ifaces;
    VEC(struct ast_sync) syncs;
    VEC(struct ast_include) includes;
    VEC(struct ast_composition *) compositions;
    VEC(struct ast_configuration *) configurations;
    struct component *made;
    bool instantiated;
};

struct ast_side { bool given; enum { SIDE_PROCEDURE, SIDE_EVENT, SIDE_DATAPORT } kind; bool many, hardware;
                  struct expr *threads; struct loc loc; };
struct ast_connector {
    struct name name;
    struct ast_side from, to;
    VEC(struct ast_attribute) attributes;
    struct connector *made;
};

struct ast_schedule_entry { struct expr *domain, *duration; bool microseconds; struct loc loc; };
struct ast_schedule { VEC(struct ast_schedule_entry) entries; struct loc loc; };

struct ast_assembly {
    struct name name;                           /* text NULL = none */
    VEC(struct ast_composition *) compositions;
    VEC(struct ast_configuration *) configurations;
    VEC(struct name) composition_names, configuration_names;       /* `composition c;` */
    VEC(struct ast_schedule *) schedules;
    struct loc loc;
};

struct ast_import { const char *path; bool search; struct loc loc; };    /* search: <path> */

/* All of one file. */
struct ast_file {
    VEC(struct ast_import) imports;
    VEC(struct ast_component *) components;
    VEC(struct ast_procedure *) procedures;
    VEC(struct ast_connector *) connectors;
    VEC(struct ast_struct *) structs;
    VEC(struct ast_assembly *) assemblies;
    VEC(struct ast_composition *) compositions;
    VEC(struct ast_configuration *) configurations;
};

/* Errors have been told; what could be parsed is there. */
struct ast_file *parse(const struct source *);

#endif
