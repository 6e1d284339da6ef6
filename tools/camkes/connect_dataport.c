// SPDX-License-Identifier: BSD-2-Clause
// Connectors of shared memory: seL4SharedData, seL4DMASharedData, seL4SharedDataWithCaps.
//
// All dataports that connections join, directly or through others, are the same memory: one frames object,
// made with the first connection of such a net, as large as its largest end asks for.
#include "connect_parts.h"

#include <abi/syscall.h>
#include <stdlib.h>
#include <string.h>

#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)
#define LARGE (2ull << 20)

/* ---- C ---- */

void glue_dataport(struct glue *g, const struct port *p)
{
    const char *d = p->iface->name, *type = p->iface->buf_bytes ? "void" : p->iface->type_name;
    glue_top_include(g, "<camkes/dataport.h>");
    glue_include(g, "<camkes/dataport.h>");
    text_add(g->header,
             "extern %s *%s;\n"
             "size_t %s_get_size(void);\n"
             "#define %s_size (%s_get_size())\n"
             "void %s_acquire(void);\nvoid %s_release(void);\n"
             "int %s_cache_op(size_t start, size_t size, dma_cache_op_t op);\n",
             type, d, d, d, d, d, d, d);
    text_add(g->top, "static struct camkes_dataport camkes__%s;\n", d);
    text_add(g->body, "%s *%s;\n"
                      "size_t %s_get_size(void) { return camkes__%s.size; }\n"
                      "void %s_acquire(void) { camkes_dataport_acquire(); }\n"
                      "void %s_release(void) { camkes_dataport_release(); }\n"
                      "int %s_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }\n",
             type, d, d, d, d, d, d);
    text_add(g->init, "    %s = camkes_dataport_init(&camkes__%s, %s, %s);\n", d, d, quoted_name(p),
             p->iface->buf_bytes ? "1" : strf("sizeof(%s)", type));
    glue_interface(g, p, "NULL");
}

static void glue_with_caps(struct glue *g, const struct port *p)
{
    const char *d = p->iface->name;
    glue_dataport(g, p);
    text_add(g->header, "extern dataport_caps_handle_t %s_handle;\n", d);
    text_add(g->body, "dataport_caps_handle_t %s_handle;\n", d);
    text_add(g->init, "    camkes_dataport_caps_init(&%s_handle, %s);\n", d, quoted_name(p));
}

/* ---- settings ---- */

/* 'R', 'W' and 'X' in any order; -1 for anything else. */
static int access_rights(const char *text)
{
    int rights = 0;
    for (; *text; text++) {
        switch (*text) {
        case 'R': rights |= ABI_RIGHT_READ; break;
        case 'W': rights |= ABI_RIGHT_WRITE; break;
        default: return -1;
        }
    }
    return rights;
}

uint32_t dataport_rights(const struct port *p)
{
    const char *text = port_str(p, "access", "RW");
    const int rights = access_rights(text);
    return rights <= 0 ? RW : rights == ABI_RIGHT_WRITE ? RW : (uint32_t)rights;
}

void check_access(const struct port *p)
{
    const struct value *v = instance_setting(p->instance, strf("%s_access", p->iface->name));
    if (!v) {
        return;
    }
    if (v->kind != VALUE_STRING) {
        diag_error(v->loc, "%s_access: \"R\", \"W\" or \"RW\"", port_label(p));
    } else if (strchr(v->string, 'X')) {
        diag_error(v->loc, "%s_access is \"%s\": shared memory is never executable here", port_label(p),
                   v->string);
    } else if (access_rights(v->string) < 0 || !*v->string) {
        diag_error(v->loc, "%s_access is \"%s\"; known: \"R\", \"W\", \"RW\"", port_label(p), v->string);
    } else if (!strcmp(v->string, "W")) {
        diag_warning(v->loc, "ignored-setting",
                     "%s can be read as well: the CPU has no memory that can only be written", port_label(p));
    }
}

static void check(const struct connection *c)
{
    for (size_t i = 0; i < c->from_count; i++) {
        check_access(c->from[i]);
    }
    for (size_t i = 0; i < c->to_count; i++) {
        check_access(c->to[i]);
    }
}

/* ---- nets of connections ---- */

struct net {
    const struct connection **connection;
    size_t connections;
    const struct port **port;
    size_t ports;
};

