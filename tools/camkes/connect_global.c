// SPDX-License-Identifier: BSD-2-Clause
// Connectors of global-connectors.camkes that come in through the notification bound to the control thread
// (seL4GlobalAsynch, -Callback), and those whose server signals single clients that way (seL4TimeServer,
// seL4SerialServer).
#include "connect_parts.h"

#include <abi/syscall.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CLIENTS 64u                   /* CAMKES_MAX_CLIENTS of camkes/event.h */

/* ---- seL4GlobalAsynch, seL4GlobalAsynchCallback ---- */

static void asynch_to(struct glue *g, const struct port *p) { glue_global(g, p, false); }
static void asynch_callback_to(struct glue *g, const struct port *p) { glue_global(g, p, true); }

static uint32_t asynch_target(struct dist *d, const struct port *from, const struct port *to, uint64_t *badge)
{
    return distribute_global(d, to, badge);
}

static void asynch_distribute(struct dist *d, const struct connection *c)
{
    for (size_t f = 0; f < c->from_count; f++) {
        if (port_begins(c->from[f], c)) {
            distribute_emitter(d, c->from[f], asynch_target);
        }
    }
}

/* ---- a server's signals: <i>_emit(badge) ---- */

void glue_clients(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    glue_top_include(g, "<camkes/event.h>");
    text_add(g->header, "void %s_emit(seL4_Word badge);             /* signals that client */\n", i);
    text_add(g->top, "static struct camkes_clients camkes__%s_clients;\n", i);
    text_add(g->body, "void %s_emit(seL4_Word badge) { camkes_clients_emit(&camkes__%s_clients, badge); }\n",
             i, i);
    text_add(g->init, "    camkes_clients_init(&camkes__%s_clients, %s);\n", i, quoted_name(p));
}

/* The row "<i>.emit": each client's notification, in the order in which the connections make clients. */
static void distribute_clients(struct dist *d, const struct port *to)
{
    uint32_t object[MAX_CLIENTS];
    uint64_t badge[MAX_CLIENTS];
    unsigned n = 0;
    for (size_t c = 0; c < to->connection_count; c++) {
        for (size_t f = 0; f < to->connections[c]->from_count; f++) {
            if (n == MAX_CLIENTS) {
                diag_error(to->connections[c]->loc, "%s: more than %u clients", port_label(to), MAX_CLIENTS);
                return;
            }
            object[n] = distribute_global(d, to->connections[c]->from[f], &badge[n]);
            n++;
        }
    }
    spec_cap_row(dist_instance(d, to->instance), port_name(to, "emit"), object, badge, n, ABI_RIGHT_WRITE);
}

void distribute_signals(struct dist *d, const struct connection *c)
{
    if (port_begins(c->to[0], c)) {
        distribute_clients(d, c->to[0]);
    }
}

/* ---- seL4TimeServer: calls, and a signal to the client when a timer fires ---- */

static const struct connector_impl *calls(void)
{
    const struct connector_impl *c = connector_find("seL4RPCCall");
    if (!c) {
        diag_fatal("seL4RPCCall is missing");
    }
    return c;
}

static void time_from(struct glue *g, const struct port *p)
{
    calls()->from(g, p);
    glue_global_functions(g, p, true);
}

static void time_to(struct glue *g, const struct port *p)
{
    calls()->to(g, p);
    glue_clients(g, p);
}

static void time_distribute(struct dist *d, const struct connection *c)
{
    calls()->distribute(d, c);
    distribute_signals(d, c);
}

static void time_check(const struct connection *c)
{
    if (calls()->check) {
        calls()->check(c);
    }
}

/* ---- seL4SerialServer: memory shared with each client, and a signal when something was put there ---- */

static void serial_from(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    text_add(g->header, "extern void *%s_buf;\nsize_t %s_get_size(void);\n", i, i);
    text_add(g->top, "static size_t camkes__%s_size;\n", i);
    text_add(g->body, "void *%s_buf;\nsize_t %s_get_size(void) { return camkes__%s_size; }\n", i, i, i);
    text_add(g->init, "    %s_buf = rt_dataport(%s, &camkes__%s_size);\n", i, quoted_name(p), i);
    glue_global(g, p, true);
}

static void serial_to(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    text_add(g->header, "unsigned %s_num_badges(void);\nseL4_Word %s_enumerate_badge(unsigned n);\n"
                        "void *%s_buf(seL4_Word badge);\nsize_t %s_buf_size(seL4_Word badge);\n", i, i, i, i);
    glue_clients(g, p);
    text_add(
        g->body,
        "unsigned %s_num_badges(void) { return (unsigned)camkes__%s_clients.count; }\n"
        "seL4_Word %s_enumerate_badge(unsigned n) { return camkes_clients_badge(&camkes__%s_clients, n); }\n"
        "void *%s_buf(seL4_Word badge) { return camkes_clients_buf(&camkes__%s_clients, badge); }\n"
        "size_t %s_buf_size(seL4_Word badge)\n{\n    return camkes_clients_buf_size(&camkes__%s_clients, "
        "badge);\n}\n",
        i, i, i, i, i, i, i, i);
    glue_interface(g, p, "NULL");
}

