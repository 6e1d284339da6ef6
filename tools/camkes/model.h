// SPDX-License-Identifier: BSD-2-Clause
// What an assembly means: the flat system after parsing, name resolution, merging and flattening. The front
// end (front.h) makes it and has checked it; back ends only read. Everything lives until the program ends.
//
// All names in it are plain C strings. A nested instance is called "outer.inner"; its `id` is "outer_inner".
#ifndef CAMKES_MODEL_H
#define CAMKES_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

struct component;
struct connection;
struct instance;
struct port;

/* ---- values ---- */

enum value_kind { VALUE_INT, VALUE_FLOAT, VALUE_BOOL, VALUE_STRING, VALUE_LIST, VALUE_DICT };
struct value {
    enum value_kind kind;
    struct loc loc;
    int64_t integer;                    /* INT, BOOL */
    bool is_unsigned;                   /* INT above INT64_MAX: `integer` holds its bits */
    double real;
    const char *string;
    struct value **items;               /* LIST; DICT: the values */
    const char **keys;                  /* DICT */
    size_t count;
    size_t weight;                      /* values within, itself counted */
};
const struct value *value_key(const struct value *dict, const char *key);       /* NULL = none */

/* ---- types ---- */

enum type_class {
    TYPE_VOID,                          /* only as a method's result */
    TYPE_INT,                           /* integer of `bytes` bytes, `is_signed`; also char, bool, size_t */
    TYPE_REAL,                          /* float, double */
    TYPE_STRING,                        /* char * with a zero at its end */
    TYPE_STRUCT,                        /* declared in the assembly: `def` */
    TYPE_OPAQUE,                        /* a C type from an included header, of unknown size */
};
struct type {
    enum type_class cls;
    const char *c_name;                 /* as C writes it: "int", "uint64_t", "const char *" for strings */
    const char *adl_name;               /* as the assembly wrote it: "integer", "string" */
    unsigned bytes;                     /* TYPE_INT, TYPE_REAL */
    bool is_signed;
    bool array;
    const struct struct_def *def;
};
struct field { const char *name; struct type type; const struct value *initial; struct loc loc; };
/* name "" = inline */
struct struct_def { const char *name; struct field *fields; size_t count; struct loc loc; };

/* ---- declarations ---- */

enum param_dir { DIR_IN, DIR_OUT, DIR_INOUT, DIR_REFIN };
struct param { enum param_dir dir; struct type type; const char *name; struct loc loc; };
struct method { const char *name; struct type result; struct param *params; size_t count; struct loc loc; };
struct include { const char *text; };   /* <stdint.h> or "file.h", with its brackets or quotes */
struct attribute { const char *name; struct type type; const struct value *initial; struct loc loc; };

struct procedure {
    const char *name;
    struct method *methods;      size_t method_count;
    struct include *includes;    size_t include_count;
    struct attribute *attributes; size_t attribute_count;
    struct loc loc;
};

enum iface_kind { IFACE_USES, IFACE_PROVIDES, IFACE_EMITS, IFACE_CONSUMES, IFACE_DATAPORT, IFACE_KIND_COUNT };
struct iface {
    enum iface_kind kind;
    const char *name;
    const char *type_name;              /* procedure, event type, or dataport's C type ("Buf") */
    const struct procedure *procedure;  /* USES, PROVIDES */
    uint64_t buf_bytes;                 /* DATAPORT Buf(n); 0 = not said */
    bool maybe;
    struct loc loc;
};

enum sync_kind { SYNC_MUTEX, SYNC_SEMAPHORE, SYNC_BINARY_SEMAPHORE };
struct sync { enum sync_kind kind; const char *name; struct loc loc; };

/* A component type. */
struct component {
    const char *name;
    bool control, hardware;
    struct iface *ifaces;         size_t iface_count;
    struct attribute *attributes; size_t attribute_count;
    struct sync *syncs;           size_t sync_count;
    struct include *includes;     size_t include_count;
    struct loc loc;
};

/* One side of a connector type. `many`: Procedures, Events, Dataports. */
struct connector_side {
    enum { END_PROCEDURE, END_EVENT, END_DATAPORT } kind;
    bool many, hardware;
    unsigned threads;
};
struct connector {
    const char *name;
    struct connector_side from, to;     /* threads: "with N threads"; 1 when not said */
    struct attribute *attributes; size_t attribute_count;
    struct loc loc;
};

/* ---- the system ---- */

/* `inst.name = value` of a configuration: attributes and free settings alike. */
struct setting { const char *name; const struct value *value; struct loc loc; bool *used; };

struct instance {
    const char *name, *id;              /* "outer.inner", "outer_inner" */
    const struct component *type;
    const char *group;                  /* shares its address space with that group's others; NULL = alone */
    struct port **ports;          size_t port_count;      /* in the order of type->ifaces; all of them */
    const struct value **attributes;                      /* as in type->attributes; NULL = no value */
    struct setting *settings;     size_t setting_count;   /* attributes' values and defaults are among them */
    struct loc loc;
};

/* An interface of an instance. All connections of one port have the same connector. */
struct port {
    const struct instance *instance;
    const struct iface *iface;
    const struct connector *connector;  /* NULL = not connected: `maybe` ones, provides and emits may be so */
    bool is_from;                       /* which side of its connections it is on */
    const struct connection **connections; size_t connection_count;
};

struct connection {
    const char *name;
    const struct connector *connector;
    struct port **from;           size_t from_count;
    struct port **to;             size_t to_count;
    const struct loc *from_loc, *to_loc;                  /* of each end */
    struct setting *settings;     size_t setting_count;
    struct loc loc;
};

struct schedule_entry { int64_t domain, duration; bool microseconds; struct loc loc; };

struct model {
    const char *name;                   /* of the assembly, or "assembly" */
    struct instance **instances;    size_t instance_count;  /* without composite shells, with hardware ones */
    struct connection **connections; size_t connection_count;
    struct schedule_entry *schedule; size_t schedule_count;
    const char **sources;           size_t source_count;    /* every file read: what a build depends on */
};

/* ---- questions ---- */

/* A setting by name, marked as used (settings that nobody used get a warning); NULL = not set. */
const struct value *instance_setting(const struct instance *, const char *name);
const struct value *connection_setting(const struct connection *, const char *name);
/* The same with a type: a value of another kind is a located error, and `otherwise` the answer. */
int64_t instance_int(const struct instance *, const char *name, int64_t otherwise);
bool instance_bool(const struct instance *, const char *name, bool otherwise);
const char *instance_str(const struct instance *, const char *name, const char *otherwise);
/* "<interface>_<what>" of the port's instance, as in fs_shmem_size. */
int64_t port_int(const struct port *, const char *what, int64_t otherwise);
const char *port_str(const struct port *, const char *what, const char *otherwise);
/* An attribute's value for this instance (setting, reference or default); NULL = none. */
const struct value *instance_attribute(const struct instance *, const char *name);
const struct instance *model_instance(const struct model *, const char *name);
const struct port *instance_port(const struct instance *, const char *iface);
/* Bytes of a dataport connection: Buf(n), <port>_size settings, else one page; rounded up to pages. */
uint64_t connection_dataport_bytes(const struct connection *);
/* printf into memory that stays. */
const char *strf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
