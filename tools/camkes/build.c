// SPDX-License-Identifier: BSD-2-Clause
// The model out of the tree: instances, ports and connections as the back ends read them.
#include <string.h>
#include "program.h"

typedef VEC(struct instance *) instances;
typedef VEC(struct connection *) connections;

/* "outer.inner" in C. */
static const char *id_of(const char *name)
{
    char *id = (char *)mem_text(name, strlen(name));

    for (char *c = id; *c; c++)
        if (*c == '.')
            *c = '_';
    return id;
}

static struct setting *build_settings(const struct settable *set, const struct component *c, size_t *count)
{
    size_t defaults = c ? c->attribute_count : 0;
    struct setting *list = mem_new((set->settings.count + defaults + 1) * sizeof *list);

    *count = 0;
    for (size_t i = 0; i < set->settings.count; i++) {
        struct assigned *a = set->settings.at[i];

        if (a->result)
            list[(*count)++] = (struct setting){ a->name, a->result, a->loc, &a->used };
    }
    /* `attribute int heap_size = 4096;` sets it like a configuration. */
    for (size_t i = 0; i < defaults; i++) {
        const struct attribute *a = &c->attributes[i];
        const struct assigned *given = map_get(&set->by_name, a->name);

        if (a->initial && !(given && given->result))
            list[(*count)++] = (struct setting){ a->name, a->initial, a->loc, NEW(bool) };
    }
    return list;
}

static void build_instance(struct node *n, instances *to)
{
    const struct component *c = n->type->made;
    struct instance *i = n->made = NEW(struct instance);

    i->name = n->name;
    i->id = id_of(n->name);
    i->type = c;
    i->group = n->group;
    i->loc = n->loc;
    i->attributes = n->attributes;
    i->settings = build_settings(&n->set, c, &i->setting_count);
    i->ports = mem_new((c->iface_count + 1) * sizeof *i->ports);
    for (size_t j = 0; j < c->iface_count; j++) {
        if (n->slots[j].inner)
            continue;                               /* a composite with a thread: this one is within */
        if (!n->slots[j].port) {
            n->slots[j].port = NEW(struct port);
            n->slots[j].port->iface = &c->ifaces[j];
        }
        n->slots[j].port->instance = i;
        i->ports[i->port_count++] = n->slots[j].port;
    }
    *vec_add(to) = i;
}

static void build_instances(struct node *n, instances *to)
{
    if (n->real)
        build_instance(n, to);
    for (size_t i = 0; i < n->children.count; i++)
        build_instances(n->children.at[i], to);
}

static void port_connect(struct port *port, const struct connection *c, bool is_from)
{
    size_t n = port->connection_count;

    if (n && port->connections[n - 1] == c)
        return;                                     /* twice in one connection: a check tells */
    if ((n & (n - 1)) == 0) {                       /* a power of two is full */
        const struct connection **more = mem_new((n ? 2 * n : 1) * sizeof *more);

        if (n)
            memcpy(more, port->connections, n * sizeof *more);
        port->connections = more;
    }
    port->connections[port->connection_count++] = c;
    if (n == 0) {
        port->connector = c->connector;
        port->is_from = is_from;
    }
}

static void build_connections(struct node *n, connections *to)
{
    for (size_t i = 0; i < n->links.count; i++) {
        struct link *l = n->links.at[i];
        struct connection *c = l->made;

        if (!c)
            continue;
        c->from = l->from.at;
        c->from_count = l->from.count;
        c->to = l->to.at;
        c->to_count = l->to.count;
        c->from_loc = l->from_loc.at;
        c->to_loc = l->to_loc.at;
        c->settings = build_settings(&l->set, NULL, &c->setting_count);
        for (size_t j = 0; j < c->from_count; j++)
            port_connect(c->from[j], c, true);
        for (size_t j = 0; j < c->to_count; j++)
            port_connect(c->to[j], c, false);
        *vec_add(to) = c;
    }
    for (size_t i = 0; i < n->children.count; i++)
        build_connections(n->children.at[i], to);
}

static void build_schedule(struct program *p, struct model *m)
{
    const struct ast_schedule *found = NULL;

    for (size_t i = 0; i < p->assemblies.count; i++) {
        const struct ast_assembly *a = p->assemblies.at[i];

        for (size_t j = 0; j < a->schedules.count; j++) {
            if (found) {
                diag_error(a->schedules.at[j]->loc, "a second schedule");
                diag_note(found->loc, "the first is here");
            } else {
                found = a->schedules.at[j];
            }
        }
    }
    if (!found)
        return;
    if (found->entries.count == 0)
        diag_error(found->loc, "a schedule without entries");
    m->schedule = mem_new((found->entries.count + 1) * sizeof *m->schedule);
    m->schedule_count = found->entries.count;
    for (size_t i = 0; i < found->entries.count; i++) {
        const struct ast_schedule_entry *e = &found->entries.at[i];

        m->schedule[i] = (struct schedule_entry){ .microseconds = e->microseconds, .loc = e->loc };
        m->schedule[i].domain = eval_int(e->domain, "a domain", 0, 255, 0);
        m->schedule[i].duration = eval_int(e->duration, "a duration", 1, INT64_MAX, 1);
    }
}

void program_build(struct program *p)
{
    struct model *m = p->model = NEW(struct model);
    instances all = { 0 };
    connections links = { 0 };

    m->name = "assembly";
    for (size_t i = p->assemblies.count; i-- > 0;)
        if (p->assemblies.at[i]->name.text)
            m->name = p->assemblies.at[i]->name.text;
    build_instances(p->root, &all);
    build_connections(p->root, &links);
    build_schedule(p, m);
    m->instances = all.at;
    m->instance_count = all.count;
    m->connections = links.at;
    m->connection_count = links.count;
    m->sources = mem_new((p->files.entries.count + 1) * sizeof *m->sources);
    for (size_t i = 0; i < p->files.entries.count; i++)
        m->sources[m->source_count++] = p->files.entries.at[i].key;
}
