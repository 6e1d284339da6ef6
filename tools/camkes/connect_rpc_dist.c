// SPDX-License-Identifier: BSD-2-Clause
// Connectors of calls: their table, what must hold, and who gets which capability. A client gets the right to
// call, the server the right to receive; nobody gets more.
#include "connect_rpc.h"

#include <abi/syscall.h>
#include <stdlib.h>
#include <string.h>

#include "marshal.h"

/* Badges of the control thread's endpoint, see camkes/rpc.h. */
#define SERVED_MARK (1ull << 63)
#define SERVED_SHIFT 48

enum { PAGE = 4096, MAX_BUFFER = 1 << 30 };

static const struct { const char *connector; unsigned features; } kinds[] = {
    { "seL4RPCCall", RPC_MESSAGES },
    { "seL4RPCCallNoType", RPC_MESSAGES },
    { "seL4RPCNoThreads", RPC_MESSAGES },
    { "seL4TimeServer", RPC_MESSAGES },
    { "seL4RPCCallSignal", RPC_MESSAGES | RPC_SIGNAL },
    { "seL4RPCDataport", RPC_BUFFER },
    { "seL4RPCDataportNoThreads", RPC_BUFFER },
    { "seL4RPCDataportSignal", RPC_BUFFER | RPC_SIGNAL },
    { "seL4RPCOverMultiSharedData", RPC_BUFFER | RPC_MESSAGES },
    { "seL4RPCCallDataport", RPC_BUFFER | RPC_MESSAGES },
};

unsigned rpc_features(const struct port *p)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!strcmp(kinds[i].connector, p->connector->name)) {
            return kinds[i].features;
        }
    }
    return 0;
}

/* ---- <connection>.buffer: bytes, or the name of a dataport that both have ---- */

/* A number, also one in a string; 0 = none, or a name. */
static int64_t buffer_bytes(const struct value *v)
{
    char *end = NULL;
    if (v && v->kind == VALUE_INT) {
        return v->integer;
    }
    const long long n = v && v->kind == VALUE_STRING ? strtoll(v->string, &end, 0) : 0;
    return end && end != v->string && !*end ? n : 0;
}

static const char *buffer_name(const struct value *v)
{
    return v && v->kind == VALUE_STRING && *v->string && !buffer_bytes(v) ? v->string : NULL;
}

static bool share_dataport(const struct port *a, const struct port *b)
{
    for (size_t i = 0; i < a->connection_count; i++) {
        for (size_t k = 0; k < b->connection_count; k++) {
            if (a->connections[i] == b->connections[k]) {
                return true;
            }
        }
    }
    return false;
}

static void check_buffer(const struct connection *c)
{
    const struct value *v = connection_setting(c, "buffer");
    const char *name = buffer_name(v);
    if (v && !name && (buffer_bytes(v) < 1 || buffer_bytes(v) > MAX_BUFFER)) {
        diag_error(v->loc, "%s.buffer is a number of bytes up to 1 GiB, or the name of a dataport", c->name);
    }
    for (size_t f = 0; name && f < c->from_count; f++) {
        const struct port *a = instance_port(c->from[f]->instance, name),
                          *b = instance_port(c->to[0]->instance, name);
        if (!a || !b || a->iface->kind != IFACE_DATAPORT || b->iface->kind != IFACE_DATAPORT ||
            !share_dataport(a, b)) {
            diag_error(v->loc, "%s.buffer: %s and %s do not share a dataport '%s'", c->name,
                       c->from[f]->instance->name, c->to[0]->instance->name, name);
            return;
        }
    }
}

/* ---- what must hold ---- */

static void check_types(const struct connection *c)
{
    for (size_t f = 0; f < c->from_count; f++) {
        marshal_check(c->from[f]->iface->procedure);
    }
    marshal_check(c->to[0]->iface->procedure);
}

