// SPDX-License-Identifier: BSD-2-Clause
// Connectors that users declare: what their two templates ask for, which capabilities that is, and the row
// that they are among the built-in ones. docs/connectors.md says how to write one.
#include "connect_parts.h"
#include "template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <abi/syscall.h>

enum side { FROM, TO, FROM_HEADER, TO_HEADER, SIDE_COUNT };
static const char *const side_names[SIDE_COUNT] = { "from", "to", "from-header", "to-header" };

struct needed_setting { const char *name; bool string; };

/* What both ends' heads ask for. [FROM], [TO]. */
struct declared {
    const char *name;
    struct template *part[SIDE_COUNT];
    bool endpoint, notify[2];
    uint64_t buffer, memory;
    const char *thread[2];
    VEC(struct needed_setting) settings[2];
};

static VEC(struct declared *) declared;

static struct declared *find(const char *name)
{
    for (size_t i = 0; i < declared.count; i++) {
        if (!strcmp(declared.at[i]->name, name)) {
            return declared.at[i];
        }
    }
    return NULL;
}

bool connector_is_declared(const char *name) { return find(name); }

/* ---- what a template asks for ---- */

static uint64_t bytes_of(const struct template *t, size_t line, const char *word)
{
    char *end = NULL;
    const uint64_t n = word ? strtoull(word, &end, 0) : 0;
    if (!word || *end || !n || n > 1 << 30) {
        diag_error(template_place(t, line), "a number of bytes is wanted here, up to 1 GiB");
        return 4096;
    }
    return n;
}

static void need(struct declared *d, enum side side, const struct template *t, size_t line,
                 const struct template_words *w)
{
    const unsigned end = side == TO || side == TO_HEADER ? TO : FROM;
    const char *what = w->at[0], *value = w->count > 1 ? w->at[1] : NULL;
    if (!strcmp(what, "endpoint")) {
        d->endpoint = true;
    } else if (!strcmp(what, "buffer")) {
        d->endpoint = true;
        d->buffer = bytes_of(t, line, value);
    } else if (!strcmp(what, "memory")) {
        d->memory = bytes_of(t, line, value);
    } else if (!strcmp(what, "thread") && value) {
        d->thread[end] = value;
    } else if (!strcmp(what, "notify") && value && (!strcmp(value, "from") || !strcmp(value, "to"))) {
        d->notify[*value == 't' ? TO : FROM] = true;
    } else if (!strcmp(what, "setting") && w->count == 3 &&
               (!strcmp(w->at[2], "int") || !strcmp(w->at[2], "string"))) {
        *vec_add(&d->settings[end]) = (struct needed_setting){ value, *w->at[2] == 's' };
    } else {
        diag_error(template_place(t, line), "%%%s is incomplete", what);
        diag_hint("%%endpoint, %%buffer BYTES, %%memory BYTES, %%notify from|to, %%thread FUNCTION, "
                  "%%setting NAME int|string");
    }
}

void connector_declare(const char *argument)
{
    const char *colon = strchr(argument, ':'), *equals = colon ? strchr(colon, '=') : NULL;
    unsigned side = SIDE_COUNT;
    for (unsigned i = 0; equals && i < SIDE_COUNT; i++) {
        if (strlen(side_names[i]) == (size_t)(equals - colon - 1) &&
            !memcmp(side_names[i], colon + 1, (size_t)(equals - colon - 1))) {
            side = i;
        }
    }
    if (side == SIDE_COUNT) {
        diag_fatal("--connector %s: it is NAME:SIDE=FILE, SIDE one of from, to, from-header, to-header",
                   argument);
    }
    const char *name = mem_text(argument, (size_t)(colon - argument));
    struct declared *d = find(name);
    if (!d) {
        d = NEW(struct declared);
        d->name = name;
        *vec_add(&declared) = d;
    }
    struct template *t = template_read(equals + 1);
    if (!t) {
        diag_fatal("--connector %s: '%s' cannot be read: %s", argument, equals + 1, strerror(errno));
    }
    d->part[side] = t;
    for (size_t n = 0; n < t->lines.count; n++) {
        const struct template_words w = template_directive(&t->lines.at[n]);
        if (w.count && template_is_need(w.at[0])) {
            need(d, side, t, n, &w);
        }
    }
}

