// SPDX-License-Identifier: BSD-2-Clause
// The checks on the whole system, a row each. A check tells all that it finds; one that needs names to be
// known is silent when some are not.
#include <string.h>
#include "program.h"

static const char *port_name(const struct port *p)
{
    return strf("%s.%s", p->instance->name, p->iface->name);
}

static const char *const iface_words[] = { "uses", "provides", "emits", "consumes", "dataport" };

/* Every end of every connection: `fn` is called for each. */
typedef void end_fn(const struct connection *, const struct port *, struct loc, bool is_from);
static void each_end(const struct program *p, end_fn *fn)
{
    for (size_t i = 0; i < p->model->connection_count; i++) {
        const struct connection *c = p->model->connections[i];

        for (size_t j = 0; j < c->from_count; j++)
            fn(c, c->from[j], c->from_loc[j], true);
        for (size_t j = 0; j < c->to_count; j++)
            fn(c, c->to[j], c->to_loc[j], false);
    }
}

/* ---- end-kind: "from Procedure" is a `uses`, "to Event" a `consumes` ---- */

static const struct connector_side *side_of(const struct connection *c, bool is_from)
{
    return is_from ? &c->connector->from : &c->connector->to;
}

static void end_kind(const struct connection *c, const struct port *p, struct loc loc, bool is_from)
{
    const struct connector_side *side = side_of(c, is_from);
    static const enum iface_kind wanted[3][2] = {
        [END_PROCEDURE] = { IFACE_PROVIDES, IFACE_USES },
        [END_EVENT] = { IFACE_CONSUMES, IFACE_EMITS },
        [END_DATAPORT] = { IFACE_DATAPORT, IFACE_DATAPORT },
    };
    enum iface_kind kind = wanted[side->kind][is_from];

    if (p->iface->kind == kind)
        return;
    diag_error(loc, "connection '%s': '%s' stands at '%s', where %s takes '%s' interfaces", c->name,
               port_name(p), is_from ? "from" : "to", c->connector->name, iface_words[kind]);
    if (p->iface->kind == wanted[side->kind][!is_from] && side->kind != END_DATAPORT)
        diag_hint("are 'from' and 'to' the wrong way round?");
    diag_note(p->iface->loc, "it is declared with '%s' here", iface_words[p->iface->kind]);
}
static void check_end_kind(const struct program *p) { each_end(p, end_kind); }

/* ---- hardware-end: hardware connectors end at hardware components, others do not ---- */

static void hardware_end(const struct connection *c, const struct port *p, struct loc loc, bool is_from)
{
    const struct connector_side *side = side_of(c, is_from);

    if (p->instance->type->hardware == side->hardware)
        return;
    if (side->hardware)
        diag_error(loc, "connection '%s': %s connects '%s' hardware, and '%s' is none", c->name,
                   c->connector->name, is_from ? "from" : "to", p->instance->name);
    else
        diag_error(loc, "connection '%s': %s does not connect '%s' hardware, as '%s' is", c->name,
                   c->connector->name, is_from ? "from" : "to", p->instance->name);
    diag_note(p->instance->type->loc, "component '%s' is declared here", p->instance->type->name);
}
static void check_hardware_end(const struct program *p) { each_end(p, hardware_end); }

/* ---- end-twice: an interface stands once in a connection ---- */

static void check_end_twice(const struct program *p)
{
    for (size_t i = 0; i < p->model->connection_count; i++) {
        const struct connection *c = p->model->connections[i];
        struct map names = { 0 };

        for (size_t j = 0; j < c->from_count + c->to_count; j++) {
            size_t k = j - c->from_count;
            const struct port *port = j < c->from_count ? c->from[j] : c->to[k];

            if (map_put(&names, port_name(port), (void *)port))
                diag_error(j < c->from_count ? c->from_loc[j] : c->to_loc[k],
                           "connection '%s': '%s' stands in it twice", c->name, port_name(port));
        }
    }
}

/* ---- too-many-ends: a side of singular kind has one interface ---- */

static const struct port *other_end(const struct connection *c, const struct port *p, bool is_from,
                                    size_t index)
{
    return is_from ? c->to[index] : c->from[index];
}

/* Of all that an interface is connected to, another than `first`; and where. */
static const struct port *second_peer(const struct port *p, const struct connection **where)
{
    const struct port *first = NULL;

    for (size_t i = 0; i < p->connection_count; i++) {
        const struct connection *c = p->connections[i];
        size_t count = p->is_from ? c->to_count : c->from_count;

        for (size_t j = 0; j < count; j++) {
            const struct port *peer = other_end(c, p, p->is_from, j);

            if (!first)
                first = peer;
            else if (peer != first)
                return *where = c, peer;
        }
    }
    return NULL;
}

