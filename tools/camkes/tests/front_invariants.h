// SPDX-License-Identifier: BSD-2-Clause
// What holds of every model that the front end lets through; aborts where it does not.
#ifndef CAMKES_FRONT_INVARIANTS_H
#define CAMKES_FRONT_INVARIANTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

#define HOLDS(condition)                                                                                     \
    ((condition) ? (void)0                                                                                   \
                 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition), abort()))

static inline bool has_connection(const struct port *p, const struct connection *c)
{
    for (size_t i = 0; i < p->connection_count; i++)
        if (p->connections[i] == c)
            return true;
    return false;
}

static inline void ends_hold(const struct connection *c, struct port *const *ends, size_t count, bool many,
                             bool is_from)
{
    HOLDS(count > 0 && (many || count == 1));
    for (size_t i = 0; i < count; i++) {
        HOLDS(ends[i]->connector == c->connector && ends[i]->is_from == is_from);
        HOLDS(has_connection(ends[i], c));
        HOLDS(instance_port(ends[i]->instance, ends[i]->iface->name) == ends[i]);
    }
}

static inline void value_holds(const struct value *v, const struct type *t)
{
    static const enum value_kind kinds[] = {
        [TYPE_INT] = VALUE_INT,
        [TYPE_REAL] = VALUE_FLOAT,
        [TYPE_STRING] = VALUE_STRING,
        [TYPE_STRUCT] = VALUE_DICT,
    };
    struct type item = *t;

    item.array = false;
    if (t->array) {
        HOLDS(v->kind == VALUE_LIST);
        for (size_t i = 0; i < v->count; i++)
            value_holds(v->items[i], &item);
    } else if (t->cls != TYPE_OPAQUE) {
        HOLDS(v->kind == kinds[t->cls]);
        HOLDS(t->cls != TYPE_STRUCT || v->count == t->def->count);
        for (size_t i = 0; t->cls == TYPE_STRUCT && i < v->count; i++)
            value_holds(v->items[i], &t->def->fields[i].type);
    }
}

static inline void instance_holds(const struct model *m, const struct instance *n)
{
    HOLDS(model_instance(m, n->name) == n && !strchr(n->id, '.'));
    HOLDS(!n->type->hardware || !n->type->control);
    for (size_t i = 0; i < n->port_count; i++) {
        const struct port *p = n->ports[i];

        HOLDS(p->instance == n && p->iface);
        HOLDS(p->connection_count || p->iface->maybe || n->type->hardware || p->iface->kind == IFACE_PROVIDES
              || p->iface->kind == IFACE_EMITS);
        HOLDS((p->connector != NULL) == (p->connection_count != 0));
        for (size_t j = 0; j < p->connection_count; j++)
            HOLDS(p->connections[j]->connector == p->connector);
    }
    for (size_t i = 0; i < n->type->attribute_count; i++)
        if (n->attributes[i])
            value_holds(n->attributes[i], &n->type->attributes[i].type);
    for (size_t i = 0; i < n->setting_count; i++)
        HOLDS(instance_setting(n, n->settings[i].name) == n->settings[i].value && *n->settings[i].used);
}

static inline void model_holds(const struct model *m)
{
    HOLDS(m->instance_count > 0);
    for (size_t i = 0; i < m->instance_count; i++)
        instance_holds(m, m->instances[i]);
    for (size_t i = 0; i < m->connection_count; i++) {
        const struct connection *c = m->connections[i];

        ends_hold(c, c->from, c->from_count, c->connector->from.many, true);
        ends_hold(c, c->to, c->to_count, c->connector->to.many, false);
        if (c->connector->from.kind == END_DATAPORT)
            HOLDS(connection_dataport_bytes(c) % 4096 == 0 && connection_dataport_bytes(c) > 0);
    }
}

#endif