/* ---- C ---- */

static void write_side(struct glue *g, const struct port *p, enum side side)
{
    const struct declared *d = find(p->connector->name);
    const char *thread = d->thread[side];
    if (d->part[side]) {
        template_run(d->part[side], g, p, g->body);
    }
    if (d->part[side + FROM_HEADER]) {
        template_run(d->part[side + FROM_HEADER], g, p, g->header);
    }
    if (thread) {
        thread = template_words_in(thread, d->part[side] ? d->part[side] : d->part[side + FROM_HEADER], p);
    }
    glue_interface(g, p, thread);
}

static void template_from(struct glue *g, const struct port *p) { write_side(g, p, FROM); }
static void template_to(struct glue *g, const struct port *p) { write_side(g, p, TO); }

/* ---- capabilities ---- */

/* All ports at the other ends of a port's connections. */
typedef VEC(const struct port *) ports;
static ports peers_of(const struct port *p)
{
    ports out = { 0 };
    for (size_t c = 0; c < p->connection_count; c++) {
        const struct connection *k = p->connections[c];
        for (size_t i = 0; i < (p->is_from ? k->to_count : k->from_count); i++) {
            *vec_add(&out) = p->is_from ? k->to[i] : k->from[i];
        }
    }
    return out;
}

static const char *runtime_name(const struct port *p, const char *what)
{
    return info_name(p->instance, strf("%s%s%s", p->iface->name, *what ? "." : "", what));
}

/* "<iface>.signal" towards each peer's "<iface>.wait", in the order of the connections. */
static void give_signals(struct dist *d, const struct port *p)
{
    const ports to = peers_of(p);
    uint32_t *objects = mem_new((to.count + 1) * sizeof(*objects));
    uint64_t *badges = mem_new((to.count + 1) * sizeof(*badges));
    for (size_t i = 0; i < to.count; i++) {
        const ports back = peers_of(to.at[i]);
        objects[i] =
            spec_notification_of(dist_instance(d, to.at[i]->instance), runtime_name(to.at[i], "wait"));
        for (size_t k = 0; k < back.count; k++) {
            badges[i] = back.at[k] == p ? 1ull << (k % 64) : badges[i];
        }
    }
    spec_cap_row(dist_instance(d, p->instance), runtime_name(p, "signal"), objects, badges,
                 (unsigned)to.count, ABI_RIGHT_WRITE);
}

static void give_memory(struct dist *d, const struct port *to, const struct declared *c)
{
    const ports users = peers_of(to);
    uint64_t bytes = c->memory;
    if (to->iface->kind == IFACE_DATAPORT) {
        bytes = connection_dataport_bytes(to->connections[0]);
    }
    const uint32_t frames =
        spec_frames(dist_system(d), strf("%s.%s", to->instance->name, to->iface->name), bytes, 0);
    spec_dataport(dist_instance(d, to->instance), runtime_name(to, ""), frames, dataport_rights(to));
    for (size_t i = 0; i < users.count; i++) {
        const struct port *p = users.at[i];
        spec_dataport(dist_instance(d, p->instance), runtime_name(p, ""), frames, dataport_rights(p));
    }
}

