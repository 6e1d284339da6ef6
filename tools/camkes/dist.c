// SPDX-License-Identifier: BSD-2-Clause
// Model to capability distribution: a process for each instance or group, with what its general settings ask
// for; then each connection's connector adds its capabilities. The settings are rows of a table, one function
// each.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/syscall.h>
#include "attribute.h"
#include "back.h"
#include "mem.h"

/* ---- who is where ---- */

struct member {
    const struct instance *instance;
    struct spec_instance *process;
    unsigned control;                   /* its control thread */
    unsigned *thread;                   /* by port: thread index + 1; 0 = none yet */
    uint32_t global; /* notification object for what comes asynchronously, SPEC_NONE = none yet */
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
    return member_of(d, i)->process;
}

const char *process_name(const struct instance *i) { return i->group ? i->group : i->name; }

/* ---- values of settings ---- */

/* A setting of the instance, or an attribute of that name with its default. */
static const struct value *setting(const struct instance *i, const char *name)
{
    const struct value *v = instance_setting(i, name);
    return v ? v : instance_attribute(i, name);
}

/* A number in [low, high]; anything else is an error. */
static int64_t number(const struct instance *i, const char *name, int64_t otherwise, int64_t low,
                      int64_t high)
{
    const struct value *v = setting(i, name);
    if (!v) {
        return otherwise;
    }
    if (v->kind != VALUE_INT) {
        diag_error(v->loc, "%s.%s is a number", i->name, name);
        return otherwise;
    }
    if (v->integer < low || v->integer > high) {
        diag_error(v->loc, "%s.%s is %lld: it must be from %lld to %lld", i->name, name,
                   (long long)v->integer, (long long)low, (long long)high);
        return otherwise;
    }
    return v->integer;
}

static bool truth(const struct instance *i, const char *name)
{
    const struct value *v = setting(i, name);
    if (v && v->kind != VALUE_BOOL && v->kind != VALUE_INT) {
        diag_error(v->loc, "%s.%s is true or false", i->name, name);
        return false;
    }
    return v && v->integer;
}

/* ---- threads ---- */

/* "<prefix><name>", then "<name>", then what the command line says. prefix: "_" for the control thread,
 * "fs_". */
static int64_t thread_number(const struct instance *i, const char *prefix, const char *name,
                             int64_t otherwise, int64_t low, int64_t high)
{
    return number(i, strf("%s%s", prefix, name), number(i, name, otherwise, low, high), low, high);
}

static void check_domain(const struct instance *i, const char *name)
{
    const struct value *v = setting(i, name);
    if (v && (v->kind != VALUE_INT || v->integer != 0)) {
        diag_error(v->loc, "%s.%s: the kernel has one domain, 0", i->name, name);
    }
}

static struct spec_thread_args thread_args(const struct dist *d, const struct instance *i, const char *prefix)
{
    enum { MAX_US = 1 << 30, MAX_STACK = 64 << 20 };
    const struct back_options *o = d->options;
    struct spec_thread_args a = {
        .priority = (uint8_t)thread_number(i, prefix, "priority", o->priority, 1, 255),
        .stack = (uint64_t)number(i, strf("%sstack_size", prefix), o->stack_size, 1, MAX_STACK),
        .core_plus_1 = (uint16_t)(thread_number(i, prefix, "affinity", o->affinity, 0, o->cores - 1) + 1),
        .period = (uint64_t)thread_number(i, prefix, "period", 0, 1, MAX_US),
        .budget = (uint64_t)thread_number(i, prefix, "budget", 0, 1, MAX_US),
    };
    a.max_priority = (uint8_t)thread_number(i, prefix, "max_priority", a.priority, 1, 255);
    const struct value *budget = setting(i, strf("%sbudget", prefix));
    budget = budget ? budget : setting(i, "budget");
    a.period = a.period ? a.period : a.budget > (uint64_t)o->period ? a.budget : (uint64_t)o->period;
    a.budget = a.budget ? a.budget : a.period < (uint64_t)o->budget ? a.period : (uint64_t)o->budget;
    if (a.budget > a.period) {
        diag_error(budget ? budget->loc : i->loc,
                   "%s: a budget of %llu us does not fit into a period of %llu us", i->name,
                   (unsigned long long)a.budget, (unsigned long long)a.period);
        a.budget = a.period;
    }
    check_domain(i, strf("%sdomain", prefix));
    return a;
}

