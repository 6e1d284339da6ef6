// SPDX-License-Identifier: BSD-2-Clause
// Model to capability distribution: a process for each instance or group, with what its general settings ask
// for (settings.h); then each connection's connector adds its capabilities.
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who is where ---- */

struct member {
    struct holder holder;
    unsigned *thread;                   /* by port: thread index + 1; 0 = none yet */
    uint32_t global; /* its notification for all that is asynchronous, SPEC_NONE = none yet */
    uint64_t global_used;               /* badge bits given away */
};

struct process { const char *name; struct spec_instance *spec; };

struct dist {
    const struct model *model;
    const struct back_options *options;
    struct spec_system *system;
    VEC(struct member) members;
    VEC(struct process) processes;
    struct map by_name;                 /* instance name -> index + 1 */
    void *file;
    size_t bytes;
    struct spec spec;
};

struct spec_system *dist_system(struct dist *d) { return d->system; }

static struct member *member_of(struct dist *d, const struct instance *i)
{
    const uintptr_t index = (uintptr_t)map_get(&d->by_name, i->name);
    if (!index) {
        diag_fatal("%s is hardware: it has no process", i->name);
    }
    return &d->members.at[index - 1];
}

struct spec_instance *dist_instance(struct dist *d, const struct instance *i)
{
    return member_of(d, i)->holder.process;
}

const char *process_name(const struct instance *i) { return i->group ? i->group : i->name; }

/* ---- threads ---- */

unsigned dist_thread(struct dist *d, const struct port *p)
{
    struct member *m = member_of(d, p->instance);
    for (size_t n = 0; n < p->instance->port_count; n++) {
        if (p->instance->ports[n] != p) {
            continue;
        }
        if (!m->thread[n]) {
            const char *name = p->iface->name;
            const struct spec_thread_args a = setting_thread(p->instance, strf("%s_", name), d->options);
            m->thread[n] = spec_thread(m->holder.process, info_name(p->instance, name), &a) + 1;
        }
        return m->thread[n] - 1;
    }
    return m->holder.control;
}

void dist_thread_more(struct dist *d, const struct port *p, unsigned n)
{
    const struct spec_thread_args a = setting_thread(p->instance, strf("%s_", p->iface->name), d->options);
    spec_thread(member_of(d, p->instance)->holder.process,
                info_name(p->instance, strf("%s.%u", p->iface->name, n)), &a);
}

/* ---- asynchronous input of the Global connectors ---- */

uint32_t dist_global_notification(struct dist *d, const struct instance *i)
{
    struct member *m = member_of(d, i);
    if (m->global == SPEC_NONE) {
        m->global = spec_object_pool(m->holder.process, SPEC_NOTIFICATION, info_name(i, "rt.global"), 1);
        spec_bind_notification(m->holder.process, m->holder.control, m->global);
        spec_attr_int(m->holder.process, info_name(i, "rt.global.thread"), m->holder.control);
    }
    return m->global;
}

uint64_t dist_global_badge(struct dist *d, const struct instance *i)
{
    struct member *m = member_of(d, i);
    const uint64_t base = (uint64_t)setting_number(i, "global_endpoint_base", 0, INT64_MIN, INT64_MAX);
    const uint64_t mask =
        (uint64_t)setting_number(i, "global_endpoint_mask", -1, INT64_MIN, INT64_MAX) & ~base;
    const uint64_t left = mask & ~m->global_used;
    if (!left) {
        diag_error(i->loc, "%s: more notification sources than badge bits in global_endpoint_mask (0x%llx)",
                   i->name, (unsigned long long)mask);
        return base;
    }
    const uint64_t bit = left & -left;
    m->global_used |= bit;
    return base | bit;
}

uint64_t dist_badge(const struct port *from)
{
    const struct value *v = instance_setting(from->instance, strf("%s_attributes", from->iface->name));
    if (v && v->kind == VALUE_INT) {
        return (uint64_t)v->integer;
    }
    char *end = NULL;
    const uint64_t badge = v && v->kind == VALUE_STRING ? strtoull(v->string, &end, 0) : 0;
    if (v && (!end || end == v->string || *end)) {
        diag_error(v->loc, "%s.%s_attributes is the badge, a number", from->instance->name,
                   from->iface->name);
    }
    return badge;
}

/* ---- processes ---- */

static struct spec_instance *process_find(struct dist *d, const char *name)
{
    for (size_t n = 0; n < d->processes.count; n++) {
        if (!strcmp(d->processes.at[n].name, name)) {
            return d->processes.at[n].spec;
        }
    }
    return NULL;
}

/* Whose run() the process's first thread runs: the instance's own, or that of the first control component of
 * its group. */
static const struct instance *first_control(const struct dist *d, const struct instance *i)
{
    for (size_t n = 0; i->group && n < d->model->instance_count; n++) {
        const struct instance *other = d->model->instances[n];
        if (other->group && !strcmp(other->group, i->group) && other->type->control) {
            return other;
        }
    }
    return i;
}

