// SPDX-License-Identifier: BSD-2-Clause
// The general settings of a component: a row of a table each, with the function that gives the process what
// the setting asks for, or says why not. See settings.h and docs/compiler.md.
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute.h"

typedef void (*setting_fn)(const struct holder *, const char *name);

static void set_untyped_pool(const struct holder *h, unsigned bits, const char *name)
{
    const uint32_t count = (uint32_t)setting_number(h->instance, name, 0, 0, 1 << 16);
    if (count) {
        spec_untyped_pool(h->process, bits, count);
        /* slots for the objects made of it: of 4 KiB in small pools, of 64 KiB and more in big ones */
        const uint64_t pages = ((uint64_t)count << bits) >> 12;
        spec_free_slots(h->process, (uint32_t)(pages < 4096 ? pages : 4096 + (pages >> 4)) + 64);
    }
}

static void set_untyped_pools(const struct holder *h, const char *name)
{
    for (unsigned bits = 4; bits <= 30; bits++) {
        set_untyped_pool(h, bits, strf("untyped%u_pool", bits));
        set_untyped_pool(h, bits, strf("simple_untyped%u_pool", bits));
    }
    for (size_t n = 0; n < h->instance->setting_count; n++) {
        const struct setting *s = &h->instance->settings[n];
        const char *at = strncmp(s->name, "simple_", 7) ? s->name : s->name + 7;
        unsigned bits = 0;
        int end = 0;
        if (sscanf(at, "untyped%u_pool%n", &bits, &end) == 1 && end && !at[end] && (bits < 4 || bits > 30)) {
            diag_error(s->loc, "%s.%s: untyped memory comes in sizes of 4 to 30 bits", h->instance->name,
                       s->name);
        }
    }
}

/* The component's own address space and capability table, as rt/memory.h and the "simple" interface want
 * them. */
static void give_self(const struct holder *h)
{
    if (!spec_has_cap(h->process, "rt.cnode")) {
        spec_self_caps(h->process);
    }
}

static void set_simple(const struct holder *h, const char *name)
{
    if (setting_true(h->instance, name)) {
        give_self(h);
        spec_thread_tcb_cap(h->process, h->control);
        spec_free_slots(h->process, 64);
    }
}

static void set_extra_bootinfo(const struct holder *h, const char *name)
{
    (void)setting_value(h->instance, name);    /* the runtime tells every component the TSC's frequency */
}

static void set_asid_pool(const struct holder *h, const char *name)
{
    if (setting_true(h->instance, name) && !spec_has_cap(h->process, "rt.asid_pool")) {
        spec_asid_pool(h->process);
    }
}

static void set_cnode_size_bits(const struct holder *h, const char *name)
{
    const unsigned bits = (unsigned)setting_number(h->instance, name, 0, 0, 24);
    if (bits) {
        spec_cnode_bits(h->process, bits);
    }
}

static void set_heap_size(const struct holder *h, const char *name)
{
    spec_heap(h->process, (uint64_t)setting_number(h->instance, name, h->options->heap_size, 0, 1ll << 37));
}

/* Pools belong to the address space: lib/camkes finds them by the setting's name. A group has one of each. */
static bool is_new_pool(const struct holder *h, const char *name)
{
    if (spec_has_cap(h->process, name)) {
        diag_error(setting_value(h->instance, name)->loc, "%s.%s: the group %s has a %s already",
                   h->instance->name, name, h->instance->group, name);
        return false;
    }
    return true;
}

static void set_dma_pool(const struct holder *h, const char *name)
{
    const uint64_t bytes = (uint64_t)setting_number(h->instance, name, 0, 0, 1 << 30);
    if (bytes && is_new_pool(h, name)) {
        spec_dma(h->process, name, bytes);
    }
}

static void set_sched_ctrl(const struct holder *h, const char *name)
{
    for (int64_t core = 0; setting_true(h->instance, name) && core < h->options->cores; core++) {
        const char *which = core ? strf("sched_ctrl.%d", (int)core) : "sched_ctrl";
        spec_sched_control(h->process, info_name(h->instance, which), (unsigned)core);
    }
}

static void set_object_pool(const struct holder *h, const char *name)
{
    static const struct { const char *name; enum spec_kind kind; } kinds[] = {
        { "tcb_pool", SPEC_TCB }, { "ep_pool", SPEC_ENDPOINT }, { "notification_pool", SPEC_NOTIFICATION },
        { "reply_pool", SPEC_REPLY }, { "sc_pool", SPEC_SCHED_CONTEXT },
    };
    const uint32_t count = (uint32_t)setting_number(h->instance, name, 0, 0, 1 << 12);
    for (unsigned i = 0; count && i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!strcmp(kinds[i].name, name) && is_new_pool(h, name)) {
            spec_object_pool(h->process, kinds[i].kind, name, count);
        }
    }
}

