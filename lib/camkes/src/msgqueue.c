// SPDX-License-Identifier: BSD-2-Clause
// Queued messages between two components; see camkes/msgqueue.h.
#include <camkes/msgqueue.h>
#include "internal.h"

#include <stdatomic.h>
#include <string.h>

void camkes_msgqueue_init(struct camkes_msgqueue *q, const char *name, size_t message_bytes)
{
    size_t size = 0;
    *q = (struct camkes_msgqueue){ .shared = rt_dataport(name, &size), .bytes = message_bytes };
    q->notification = rt_cap(JOINED(name, "signal"));
    if (!q->shared) {
        return;
    }
    const size_t room = size > sizeof(*q->shared) ? (size - sizeof(*q->shared)) / message_bytes : 0;
    if (!room) {
        rt_fatal("queue '%s': one message has %zu bytes, more than its memory of %zu; set %s.%s_size", name,
                 message_bytes, size, rt_instance_name(), name);
    }
    for (q->slots = 1; q->slots <= room / 2 && q->slots < 1u << 30; q->slots *= 2) {
    }
}

static uint8_t *slot(const struct camkes_msgqueue *q, uint32_t n)
{
    return q->shared->messages + (size_t)(n & (q->slots - 1)) * q->bytes;
}

/* Messages in the queue as the two positions have it; an impossible distance is `spoilt`. */
static uint32_t used(const struct camkes_msgqueue *q, uint32_t spoilt)
{
    const uint32_t n = atomic_load_explicit(&q->shared->head, memory_order_acquire) -
                       atomic_load_explicit(&q->shared->tail, memory_order_acquire);
    return n <= q->slots ? n : spoilt;
}

size_t camkes_msgqueue_room(const struct camkes_msgqueue *q)
{
    return q->slots ? q->slots - used(q, q->slots) : 0;
}

int camkes_msgqueue_send(struct camkes_msgqueue *q, const void *message)
{
    if (!camkes_msgqueue_room(q)) {
        return -1;
    }
    const uint32_t head = atomic_load_explicit(&q->shared->head, memory_order_relaxed);
    memcpy(slot(q, head), message, q->bytes);
    atomic_store(&q->shared->head, head + 1);
    if (atomic_load(&q->shared->sleeping) && atomic_exchange(&q->shared->sleeping, 0)) {
        seL4_Signal(q->notification);
    }
    return 0;
}

int camkes_msgqueue_poll(struct camkes_msgqueue *q, void *message)
{
    if (!q->slots || !used(q, 0)) {
        return 0;
    }
    const uint32_t tail = atomic_load_explicit(&q->shared->tail, memory_order_relaxed);
    memcpy(message, slot(q, tail), q->bytes);
    atomic_store_explicit(&q->shared->tail, tail + 1, memory_order_release);
    return 1;
}

void camkes_msgqueue_receive(struct camkes_msgqueue *q, void *message)
{
    while (!camkes_msgqueue_poll(q, message)) {
        atomic_store(&q->shared->sleeping, 1);
        if (!used(q, 0)) {
            seL4_Wait(q->notification, NULL);
        }
    }
}
