// SPDX-License-Identifier: BSD-2-Clause
// Connectors of calls, in C: a client's stubs, a server's dispatcher and threads, what authors call beside
// the methods. Single methods are in marshal.c, capabilities in connect_rpc_dist.c.
#include "connect_rpc.h"

#include <string.h>

#include "marshal.h"

unsigned rpc_interface_number(const struct port *to)
{
    unsigned n = 0;
    while (to->instance->ports[n] != to) {
        n++;
    }
    return n;
}

/* "static const char *const camkes_fs_methods[]": for messages. */
static void method_names(struct glue *g, const struct port *p)
{
    const struct procedure *proc = p->iface->procedure;
    text_add(g->top, "static const char *const camkes__%s_methods[] = { ", p->iface->name);
    for (size_t i = 0; i < proc->method_count; i++) {
        text_add(g->top, "%s\"%s\"", i ? ", " : "", proc->methods[i].name);
    }
    text_put(g->top, proc->method_count ? " };\n" : "NULL };\n");
}

/* Only the glue needs it. It comes before the header's macros, whose names are the author's
 * (<dataport>_size). */
static void glue_library(struct glue *g)
{
    static const char text[] = "#ifdef CAMKES_GLUE\n#include <camkes/rpc.h>\n#endif\n";
    if (!g->includes->data || !strstr(g->includes->data, text)) {
        text_put(g->includes, text);
    }
}

/* Both sides: prototypes and the error handler. */
static void author_methods(struct glue *g, const struct port *p)
{
    const struct procedure *proc = p->iface->procedure;
    const char *i = p->iface->name;
    glue_library(g);
    glue_top_include(g, "<stdlib.h>");
    glue_top_include(g, "<string.h>");
    marshal_structs(g, proc);
    for (size_t m = 0; m < proc->method_count; m++) {
        text_add(g->header, "%s;\n", method_prototype(p, &proc->methods[m]));
    }
    method_names(g, p);
    text_add(g->header, "camkes_error_handler_t %s_register_error_handler(camkes_error_handler_t handler);\n",
             i);
    text_add(g->body, "camkes_error_handler_t %s_register_error_handler(camkes_error_handler_t handler)\n{\n"
                      "    const camkes_error_handler_t before = camkes__%s.handler;\n"
                      "    camkes__%s.handler = handler;\n    return before;\n}\n\n", i, i, i);
}

/* ---- the client ---- */

static void client_buffer(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    text_add(g->header,
             "extern void *%s_buf;                           /* shared with the server alone */\n"
             "size_t %s_get_size(void);\nvoid *%s_get_buf(void);\n#define %s_buf_size %s_get_size()\n",
             i, i, i, i, i);
    text_add(g->top, "static size_t camkes__%s_bytes;\n", i);
    text_add(g->body, "void *%s_buf;\nvoid *%s_get_buf(void) { return %s_buf; }\n"
                      "size_t %s_get_size(void) { return camkes__%s_bytes; }\n\n", i, i, i, i, i);
    text_add(g->init, "    %s_buf = rt_dataport(%s, &camkes__%s_bytes);\n", i, quoted_name(p), i);
}

void rpc_from(struct glue *g, const struct port *p)
{
    const struct procedure *proc = p->iface->procedure;
    const char *i = p->iface->name;
    const unsigned features = rpc_features(p);
    text_add(g->top, "static struct camkes_rpc camkes__%s;\n", i);
    author_methods(g, p);
    text_add(g->init, "    camkes_rpc_init(&camkes__%s, %s, camkes__%s_methods);\n", i, quoted_name(p), i);
    if (features & RPC_MESSAGES) {
        text_add(g->init, "    camkes_rpc_init_buffer(&camkes__%s);\n", i);
    }
    if (features & RPC_BUFFER) {
        client_buffer(g, p);
    }
    for (size_t m = 0; m < proc->method_count; m++) {
        marshal_stub(g, p, &proc->methods[m], (unsigned)m);
    }
    if (features & RPC_SIGNAL) {
        glue_global_functions(g, p, true);
    }
    glue_interface(g, p, "NULL");
}

/* ---- the server ---- */