unsigned dist_thread(struct dist *d, const struct port *p)
{
    struct member *m = member_of(d, p->instance);
    for (size_t n = 0; n < p->instance->port_count; n++) {
        if (p->instance->ports[n] != p) {
            continue;
        }
        if (!m->thread[n]) {
            const char *name = p->iface->name;
            const struct spec_thread_args a = thread_args(d, p->instance, strf("%s_", name));
            m->thread[n] = spec_thread(m->process, info_name(p->instance, name), &a) + 1;
        }
        return m->thread[n] - 1;
    }
    return m->control;
}

void dist_thread_more(struct dist *d, const struct port *p, unsigned n)
{
    const struct spec_thread_args a = thread_args(d, p->instance, strf("%s_", p->iface->name));
    spec_thread(member_of(d, p->instance)->process, info_name(p->instance, strf("%s.%u", p->iface->name, n)),
                &a);
}

/* ---- asynchronous input of the Global connectors ---- */

uint32_t dist_global_notification(struct dist *d, const struct instance *i)
{
    struct member *m = member_of(d, i);
    if (m->global == SPEC_NONE) {
        m->global = spec_object_pool(m->process, SPEC_NOTIFICATION, info_name(i, "rt.global"), 1);
        spec_bind_notification(m->process, m->control, m->global);
    }
    return m->global;
}

uint64_t dist_global_badge(struct dist *d, const struct instance *i)
{
    struct member *m = member_of(d, i);
    const uint64_t base = (uint64_t)number(i, "global_endpoint_base", 0, INT64_MIN, INT64_MAX);
    const uint64_t mask = (uint64_t)number(i, "global_endpoint_mask", -1, INT64_MIN, INT64_MAX) & ~base;
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

/* ---- settings of a component: one function each ---- */

typedef void (*setting_fn)(struct dist *, struct member *, const char *name);

static void set_untyped_pool(struct dist *d, struct member *m, unsigned bits, const char *name)
{
    const uint32_t count = (uint32_t)number(m->instance, name, 0, 0, 1 << 16);
    if (count) {
        spec_untyped_pool(m->process, bits, count);
        /* slots for the objects made of it: of 4 KiB in small pools, of 64 KiB and more in big ones */
        const uint64_t pages = ((uint64_t)count << bits) >> 12;
        spec_free_slots(m->process, (uint32_t)(pages < 4096 ? pages : 4096 + (pages >> 4)) + 64);
    }
}

static void set_untyped_pools(struct dist *d, struct member *m, const char *name)
{
    for (unsigned bits = 4; bits <= 30; bits++) {
        set_untyped_pool(d, m, bits, strf("untyped%u_pool", bits));
        set_untyped_pool(d, m, bits, strf("simple_untyped%u_pool", bits));
    }
    for (size_t n = 0; n < m->instance->setting_count; n++) {
        const struct setting *s = &m->instance->settings[n];
        const char *at = strncmp(s->name, "simple_", 7) ? s->name : s->name + 7;
        unsigned bits = 0;
        int end = 0;
        if (sscanf(at, "untyped%u_pool%n", &bits, &end) == 1 && end && !at[end] && (bits < 4 || bits > 30)) {
            diag_error(s->loc, "%s.%s: untyped memory comes in sizes of 4 to 30 bits", m->instance->name,
                       s->name);
        }
    }
}

/* The component's own address space and capability table, as rt/memory.h and the "simple" interface want
 * them. */
static void give_self(struct member *m)
{
    if (!spec_has_cap(m->process, "rt.cnode")) {
        spec_self_caps(m->process);
    }
}

static void set_simple(struct dist *d, struct member *m, const char *name)
{
    if (truth(m->instance, name)) {
        give_self(m);
        spec_thread_tcb_cap(m->process, m->control);
        spec_free_slots(m->process, 64);
    }
}

static void set_extra_bootinfo(struct dist *d, struct member *m, const char *name)
{
    (void)setting(m->instance, name);    /* the runtime tells every component the TSC's frequency */
}

static void set_asid_pool(struct dist *d, struct member *m, const char *name)
{
    if (truth(m->instance, name) && !spec_has_cap(m->process, "rt.asid_pool")) {
        spec_asid_pool(m->process);
    }
}

static void set_cnode_size_bits(struct dist *d, struct member *m, const char *name)
{
    const unsigned bits = (unsigned)number(m->instance, name, 0, 0, 24);
    if (bits) {
        spec_cnode_bits(m->process, bits);
    }
}

static void set_heap_size(struct dist *d, struct member *m, const char *name)
{
    spec_heap(m->process, (uint64_t)number(m->instance, name, d->options->heap_size, 0, 1ll << 37));
}

/* Pools belong to the address space: lib/camkes finds them by the setting's name. A group has one of each. */
static bool is_new_pool(struct member *m, const char *name)
{
    if (spec_has_cap(m->process, name)) {
        diag_error(setting(m->instance, name)->loc, "%s.%s: the group %s has a %s already", m->instance->name,
                   name, m->instance->group, name);
        return false;
    }
    return true;
}

static void set_dma_pool(struct dist *d, struct member *m, const char *name)
{
    const uint64_t bytes = (uint64_t)number(m->instance, name, 0, 0, 1 << 30);
    if (bytes && is_new_pool(m, name)) {
        spec_dma(m->process, name, bytes);
    }
}

static void set_sched_ctrl(struct dist *d, struct member *m, const char *name)
{
    for (int64_t core = 0; truth(m->instance, name) && core < d->options->cores; core++) {
        const char *which = core ? strf("sched_ctrl.%d", (int)core) : "sched_ctrl";
        spec_sched_control(m->process, info_name(m->instance, which), (unsigned)core);
    }
}

static void set_object_pool(struct dist *d, struct member *m, const char *name)
{
    static const struct { const char *name; enum spec_kind kind; } kinds[] = {
        { "tcb_pool", SPEC_TCB }, { "ep_pool", SPEC_ENDPOINT }, { "notification_pool", SPEC_NOTIFICATION },
        { "reply_pool", SPEC_REPLY }, { "sc_pool", SPEC_SCHED_CONTEXT },
    };
    const uint32_t count = (uint32_t)number(m->instance, name, 0, 0, 1 << 12);
    for (unsigned i = 0; count && i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!strcmp(kinds[i].name, name) && is_new_pool(m, name)) {
            spec_object_pool(m->process, kinds[i].kind, name, count);
        }
    }
}

