// SPDX-License-Identifier: BSD-2-Clause
// A byte queue in memory that two components share: one writes, one reads, neither trusts the other.
//
// Each side keeps its own view (struct byte_ring: pointers and size, private), so that the shared part holds only
// two indexes and a flag. An index the other side spoilt makes the queue look empty or full, never more.
#ifndef GLOBAL_COMPONENTS_BYTE_RING_H
#define GLOBAL_COMPONENTS_BYTE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct byte_ring_shared {                   /* zero = empty; one cache line a writer */
    _Alignas(64) _Atomic uint32_t head;     /* written by the producer: bytes ever put, modulo 2^32 */
    _Alignas(64) _Atomic uint32_t tail;     /* written by the consumer: bytes ever taken */
    _Atomic uint32_t wants_wake;            /* consumer: "signal me when you put something" */
};

struct byte_ring {
    struct byte_ring_shared *shared;
    uint8_t *data;
    uint32_t size;                          /* a power of two */
};

/* Bytes that can be taken. An impossible distance counts as empty. */
static inline uint32_t byte_ring_used(const struct byte_ring *r)
{
    uint32_t n = atomic_load_explicit(&r->shared->head, memory_order_acquire) -
                 atomic_load_explicit(&r->shared->tail, memory_order_acquire);
    return n <= r->size ? n : 0;
}

static inline uint32_t byte_ring_free(const struct byte_ring *r)
{
    uint32_t n = atomic_load_explicit(&r->shared->head, memory_order_acquire) -
                 atomic_load_explicit(&r->shared->tail, memory_order_acquire);
    return n <= r->size ? r->size - n : 0;
}

/* Puts as much of bytes[0..n) as fits; returns how much that was. */
static inline size_t byte_ring_put(struct byte_ring *r, const void *bytes, size_t n)
{
    uint32_t room = byte_ring_free(r);
    uint32_t head = atomic_load_explicit(&r->shared->head, memory_order_relaxed);
    uint32_t at = head & (r->size - 1);

    if (n > room)
        n = room;
    size_t first = n < r->size - at ? n : r->size - at;
    memcpy(r->data + at, bytes, first);
    memcpy(r->data, (const uint8_t *)bytes + first, n - first);
    atomic_store_explicit(&r->shared->head, head + (uint32_t)n, memory_order_release);
    return n;
}

/* Takes up to n bytes; returns how many. */
static inline size_t byte_ring_get(struct byte_ring *r, void *bytes, size_t n)
{
    uint32_t used = byte_ring_used(r);
    uint32_t tail = atomic_load_explicit(&r->shared->tail, memory_order_relaxed);
    uint32_t at = tail & (r->size - 1);

    if (n > used)
        n = used;
    size_t first = n < r->size - at ? n : r->size - at;
    memcpy(bytes, r->data + at, first);
    memcpy((uint8_t *)bytes + first, r->data, n - first);
    atomic_store_explicit(&r->shared->tail, tail + (uint32_t)n, memory_order_release);
    return n;
}

/* Consumer: the bytes that can be taken in one piece, at *bytes; take them with byte_ring_skip. */
static inline uint32_t byte_ring_peek(const struct byte_ring *r, const uint8_t **bytes)
{
    uint32_t used = byte_ring_used(r);
    uint32_t at = atomic_load_explicit(&r->shared->tail, memory_order_relaxed) & (r->size - 1);

    *bytes = r->data + at;
    return used < r->size - at ? used : r->size - at;
}

static inline void byte_ring_skip(struct byte_ring *r, uint32_t n)
{
    uint32_t tail = atomic_load_explicit(&r->shared->tail, memory_order_relaxed);
    atomic_store_explicit(&r->shared->tail, tail + n, memory_order_release);
}

/* Consumer, before it sleeps: asks for a signal. Returns false when something came meanwhile (do not sleep). */
static inline bool byte_ring_ask_wake(struct byte_ring *r)
{
    atomic_store(&r->shared->wants_wake, 1);
    return byte_ring_used(r) == 0;
}

/* Producer, after putting: true once when the consumer sleeps and is to be signalled. */
static inline bool byte_ring_must_wake(struct byte_ring *r)
{
    return atomic_load(&r->shared->wants_wake) && atomic_exchange(&r->shared->wants_wake, 0);
}

#endif