static void dispatcher(struct glue *g, const struct port *p, unsigned threads)
{
    const struct procedure *proc = p->iface->procedure;
    const char *i = p->iface->name;
    struct text words = { 0 }, bytes = { 0 };
    for (size_t m = 0; m < proc->method_count; m++) {
        const struct method *method = &proc->methods[m];
        if (marshal_by_words(method)) {
            marshal_words_case(&words, p, method, (unsigned)m);
        } else {
            marshal_bytes_function(g->body, p, method);
            text_add(&bytes, "    case %zu: return camkes__%s_do_%s(_info, _client, _w);\n", m, i,
                     method->name);
        }
    }
    text_add(g->top, "static %sseL4_Word camkes__%s_sender;\n", threads > 1 ? "__thread " : "", i);
    text_add(g->body,
             "static seL4_MessageInfo_t camkes__%s_dispatch(seL4_MessageInfo_t _info, seL4_Word _client, "
             "seL4_Word _w[4])\n{\n    camkes__%s_sender = _client;\n",
             i, i);
    if (words.data) {
        text_add(g->body, "    switch (_info.words[0]) {\n%s    }\n", words.data);
    }
    if (bytes.data) {
        text_add(g->body, "    switch (seL4_MessageInfo_get_label(_info)) {\n%s    }\n", bytes.data);
    }
    text_add(g->body, "    return camkes_rpc_refuse(&camkes__%s, _info);\n}\n\n", i);
}

/* Who calls, and who could. */
static void server_clients(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    text_add(g->header,
             "seL4_Word %s_get_sender_id(void);               /* badge of the client being served */\n"
             "unsigned %s_num_badges(void);\nseL4_Word %s_enumerate_badge(unsigned n);\n"
             "seL4_Word %s_largest_badge(void);\n",
             i, i, i, i);
    text_add(g->body,
             "seL4_Word %s_get_sender_id(void) { return camkes__%s_sender; }\n"
             "unsigned %s_num_badges(void) { return camkes__%s.client_count; }\n"
             "seL4_Word %s_enumerate_badge(unsigned n) { return camkes_rpc_badge(&camkes__%s, n); }\n"
             "seL4_Word %s_largest_badge(void) { return camkes_rpc_largest_badge(&camkes__%s); }\n",
             i, i, i, i, i, i, i, i);
    if (rpc_features(p) & RPC_BUFFER) {
        text_add(g->header,
                 "void *%s_buf(seL4_Word badge);                 /* shared with that client; NULL = none */\n"
                 "size_t %s_buf_size(seL4_Word badge);\n",
                 i, i);
        text_add(
            g->body,
            "void *%s_buf(seL4_Word badge) { return camkes_rpc_buffer(&camkes__%s, badge); }\n"
            "size_t %s_buf_size(seL4_Word badge) { return camkes_rpc_buffer_size(&camkes__%s, badge); }\n",
            i, i, i, i);
    }
}

static bool first_threadless(const struct port *p)
{
    for (size_t n = 0; p->instance->ports[n] != p; n++) {
        const struct port *other = p->instance->ports[n];
        if (other->connector && other->iface->kind == IFACE_PROVIDES && rpc_threadless(other) &&
            rpc_features(other)) {
            return false;
        }
    }
    return true;
}

/* The control thread serves it: from camkes_serve, or from a loop of the author's own. */
static void serve_in_control_thread(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    text_add(g->header,
             "unsigned %s_num_clients(void);\nseL4_CPtr %s_endpoint(void);\n"
             "/* For a loop of your own: true = the message was for %s, and *info and the message\n"
             " * registers are the answer. Otherwise call camkes_serve(): it serves all interfaces of\n"
             " * this kind and never returns. */\n"
             "bool %s_handle_message(seL4_MessageInfo_t *info, seL4_Word badge);\n",
             i, i, i, i);
    text_add(g->top, "static struct camkes_served camkes__%s_served;\n", i);
    text_add(g->body,
             "unsigned %s_num_clients(void) { return camkes__%s.client_count; }\n"
             "seL4_CPtr %s_endpoint(void) { return camkes__%s.endpoint; }\n"
             "bool %s_handle_message(seL4_MessageInfo_t *info, seL4_Word badge)\n{\n"
             "    return camkes_served_message(&camkes__%s_served, info, badge);\n}\n",
             i, i, i, i, i, i);
    text_add(g->init,
             "    camkes__%s_served = (struct camkes_served){ &camkes__%s, camkes__%s_dispatch, %u, NULL };\n"
             "    camkes_served_add(&camkes__%s_served);\n",
             i, i, i, rpc_interface_number(p), i);
    if (first_threadless(p)) {
        text_add(g->header, "#define camkes_serve() camkes_serve_endpoint(%s)\n", c_string(rpc_endpoint(p)));
        if (!p->instance->type->control) {
            text_put(g->body, "__attribute__((weak)) int run(void) { camkes_serve(); }\n");
        }
    }
    glue_interface(g, p, "NULL");
}

