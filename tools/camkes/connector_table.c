// SPDX-License-Identifier: BSD-2-Clause
// Every connector type that is built in. The rows stand beside their functions: each connect_*.c defines a
// table `<area>_connectors` that ends with an empty row, and has its line here.
#include "connector.h"

#include <string.h>

#define CONNECTOR_TABLES(X)                                                                        \
    X(event_connectors) X(dataport_connectors) X(hardware_connectors) X(global_connectors) X(rpc_connectors) \
    X(queue_connectors)

#define X(table) extern const struct connector_impl table[];
CONNECTOR_TABLES(X)
#undef X

static const struct connector_impl *const tables[] = {
#define X(table) table,
    CONNECTOR_TABLES(X)
#undef X
    NULL,
};

const struct connector_impl *connector_find(const char *name)
{
    for (unsigned t = 0; tables[t]; t++) {
        for (const struct connector_impl *row = tables[t]; row->name; row++) {
            if (!strcmp(row->name, name)) {
                return row;
            }
        }
    }
    return NULL;
}

unsigned connector_names(const char **names, unsigned room)
{
    unsigned n = 0;
    for (unsigned t = 0; tables[t]; t++) {
        for (const struct connector_impl *row = tables[t]; row->name && n < room; row++) {
            names[n++] = row->name;
        }
    }
    return n;
}
