// SPDX-License-Identifier: BSD-2-Clause
// Queues of buffers between two components; see camkes/virtqueue.h.
#include <camkes/virtqueue.h>
#include "internal.h"

#include <string.h>

enum { NEXT = 1, DEVICE_WRITES = 2 };     /* flags of a descriptor */

/* ---- which queues there are ---- */

static struct camkes_virtqueue *queues;

void camkes_virtqueue_add(struct camkes_virtqueue *q, const char *name, bool driver)
{
    *q = (struct camkes_virtqueue){ .name = name, .driver = driver, .next = queues,
                                    .id = (unsigned)rt_attr_int(JOINED(name, "id"), 0) };
    queues = q;
}

/* Its memory, when that is large enough for the tables; *other signals the peer. */
static struct vq_shared *find(unsigned id, bool driver, size_t *size, seL4_CPtr *other)
{
    for (const struct camkes_virtqueue *q = queues; q; q = q->next) {
        if (q->id == id && q->driver == driver) {
            void *memory = rt_dataport(q->name, size);
            *other = rt_cap(JOINED(q->name, "other"));
            return *size > sizeof(struct vq_shared) ? memory : NULL;
        }
    }
    return NULL;
}

/* [offset, offset + len) lies among the buffers. */
static bool in_buffers(uint64_t offset, uint64_t len, size_t size)
{
    return offset >= sizeof(struct vq_shared) && offset <= size && len <= size - offset;
}

/* ---- driver: buffers ---- */

int camkes_virtqueue_driver_init(virtqueue_driver_t *d, unsigned id)
{
    memset(d, 0, sizeof(*d));
    d->shared = find(id, true, &d->size, &d->other);
    if (!d->shared) {
        return -1;
    }
    const size_t units = (d->size - sizeof(struct vq_shared)) / VQ_UNIT;
    d->units = units < VQ_MAX_UNITS ? (uint32_t)units : VQ_MAX_UNITS;
    for (unsigned i = 0; i < VQ_SIZE; i++) {
        d->next[i] = (uint16_t)(i + 1);
    }
    d->free_count = VQ_SIZE;
    return 0;
}

static bool get_bit(const uint64_t *map, uint32_t n) { return map[n / 64] >> n % 64 & 1; }

static void set_bit(uint64_t *map, uint32_t n, bool on)
{
    const uint64_t bit = 1ull << n % 64;
    map[n / 64] = on ? map[n / 64] | bit : map[n / 64] & ~bit;
}

int camkes_virtqueue_buffer_alloc(virtqueue_driver_t *d, volatile void **buf, size_t size)
{
    const size_t count = (size + VQ_UNIT - 1) / VQ_UNIT;
    uint32_t run = 0;
    for (uint32_t at = 0; size && size <= d->size && at < d->units; at++) {
        run = get_bit(d->taken, at) ? 0 : run + 1;
        if (run == count) {
            for (uint32_t i = at + 1 - run; i <= at; i++) {
                set_bit(d->taken, i, true);
            }
            set_bit(d->ends, at, true);
            *buf = d->shared->buffers + (size_t)(at + 1 - run) * VQ_UNIT;
            return 0;
        }
    }
    return -1;
}

void camkes_virtqueue_buffer_free(virtqueue_driver_t *d, volatile void *buf)
{
    const uintptr_t offset = (uintptr_t)buf - (uintptr_t)d->shared->buffers;
    for (uint32_t at = (uint32_t)(offset / VQ_UNIT); offset / VQ_UNIT < d->units && at < d->units; at++) {
        const bool last = get_bit(d->ends, at) || !get_bit(d->taken, at);
        set_bit(d->taken, at, false);
        set_bit(d->ends, at, false);
        if (last) {
            return;
        }
    }
}

/* ---- driver: chains ---- */

static bool pieces_fit(const virtqueue_driver_t *d, const vq_piece_t *p, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!in_buffers((uintptr_t)p[i].buf - (uintptr_t)d->shared, p[i].len, d->size)) {
            return false;
        }
    }
    return count && count <= VQ_MAX_PIECES && count <= d->free_count;
}

int virtqueue_driver_put(virtqueue_driver_t *d, const vq_piece_t *p, unsigned count)
{
    if (!pieces_fit(d, p, count)) {
        return -1;
    }
    const uint16_t first = d->free;
    d->chain[first] = (uint8_t)count;
    d->offered[first] = 0;
    for (unsigned i = 0; i < count; i++) {
        const uint16_t at = d->free;
        d->free = d->next[at];
        d->offered[first] += p[i].device_writes ? p[i].len : 0;
        d->shared->desc[at] = (struct vq_desc){
            .offset = (uintptr_t)p[i].buf - (uintptr_t)d->shared, .len = p[i].len, .next = d->next[at],
            .flags = (uint16_t)((i + 1 < count ? NEXT : 0) | (p[i].device_writes ? DEVICE_WRITES : 0)) };
    }
    d->free_count = (uint16_t)(d->free_count - count);
    d->shared->avail.ring[d->avail++ % VQ_SIZE] = first;
    __atomic_store_n(&d->shared->avail.idx, d->avail, __ATOMIC_RELEASE);
    return first;
}