static void give_settings(struct dist *d, const struct port *p, const struct declared *c)
{
    const unsigned side = p->is_from ? FROM : TO;
    for (size_t i = 0; i < c->settings[side].count; i++) {
        const struct needed_setting *s = &c->settings[side].at[i];
        const char *name = info_name(p->instance, strf("%s_%s", p->iface->name, s->name));
        if (!instance_setting(p->instance, strf("%s_%s", p->iface->name, s->name))) {
            continue;
        }
        if (s->string) {
            spec_attr_str(dist_instance(d, p->instance), name, port_str(p, s->name, ""));
        } else {
            spec_attr_int(dist_instance(d, p->instance), name, port_int(p, s->name, 0));
        }
    }
}

static void give_port(struct dist *d, const struct port *p, const struct declared *c)
{
    const unsigned side = p->is_from ? FROM : TO;
    struct spec_instance *i = dist_instance(d, p->instance);
    if (c->thread[side]) {
        dist_thread(d, p);
    }
    give_settings(d, p, c);
    if (c->notify[side]) {
        spec_notification_of(i, runtime_name(p, "wait"));
    }
    if (c->notify[!side]) {
        give_signals(d, p);
    }
    if (c->memory && !p->is_from) {
        give_memory(d, p, c);
    }
    if (c->endpoint && p->is_from) {
        const struct port *to = p->connections[0]->to[0];
        const uint64_t buffer = c->buffer ? (uint64_t)port_int(p, "shmem_size", (int64_t)c->buffer) : 0;
        spec_connect_rpc_buffer(i, runtime_name(p, ""), dist_instance(d, to->instance), runtime_name(to, ""),
                                dist_badge(p), buffer);
    }
}

static void template_distribute(struct dist *d, const struct connection *c)
{
    const struct declared *k = find(c->connector->name);
    for (size_t i = 0; i < c->to_count; i++) {
        if (c->to[i]->connections[0] == c) {
            give_port(d, c->to[i], k);
        }
    }
    for (size_t i = 0; i < c->from_count; i++) {
        if (c->from[i]->connections[0] == c) {
            give_port(d, c->from[i], k);
        }
    }
}

static void template_check(const struct connection *c)
{
    const struct declared *k = find(c->connector->name);
    for (size_t i = 0; i < c->from_count; i++) {
        if ((k->endpoint || k->memory) && peers_of(c->from[i]).count != 1) {
            diag_error(c->loc, "%s.%s: connector %s has one other end for it, here are %zu",
                       c->from[i]->instance->name, c->from[i]->iface->name, k->name,
                       peers_of(c->from[i]).count);
        }
    }
    for (size_t i = 0; i < c->from_count + c->to_count; i++) {
        const struct port *p = i < c->from_count ? c->from[i] : c->to[i - c->from_count];
        if (p->instance->type->hardware) {
            diag_error(c->loc, "%s is hardware, but %s has C on both ends", p->instance->name, k->name);
        }
        if (k->memory) {
            check_access(p);
        }
    }
}

/* ---- all connectors ---- */

const struct connector_impl *connector_of(const struct connector *c)
{
    static const struct connector_impl from_templates = { "", template_from, template_to, template_distribute,
                                                          template_check };
    return connector_is_declared(c->name) ? &from_templates : connector_find(c->name);
}

void connectors_check(const struct model *m)
{
    const char *names[128];
    const unsigned count = connector_names(names, sizeof(names) / sizeof(*names));
    for (size_t n = 0; n < m->connection_count; n++) {
        const struct connection *c = m->connections[n];
        const struct connector_impl *impl = connector_of(c->connector);
        if (!impl) {
            const char *near = diag_nearest(c->connector->name, names, count);
            diag_error(c->loc, "nothing implements the connector '%s'", c->connector->name);
            diag_hint(near ? "did you mean '%s'? Else DeclareCAmkESConnector(%s FROM ... TO ...) gives C for "
                             "its ends"
                           : "%.0sDeclareCAmkESConnector(%s FROM ... TO ...) gives C for its ends "
                             "(docs/connectors.md)",
                      near ? near : "", c->connector->name);
        } else if (impl->check) {
            impl->check(c);
        }
    }
}
