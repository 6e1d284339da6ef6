// SPDX-License-Identifier: BSD-2-Clause
// What the connectors of events, dataports, hardware and queues share; see connect_parts.h.
#include "connect_parts.h"

#include <stdlib.h>
#include <string.h>

struct note {
    const struct dist *dist;
    const void *about;
    const char *what;
    uint64_t value;
    struct note *next;
};

uint64_t *dist_note(const struct dist *d, const void *about, const char *what)
{
    static struct note *bucket[1024];
    uintptr_t hash = (uintptr_t)about / 16 ^ (uintptr_t)d / 64;
    for (const char *c = what; *c; c++) {
        hash = hash * 31 + (unsigned char)*c;
    }
    struct note **at = &bucket[hash % 1024];
    for (; *at; at = &(*at)->next) {
        if ((*at)->dist == d && (*at)->about == about && !strcmp((*at)->what, what)) {
            return &(*at)->value;
        }
    }
    *at = calloc(1, sizeof(**at));
    if (!*at) {
        diag_fatal("out of memory");
    }
    **at = (struct note){ .dist = d, .about = about, .what = strf("%s", what) };
    return &(*at)->value;
}

bool port_begins(const struct port *p, const struct connection *c)
{
    return p->connection_count && p->connections[0] == c;
}

const char *port_name(const struct port *p, const char *what)
{
    return info_name(p->instance, strf("%s.%s", p->iface->name, what));
}

const char *quoted_name(const struct port *p) { return c_string(info_name(p->instance, p->iface->name)); }

const char *port_label(const struct port *p) { return strf("%s.%s", p->instance->name, p->iface->name); }

void glue_top_include(struct glue *g, const char *quoted)
{
    const char *line = strf("#include %s\n", quoted);
    if (!g->top->data || !strstr(g->top->data, line)) {
        text_put(g->top, line);
    }
}

void refuse_connection(const struct connection *c, const char *why)
{
    diag_error(c->loc, "connection '%s': %s %s", c->name, c->connector->name, why);
}