/* A list of "a:b:c", each handed to `use` with up to four numbers; fewer than `least` are an error. */
static void for_tuples(struct member *m, const char *name, unsigned least, unsigned most, const char *form,
                       void (*use)(struct member *, const struct value *, const uint64_t *))
{
    const struct value *v = setting(m->instance, name);
    if (v && v->kind != VALUE_LIST) {
        diag_error(v->loc, "%s.%s is a list of \"%s\"", m->instance->name, name, form);
        return;
    }
    for (size_t n = 0; v && n < v->count; n++) {
        const struct value *item = v->items[n];
        uint64_t number[4] = { 0 };
        unsigned count = 0;
        char *end = NULL;
        for (const char *at = item->kind == VALUE_STRING ? item->string : NULL; at && count < 4;
             at = *end ? end + 1 : NULL) {
            number[count] = strtoull(at, &end, 0);
            if (end == at || (*end && *end != ':')) {
                count = 0;
                break;
            }
            count++;
        }
        if (count < least || count > most || *end) {
            diag_error(item->loc, "%s.%s is a list of \"%s\"", m->instance->name, name, form);
        } else {
            use(m, item, number);
        }
    }
}

static void use_mmio(struct member *m, const struct value *v, const uint64_t *n)
{
    if (n[0] % 4096 || !n[1] || n[1] % 4096 || n[1] > 1ull << 32) {
        diag_error(v->loc, "%s.mmios: address and size are multiples of 4096, up to 4 GiB",
                   m->instance->name);
        return;
    }
    spec_device(m->process, info_name(m->instance, strf("mmio.%llx", (unsigned long long)n[0])), n[0], n[1]);
}

static void use_untyped_mmio(struct member *m, const struct value *v, const uint64_t *n)
{
    if (n[1] < 12 || n[1] > 30 || n[0] & ((1ull << n[1]) - 1)) {
        diag_error(v->loc, "%s.untyped_mmios: 12 to 30 bits, the address a multiple of that size",
                   m->instance->name);
        return;
    }
    give_self(m);
    spec_untyped_device(m->process,
                        info_name(m->instance, strf("mmio_untyped.%llx", (unsigned long long)n[0])), n[0],
                        (unsigned)n[1]);
    spec_free_slots(m->process, (uint32_t)(1ull << (n[1] - 12)) + 1);
}

static void use_ioports(struct member *m, const struct value *v, const uint64_t *n)
{
    if (n[0] > n[1] || n[1] > 0xffff) {
        diag_error(v->loc, "%s.ioports: first and last port, up to 0xffff", m->instance->name);
        return;
    }
    spec_io_ports(m->process, info_name(m->instance, strf("ioports.%llx", (unsigned long long)n[0])),
                  (uint16_t)n[0], (uint16_t)n[1]);
}