/* A list of "a:b:c", each handed to `use` with up to four numbers; fewer than `least` are an error. */
static void for_tuples(const struct holder *h, const char *name, unsigned least, unsigned most,
                       const char *form,
                       void (*use)(const struct holder *, const struct value *, const uint64_t *))
{
    const struct value *v = setting_value(h->instance, name);
    if (v && v->kind != VALUE_LIST) {
        diag_error(v->loc, "%s.%s is a list of \"%s\"", h->instance->name, name, form);
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
            diag_error(item->loc, "%s.%s is a list of \"%s\"", h->instance->name, name, form);
        } else {
            use(h, item, number);
        }
    }
}

static void use_mmio(const struct holder *h, const struct value *v, const uint64_t *n)
{
    if (n[0] % 4096 || !n[1] || n[1] % 4096 || n[1] > 1ull << 32) {
        diag_error(v->loc, "%s.mmios: address and size are multiples of 4096, up to 4 GiB",
                   h->instance->name);
        return;
    }
    spec_device(h->process, info_name(h->instance, strf("mmio.%llx", (unsigned long long)n[0])), n[0], n[1]);
}

static void use_untyped_mmio(const struct holder *h, const struct value *v, const uint64_t *n)
{
    if (n[1] < 12 || n[1] > 30 || n[0] & ((1ull << n[1]) - 1)) {
        diag_error(v->loc, "%s.untyped_mmios: 12 to 30 bits, the address a multiple of that size",
                   h->instance->name);
        return;
    }
    give_self(h);
    spec_untyped_device(h->process,
                        info_name(h->instance, strf("mmio_untyped.%llx", (unsigned long long)n[0])), n[0],
                        (unsigned)n[1]);
    spec_free_slots(h->process, (uint32_t)(1ull << (n[1] - 12)) + 1);
}

static void use_ioports(const struct holder *h, const struct value *v, const uint64_t *n)
{
    if (n[0] > n[1] || n[1] > 0xffff) {
        diag_error(v->loc, "%s.ioports: first and last port, up to 0xffff", h->instance->name);
        return;
    }
    spec_io_ports(h->process, info_name(h->instance, strf("ioports.%llx", (unsigned long long)n[0])),
                  (uint16_t)n[0], (uint16_t)n[1]);
}

static void set_mmios(const struct holder *h, const char *name)
{
    for_tuples(h, name, 2, 3, "physical address:bytes:page bits", use_mmio);
}

static void set_untyped_mmios(const struct holder *h, const char *name)
{
    for_tuples(h, name, 2, 2, "physical address:bits", use_untyped_mmio);
}

static void set_ioports(const struct holder *h, const char *name)
{
    for_tuples(h, name, 2, 2, "first port:last port", use_ioports);
}

static void refuse_iospaces(const struct holder *h, const char *name)
{
    const struct value *v = setting_value(h->instance, name);
    if (v && !(v->kind == VALUE_LIST && !v->count)) {
        diag_error(v->loc, "%s.%s: the kernel does not program an IOMMU yet: it has no IO spaces to give",
                   h->instance->name, name);
    }
}

static void check_environment(const struct holder *h, const char *name)
{
    const struct value *v = setting_value(h->instance, name);
    if (v && !(v->kind == VALUE_STRING && (!strcmp(v->string, "c") || !strcmp(v->string, "C")))) {
        diag_error(v->loc, "%s.%s: components are C programs with newlib: only \"c\" is known",
                   h->instance->name, name);
    }
}

static void note_debug(const struct holder *h, const char *name)
{
    const struct value *v = setting_value(h->instance, name);
    if (v && v->kind != VALUE_LIST && v->integer) {
        diag_warning(v->loc, "ignored-setting",
                     "%s.%s has no effect: faults are reported with registers and backtrace "
                     "anyway, and the whole system can be debugged (docs/debugging.md)",
                     h->instance->name, name);
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

static bool has_pools(const struct holder *h)
{
    for (unsigned bits = 4; bits <= 30; bits++) {
        if (spec_has_cap(h->process, strf("untyped%u", bits))) {
            return true;
        }
    }
    return false;
}

static void give_sync(const struct holder *h)
{
    for (size_t n = 0; n < h->instance->type->sync_count; n++) {
        const struct sync *s = &h->instance->type->syncs[n];
        spec_object_pool(h->process, SPEC_NOTIFICATION, info_name(h->instance, s->name), 1);
        if (s->kind == SYNC_MUTEX) {
            continue;
        }
        const char *name = strf("%s_value", s->name);
        const int64_t most = s->kind == SYNC_SEMAPHORE ? INT32_MAX : 1;
        if (setting_value(h->instance, name)) {
            spec_attr_int(h->process, info_name(h->instance, name),
                          setting_number(h->instance, name, 0, 0, most));
        }
    }
}

void settings_apply(const struct holder *h)
{
    attributes_distribute(h->process, h->instance);
    give_sync(h);
    for (unsigned n = 0; n < sizeof(general) / sizeof(*general); n++) {
        general[n].apply(h, general[n].name);
    }
    if (has_pools(h)) {
        give_self(h);
    }
}

const char *settings_general_name(unsigned n)
{
    return n < sizeof(general) / sizeof(*general) ? general[n].name : NULL;
}