static void add_member(struct dist *d, const struct programs *ps, const struct instance *i)
{
    const char *name = process_name(i);
    const struct instance *first = first_control(d, i);
    struct member m = { .holder = { i, process_find(d, name), 0, d->options }, .global = SPEC_NONE };
    if (!m.holder.process) {
        const struct spec_thread_args t = setting_thread(first, "_", d->options);
        m.holder.process =
            spec_instance(d->system, &(struct spec_instance_args){ .name = name,
                                                                   .type = i->group ? "group" : i->type->name,
                                                                   .elf = program_elf(ps, i),
                                                                   .stack = t.stack,
                                                                   .priority = t.priority,
                                                                   .max_priority = t.max_priority,
                                                                   .core = (uint16_t)(t.core_plus_1 - 1),
                                                                   .budget = t.budget,
                                                                   .period = t.period });
        *vec_add(&d->processes) = (struct process){ name, m.holder.process };
    }
    if (i->type->control && i != first) {
        const struct spec_thread_args t = setting_thread(i, "_", d->options);
        m.holder.control = spec_thread(m.holder.process, i->id, &t);
    }
    m.thread = mem_new((i->port_count + 1) * sizeof(*m.thread));
    *vec_add(&d->members) = m;
    map_put(&d->by_name, i->name, (void *)(uintptr_t)d->members.count);
}

/* ---- files of the image that instances see ---- */

static void bad_file(const char *argument)
{
    diag_fatal("--file %s: it is instance:name:archivename=path of a file", argument);
}

static void add_file(struct dist *d, const char *argument)
{
    const char *name = strchr(argument, ':'), *archive = name ? strchr(name + 1, ':') : NULL;
    const char *path = archive ? strchr(archive + 1, '=') : NULL;
    if (!path) {
        bad_file(argument);
        return;
    }
    const char *instance = mem_text(argument, (size_t)(name - argument));
    const struct instance *i = model_instance(d->model, instance);
    if (!i || i->type->hardware) {
        diag_fatal("--file %s: there is no instance '%s'", argument, instance);
    }
    FILE *f = fopen(path + 1, "rb");
    if (!f || fseek(f, 0, SEEK_END)) {
        diag_fatal("--file %s: '%s' cannot be read", argument, path + 1);
    }
    const long bytes = ftell(f);
    fclose(f);
    if (bytes < 0) {
        diag_fatal("--file %s: '%s' has no size", argument, path + 1);
    }
    spec_file(dist_instance(d, i), info_name(i, mem_text(name + 1, (size_t)(archive - name - 1))),
              mem_text(archive + 1, (size_t)(path - archive - 1)), (uint64_t)bytes);
}

/* ---- all of it ---- */

static void check_schedule(const struct model *m)
{
    for (size_t n = 0; n < m->schedule_count; n++) {
        if (m->schedule[n].domain) {
            diag_error(m->schedule[n].loc, "domain %lld: the kernel has one domain, 0",
                       (long long)m->schedule[n].domain);
            diag_hint("budgets and periods limit what components use: <instance>.budget, <instance>.period");
        }
    }
}

struct dist *dist_make(const struct model *m, const struct programs *ps, const struct back_options *o)
{
    struct dist *d = NEW(struct dist);
    *d = (struct dist){ .model = m, .options = o, .system = spec_system_new() };
    if (!d->system) {
        diag_fatal("out of memory");
    }
    check_schedule(m);
    for (size_t n = 0; n < m->instance_count; n++) {
        if (!m->instances[n]->type->hardware) {
            add_member(d, ps, m->instances[n]);
        }
    }
    for (size_t n = 0; n < d->members.count; n++) {
        settings_apply(&d->members.at[n].holder);
    }
    vm_distribute(d, m);
    for (size_t n = 0; n < m->connection_count; n++) {
        const struct connector_impl *c = connector_of(m->connections[n]->connector);
        if (c && c->distribute) {
            c->distribute(d, m->connections[n]);
        }
    }
    for (size_t n = 0; n < d->members.count; n++) {
        settings_of_ports(d->members.at[n].holder.instance);
    }
    for (unsigned n = 0; n < o->file_count; n++) {
        add_file(d, o->files[n]);
    }
    return d;
}

const struct spec *dist_spec(struct dist *d, const void **data, size_t *bytes)
{
    struct spec_problem problem;
    if (!d->file) {
        d->file = spec_system_finish(d->system, &d->bytes);
        if (!d->file) {
            diag_error(LOC_NONE, "%s", spec_system_error(d->system));
            return NULL;
        }
        if (spec_open(&d->spec, d->file, d->bytes, &problem)) {
            diag_fatal("the distribution is not sound: %s %u: %s", spec_section_name(problem.section),
                       problem.index, problem.text);
        }
    }
    if (data) {
        *data = d->file;
        *bytes = d->bytes;
    }
    return &d->spec;
}
