// SPDX-License-Identifier: BSD-2-Clause
// What the connectors of events, dataports, hardware and queues share.
#ifndef CAMKES_CONNECT_PARTS_H
#define CAMKES_CONNECT_PARTS_H

#include "connector.h"

/* A number that a distribution keeps about a thing (a port, an instance), 0 at first. */
uint64_t *dist_note(const struct dist *, const void *about, const char *what);
/* The first connection of a port: what is done once for each port is done with it. */
bool port_begins(const struct port *, const struct connection *);
/* info_name(instance, "<iface>.<what>"). */
const char *port_name(const struct port *, const char *what);
const char *quoted_name(const struct port *);               /* C literal of info_name(instance, iface) */
/* "instance.iface" for messages. */
const char *port_label(const struct port *);

/* An #include at the top of glue.c, once. */
void glue_top_include(struct glue *, const char *quoted);

/* ---- events (connect_event.c) ---- */

/* <e>_emit, <e>_emit_underlying of an emitting port. */
void glue_emitter(struct glue *, const struct port *);
/* Its capabilities: for each consumer the object and badge that `target` says. */
typedef uint32_t (*event_target_fn)(struct dist *, const struct port *from, const struct port *to,
                                    uint64_t *badge);
void distribute_emitter(struct dist *, const struct port *from, event_target_fn);

/* <e>_wait, _poll, _reg_callback with a callback thread that may have an author's <e>_handle instead. */
void glue_consumer(struct glue *, const struct port *, bool handler);
/* Its notification with the callback thread. Returns the object, the same each time. */
uint32_t distribute_consumer(struct dist *, const struct port *);

/* <e>_notification, _notification_badge, _wait, _poll, _reg_callback over the control thread's one. */
void glue_global(struct glue *, const struct port *, bool callback);
/* The same without the interface's row. */
void glue_global_functions(struct glue *, const struct port *, bool callback);
/* Its share: object and badge, the same each time. */
uint32_t distribute_global(struct dist *, const struct port *, uint64_t *badge);

/* ---- a server's signals to its clients (connect_global.c) ---- */

/* <i>_emit(badge). */
void glue_clients(struct glue *, const struct port *);
/* Rights to signal each client; once for each connection. */
void distribute_signals(struct dist *, const struct connection *);

/* ---- dataports (connect_dataport.c) ---- */

/* ABI_RIGHT_* of a port by its setting <port>_access; read and write when not set. */
uint32_t dataport_rights(const struct port *);
void check_access(const struct port *);
/* Pointer, size, acquire and release. */
void glue_dataport(struct glue *, const struct port *);

/* ---- what a connector says when it cannot be used here ---- */
void refuse_connection(const struct connection *, const char *why);

#endif
