// SPDX-License-Identifier: BSD-2-Clause
// Events: emitting, waiting, polling, callbacks; see camkes/event.h.
//
// A waiter receives on the event's notification itself. Callbacks win: whoever receives an event while a
// callback is registered runs the callback and waits again. The callback thread receives only while there is
// a callback; an event that finds it without one is given back.
#include <camkes/event.h>
#include "internal.h"

#include <stdatomic.h>

/* ---- emitting ---- */

void camkes_emitter_init(struct camkes_emitter *e, const char *name)
{
    e->first = rt_cap_array(name, &e->count);
    e->counter = rt_dataport(JOINED(name, "count"), NULL);
}

void camkes_emit(const struct camkes_emitter *e)
{
    if (e->counter) {
        atomic_fetch_add_explicit(e->counter, 1, memory_order_release);
    }
    for (size_t i = 0; i < e->count; i++) {
        seL4_Signal(e->first + i);
    }
}

/* ---- callbacks ---- */

enum { FREE, BUSY, SET };

int camkes_callback_set(struct camkes_callback *c, camkes_callback_t function, void *argument)
{
    int state = FREE;
    if (!function || !atomic_compare_exchange_strong(&c->state, &state, BUSY)) {
        return -1;
    }
    c->function = function;
    c->argument = argument;
    atomic_store(&c->state, SET);
    return 0;
}

static bool claim(struct camkes_callback *c)
{
    int state = SET;
    return atomic_compare_exchange_strong(&c->state, &state, BUSY);
}

static void run_claimed(struct camkes_callback *c)
{
    const camkes_callback_t function = c->function;
    void *const argument = c->argument;
    atomic_store(&c->state, FREE);
    function(argument);
}

bool camkes_callback_run(struct camkes_callback *c)
{
    if (!claim(c)) {
        return false;
    }
    run_claimed(c);
    return true;
}

bool camkes_callback_waits(struct camkes_callback *c) { return atomic_load(&c->state) == SET; }

/* ---- plain events ---- */

static bool poll(seL4_CPtr notification, seL4_Word *badge)
{
    *badge = 0;
    seL4_Poll(notification, badge);
    return *badge != 0;
}

void camkes_event_init(struct camkes_event *e, const char *name)
{
    e->notification = rt_cap(name);
    e->again = rt_cap(JOINED(name, "again"));
    e->armed = rt_cap(JOINED(name, "armed"));
}

void camkes_event_wait(struct camkes_event *e)
{
    do {
        seL4_Wait(e->notification, NULL);
    } while (camkes_callback_run(&e->callback));
}

int camkes_event_poll(struct camkes_event *e)
{
    seL4_Word badge;
    while (poll(e->notification, &badge)) {
        if (!camkes_callback_run(&e->callback)) {
            return 1;
        }
    }
    return 0;
}

int camkes_event_reg_callback(struct camkes_event *e, camkes_callback_t function, void *argument)
{
    if (camkes_callback_set(&e->callback, function, argument) != 0) {
        return -1;
    }
    seL4_Signal(e->armed);
    return 0;
}

int camkes_event_thread(struct camkes_event *e)
{
    for (;;) {
        seL4_Wait(e->armed, NULL);
        while (camkes_callback_waits(&e->callback)) {
            seL4_Wait(e->notification, NULL);
            if (!camkes_callback_run(&e->callback)) {
                seL4_Signal(e->again);
            }
        }
    }
}

/* ---- counted events ---- */

void camkes_event_queue_init(struct camkes_event_queue *q, const char *name,
                             struct camkes_queue_source *sources, size_t count)
{
    camkes_event_init(&q->event, name);
    q->sources = sources;
    q->count = 0;
    for (size_t i = 0; i < count; i++) {
        char which[32] = "count";
        if (i) {
            snprintf(which, sizeof(which), "count.%zu", i);
        }
        const void *page = rt_dataport(JOINED(name, which), NULL);
        if (page) {
            q->sources[q->count++].emitted = page;
        }
    }
}

/* Emitted and not taken. An emitter that counts backwards has none. */
static uint32_t ready(struct camkes_queue_source *s, uint32_t taken)
{
    const uint32_t n = atomic_load_explicit(s->emitted, memory_order_acquire) - taken;
    return n <= INT32_MAX ? n : 0;
}

static bool take_one(struct camkes_event_queue *q)
{
    for (size_t i = 0; i < q->count; i++) {
        struct camkes_queue_source *s = &q->sources[i];
        uint32_t taken = atomic_load(&s->taken);
        while (ready(s, taken)) {
            if (atomic_compare_exchange_weak(&s->taken, &taken, taken + 1)) {
                return true;
            }
        }
    }
    return false;
}

static bool any_left(struct camkes_event_queue *q)
{
    for (size_t i = 0; i < q->count; i++) {
        if (ready(&q->sources[i], atomic_load(&q->sources[i].taken))) {
            return true;
        }
    }
    return false;
}

