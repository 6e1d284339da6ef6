// SPDX-License-Identifier: BSD-2-Clause
// Byte stream through shared memory; see rt/ring.h. No C library, builds for the host too.
#include <rt/ring.h>
#include <string.h>

bool rt_ring_init(struct rt_ring *r, void *dataport, size_t size)
{
    *r = (struct rt_ring){ 0 };
    if (!dataport || size <= sizeof(struct rt_ring_shared)) {
        return false;
    }
    const size_t room = size - sizeof(struct rt_ring_shared);
    uint32_t capacity = 1;
    while (capacity * 2ull <= room && capacity < 1u << 30) {
        capacity *= 2;
    }
    r->shared = dataport;
    r->capacity = capacity;
    return true;
}

/* Bytes in the ring as the two positions have it; a peer that lies makes it full, never more. */
static uint32_t distance(const struct rt_ring *r, uint32_t head, uint32_t tail)
{
    const uint32_t used = head - tail;
    return used < r->capacity ? used : r->capacity;
}

size_t rt_ring_used(const struct rt_ring *r)
{
    const uint32_t head = atomic_load_explicit(&r->shared->head, memory_order_acquire);
    const uint32_t tail = atomic_load_explicit(&r->shared->tail, memory_order_acquire);
    return distance(r, head, tail);
}

size_t rt_ring_room(const struct rt_ring *r) { return r->capacity - rt_ring_used(r); }

size_t rt_ring_put(struct rt_ring *r, const void *from, size_t bytes, bool count_lost)
{
    const uint32_t head = atomic_load_explicit(&r->shared->head, memory_order_relaxed);
    const uint32_t tail = atomic_load_explicit(&r->shared->tail, memory_order_acquire);
    const size_t room = r->capacity - distance(r, head, tail);
    const size_t n = bytes < room ? bytes : room;
    const size_t at = head & (r->capacity - 1), first = n < r->capacity - at ? n : r->capacity - at;
    memcpy(r->shared->data + at, from, first);
    memcpy(r->shared->data, (const uint8_t *)from + first, n - first);
    atomic_store_explicit(&r->shared->head, head + (uint32_t)n, memory_order_release);
    if (count_lost && n < bytes) {
        atomic_fetch_add_explicit(&r->shared->lost, (uint32_t)(bytes - n), memory_order_relaxed);
    }
    return n;
}

size_t rt_ring_get(struct rt_ring *r, void *to, size_t bytes)
{
    const uint32_t tail = atomic_load_explicit(&r->shared->tail, memory_order_relaxed);
    const uint32_t head = atomic_load_explicit(&r->shared->head, memory_order_acquire);
    const size_t used = distance(r, head, tail);
    const size_t n = bytes < used ? bytes : used;
    const size_t at = tail & (r->capacity - 1), first = n < r->capacity - at ? n : r->capacity - at;
    memcpy(to, r->shared->data + at, first);
    memcpy((uint8_t *)to + first, r->shared->data, n - first);
    atomic_store_explicit(&r->shared->tail, tail + (uint32_t)n, memory_order_release);
    return n;
}
