// SPDX-License-Identifier: BSD-2-Clause
// A picture of the assembly, for Graphviz: a box a component, a line a connection, a frame a group.
#include <string.h>

#include "back.h"

/* How a connection's kind looks. */
static const struct { const char *style; } looks[IFACE_KIND_COUNT] = {
    [IFACE_USES] = { "color=\"#1f4e79\"" },
    [IFACE_PROVIDES] = { "color=\"#1f4e79\"" },
    [IFACE_EMITS] = { "color=\"#b45f06\", style=dashed" },
    [IFACE_CONSUMES] = { "color=\"#b45f06\", style=dashed" },
    [IFACE_DATAPORT] = { "color=\"#38761d\", dir=both, arrowhead=dot, arrowtail=dot" },
};

static void node(struct text *t, const struct instance *i, const char *indent)
{
    text_add(t, "%s%s [label=%s%s];\n", indent, c_string(i->name),
             c_string(strf("%s\n%s", i->name, i->type->name)),
             i->type->hardware ? ", style=\"dashed,filled\", fillcolor=\"#eeeeee\"" : "");
}

static bool first_of_group(const struct model *m, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (m->instances[k]->group && !strcmp(m->instances[k]->group, m->instances[n]->group)) {
            return false;
        }
    }
    return true;
}

static void group(struct text *t, const struct model *m, const char *name)
{
    text_add(t, "    subgraph %s {\n        label=%s;\n", c_string(strf("cluster_%s", name)), c_string(name));
    for (size_t n = 0; n < m->instance_count; n++) {
        if (m->instances[n]->group && !strcmp(m->instances[n]->group, name)) {
            node(t, m->instances[n], "        ");
        }
    }
    text_put(t, "    }\n");
}

static void edge(struct text *t, const struct port *from, const struct port *to, const char *connector)
{
    text_add(t, "    %s -> %s [%s, label=%s, taillabel=%s, headlabel=%s];\n", c_string(from->instance->name),
             c_string(to->instance->name), looks[from->iface->kind].style, c_string(connector),
             c_string(from->iface->name), c_string(to->iface->name));
}

void graph_dot(const struct model *m, struct text *t)
{
    text_add(t,
             "// Made by camkes: components and connections. Solid blue: calls; dashed orange: events; "
             "green: memory.\n"
             "digraph %s {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n"
             "    edge [fontname=\"sans-serif\", fontsize=9];\n",
             c_string(m->name));
    for (size_t n = 0; n < m->instance_count; n++) {
        if (!m->instances[n]->group) {
            node(t, m->instances[n], "    ");
        } else if (first_of_group(m, n)) {
            group(t, m, m->instances[n]->group);
        }
    }
    for (size_t n = 0; n < m->connection_count; n++) {
        const struct connection *c = m->connections[n];
        for (size_t f = 0; f < c->from_count; f++) {
            for (size_t k = 0; k < c->to_count; k++) {
                edge(t, c->from[f], c->to[k], c->connector->name);
            }
        }
    }
    text_put(t, "}\n");
}