static void release(virtqueue_driver_t *d, uint16_t first)
{
    uint16_t last = first;
    for (unsigned i = 1; i < d->chain[first]; i++) {
        last = d->next[last];
    }
    d->next[last] = d->free;
    d->free = first;
    d->free_count = (uint16_t)(d->free_count + d->chain[first]);
    d->chain[first] = 0;
}

bool virtqueue_driver_get(virtqueue_driver_t *d, unsigned *number, uint32_t *len)
{
    for (unsigned bad = 0; bad < VQ_SIZE; bad++) {
        const uint16_t idx = __atomic_load_n(&d->shared->used.idx, __ATOMIC_ACQUIRE);
        if (idx == d->used || (uint16_t)(idx - d->used) > VQ_SIZE) {
            return false;
        }
        const uint32_t id = *(volatile uint32_t *)&d->shared->used.ring[d->used % VQ_SIZE].id;
        const uint32_t written = *(volatile uint32_t *)&d->shared->used.ring[d->used % VQ_SIZE].len;
        d->used++;
        if (id < VQ_SIZE && d->chain[id]) {
            *number = id;
            *len = written < d->offered[id] ? written : d->offered[id];
            release(d, (uint16_t)id);
            return true;
        }                                 /* a chain that is not in flight: the device is confused */
    }
    return false;
}

void virtqueue_driver_notify(virtqueue_driver_t *d) { seL4_Signal(d->other); }

int camkes_virtqueue_driver_send_buffer(virtqueue_driver_t *d, volatile void *buf, size_t size)
{
    const vq_piece_t piece = { buf, (uint32_t)size, false };
    const int number = size <= UINT32_MAX ? virtqueue_driver_put(d, &piece, 1) : -1;
    if (number >= 0) {
        virtqueue_driver_notify(d);
    }
    return number;
}

/* ---- device ---- */

int camkes_virtqueue_device_init(virtqueue_device_t *d, unsigned id)
{
    *d = (virtqueue_device_t){ 0 };
    d->shared = find(id, false, &d->size, &d->other);
    return d->shared ? 0 : -1;
}

/* Copies the chain's descriptors, each read once. False: it leads out of the memory, or has too many. */
static bool read_chain(const virtqueue_device_t *d, uint16_t first, vq_chain_t *c)
{
    uint16_t at = first;
    *c = (vq_chain_t){ .number = first };
    for (;;) {
        if (at >= VQ_SIZE || c->count == VQ_MAX_PIECES) {
            return false;
        }
        const volatile struct vq_desc *shared = &d->shared->desc[at];
        const struct vq_desc desc = { shared->offset, shared->len, shared->flags, shared->next };
        if (!in_buffers(desc.offset, desc.len, d->size)) {
            return false;
        }
        c->piece[c->count++] =
            (vq_piece_t){ (uint8_t *)d->shared + desc.offset, desc.len, desc.flags & DEVICE_WRITES };
        if (!(desc.flags & NEXT)) {
            return true;
        }
        at = desc.next;
    }
}

bool virtqueue_device_get(virtqueue_device_t *d, vq_chain_t *c)
{
    for (unsigned bad = 0; bad < VQ_SIZE; bad++) {
        const uint16_t idx = __atomic_load_n(&d->shared->avail.idx, __ATOMIC_ACQUIRE);
        if (idx == d->avail || (uint16_t)(idx - d->avail) > VQ_SIZE) {
            return false;
        }
        const uint16_t first = *(volatile uint16_t *)&d->shared->avail.ring[d->avail % VQ_SIZE];
        d->avail++;
        if (read_chain(d, first, c)) {
            return true;
        }
        virtqueue_device_done(d, &(vq_chain_t){ .number = first }, 0);
    }
    return false;
}

/* Moves bytes between the chain's pieces of one direction and linear memory. */
static size_t transfer(const vq_chain_t *c, bool device_writes, uint8_t *to, const uint8_t *from,
                       size_t bytes)
{
    size_t moved = 0;
    for (unsigned i = 0; i < c->count && moved < bytes; i++) {
        const vq_piece_t *p = &c->piece[i];
        if (p->device_writes != device_writes) {
            continue;
        }
        const size_t n = p->len < bytes - moved ? p->len : bytes - moved;
        memcpy(device_writes ? (void *)(uintptr_t)p->buf : to + moved,
               device_writes ? from + moved : (const void *)(uintptr_t)p->buf, n);
        moved += n;
    }
    return moved;
}

size_t virtqueue_chain_read(const vq_chain_t *c, void *to, size_t bytes)
{
    return transfer(c, false, to, NULL, bytes);
}

size_t virtqueue_chain_write(const vq_chain_t *c, const void *from, size_t bytes)
{
    return transfer(c, true, NULL, from, bytes);
}

void virtqueue_device_done(virtqueue_device_t *d, const vq_chain_t *c, uint32_t written)
{
    d->shared->used.ring[d->used % VQ_SIZE].id = c->number;
    d->shared->used.ring[d->used % VQ_SIZE].len = written;
    d->used++;
    __atomic_store_n(&d->shared->used.idx, d->used, __ATOMIC_RELEASE);
}

void virtqueue_device_notify(virtqueue_device_t *d) { seL4_Signal(d->other); }
