// SPDX-License-Identifier: BSD-2-Clause
// What the two files of the call connectors agree on: which kind a connector is, names, badges.
#ifndef CAMKES_CONNECT_RPC_H
#define CAMKES_CONNECT_RPC_H

#include "connect_parts.h"

enum rpc_features {
    RPC_SIGNAL = 1,                     /* the server can signal single clients */
    RPC_BUFFER = 2,                     /* memory shared by client and server, for the authors' data ... */
    RPC_MESSAGES = 4,                   /* ... or for arguments and results, instead of messages */
};
unsigned rpc_features(const struct port *);

/* Served by the control thread, through the instance's one endpoint; else by threads of the interface. */
static inline bool rpc_threadless(const struct port *to) { return to->connector->to.threads == 0; }
static inline const char *rpc_endpoint(const struct port *to)
{
    return info_name(to->instance, rpc_threadless(to) ? "camkes.serve" : to->iface->name);
}
/* Which of its interfaces it is, in badges of that endpoint. */
unsigned rpc_interface_number(const struct port *to);

void rpc_from(struct glue *, const struct port *);
void rpc_to(struct glue *, const struct port *);
void direct_from(struct glue *, const struct port *);
void direct_to(struct glue *, const struct port *);

#endif