static void check_shmem(const struct port *from)
{
    const int64_t bytes = port_int(from, "shmem_size", PAGE);
    if (bytes < 1 || bytes > MAX_BUFFER) {
        diag_error(instance_setting(from->instance, strf("%s_shmem_size", from->iface->name))->loc,
                   "%s_shmem_size is %lld: it must be from 1 to 1 GiB", port_label(from), (long long)bytes);
    }
}

/* Two clients must not look like one. Told at the port's first connection, for all of them. */
static void check_badges(const struct port *to)
{
    struct seen { uint64_t badge; const struct port *port; } *seen = NULL;
    size_t count = 0;
    for (size_t c = 0; c < to->connection_count; c++) {
        for (size_t f = 0; f < to->connections[c]->from_count; f++) {
            const struct port *from = to->connections[c]->from[f];
            const struct value *v =
                instance_setting(from->instance, strf("%s_attributes", from->iface->name));
            const uint64_t badge = v ? dist_badge(from) : 0;
            if (v && badge >> SERVED_SHIFT && rpc_threadless(to)) {
                diag_error(v->loc,
                           "badge 0x%llx of %s: %s is served by the control thread, which knows %d bits",
                           (unsigned long long)badge, port_label(from), port_label(to), SERVED_SHIFT);
            }
            for (size_t i = 0; badge && i < count; i++) {
                if (seen[i].badge == badge) {
                    diag_error(v->loc, "%s and %s have the same badge %llu at %s", port_label(seen[i].port),
                               port_label(from), (unsigned long long)badge, port_label(to));
                    break;
                }
            }
            if (badge) {
                seen = realloc(seen, (count + 1) * sizeof(*seen));
                if (!seen) {
                    diag_fatal("out of memory");
                }
                seen[count++] = (struct seen){ badge, from };
            }
        }
    }
    free(seen);
}

static void rpc_check(const struct connection *c)
{
    const struct port *to = c->to[0];
    check_types(c);
    for (size_t f = 0; f < c->from_count; f++) {
        if (rpc_features(to) & RPC_BUFFER) {
            check_shmem(c->from[f]);
        }
        if (c->from[f]->iface->procedure->method_count != to->iface->procedure->method_count) {
            diag_error(c->loc, "connection '%s': methods do not match: %s has %zu, %s has %zu", c->name,
                       c->from[f]->iface->type_name, c->from[f]->iface->procedure->method_count,
                       to->iface->type_name, to->iface->procedure->method_count);
        }
    }
    if (rpc_features(to) & RPC_MESSAGES && !(rpc_features(to) & RPC_BUFFER)) {
        check_buffer(c);
    }
    if (port_begins(to, c)) {
        check_badges(to);
    }
    if (rpc_threadless(to) && to->instance->group && !to->instance->type->control) {
        refuse_connection(c,
                          strf("needs a control thread, and %s has none ('control;')", to->instance->name));
    }
    const struct value *timing = connection_setting(c, "timing");
    if (timing && timing->integer) {
        diag_warning(timing->loc, "ignored-setting",
                     "%s.timing: calls are not timed here; see bench/rpc_bench", c->name);
    }
}

/* ---- capabilities ---- */

/* <from interface>_attributes, else the lowest number from 1 that no other client has. All clients of the
 * port are numbered at once, so that a number set for a later one is kept free. */
static uint64_t *badge_of(struct dist *d, const struct port *from) { return dist_note(d, from, "badge"); }

static uint64_t free_badge(struct dist *d, const struct port *to, uint64_t at_least)
{
    uint64_t badge = at_least;
    for (bool again = true; again;) {
        again = false;
        for (size_t c = 0; c < to->connection_count && !again; c++) {
            for (size_t f = 0; f < to->connections[c]->from_count && !again; f++) {
                again = *badge_of(d, to->connections[c]->from[f]) == badge;
            }
        }
        badge += again;
    }
    return badge;
}

