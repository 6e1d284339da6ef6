// SPDX-License-Identifier: BSD-2-Clause
// Calls between components: connections and their errors, and the loop for interfaces without a thread; see
// camkes/rpc.h.
#include <camkes/event.h>
#include <camkes/rpc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* ---- a used interface ---- */

void camkes_rpc_init(struct camkes_rpc *r, const char *name, const char *const *methods)
{
    r->name = name;
    r->methods = methods;
    r->cap = rt_cap(name);
}

void camkes_rpc_init_buffer(struct camkes_rpc *r)
{
    r->buffer = rt_dataport(rt_attr_str(JOINED(r->name, "buffer"), r->name), &r->buffer_size);
    rt_mutex_init(&r->lock, rt_cap(JOINED(r->name, "lock")));
}

static const char *const error_text[] = {
    [CE_BUFFER_LENGTH_EXCEEDED] = "the server's answer does not fit into the connection's buffer",
    [CE_INVALID_METHOD_INDEX] = "the server has no such method",
    [CE_MALFORMED_RPC_PAYLOAD] = "the server found the call malformed",
    [CE_ALLOCATION_FAILURE] = "the server has no memory for the call",
};

void camkes_rpc_failed(const struct camkes_rpc *r, unsigned method, seL4_MessageInfo_t answer)
{
    const seL4_Word label = seL4_MessageInfo_get_label(answer);
    const bool known = label < sizeof(error_text) / sizeof(error_text[0]) && error_text[label];
    char text[160];
    snprintf(text, sizeof(text), "%s: %s", r->methods[method],
             known ? error_text[label] : "the answer is malformed");
    camkes_error(r->handler,
                 &(camkes_error_t){ .type = known ? (camkes_error_type_t)label : CE_MALFORMED_RPC_PAYLOAD,
                                    .instance = get_instance_name(),
                                    .interface = r->name,
                                    .description = text });
}

/* ---- a provided interface ---- */

void camkes_rpc_server_init(struct camkes_rpc_server *s, const char *name, const char *endpoint,
                            const char *const *methods, unsigned method_count, bool messages_in_buffer)
{
    *s = (struct camkes_rpc_server){ .name = name, .methods = methods, .method_count = method_count,
                                     .endpoint = rt_cap(endpoint), .client_count = rt_client_count(name) };
    s->clients = calloc(s->client_count + 1, sizeof(*s->clients));
    if (!s->clients) {
        rt_fatal("no memory for the %u clients of '%s'", s->client_count, name);
    }
    size_t common_size;
    void *common = rt_dataport(rt_attr_str(JOINED(name, "buffer"), ""), &common_size);
    for (unsigned i = 0; i < s->client_count; i++) {
        struct rt_client c;
        rt_client(name, i, &c);
        const bool own = c.buffer || !messages_in_buffer;
        s->clients[i] =
            (struct camkes_rpc_client){ c.badge, own ? c.buffer : common, own ? c.buffer_size : common_size };
        s->messages_in_buffer |= messages_in_buffer && s->clients[i].buffer;
    }
}

const struct camkes_rpc_client *camkes_rpc_client(const struct camkes_rpc_server *s, seL4_Word id)
{
    for (unsigned i = 0; i < s->client_count; i++) {
        if (s->clients[i].id == id) {
            return &s->clients[i];
        }
    }
    return NULL;
}

seL4_Word camkes_rpc_badge(const struct camkes_rpc_server *s, unsigned n)
{
    return n < s->client_count ? s->clients[n].id : (seL4_Word)-1;
}

seL4_Word camkes_rpc_largest_badge(const struct camkes_rpc_server *s)
{
    seL4_Word largest = 0;
    for (unsigned i = 0; i < s->client_count; i++) {
        largest = s->clients[i].id > largest ? s->clients[i].id : largest;
    }
    return largest;
}

void *camkes_rpc_buffer(const struct camkes_rpc_server *s, seL4_Word id)
{
    const struct camkes_rpc_client *c = camkes_rpc_client(s, id);
    return c ? c->buffer : NULL;
}

size_t camkes_rpc_buffer_size(const struct camkes_rpc_server *s, seL4_Word id)
{
    const struct camkes_rpc_client *c = camkes_rpc_client(s, id);
    return c && c->buffer ? c->buffer_size : 0;
}

seL4_MessageInfo_t camkes_rpc_refuse(const struct camkes_rpc_server *s, seL4_MessageInfo_t info)
{
    const seL4_Word method = seL4_MessageInfo_get_label(info);
    camkes_error_t e = { .instance = get_instance_name(), .interface = s->name };
    if (method < s->method_count) {
        e.type = CE_MALFORMED_RPC_PAYLOAD;
        e.description = "a call with the wrong number of words";
        e.length = seL4_MessageInfo_get_length(info);
    } else {
        e.type = CE_INVALID_METHOD_INDEX;
        e.description = "a call of a method that does not exist";
        e.upper_bound = s->method_count;
        e.invalid_index = method;
    }
    camkes_client_error(s->handler, &e);
    return (seL4_MessageInfo_t){ { CAMKES_TAG(e.type, 0) } };
}

/* ---- interfaces that the control thread serves ---- */

static struct camkes_served *all_served;

void camkes_served_add(struct camkes_served *s)
{
    s->next = all_served;
    all_served = s;
}

static bool is_for(const struct camkes_served *s, seL4_Word badge)
{
    return badge & CAMKES_SERVED_MARK && (badge & ~CAMKES_SERVED_MARK) >> CAMKES_SERVED_SHIFT == s->interface;
}

bool camkes_served_message(const struct camkes_served *s, seL4_MessageInfo_t *info, seL4_Word badge)
{
    if (!is_for(s, badge)) {
        return false;
    }
    seL4_Word w[4];
    for (int i = 0; i < 4; i++) {
        w[i] = seL4_GetMR(i);
    }
    *info = s->dispatch(*info, badge & CAMKES_SERVED_ID, w);
    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, w[i]);
    }
    return true;
}

static seL4_MessageInfo_t dispatch(seL4_CPtr endpoint, seL4_MessageInfo_t info, seL4_Word badge,
                                   seL4_Word w[4])
{
    for (const struct camkes_served *s = all_served; s; s = s->next) {
        if (s->server->endpoint == endpoint && is_for(s, badge)) {
            return s->dispatch(info, badge & CAMKES_SERVED_ID, w);
        }
    }
    return (seL4_MessageInfo_t){ { CAMKES_TAG(CE_INVALID_METHOD_INDEX, 0) } };
}

void camkes_serve_endpoint(const char *name)
{
    const seL4_CPtr endpoint = rt_cap(name), reply = rt_reply_cap();
    seL4_Word w[4], badge;
    seL4_MessageInfo_t info = seL4_RecvWithMRs(endpoint, &badge, &w[0], &w[1], &w[2], &w[3], reply);
    for (;;) {
        if (badge & CAMKES_SERVED_MARK) {
            info = dispatch(endpoint, info, badge, w);
            info = seL4_ReplyRecvWithMRs(endpoint, info, &badge, &w[0], &w[1], &w[2], &w[3], reply);
        } else {
            camkes_global_dispatch(badge);
            info = seL4_RecvWithMRs(endpoint, &badge, &w[0], &w[1], &w[2], &w[3], reply);
        }
    }
}

void camkes_serve(void)
{
    if (camkes_global_notification()) {
        camkes_global_run();
    }
    rt_park();
}
