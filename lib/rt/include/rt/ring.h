// SPDX-License-Identifier: BSD-2-Clause
// A byte stream through shared memory: one producer, one consumer, a notification towards the consumer. Made by
// spec_connect_ring. Neither side trusts the other: positions are read once and bounded.
#ifndef RT_RING_H
#define RT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt_ring_shared {                  /* at the start of the dataport */
    _Atomic uint32_t head;               /* bytes ever written, modulo 2^32: producer's */
    uint32_t pad1[15];
    _Atomic uint32_t tail;               /* bytes ever read: consumer's */
    _Atomic uint32_t lost;               /* bytes the producer had no room for */
    uint32_t pad2[14];
    uint8_t data[];
};

struct rt_ring {                         /* private to each side */
    struct rt_ring_shared *shared;
    uint32_t capacity;                   /* a power of two */
};

/* False when the memory is too small. Both sides call it with the dataport; zero-filled memory is an empty ring. */
bool rt_ring_init(struct rt_ring *, void *dataport, size_t size);

/* Each returns how many bytes it moved. A put that cannot take all counts the rest as lost when `count_lost`. */
size_t rt_ring_put(struct rt_ring *, const void *from, size_t bytes, bool count_lost);
size_t rt_ring_get(struct rt_ring *, void *to, size_t bytes);
size_t rt_ring_used(const struct rt_ring *);
size_t rt_ring_room(const struct rt_ring *);

#endif