static void check_too_many_ends(const struct program *p)
{
    for (size_t i = 0; i < p->model->connection_count; i++) {
        const struct connection *c = p->model->connections[i];

        if (c->from_count > 1 && !c->connector->from.many)
            diag_error(c->from_loc[1], "connection '%s': %s has one 'from', and there are %zu", c->name,
                       c->connector->name, c->from_count);
        if (c->to_count > 1 && !c->connector->to.many)
            diag_error(c->to_loc[1], "connection '%s': %s has one 'to', and there are %zu", c->name,
                       c->connector->name, c->to_count);
    }
    for (size_t i = 0; i < p->model->instance_count; i++) {
        const struct instance *instance = p->model->instances[i];

        for (size_t j = 0; j < instance->port_count; j++) {
            const struct port *port = instance->ports[j], *peer;
            const struct connection *c;

            if (!port->connector || port->connection_count < 2
                || (port->is_from ? port->connector->to.many : port->connector->from.many))
                continue;
            peer = second_peer(port, &c);
            if (!peer)
                continue;
            diag_error(c->loc, "connection '%s': '%s' is connected already, and %s has one '%s'", c->name,
                       port_name(port), port->connector->name, port->is_from ? "to" : "from");
            diag_note(port->connections[0]->loc, "first connected here");
        }
    }
}

/* ---- mixed-connectors: all connections of an interface have one connector ---- */

static void check_mixed_connectors(const struct program *p)
{
    for (size_t i = 0; i < p->model->instance_count; i++) {
        const struct instance *instance = p->model->instances[i];

        for (size_t j = 0; j < instance->port_count; j++) {
            const struct port *port = instance->ports[j];

            for (size_t k = 1; k < port->connection_count; k++) {
                const struct connection *c = port->connections[k];

                if (c->connector == port->connector)
                    continue;
                diag_error(c->loc, "'%s' is connected by %s here and by %s elsewhere", port_name(port),
                           c->connector->name, port->connector->name);
                diag_note(port->connections[0]->loc, "first connected here");
            }
        }
    }
}

/* ---- interface-type: both ends speak of the same procedure, event, data ---- */

/* The connector's or the connection's attribute disable_interface_type_checking. */
static bool types_matter(const struct connection *c)
{
    static const char name[] = "disable_interface_type_checking";
    const struct value *given = NULL;

    for (size_t i = 0; i < c->setting_count; i++)
        if (strcmp(c->settings[i].name, name) == 0)
            given = c->settings[i].value;
    for (size_t i = 0; !given && i < c->connector->attribute_count; i++)
        if (strcmp(c->connector->attributes[i].name, name) == 0)
            given = c->connector->attributes[i].initial;
    return !given || !given->integer;
}

static bool same_type(const struct iface *a, const struct iface *b)
{
    if (a->procedure || b->procedure)
        return a->procedure == b->procedure;
    if (strcmp(a->type_name, b->type_name))
        return false;
    return !a->buf_bytes || !b->buf_bytes || a->buf_bytes == b->buf_bytes;
}

static const char *type_shown(const struct iface *i)
{
    return i->buf_bytes ? strf("%s(%llu)", i->type_name, (unsigned long long)i->buf_bytes) : i->type_name;
}

static void check_interface_type(const struct program *p)
{
    for (size_t i = 0; i < p->model->connection_count; i++) {
        const struct connection *c = p->model->connections[i];
        const struct port *first = c->from_count ? c->from[0] : NULL;

        for (size_t j = 1; first && types_matter(c) && j < c->from_count + c->to_count; j++) {
            const struct port *other = j < c->from_count ? c->from[j] : c->to[j - c->from_count];

            if (first->iface->kind / 2 != other->iface->kind / 2 || same_type(first->iface, other->iface))
                continue;                           /* kinds that do not go together are told by end-kind */
            diag_error(c->loc, "connection '%s': '%s' has type '%s', but '%s' has '%s'", c->name,
                       port_name(first), type_shown(first->iface), port_name(other),
                       type_shown(other->iface));
            diag_note(first->iface->loc, "'%s' is declared here", first->iface->name);
            diag_note(other->iface->loc, "'%s' is declared here", other->iface->name);
        }
    }
}

/* ---- unconnected: what needs somebody else has a connection, unless it is `maybe` ---- */

static bool needs_other(const struct iface *i)
{
    return !i->maybe && (i->kind == IFACE_USES || i->kind == IFACE_CONSUMES || i->kind == IFACE_DATAPORT);
}