static void number_clients(struct dist *d, const struct port *to)
{
    bool any = false;
    for (size_t c = 0; c < to->connection_count; c++) {
        for (size_t f = 0; f < to->connections[c]->from_count; f++) {
            const struct port *from = to->connections[c]->from[f];
            any |= (*badge_of(d, from) = dist_badge(from)) != 0;
        }
    }
    uint64_t next = 1;
    for (size_t c = 0; c < to->connection_count; c++) {
        for (size_t f = 0; f < to->connections[c]->from_count; f++) {
            uint64_t *badge = badge_of(d, to->connections[c]->from[f]);
            if (!*badge) {
                *badge = any ? free_badge(d, to, next) : next;
                next = *badge + 1;
            }
        }
    }
}

/* Memory for the connection of one client, or the dataport named for it. */
static uint64_t give_buffer(struct dist *d, const struct connection *c, const struct port *from,
                            const struct port *to)
{
    const unsigned features = rpc_features(to);
    const struct value *v = features & RPC_BUFFER ? NULL : connection_setting(c, "buffer");
    const char *name = buffer_name(v);
    if (features & RPC_BUFFER) {
        return (uint64_t)port_int(from, "shmem_size", PAGE);
    }
    if (name) {
        spec_attr_str(dist_instance(d, from->instance), port_name(from, "buffer"),
                      info_name(from->instance, name));
        spec_attr_str(dist_instance(d, to->instance), port_name(to, "buffer"), info_name(to->instance, name));
    }
    return (uint64_t)buffer_bytes(v);
}

static void connect_client(struct dist *d, const struct connection *c, const struct port *from,
                           const struct port *to)
{
    struct spec_rpc_args a = { .endpoint = rpc_endpoint(to), .client = from->instance->name,
                               .badge = *badge_of(d, from), .bytes = give_buffer(d, c, from, to) };
    if (rpc_threadless(to)) {
        a.mark = SERVED_MARK | (uint64_t)rpc_interface_number(to) << SERVED_SHIFT;
    }
    spec_connect_rpc_args(dist_instance(d, from->instance), info_name(from->instance, from->iface->name),
                          dist_instance(d, to->instance), info_name(to->instance, to->iface->name), &a);
    if (rpc_features(to) & RPC_MESSAGES && (a.bytes || buffer_name(connection_setting(c, "buffer")))) {
        spec_object_pool(dist_instance(d, from->instance), SPEC_NOTIFICATION, port_name(from, "lock"), 1);
    }
}

static void rpc_distribute(struct dist *d, const struct connection *c)
{
    const struct port *to = c->to[0];
    if (port_begins(to, c)) {
        number_clients(d, to);
        if (!rpc_threadless(to)) {
            dist_thread(d, to);
        }
        for (unsigned n = 2; n <= to->connector->to.threads; n++) {
            dist_thread_more(d, to, n);
        }
    }
    for (size_t f = 0; f < c->from_count; f++) {
        connect_client(d, c, c->from[f], to);
    }
    if (rpc_features(to) & RPC_SIGNAL) {
        distribute_signals(d, c);
    }
}

/* ---- seL4DirectCall ---- */

static void direct_check(const struct connection *c)
{
    const char *a = c->from[0]->instance->group, *b = c->to[0]->instance->group;
    if (!a || !b || strcmp(a, b)) {
        refuse_connection(c, strf("calls within one address space: put %s and %s into one group",
                                  c->from[0]->instance->name, c->to[0]->instance->name));
    }
}

static void direct_distribute(struct dist *d, const struct connection *c) {}

extern const struct connector_impl rpc_connectors[];
const struct connector_impl rpc_connectors[] = {
#define RPC(name) { name, rpc_from, rpc_to, rpc_distribute, rpc_check }
    RPC("seL4RPCCall"),
    RPC("seL4RPCCallNoType"),
    RPC("seL4RPCCallSignal"),
    RPC("seL4RPCCallDataport"),
    RPC("seL4RPCDataport"),
    RPC("seL4RPCDataportSignal"),
    RPC("seL4RPCNoThreads"),
    RPC("seL4RPCDataportNoThreads"),
    RPC("seL4RPCOverMultiSharedData"),
    { "seL4DirectCall", direct_from, direct_to, direct_distribute, direct_check },
    { 0 },
};