static void set_mmios(struct dist *d, struct member *m, const char *name)
{
    for_tuples(m, name, 2, 3, "physical address:bytes:page bits", use_mmio);
}

static void set_untyped_mmios(struct dist *d, struct member *m, const char *name)
{
    for_tuples(m, name, 2, 2, "physical address:bits", use_untyped_mmio);
}

static void set_ioports(struct dist *d, struct member *m, const char *name)
{
    for_tuples(m, name, 2, 2, "first port:last port", use_ioports);
}

static void refuse_iospaces(struct dist *d, struct member *m, const char *name)
{
    const struct value *v = setting(m->instance, name);
    if (v && !(v->kind == VALUE_LIST && !v->count)) {
        diag_error(v->loc, "%s.%s: the kernel does not program an IOMMU yet: it has no IO spaces to give",
                   m->instance->name, name);
    }
}

static void check_environment(struct dist *d, struct member *m, const char *name)
{
    const struct value *v = setting(m->instance, name);
    if (v && !(v->kind == VALUE_STRING && (!strcmp(v->string, "c") || !strcmp(v->string, "C")))) {
        diag_error(v->loc, "%s.%s: components are C programs with newlib: only \"c\" is known",
                   m->instance->name, name);
    }
}

static void note_debug(struct dist *d, struct member *m, const char *name)
{
    const struct value *v = setting(m->instance, name);
    if (v && v->kind != VALUE_LIST && v->integer) {
        diag_warning(v->loc, "ignored-setting",
                     "%s.%s has no effect: faults are reported with registers and backtrace "
                     "anyway, and the whole system can be debugged (docs/debugging.md)",
                     m->instance->name, name);
    }
}

static const struct { const char *name; setting_fn apply; } general[] = {
    { "heap_size", set_heap_size },             { "cnode_size_bits", set_cnode_size_bits },
    { "simple", set_simple },                   { "simple_extra_bootinfo", set_extra_bootinfo },
    { "asid_pool", set_asid_pool },             { "untyped12_pool", set_untyped_pools },
    { "dma_pool", set_dma_pool },               { "sched_ctrl", set_sched_ctrl },
    { "tcb_pool", set_object_pool },            { "ep_pool", set_object_pool },
    { "notification_pool", set_object_pool },   { "reply_pool", set_object_pool },
    { "sc_pool", set_object_pool },             { "mmios", set_mmios },
    { "untyped_mmios", set_untyped_mmios },     { "ioports", set_ioports },
    { "iospaces", refuse_iospaces },            { "environment", check_environment },
    { "debug", note_debug },
};

static bool has_pools(const struct member *m)
{
    for (unsigned bits = 4; bits <= 30; bits++) {
        if (spec_has_cap(m->process, strf("untyped%u", bits))) {
            return true;
        }
    }
    return false;
}

static void give_sync(struct member *m)
{
    for (size_t n = 0; n < m->instance->type->sync_count; n++) {
        const struct sync *s = &m->instance->type->syncs[n];
        spec_object_pool(m->process, SPEC_NOTIFICATION, info_name(m->instance, s->name), 1);
        if (s->kind == SYNC_MUTEX) {
            continue;
        }
        const char *name = strf("%s_value", s->name);
        const int64_t most = s->kind == SYNC_SEMAPHORE ? INT32_MAX : 1;
        if (setting(m->instance, name)) {
            spec_attr_int(m->process, info_name(m->instance, name), number(m->instance, name, 0, 0, most));
        }
    }
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
    struct member m = { .instance = i, .process = process_find(d, name), .global = SPEC_NONE };
    if (!m.process) {
        const struct spec_thread_args t = thread_args(d, first, "_");
        m.process =
            spec_instance(d->system, &(struct spec_instance_args){ .name = name,
                                                                   .type = i->group ? "group" : i->type->name,
                                                                   .elf = program_elf(ps, i),
                                                                   .stack = t.stack,
                                                                   .priority = t.priority,
                                                                   .max_priority = t.max_priority,
                                                                   .core = (uint16_t)(t.core_plus_1 - 1),
                                                                   .budget = t.budget,
                                                                   .period = t.period });
        *vec_add(&d->processes) = (struct process){ name, m.process };
    }
    if (i->type->control && i != first) {
        const struct spec_thread_args t = thread_args(d, i, "_");
        m.control = spec_thread(m.process, i->id, &t);
    }
    m.thread = mem_new((i->port_count + 1) * sizeof(*m.thread));
    *vec_add(&d->members) = m;
    map_put(&d->by_name, i->name, (void *)(uintptr_t)d->members.count);
}