static void check_unconnected(const struct program *p)
{
    for (size_t i = 0; i < p->model->instance_count; i++) {
        const struct instance *instance = p->model->instances[i];

        for (size_t j = 0; j < instance->port_count; j++) {
            const struct port *port = instance->ports[j];

            if (port->connection_count || !needs_other(port->iface) || instance->type->hardware)
                continue;
            diag_error(instance->loc, "interface '%s' of '%s' is not connected", port->iface->name,
                       instance->name);
            diag_note(port->iface->loc, "'maybe %s' would let it be", iface_words[port->iface->kind]);
        }
    }
}

/* ---- instance-id: "a.b" and "a_b" are the same name in C and in files ---- */

static void check_instance_id(const struct program *p)
{
    struct map ids = { 0 };

    for (size_t i = 0; i < p->model->instance_count; i++) {
        const struct instance *now = p->model->instances[i], *first = map_put(&ids, now->id, (void *)now);

        if (!first)
            continue;
        diag_error(now->loc, "instances '%s' and '%s' are both '%s' in the system's files", first->name,
                   now->name, now->id);
        diag_note(first->loc, "the first is here");
    }
}

/* ---- duplicate-connection: the same two ends again ---- */

static void check_duplicate_connection(const struct program *p)
{
    struct map pairs = { 0 };

    for (size_t i = 0; i < p->model->connection_count; i++) {
        const struct connection *c = p->model->connections[i], *first;

        for (size_t j = 0; j < c->from_count * c->to_count; j++) {
            const struct port *from = c->from[j / c->to_count], *to = c->to[j % c->to_count];

            first = map_put(&pairs, strf("%s %s", port_name(from), port_name(to)), (void *)c);
            if (!first || first == c)
                continue;
            diag_error(c->loc, "'%s' and '%s' are connected a second time", port_name(from), port_name(to));
            diag_note(first->loc, "the first connection is here");
        }
    }
}

/* ---- nothing-there ---- */

static void check_nothing_there(const struct program *p)
{
    if (p->assemblies.count == 0)
        diag_error(LOC_NONE, "there is no assembly in '%s' or its imports", p->options->file);
    else if (p->model->instance_count == 0)
        diag_error(p->assemblies.at[p->assemblies.count - 1]->loc, "the assembly has no instances");
}

/* ---- uninstantiated: components of the main file that no assembly uses ---- */

static void check_uninstantiated(const struct program *p)
{
    for (size_t i = 0; i < p->all_components.count; i++) {
        const struct ast_component *c = p->all_components.at[i];

        if (!c->instantiated && c->name.loc.source == p->main)
            diag_warning(c->name.loc, "uninstantiated", "no assembly has an instance of component '%s'",
                         c->name.text);
    }
}

/* ---- domain: who has a domain stands in the schedule ---- */

static bool scheduled(const struct model *m, int64_t domain)
{
    for (size_t i = 0; i < m->schedule_count; i++)
        if (m->schedule[i].domain == domain)
            return true;
    return false;
}

static void check_domain(const struct program *p)
{
    for (size_t i = 0; i < p->model->instance_count && p->model->schedule_count; i++) {
        const struct instance *instance = p->model->instances[i];

        for (size_t j = 0; j < instance->setting_count; j++) {
            const struct setting *s = &instance->settings[j];
            size_t length = strlen(s->name);

            if (length < 7 || strcmp(s->name + length - 7, "_domain") || s->value->kind != VALUE_INT
                || strcmp(s->name, "iospace_domain") == 0 || scheduled(p->model, s->value->integer))
                continue;
            diag_error(s->loc, "domain %lld of '%s' never runs: the schedule has no entry for it",
                       (long long)s->value->integer, instance->name);
            diag_note(p->model->schedule[0].loc, "the schedule is here");
        }
    }
}

enum needs { NOTHING, NAMES };          /* NAMES: no error so far about what is declared and connected */
static const struct check {
    const char *name;
    enum needs needs;
    void (*run)(const struct program *);
} checks[] = {
    { "nothing-there",        NAMES,   check_nothing_there },
    { "end-kind",             NOTHING, check_end_kind },
    { "hardware-end",         NOTHING, check_hardware_end },
    { "end-twice",            NOTHING, check_end_twice },
    { "too-many-ends",        NOTHING, check_too_many_ends },
    { "mixed-connectors",     NOTHING, check_mixed_connectors },
    { "interface-type",       NOTHING, check_interface_type },
    { "unconnected",          NAMES,   check_unconnected },
    { "instance-id",          NOTHING, check_instance_id },
    { "domain",               NOTHING, check_domain },
    { "duplicate-connection", NOTHING, check_duplicate_connection },
    { "uninstantiated",       NAMES,   check_uninstantiated },
};

void program_check(struct program *p, bool names_known)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].needs == NOTHING || names_known)
            checks[i].run(p);
}
