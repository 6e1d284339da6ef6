// SPDX-License-Identifier: BSD-2-Clause
// Connectors of events over notification objects: seL4Notification, -Native, -Bind, -Queue.
//
// Each consuming port has one notification object. An emitting port has a capability to each of its
// consumers' objects, in consecutive slots. What they do is in lib/camkes (camkes/event.h); the glue only
// gives it names.
#include "connect_parts.h"

#include <abi/syscall.h>
#include <stdlib.h>

#define FIRST_BADGE 1u                    /* a signal with badge 0 would look like none to <e>_poll */

/* ---- emitting ---- */

void glue_emitter(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    glue_top_include(g, "<camkes/event.h>");
    text_add(g->header, "void %s_emit(void);\nvoid %s_emit_underlying(void);\n", e, e);
    text_add(g->top, "static struct camkes_emitter camkes__%s;\n", e);
    text_add(g->body, "void %s_emit_underlying(void) { camkes_emit(&camkes__%s); }\n"
                      "void %s_emit(void) { %s_emit_underlying(); }\n", e, e, e, e);
    text_add(g->init, "    camkes_emitter_init(&camkes__%s, %s);\n", e, quoted_name(p));
    glue_interface(g, p, "NULL");
}

/* All consumers of all connections of the port, in order. */
void distribute_emitter(struct dist *d, const struct port *from, event_target_fn target)
{
    size_t count = 0;
    for (size_t c = 0; c < from->connection_count; c++) {
        count += from->connections[c]->to_count;
    }
    uint32_t *object = calloc(count + 1, sizeof(*object));
    uint64_t *badge = calloc(count + 1, sizeof(*badge));
    if (!object || !badge) {
        diag_fatal("out of memory");
    }
    size_t n = 0;
    for (size_t c = 0; c < from->connection_count; c++) {
        for (size_t t = 0; t < from->connections[c]->to_count; t++, n++) {
            object[n] = target(d, from, from->connections[c]->to[t], &badge[n]);
        }
    }
    spec_cap_row(dist_instance(d, from->instance), info_name(from->instance, from->iface->name), object,
                 badge, (unsigned)count, ABI_RIGHT_WRITE);
    free(object);
    free(badge);
}

static void distribute_emitters(struct dist *d, const struct connection *c, event_target_fn target)
{
    for (size_t f = 0; f < c->from_count; f++) {
        if (port_begins(c->from[f], c)) {
            distribute_emitter(d, c->from[f], target);
        }
    }
}

/* ---- consuming ---- */

static void declare_consumer(struct glue *g, const struct port *p, bool callback)
{
    const char *e = p->iface->name;
    glue_top_include(g, "<camkes/event.h>");
    text_add(g->header, "void %s_wait(void);\nint %s_poll(void);\n", e, e);
    if (callback) {
        text_add(g->header, "int %s_reg_callback(void (*callback)(void *), void *arg);\n", e);
    }
}

/* The author's names for the functions `type`_wait, _poll, _reg_callback of lib/camkes on the variable
 * camkes_<v>. */
static void define_consumer(struct glue *g, const struct port *p, const char *type, const char *v,
                            bool callback)
{
    const char *e = p->iface->name;
    text_add(g->body, "void %s_wait(void) { camkes_%s_wait(&camkes__%s); }\n"
                      "int %s_poll(void) { return camkes_%s_poll(&camkes__%s); }\n", e, type, v, e, type, v);
    if (callback) {
        text_add(g->body, "int %s_reg_callback(void (*callback)(void *), void *arg)\n{\n"
                          "    return camkes_%s_reg_callback(&camkes__%s, callback, arg);\n}\n", e, type, v);
    }
}

void glue_consumer(struct glue *g, const struct port *p, bool handler)
{
    const char *e = p->iface->name;
    declare_consumer(g, p, true);
    text_add(g->top, "static struct camkes_event camkes__%s;\n", e);
    define_consumer(g, p, "event", e, true);
    if (handler) {
        text_add(g->header,
                 "/* Define void %s_handle(void), if you want a thread that calls it for each event. */\n",
                 e);
        text_add(g->body, "extern void %s_handle(void) __attribute__((weak));\n", e);
    }
    text_add(g->body, "static int camkes__%s_thread(void)\n{\n", e);
    if (handler) {
        text_add(
            g->body,
            "    while (%s_handle) {\n        camkes_event_wait(&camkes__%s);\n        %s_handle();\n    }\n",
            e, e, e);
    }
    text_add(g->body, "    return camkes_event_thread(&camkes__%s);\n}\n", e);
    text_add(g->init, "    camkes_event_init(&camkes__%s, %s);\n", e, quoted_name(p));
    glue_interface(g, p, strf("camkes__%s_thread", e));
}