static void net_add_port(struct net *n, const struct port *p);

static void net_add(struct net *n, const struct connection *c)
{
    for (size_t i = 0; i < n->connections; i++) {
        if (n->connection[i] == c) {
            return;
        }
    }
    n->connection = realloc(n->connection, (n->connections + 1) * sizeof(*n->connection));
    if (!n->connection) {
        diag_fatal("out of memory");
    }
    n->connection[n->connections++] = c;
    for (size_t i = 0; i < c->from_count; i++) {
        net_add_port(n, c->from[i]);
    }
    for (size_t i = 0; i < c->to_count; i++) {
        net_add_port(n, c->to[i]);
    }
}

static void net_add_port(struct net *n, const struct port *p)
{
    for (size_t i = 0; i < n->ports; i++) {
        if (n->port[i] == p) {
            return;
        }
    }
    n->port = realloc(n->port, (n->ports + 1) * sizeof(*n->port));
    if (!n->port) {
        diag_fatal("out of memory");
    }
    n->port[n->ports++] = p;
    for (size_t i = 0; i < p->connection_count; i++) {
        net_add(n, p->connections[i]);
    }
}

static uint64_t net_bytes(const struct net *n)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < n->connections; i++) {
        const uint64_t own = connection_dataport_bytes(n->connection[i]);
        bytes = own > bytes ? own : bytes;
    }
    return bytes;
}

/* ---- distribution ---- */

typedef uint32_t (*make_frames_fn)(struct dist *, const char *name, uint64_t bytes);
typedef void (*give_fn)(struct dist *, const struct port *, uint32_t frames);

static void share(struct dist *d, const struct connection *c, make_frames_fn make, give_fn give)
{
    if (*dist_note(d, c, "shared")) {
        return;
    }
    struct net n = { 0 };
    net_add(&n, c);
    const uint32_t frames = make(d, c->name, net_bytes(&n));
    for (size_t i = 0; i < n.connections; i++) {
        *dist_note(d, n.connection[i], "shared") = 1;
    }
    for (size_t i = 0; i < n.ports; i++) {
        const struct port *p = n.port[i];
        struct spec_instance *process = dist_instance(d, p->instance);
        spec_dataport(process, info_name(p->instance, p->iface->name), frames, dataport_rights(p));
        spec_attr_int(process, port_name(p, "id"), (int64_t)frames + 1);
        if (give) {
            give(d, p, frames);
        }
    }
    free(n.connection);
    free(n.port);
}

static uint32_t plain_frames(struct dist *d, const char *name, uint64_t bytes)
{
    return spec_frames(dist_system(d), name, bytes, 0);
}

static void shared_distribute(struct dist *d, const struct connection *c) { share(d, c, plain_frames, NULL); }

/* One frame's capability tells where all of them are. */
static uint32_t dma_frames(struct dist *d, const char *name, uint64_t bytes)
{
    return spec_dma_frames(dist_system(d), name, bytes);
}

static void give_place(struct dist *d, const struct port *p, uint32_t frames)
{
    spec_cap(dist_instance(d, p->instance), info_name(p->instance, p->iface->name), frames, ABI_RIGHT_READ,
             0);
}

static void dma_distribute(struct dist *d, const struct connection *c)
{
    share(d, c, dma_frames, give_place);
}

static uint32_t single_frames(struct dist *d, const char *name, uint64_t bytes)
{
    return spec_frames(dist_system(d), name, bytes, bytes % LARGE ? 12 : 21);
}

static void give_frames(struct dist *d, const struct port *p, uint32_t frames)
{
    spec_frame_caps(dist_instance(d, p->instance), port_name(p, "frames"), frames, dataport_rights(p));
}

static void with_caps_distribute(struct dist *d, const struct connection *c)
{
    share(d, c, single_frames, give_frames);
}

extern const struct connector_impl dataport_connectors[];
const struct connector_impl dataport_connectors[] = {
    { "seL4SharedData", glue_dataport, glue_dataport, shared_distribute, check },
    { "seL4DMASharedData", glue_dataport, glue_dataport, dma_distribute, check },
    { "seL4SharedDataWithCaps", glue_with_caps, glue_with_caps, with_caps_distribute, check },
    { 0 },
};