static void apply_settings(struct dist *d, struct member *m)
{
    attributes_distribute(m->process, m->instance);
    give_sync(m);
    for (unsigned n = 0; n < sizeof(general) / sizeof(*general); n++) {
        general[n].apply(d, m, general[n].name);
    }
    if (has_pools(m)) {
        give_self(m);
    }
}

/* Threads of ports are made by connectors; their settings are known either way. */
static void know_port_settings(const struct member *m)
{
    static const char *const names[] = { "priority", "max_priority", "stack_size", "affinity",
                                         "budget",   "period",       "data",       "size_bits" };
    for (size_t p = 0; p < m->instance->port_count; p++) {
        check_domain(m->instance, strf("%s_domain", m->instance->ports[p]->iface->name));
        for (unsigned n = 0; n < sizeof(names) / sizeof(*names); n++) {
            (void)instance_setting(m->instance, strf("%s_%s", m->instance->ports[p]->iface->name, names[n]));
        }
    }
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
        apply_settings(d, &d->members.at[n]);
    }
    vm_distribute(d, m);
    for (size_t n = 0; n < m->connection_count; n++) {
        const struct connector_impl *c = connector_of(m->connections[n]->connector);
        if (c && c->distribute) {
            c->distribute(d, m->connections[n]);
        }
    }
    for (size_t n = 0; n < d->members.count; n++) {
        know_port_settings(&d->members.at[n]);
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

/* ---- settings nobody asked for ---- */

static bool is_attribute(const struct instance *i, const char *name)
{
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        if (!strcmp(i->type->attributes[n].name, name)) {
            return true;
        }
    }
    return false;
}

static const char *meant(const struct instance *i, const char *word)
{
    static const char *const thread[] = { "priority", "max_priority", "affinity",
                                          "budget",   "period",       "stack_size" };
    VEC(const char *) names = { 0 };
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        *vec_add(&names) = i->type->attributes[n].name;
    }
    for (unsigned n = 0; n < sizeof(general) / sizeof(*general); n++) {
        *vec_add(&names) = general[n].name;
    }
    for (unsigned n = 0; n < sizeof(thread) / sizeof(*thread); n++) {
        *vec_add(&names) = thread[n];
        *vec_add(&names) = strf("_%s", thread[n]);
        for (size_t p = 0; p < i->port_count; p++) {
            *vec_add(&names) = strf("%s_%s", i->ports[p]->iface->name, thread[n]);
        }
    }
    return diag_nearest(word, names.at, (unsigned)names.count);
}

static bool is_connector_attribute(const struct connector *c, const char *name)
{
    for (size_t n = 0; n < c->attribute_count; n++) {
        if (!strcmp(c->attributes[n].name, name)) {
            return true;
        }
    }
    return false;
}

static const char *meant_of_connector(const struct connector *c, const char *word)
{
    VEC(const char *) names = { 0 };
    for (size_t n = 0; n < c->attribute_count; n++) {
        *vec_add(&names) = c->attributes[n].name;
    }
    return diag_nearest(word, names.at, (unsigned)names.count);
}

static void tell_unused(const struct setting *s, const char *owner, const char *hint)
{
    diag_warning(s->loc, "unused-setting", "nothing uses the setting %s.%s", owner, s->name);
    if (hint) {
        diag_hint("did you mean '%s'?", hint);
    }
}

void settings_check(const struct model *m)
{
    for (size_t n = 0; n < m->instance_count; n++) {
        const struct instance *i = m->instances[n];
        for (size_t k = 0; k < i->setting_count; k++) {
            const struct setting *s = &i->settings[k];
            if (!*s->used && !is_attribute(i, s->name)) {
                tell_unused(s, i->name, meant(i, s->name));
            }
        }
    }
    for (size_t n = 0; n < m->connection_count; n++) {
        for (size_t k = 0; k < m->connections[n]->setting_count; k++) {
            const struct setting *s = &m->connections[n]->settings[k];
            if (!*s->used && !is_connector_attribute(m->connections[n]->connector, s->name)) {
                tell_unused(s, m->connections[n]->name,
                            meant_of_connector(m->connections[n]->connector, s->name));
            }
        }
    }
}