/* The right to receive; to give an event back; to wake the callback thread. */
uint32_t distribute_consumer(struct dist *d, const struct port *to)
{
    struct spec_instance *process = dist_instance(d, to->instance);
    const uint32_t object = spec_notification_of(process, info_name(to->instance, to->iface->name));
    uint64_t *done = dist_note(d, to, "consumer");
    if (!*done) {
        *done = 1;
        dist_thread(d, to);
        spec_cap(process, port_name(to, "again"), object, ABI_RIGHT_WRITE, FIRST_BADGE);
        const uint32_t armed =
            spec_object(dist_system(d), SPEC_NOTIFICATION, strf("%s.armed", port_label(to)));
        spec_cap(process, port_name(to, "armed"), armed, ABI_RIGHT_READ | ABI_RIGHT_WRITE, FIRST_BADGE);
    }
    return object;
}

static uint64_t badge_of(const struct port *from)
{
    const uint64_t badge = dist_badge(from);
    return badge ? badge : FIRST_BADGE;
}

/* ---- seL4Notification ---- */

static void notification_to(struct glue *g, const struct port *p) { glue_consumer(g, p, false); }

static uint32_t notification_target(struct dist *d, const struct port *from, const struct port *to,
                                    uint64_t *badge)
{
    *badge = badge_of(from);
    return distribute_consumer(d, to);
}

static void notification_distribute(struct dist *d, const struct connection *c)
{
    distribute_emitters(d, c, notification_target);
}

/* ---- seL4NotificationNative: no thread, no callbacks ---- */

static void native_to(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    declare_consumer(g, p, false);
    text_add(g->header, "seL4_CPtr %s_notification(void);\n", e);
    text_add(g->top, "static struct camkes_event camkes__%s;\n", e);
    define_consumer(g, p, "event", e, false);
    text_add(g->body, "seL4_CPtr %s_notification(void) { return camkes__%s.notification; }\n", e, e);
    text_add(g->init, "    camkes_event_init(&camkes__%s, %s);\n", e, quoted_name(p));
    glue_interface(g, p, "NULL");
}

static uint32_t native_target(struct dist *d, const struct port *from, const struct port *to, uint64_t *badge)
{
    *badge = badge_of(from);
    return spec_notification_of(dist_instance(d, to->instance), info_name(to->instance, to->iface->name));
}

static void native_distribute(struct dist *d, const struct connection *c)
{
    distribute_emitters(d, c, native_target);
}

/* ---- the notification bound to the control thread: seL4NotificationBind, and connect_global.c ---- */

void glue_global_functions(struct glue *g, const struct port *p, bool callback)
{
    const char *e = p->iface->name;
    glue_include(g, "<camkes/global.h>");
    declare_consumer(g, p, callback);
    text_add(g->header, "seL4_CPtr %s_notification(void);\nseL4_Word %s_notification_badge(void);\n", e, e);
    text_add(g->top, "static struct camkes_global camkes__%s_signal;\n", e);
    define_consumer(g, p, "global", strf("%s_signal", e), callback);
    text_add(g->body, "seL4_CPtr %s_notification(void) { return camkes_global_notification(); }\n"
                      "seL4_Word %s_notification_badge(void) { return camkes__%s_signal.badge; }\n", e, e, e);
    text_add(g->init, "    camkes_global_init(&camkes__%s_signal, %s, %s);\n", e, quoted_name(p),
             c_string(info_name(p->instance, "rt.global")));
}

void glue_global(struct glue *g, const struct port *p, bool callback)
{
    glue_global_functions(g, p, callback);
    glue_interface(g, p, "NULL");
}

/* lib/camkes knows one such notification in a process. */
static void check_group(struct dist *d, const struct port *to)
{
    const struct instance *i = to->instance;
    uint64_t *owner = i->group ? dist_note(d, d, strf("control thread of %s", i->group)) : NULL;
    if (owner && *owner && *owner != (uintptr_t)i) {
        diag_error(i->loc,
                   "%s: only one member of the group '%s' can have %s and its like: '%s' has one already",
                   port_label(to), i->group, to->connector->name,
                   ((const struct instance *)(uintptr_t)*owner)->name);
    }
    if (owner) {
        *owner = (uintptr_t)i;
    }
}

uint32_t distribute_global(struct dist *d, const struct port *to, uint64_t *badge)
{
    const struct instance *i = to->instance;
    uint64_t *known = dist_note(d, to, "global badge");
    if (!*known) {
        check_group(d, to);
        *known = dist_global_badge(d, i);
        const uint64_t base = (uint64_t)instance_int(i, "global_endpoint_base", 0);
        spec_attr_int(dist_instance(d, i), port_name(to, "badge"), (int64_t)*known);
        spec_attr_int(dist_instance(d, i), port_name(to, "bit"), (int64_t)(*known & ~base));
    }
    *badge = *known;
    return dist_global_notification(d, i);
}

static void bind_to(struct glue *g, const struct port *p) { glue_global(g, p, false); }

static uint32_t bind_target(struct dist *d, const struct port *from, const struct port *to, uint64_t *badge)
{
    return distribute_global(d, to, badge);
}