static void serve_in_threads(struct glue *g, const struct port *p, unsigned threads)
{
    const char *i = p->iface->name;
    text_add(
        g->body,
        "static int camkes__%s_serve(void) { camkes_rpc_serve(camkes__%s.endpoint, camkes__%s_dispatch); }\n",
        i, i, i);
    glue_interface(g, p, strf("camkes__%s_serve", i));
    for (unsigned n = 2; n <= threads; n++) {
        glue_thread(g, strf("%s_%u", i, n), info_name(p->instance, strf("%s.%u", i, n)), "NULL",
                    strf("camkes__%s_serve", i));
    }
}

void rpc_to(struct glue *g, const struct port *p)
{
    const char *i = p->iface->name;
    const unsigned threads = p->connector->to.threads;
    text_add(g->top, "static struct camkes_rpc_server camkes__%s;\n", i);
    author_methods(g, p);
    dispatcher(g, p, threads);
    server_clients(g, p);
    text_add(g->init, "    camkes_rpc_server_init(&camkes__%s, %s, %s, camkes__%s_methods, %zu, %s);\n", i,
             quoted_name(p), c_string(rpc_endpoint(p)), i, p->iface->procedure->method_count,
             rpc_features(p) & RPC_MESSAGES ? "true" : "false");
    if (rpc_features(p) & RPC_SIGNAL) {
        glue_clients(g, p);
    }
    if (rpc_threadless(p)) {
        serve_in_control_thread(g, p);
    } else {
        serve_in_threads(g, p, threads);
    }
}

/* ---- seL4DirectCall: functions of the other member of the group ---- */

/* The function of that name in the server's objects: those are hidden but for camkes_in_<instance>_... */
static const char *direct_prototype(const struct port *caller, const struct port *to, const struct method *m)
{
    struct iface renamed = *caller->iface;
    struct port p = *caller;
    renamed.name = strf("camkes_in_%s_%s", to->instance->id, to->iface->name);
    p.iface = &renamed;
    return method_prototype(&p, m);
}

static void direct_function(struct glue *g, const char *prototype, const struct method *m, const char *callee)
{
    text_add(g->body, "%s\n{\n    %s%s(%s);\n}\n\n", prototype, m->result.cls == TYPE_VOID ? "" : "return ",
             callee, marshal_arguments(m));
}

void direct_from(struct glue *g, const struct port *p)
{
    const struct procedure *proc = p->iface->procedure;
    const struct port *to = p->connections[0]->to[0];
    marshal_structs(g, proc);
    for (size_t n = 0; n < proc->method_count; n++) {
        const struct method *m = &proc->methods[n];
        const char *prototype = method_prototype(p, m);
        text_add(g->header, "%s;\n", prototype);
        text_add(g->body, "%s;\n", direct_prototype(p, to, m));
        direct_function(g, prototype, m,
                        strf("camkes_in_%s_%s_%s", to->instance->id, to->iface->name, m->name));
    }
    glue_interface(g, p, "NULL");
}

void direct_to(struct glue *g, const struct port *p)
{
    const struct procedure *proc = p->iface->procedure;
    marshal_structs(g, proc);
    for (size_t n = 0; n < proc->method_count; n++) {
        const struct method *m = &proc->methods[n];
        const char *prototype = direct_prototype(p, p, m);
        text_add(g->header, "%s;\n", method_prototype(p, m));
        text_add(g->body, "%s;\n", prototype);
        direct_function(g, prototype, m, strf("%s_%s", p->iface->name, m->name));
    }
    glue_interface(g, p, "NULL");
}
