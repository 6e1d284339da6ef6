// SPDX-License-Identifier: BSD-2-Clause
// The back end inside. Order of a run (main.c): connectors_check, programs_make, dist_make, and
// then whatever was asked for: programs_write, the spec file, capDL text, graph, isolation report.
#ifndef CAMKES_BACK_H
#define CAMKES_BACK_H

#include <spec/read.h>

#include "connector.h"
#include "mem.h"

struct back_options {
    const char *const *const_attr_types;  unsigned const_attr_count;  /* types that say CAMKES_CONST_ATTR */
    const char *const *separate;          unsigned separate_count;    /* instances that share no program */
    const char *const *files;             unsigned file_count;        /* "instance:name:archivename=path" */
    int64_t priority, stack_size, heap_size, affinity, budget, period;  /* where the assembly says nothing */
    int64_t cores;                                                      /* that the kernel runs on */
};

/* ---- connectors the assembly uses (connector_table.c, template.c) ---- */

/* "name:side=file", side one of from, to, from-header, to-header (docs/connectors.md). */
void connector_declare(const char *argument);
/* Where %include looks, after the template's own directory. */
void template_path(const char *dir);
/* Every template file that was read, included ones too. */
void template_files(void (*use)(void *context, const char *path), void *context);
/* The implementation, built in or declared. NULL = none. */
const struct connector_impl *connector_of(const struct connector *);
/* Every connection has an implementation that accepts it; located errors. */
void connectors_check(const struct model *);
bool connector_is_declared(const char *name);

/* ---- programs: equal instances share one (programs.c) ---- */

struct program {
    const char *name, *type;              /* "Init0", "Init0.2"; of a group: its name and "" */
    VEC(const struct instance *) instances;
    const char *header, *glue;            /* the texts; header NULL for a group's own */
    const char *group;                    /* NULL, or the group whose member these objects are */
};
struct programs { VEC(struct program) list; };

struct programs *programs_make(const struct model *, const struct back_options *);
/* The ELF of an instance's process, as the image's archive names it: "Init0.elf". */
const char *program_elf(const struct programs *, const struct instance *);
void programs_write(const struct programs *, const struct model *, const char *dir);

/* ---- the capability distribution (dist.c) ---- */

struct dist *dist_make(const struct model *, const struct programs *, const struct back_options *);
/* The finished spec, checked by spec_open; *bytes and the file's content for whoever writes it. */
const struct spec *dist_spec(struct dist *, const void **data, size_t *bytes);
/* Settings that nothing asked for: warning "unused-setting" with a guess what was meant. */
void settings_check(const struct model *);
/* Name of the spec's component an instance lives in: its own, or its group's. */
const char *process_name(const struct instance *);

/* ---- virtual machines (vm.c) ---- */

/* Values that make no sense for a machine, and what monitors do not carry: located errors. */
void vm_check(const struct model *);
/* Ports and memory of real devices, for the monitors. */
void vm_distribute(struct dist *, const struct model *);

/* ---- reports ---- */

void cdl_text(const struct spec *, struct text *);
void graph_dot(const struct model *, struct text *);

struct isolation_query {
    const char *from, *to;                /* components; NULL = all pairs */
    const char *const *trusted;           unsigned trusted_count;       /* paths do not lead through these */
    bool all_paths;                       /* every path without repetition, not only the shortest */
};
/* Writes the report; true = at least one asked-for pair is reachable. */
bool isolation_text(const struct spec *, const struct isolation_query *, struct text *);
/* Index of a component by name; SPEC_NONE = none. */
uint32_t isolation_component(const struct spec *, const char *name);

#endif