/* One event for the caller; what is left wakes the next. */
static bool take(struct camkes_event_queue *q)
{
    const bool got = take_one(q);
    if (got && any_left(q)) {
        seL4_Signal(q->event.again);
    }
    return got;
}

void camkes_event_queue_wait(struct camkes_event_queue *q)
{
    for (;;) {
        while (!take(q)) {
            seL4_Wait(q->event.notification, NULL);
        }
        if (!camkes_callback_run(&q->event.callback)) {
            return;
        }
    }
}

int camkes_event_queue_poll(struct camkes_event_queue *q)
{
    while (take(q)) {
        if (!camkes_callback_run(&q->event.callback)) {
            return 1;
        }
    }
    return 0;
}

int camkes_event_queue_reg_callback(struct camkes_event_queue *q, camkes_callback_t function, void *argument)
{
    return camkes_event_reg_callback(&q->event, function, argument);
}

int camkes_event_queue_thread(struct camkes_event_queue *q)
{
    struct camkes_callback *c = &q->event.callback;
    for (;;) {
        seL4_Wait(q->event.armed, NULL);
        while (camkes_callback_waits(c)) {
            if (!any_left(q)) {
                seL4_Wait(q->event.notification, NULL);
            } else if (claim(c)) {
                if (take(q)) {
                    run_claimed(c);
                } else {
                    atomic_store(&c->state, SET);
                }
            }
        }
        seL4_Signal(q->event.again);      /* a wake for a waiter may have come here */
    }
}

/* ---- the control thread's notification ---- */

static struct camkes_global *globals;
static _Atomic seL4_Word kept;                   /* bits that came while somebody waited for others */
static seL4_CPtr global_notification;
static unsigned global_thread; /* the one it is bound to: no other may wait */

void camkes_global_init(struct camkes_global *g, const char *name, const char *notification)
{
    global_notification = rt_cap(notification);
    global_thread = (unsigned)rt_attr_int(JOINED(notification, "thread"), 0);
    g->name = name;
    g->badge = (seL4_Word)rt_attr_int(JOINED(name, "badge"), 0);
    g->bit = (seL4_Word)rt_attr_int(JOINED(name, "bit"), (int64_t)g->badge);
    g->next = globals;
    globals = g;
}

seL4_CPtr camkes_global_notification(void) { return global_notification; }

static bool take_kept(struct camkes_global *g) { return atomic_fetch_and(&kept, ~g->bit) & g->bit; }

void camkes_global_dispatch(seL4_Word badge)
{
    for (struct camkes_global *g = globals; g; g = g->next) {
        if (badge & g->bit && g->function) {
            badge &= ~g->bit;
            g->function(g->argument);
        }
    }
    atomic_fetch_or(&kept, badge);
}

void camkes_global_wait(struct camkes_global *g)
{
    if (rt_thread_index() != global_thread) {
        rt_fatal("only the control thread can wait for '%s': it comes through that thread's notification",
                 g->name);
    }
    while (!take_kept(g)) {
        seL4_Word badge = 0;
        seL4_Wait(camkes_global_notification(), &badge);
        camkes_global_dispatch(badge);
    }
}

int camkes_global_poll(struct camkes_global *g)
{
    seL4_Word badge;
    if (rt_thread_index() == global_thread && poll(camkes_global_notification(), &badge)) {
        camkes_global_dispatch(badge);
    }
    return take_kept(g);
}

int camkes_global_reg_callback(struct camkes_global *g, camkes_callback_t function, void *argument)
{
    g->argument = argument;
    g->function = function;
    return 0;
}

void camkes_global_run(void)
{
    for (;;) {
        seL4_Word badge = 0;
        seL4_Wait(camkes_global_notification(), &badge);
        camkes_global_dispatch(badge);
    }
}

/* ---- servers that signal single clients ---- */

void camkes_clients_init(struct camkes_clients *c, const char *interface)
{
    struct rt_client client;
    c->interface = interface;
    c->first = rt_cap_array(JOINED(interface, "emit"), &c->count);
    c->count = c->count < CAMKES_MAX_CLIENTS ? c->count : CAMKES_MAX_CLIENTS;
    for (unsigned i = 0; i < c->count; i++) {
        c->badge[i] = rt_client(interface, i, &client) ? client.badge : 0;
    }
}

void camkes_clients_emit(const struct camkes_clients *c, seL4_Word badge)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->badge[i] == badge) {
            seL4_Signal(c->first + i);
        }
    }
}

seL4_Word camkes_clients_badge(const struct camkes_clients *c, unsigned n)
{
    return n < c->count ? c->badge[n] : 0;
}

void *camkes_clients_buf(const struct camkes_clients *c, seL4_Word badge)
{
    struct rt_client client;
    return rt_client_by_badge(c->interface, badge, &client) ? client.buffer : NULL;
}

size_t camkes_clients_buf_size(const struct camkes_clients *c, seL4_Word badge)
{
    struct rt_client client;
    return rt_client_by_badge(c->interface, badge, &client) ? client.buffer_size : 0;
}
