// SPDX-License-Identifier: BSD-2-Clause
// What a connector type is to the back end: C for each of its two ends, and the capabilities it needs. One row a
// connector; the files connect_*.c hold tables of rows and their functions, connector_table.c lists the tables.
//
// C: every instance gets a header <camkes.h> (what its author may call) and one glue.c. The text must not contain the
// instance's name or numbers that differ between equal instances (slots, badges): the glue finds capabilities,
// dataports and clients by name at the start (rt_cap, rt_dataport, rt_client), so that equal instances, and equal
// components of different assemblies, share one program.
//
// Capabilities: `distribute` describes a connection with spec/describe.h. Both halves agree on names through
// info_name: what the glue looks up is what the distribution names.
#ifndef CAMKES_CONNECTOR_H
#define CAMKES_CONNECTOR_H

#include <spec/describe.h>

#include "model.h"
#include "text.h"

/* One instance's C, as far as it is written. */
struct glue {
    const struct instance *instance;
    struct text *includes;              /* camkes.h: its #include lines (glue_include) */
    struct text *header;                /* camkes.h: declarations and macros for the author */
    struct text *top;                   /* glue.c: includes, types, static variables */
    struct text *body;                  /* glue.c: functions */
    struct text *init;                  /* glue.c: statements run once before pre_init, no other thread yet */
};

/* "fs", or "vm0.fs" for an instance in a group: the name of what the runtime finds (rt_cap(...)), and of threads. */
const char *info_name(const struct instance *, const char *name);
/* A C string literal of it, quoted and escaped. */
const char *c_string(const char *text);
/* "#include" lines of a procedure, once each in the header (the frame also includes them in glue.c). The frame has done
 * it for the procedures of all ports and the component's own. */
void glue_includes(struct glue *, const struct procedure *);
void glue_include(struct glue *, const char *quoted);          /* "<stdint.h>" */
/* "int x", "char *x": C's declaration of one value of the type (arrays: of one element). */
const char *type_declare(const struct type *, const char *name);
/* "const char *name", "size_t n_sz, const int *n", "size_t *n_sz, int **n": a parameter as the author sees it. */
const char *param_declare(const struct param *);
/* "int fs_open(const char *name, int mode)": the author's prototype of a method (arrays as size_t n_sz, T *n). */
const char *method_prototype(const struct port *, const struct method *);
/* The row that runs `run_fn` (or the author's weak <iface>__run when NULL) in the port's thread, and calls the
 * author's weak <iface>__init. Every port gets its init; a thread only where distribute calls dist_thread. */
void glue_interface(struct glue *, const struct port *, const char *run_fn);
/* A row of its own for a thread that is no interface's: `symbol` is part of a C name, `thread` what the runtime looks for,
 * init_fn and run_fn C expressions ("NULL" = nothing). */
void glue_thread(struct glue *, const char *symbol, const char *thread, const char *init_fn, const char *run_fn);

/* The system being distributed. */
struct dist;
struct spec_system *dist_system(struct dist *);
/* The process of an instance; not for hardware instances. */
struct spec_instance *dist_instance(struct dist *, const struct instance *);
/* The port's thread, made at the first call with <iface>_priority, _stack_size, _affinity, budget, period. */
unsigned dist_thread(struct dist *, const struct port *);
/* The nth of several (from 2), named "<iface>.<n>", with the same settings. */
void dist_thread_more(struct dist *, const struct port *, unsigned n);
/* A component has one notification that is bound to its control thread, for everything that comes asynchronously through
 * the Global connectors: its object (named "rt.global" in the information page), and the next free badge bit of it
 * (settings global_endpoint_base and global_endpoint_mask; else from bit 0). */
uint32_t dist_global_notification(struct dist *, const struct instance *);
uint64_t dist_global_badge(struct dist *, const struct instance *);
/* The badge of `from` at `to`: <from interface>_attributes when set (a number), else 0 = the next free one. */
uint64_t dist_badge(const struct port *from);

struct connector_impl {
    const char *name;
    /* Once for each port on that side, whatever the number of its connections. NULL = an end without C. */
    void (*from)(struct glue *, const struct port *);
    void (*to)(struct glue *, const struct port *);
    /* Once for each connection. */
    void (*distribute)(struct dist *, const struct connection *);
    /* Settings and shapes that make no sense, as located errors; before anything is written. May be NULL. */
    void (*check)(const struct connection *);
};

const struct connector_impl *connector_find(const char *name);     /* built-in ones; NULL = none of that name */
unsigned connector_names(const char **names, unsigned room);        /* of all built-in ones; how many */

#endif