/* The client's number, <i>_attributes, and one more: no badge is 0. Without it the lowest that nobody has. */
static uint64_t serial_badge(struct dist *d, const struct port *from, const struct port *to)
{
    const bool set = instance_setting(from->instance, strf("%s_attributes", from->iface->name));
    uint64_t badge = set ? dist_badge(from) + 1 : 1;
    while (!set && *dist_note(d, to, strf("client %llu", (unsigned long long)badge))) {
        badge++;
    }
    uint64_t *owner = dist_note(d, to, strf("client %llu", (unsigned long long)badge));
    if (*owner) {
        diag_error(instance_setting(from->instance, strf("%s_attributes", from->iface->name))->loc,
                   "%s: another client of %s has the number %llu", port_label(from), port_label(to),
                   (unsigned long long)badge - 1);
    }
    *owner = 1;
    return badge;
}

static void serial_distribute(struct dist *d, const struct connection *c)
{
    const struct port *to = c->to[0];
    struct spec_instance *server = dist_instance(d, to->instance);
    for (size_t f = 0; f < c->from_count; f++) {
        const struct port *from = c->from[f];
        const char *client = info_name(from->instance, from->iface->name);
        const uint64_t bytes = ((uint64_t)port_int(from, "shmem_size", 4096) + 4095) & ~4095ull;
        const uint32_t frames = spec_frames(dist_system(d), port_label(from), bytes, 0);
        const uint64_t badge = serial_badge(d, from, to);
        spec_dataport(dist_instance(d, from->instance), client, frames, ABI_RIGHT_READ | ABI_RIGHT_WRITE);
        const uint64_t at = spec_dataport(server, strf("%s.%s.%s", info_name(to->instance, to->iface->name),
                                                       from->instance->name, from->iface->name),
                                          frames, ABI_RIGHT_READ | ABI_RIGHT_WRITE);
        spec_client(server, info_name(to->instance, to->iface->name), from->instance->name, badge, at, bytes);
    }
    distribute_signals(d, c);
}

static void serial_check(const struct connection *c)
{
    for (size_t f = 0; f < c->from_count; f++) {
        const struct port *p = c->from[f];
        const int64_t bytes = port_int(p, "shmem_size", 4096);
        if (bytes < 1 || bytes > 1 << 30) {
            diag_error(instance_setting(p->instance, strf("%s_shmem_size", p->iface->name))->loc,
                       "%s_shmem_size is %lld: it must be from 1 to 1 GiB", port_label(p), (long long)bytes);
        }
        if (p->iface->procedure && p->iface->procedure->method_count) {
            diag_error(c->loc, "connection '%s': seL4SerialServer carries no calls, but %s has methods",
                       c->name, p->iface->procedure->name);
        }
    }
}

/* ---- services that do not exist here ---- */

static void refuse_service(const struct connection *c)
{
    static const struct { const char *connector, *component; } services[] = {
        { "seL4PicoServer", "PicoServer" },   { "seL4PicoServerSignal", "PicoServer" },
        { "seL4PicoUDPSend", "PicoServer" },  { "seL4PicoUDPRecv", "PicoServer" },
        { "seL4UDPSend", "UDPServer" },       { "seL4UDPRecv", "UDPServer" },
        { "seL4Ethdriver", "Ethdriver" },     { "seL4GPIOServer", "GPIOMUXServer" },
        { "seL4Sataserver", "Sataserver" },
    };
    for (unsigned i = 0; i < sizeof(services) / sizeof(*services); i++) {
        if (!strcmp(services[i].connector, c->connector->name)) {
            refuse_connection(
                c, strf("belongs to the component %s, which does not exist here", services[i].component));
        }
    }
}

extern const struct connector_impl global_connectors[];
const struct connector_impl global_connectors[] = {
    { "seL4GlobalAsynch", glue_emitter, asynch_to, asynch_distribute, NULL },
    { "seL4GlobalAsynchCallback", glue_emitter, asynch_callback_to, asynch_distribute, NULL },
    { "seL4TimeServer", time_from, time_to, time_distribute, time_check },
    { "seL4SerialServer", serial_from, serial_to, serial_distribute, serial_check },
#define REFUSED(name) { name, NULL, NULL, NULL, refuse_service }
    REFUSED("seL4PicoServer"), REFUSED("seL4PicoServerSignal"), REFUSED("seL4PicoUDPSend"),
    REFUSED("seL4PicoUDPRecv"), REFUSED("seL4UDPSend"), REFUSED("seL4UDPRecv"), REFUSED("seL4Ethdriver"),
    REFUSED("seL4GPIOServer"),
    REFUSED("seL4Sataserver"),
    { 0 },
};
