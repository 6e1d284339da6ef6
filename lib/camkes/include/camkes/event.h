// SPDX-License-Identifier: BSD-2-Clause
// What generated glue says about events: <e>_emit, _wait, _poll, _reg_callback are one line each over these.
#ifndef CAMKES_EVENT_H
#define CAMKES_EVENT_H

#include <camkes/global.h>

typedef void (*camkes_callback_t)(void *argument);

/* ---- emitting: one signal to each consumer ---- */

struct camkes_emitter {
    seL4_CPtr first;                    /* capabilities in consecutive slots */
    size_t count;
    _Atomic uint32_t *counter;          /* dataport "<name>.count" of counted events, or NULL */
};
void camkes_emitter_init(struct camkes_emitter *, const char *name);
void camkes_emit(const struct camkes_emitter *);

/* ---- a callback that waits for its event; it is called once, and may register itself again ---- */

struct camkes_callback { _Atomic int state; camkes_callback_t function; void *argument; };
/* -1: there is one already */
int camkes_callback_set(struct camkes_callback *, camkes_callback_t, void *argument);
bool camkes_callback_run(struct camkes_callback *);                /* false: there is none */
bool camkes_callback_waits(struct camkes_callback *);

/* ---- consuming: seL4Notification. Signals that come before somebody waits are one event ---- */

struct camkes_event {
    seL4_CPtr notification;             /* "<name>" */
    seL4_CPtr again;                    /* "<name>.again": the right to signal it, to give an event back */
    seL4_CPtr armed; /* "<name>.armed": the callback thread sleeps here while it has nothing to do */
    struct camkes_callback callback;
};
void camkes_event_init(struct camkes_event *, const char *name);
void camkes_event_wait(struct camkes_event *);
int camkes_event_poll(struct camkes_event *);                      /* 1 = there was one */
int camkes_event_reg_callback(struct camkes_event *, camkes_callback_t, void *argument);
int camkes_event_thread(struct camkes_event *); /* run() of the callback thread; never returns */

/* ---- seL4RPCEvent: an emission is a call, over when the consumer's thread has taken it ---- */

void camkes_event_call(seL4_CPtr endpoint);
/* run() of the consumer's thread: passes what it takes on to the callback or to waiters. */
int camkes_event_endpoint_thread(struct camkes_event *, seL4_CPtr endpoint);
int camkes_event_endpoint_reg_callback(struct camkes_event *, camkes_callback_t, void *argument);

/* ---- consuming: seL4NotificationQueue. Each emitter counts its emissions in a page of its own ---- */

struct camkes_queue_source { const _Atomic uint32_t *emitted; _Atomic uint32_t taken; };
struct camkes_event_queue {
    struct camkes_event event;          /* its notification says "look at the counters" */
    struct camkes_queue_source *sources;
    size_t count;
};
/* The emitters' pages are dataports "<name>.count", "<name>.count.1", ...; `count` of them. */
void camkes_event_queue_init(struct camkes_event_queue *, const char *name, struct camkes_queue_source *,
                             size_t count);
void camkes_event_queue_wait(struct camkes_event_queue *);
int camkes_event_queue_poll(struct camkes_event_queue *);
int camkes_event_queue_reg_callback(struct camkes_event_queue *, camkes_callback_t, void *argument);
int camkes_event_queue_thread(struct camkes_event_queue *);

/* ---- the notification bound to the control thread: seL4GlobalAsynch and others, one bit each ---- */

struct camkes_global {
    const char *name;
    seL4_Word badge, bit; /* attributes "<name>.badge", "<name>.bit": what arrives, what is only its own */
    camkes_callback_t function;         /* stays registered */
    void *argument;
    struct camkes_global *next;
};
/* `notification`: name of the capability, "rt.global". */
void camkes_global_init(struct camkes_global *, const char *name, const char *notification);
/* Only in the control thread; elsewhere poll sees what that thread has kept, and wait ends the component. */
void camkes_global_wait(struct camkes_global *); /* what else comes is kept for its own waiter */
int camkes_global_poll(struct camkes_global *);
int camkes_global_reg_callback(struct camkes_global *, camkes_callback_t, void *argument);

/* ---- servers that signal single clients: seL4TimeServer, seL4SerialServer ---- */

#define CAMKES_MAX_CLIENTS 64u
struct camkes_clients {
    const char *interface;
    seL4_CPtr first;                    /* capabilities "<interface>.emit" in the order of rt_client */
    size_t count;
    seL4_Word badge[CAMKES_MAX_CLIENTS];
};
void camkes_clients_init(struct camkes_clients *, const char *interface);
void camkes_clients_emit(const struct camkes_clients *, seL4_Word badge); /* nothing for unknown badges */
seL4_Word camkes_clients_badge(const struct camkes_clients *, unsigned n);     /* 0: there is no nth */
void *camkes_clients_buf(const struct camkes_clients *, seL4_Word badge);      /* NULL: none */
size_t camkes_clients_buf_size(const struct camkes_clients *, seL4_Word badge);

#endif