static void bind_distribute(struct dist *d, const struct connection *c)
{
    distribute_emitters(d, c, bind_target);
}

/* ---- seL4NotificationQueue: the emitter counts in a page that its consumers can read ---- */

static size_t emitters_of(const struct port *to)
{
    size_t n = 0;
    for (size_t c = 0; c < to->connection_count; c++) {
        n += to->connections[c]->from_count;
    }
    return n;
}

static void queue_to(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    const size_t n = emitters_of(p);
    declare_consumer(g, p, true);
    text_add(g->top, "static struct camkes_event_queue camkes__%s;\n"
                     "static struct camkes_queue_source camkes__%s_sources[%zu];\n", e, e, n);
    define_consumer(g, p, "event_queue", e, true);
    text_add(g->body,
             "static int camkes__%s_thread(void) { return camkes_event_queue_thread(&camkes__%s); }\n", e, e);
    text_add(g->init, "    camkes_event_queue_init(&camkes__%s, %s, camkes__%s_sources, %zu);\n", e,
             quoted_name(p), e, n);
    glue_interface(g, p, strf("camkes__%s_thread", e));
}

static uint32_t counter_page(struct dist *d, const struct port *from)
{
    uint64_t *page = dist_note(d, from, "counter");
    if (!*page) {
        *page = spec_frames(dist_system(d), strf("%s.count", port_label(from)), 4096, 12) + 1ull;
        spec_dataport(dist_instance(d, from->instance), port_name(from, "count"), (uint32_t)(*page - 1),
                      ABI_RIGHT_READ | ABI_RIGHT_WRITE);
    }
    return (uint32_t)(*page - 1);
}

static uint32_t queue_target(struct dist *d, const struct port *from, const struct port *to, uint64_t *badge)
{
    const uint32_t page = counter_page(d, from);
    uint64_t *n = dist_note(d, to, "sources");
    const char *name = *n ? strf("count.%llu", (unsigned long long)*n) : "count";
    spec_dataport(dist_instance(d, to->instance), port_name(to, name), page, ABI_RIGHT_READ);
    ++*n;
    *badge = badge_of(from);
    return distribute_consumer(d, to);
}

static void queue_distribute(struct dist *d, const struct connection *c)
{
    distribute_emitters(d, c, queue_target);
}

/* ---- seL4RPCEvent: emitting is a call to the consumer's thread ---- */

static void call_from(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    glue_top_include(g, "<camkes/event.h>");
    text_add(g->header, "void %s_emit(void);\nvoid %s_emit_underlying(void);\n", e, e);
    text_add(g->top, "static seL4_CPtr camkes__%s;\n", e);
    text_add(g->body, "void %s_emit_underlying(void) { camkes_event_call(camkes__%s); }\n"
                      "void %s_emit(void) { %s_emit_underlying(); }\n", e, e, e, e);
    text_add(g->init, "    camkes__%s = rt_cap(%s);\n", e, quoted_name(p));
    glue_interface(g, p, "NULL");
}

static void call_to(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    declare_consumer(g, p, true);
    text_add(g->top, "static struct camkes_event camkes__%s;\nstatic seL4_CPtr camkes__%s_endpoint;\n", e, e);
    text_add(g->body, "void %s_wait(void) { camkes_event_wait(&camkes__%s); }\n"
                      "int %s_poll(void) { return camkes_event_poll(&camkes__%s); }\n"
                      "int %s_reg_callback(void (*callback)(void *), void *arg)\n{\n"
                      "    return camkes_event_endpoint_reg_callback(&camkes__%s, callback, arg);\n}\n"
                      "static int camkes__%s_thread(void)\n{\n"
                      "    return camkes_event_endpoint_thread(&camkes__%s, camkes__%s_endpoint);\n}\n",
             e, e, e, e, e, e, e, e, e);
    text_add(g->init, "    camkes_event_init(&camkes__%s, %s);\n    camkes__%s_endpoint = rt_cap(%s);\n", e,
             quoted_name(p), e, c_string(port_name(p, "endpoint")));
    glue_interface(g, p, strf("camkes__%s_thread", e));
}

static void call_distribute(struct dist *d, const struct connection *c)
{
    const struct port *from = c->from[0], *to = c->to[0];
    distribute_consumer(d, to);
    spec_connect_rpc(dist_instance(d, from->instance), info_name(from->instance, from->iface->name),
                     dist_instance(d, to->instance), port_name(to, "endpoint"), dist_badge(from));
}

extern const struct connector_impl event_connectors[];
const struct connector_impl event_connectors[] = {
    { "seL4Notification", glue_emitter, notification_to, notification_distribute, NULL },
    { "seL4NotificationNative", glue_emitter, native_to, native_distribute, NULL },
    { "seL4NotificationBind", glue_emitter, bind_to, bind_distribute, NULL },
    { "seL4NotificationQueue", glue_emitter, queue_to, queue_distribute, NULL },
    { "seL4RPCEvent", call_from, call_to, call_distribute, NULL },
    { 0 },
};
