// SPDX-License-Identifier: BSD-2-Clause
// Connectors of queues in shared memory: seL4MessageQueue (messages of a type, one way), seL4VirtQueues
// (buffers from a driver's to a device's side and back). What they do is in lib/camkes (camkes/msgqueue.h,
// camkes/virtqueue.h).
#include "connect_parts.h"

#include <abi/syscall.h>

#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)

/* ---- seL4MessageQueue ---- */

static void message_common(struct glue *g, const struct port *p)
{
    glue_top_include(g, "<camkes/msgqueue.h>");
    text_add(g->top, "static struct camkes_msgqueue camkes__%s;\n", p->iface->name);
    text_add(g->init, "    camkes_msgqueue_init(&camkes__%s, %s, sizeof(%s));\n", p->iface->name,
             quoted_name(p), p->iface->type_name);
    glue_interface(g, p, "NULL");
}

static void message_from(struct glue *g, const struct port *p)
{
    const char *d = p->iface->name, *type = p->iface->type_name;
    message_common(g, p);
    text_add(g->header, "int %s_send(const %s *message);\nsize_t %s_room(void);\n", d, type, d);
    text_add(g->body,
             "int %s_send(const %s *message) { return camkes_msgqueue_send(&camkes__%s, message); }\n"
             "size_t %s_room(void) { return camkes_msgqueue_room(&camkes__%s); }\n",
             d, type, d, d, d);
}

static void message_to(struct glue *g, const struct port *p)
{
    const char *d = p->iface->name, *type = p->iface->type_name;
    message_common(g, p);
    text_add(g->header, "void %s_receive(%s *message);\nint %s_poll(%s *message);\n", d, type, d, type);
    text_add(g->body, "void %s_receive(%s *message) { camkes_msgqueue_receive(&camkes__%s, message); }\n"
                      "int %s_poll(%s *message) { return camkes_msgqueue_poll(&camkes__%s, message); }\n",
             d, type, d, d, type, d);
}

static void message_distribute(struct dist *d, const struct connection *c)
{
    const uint32_t frames = spec_frames(dist_system(d), c->name, connection_dataport_bytes(c), 0);
    const uint32_t signal = spec_object(dist_system(d), SPEC_NOTIFICATION, strf("%s.signal", c->name));
    const struct port *const ends[] = { c->from[0], c->to[0] };
    for (unsigned i = 0; i < 2; i++) {
        struct spec_instance *process = dist_instance(d, ends[i]->instance);
        spec_dataport(process, info_name(ends[i]->instance, ends[i]->iface->name), frames, RW);
        spec_cap(process, port_name(ends[i], "signal"), signal, i ? ABI_RIGHT_READ : ABI_RIGHT_WRITE,
                 i ? 0 : 1);
    }
}

static void message_check(const struct connection *c)
{
    const struct port *const ends[] = { c->from[0], c->to[0] };
    for (unsigned i = 0; i < 2; i++) {
        if (ends[i]->iface->buf_bytes) {
            diag_error(ends[i]->iface->loc, "%s: seL4MessageQueue wants the messages' C type, not Buf(n)",
                       port_label(ends[i]));
        }
    }
}

/* ---- seL4VirtQueues ---- */

static void virtqueue_end(struct glue *g, const struct port *p)
{
    const char *q = p->iface->name;
    glue_include(g, "<camkes/virtqueue.h>");
    text_add(g->top, "static struct camkes_virtqueue camkes__%s;\n", q);
    text_add(g->init, "    camkes_virtqueue_add(&camkes__%s, %s, %s);\n", q, quoted_name(p),
             p->is_from ? "true" : "false");
    glue_global(g, p, true);
}

/* The setting <i>_id, else the place among the instance's virtqueues. */
static int64_t virtqueue_id(const struct port *p)
{
    int64_t n = 0;
    for (size_t i = 0; p->instance->ports[i] != p; i++) {
        const struct port *before = p->instance->ports[i];
        n += before->connector == p->connector;
    }
    return port_int(p, "id", n);
}

static int64_t virtqueue_bytes(const struct connection *c)
{
    const int64_t a = port_int(c->from[0], "shmem_size", 0), b = port_int(c->to[0], "shmem_size", 0);
    const int64_t bytes = a > b ? a : b;
    return bytes ? bytes : 32768;
}

static void virtqueue_distribute(struct dist *d, const struct connection *c)
{
    const struct port *const ends[] = { c->from[0], c->to[0] };
    const uint32_t frames = spec_frames(dist_system(d), c->name, (uint64_t)virtqueue_bytes(c), 0);
    for (unsigned i = 0; i < 2; i++) {
        const struct port *p = ends[i], *other = ends[!i];
        struct spec_instance *process = dist_instance(d, p->instance);
        uint64_t badge;
        const uint32_t notification = distribute_global(d, other, &badge);
        spec_dataport(process, info_name(p->instance, p->iface->name), frames, RW);
        spec_cap(process, port_name(p, "other"), notification, ABI_RIGHT_WRITE, badge);
        spec_attr_int(process, port_name(p, "id"), virtqueue_id(p));
    }
}

static void virtqueue_check(const struct connection *c)
{
    const int64_t bytes = virtqueue_bytes(c);
    if (bytes < 8192 || bytes > 1 << 30) {
        diag_error(c->loc, "connection '%s': shmem_size is %lld: it must be from 8192 to 1 GiB", c->name,
                   (long long)bytes);
    }
}

extern const struct connector_impl queue_connectors[];
const struct connector_impl queue_connectors[] = {
    { "seL4MessageQueue", message_from, message_to, message_distribute, message_check },
    { "seL4VirtQueues", virtqueue_end, virtqueue_end, virtqueue_distribute, virtqueue_check },
    { 0 },
};
