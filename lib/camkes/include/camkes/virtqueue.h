// SPDX-License-Identifier: BSD-2-Clause
// Queues of buffers between a driver's and a device's side in memory that both share (seL4VirtQueues), laid
// out as virtio's split queues (Virtual I/O Device 1.2, section 2.7).
//
// The driver fills buffers, puts chains of them, and gets them back when the device is done; the device gets
// chains, reads or writes their pieces, and says that it is done. Whoever did something the other waits for
// notifies it. Neither side trusts the other: each keeps what it must rely on in memory of its own, reads
// shared numbers once and checks them. A spoilt queue looks empty.
#ifndef CAMKES_VIRTQUEUE_H
#define CAMKES_VIRTQUEUE_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VQ_SIZE 128u                    /* descriptors: pieces in flight */
#define VQ_MAX_PIECES 8u                /* of one chain */
#define VQ_UNIT 64u                     /* buffers come in multiples of this */
#define VQ_MAX_UNITS 16384u             /* 1 MiB of buffers at most */

struct vq_desc {
    uint64_t offset; /* from the memory's start */
    uint32_t len;
    uint16_t flags, next;
};
struct vq_shared {
    struct vq_desc desc[VQ_SIZE];
    struct { uint16_t flags, idx; uint16_t ring[VQ_SIZE]; } avail;
    struct { uint16_t flags, idx; struct { uint32_t id, len; } ring[VQ_SIZE]; } used;
    uint8_t buffers[] __attribute__((aligned(64)));
};

typedef struct { volatile void *buf; uint32_t len; bool device_writes; } vq_piece_t;

/* ---- driver's side ---- */

typedef struct {
    struct vq_shared *shared;
    size_t size;
    seL4_CPtr other;                    /* signals the device */
    uint16_t next[VQ_SIZE];             /* free list, and chains in flight */
    uint8_t chain[VQ_SIZE];             /* length of the chain that begins here, in flight */
    uint32_t offered[VQ_SIZE];          /* bytes that the device may write of it */
    uint16_t free, free_count, avail, used;
    uint32_t units;
    uint64_t taken[VQ_MAX_UNITS / 64], ends[VQ_MAX_UNITS / 64];
} virtqueue_driver_t;

/* `id`: the setting <interface>_id, by default the interface's place among the component's queues, from 0. 0,
 * or -1: there is no such queue, or its memory is too small. */
int camkes_virtqueue_driver_init(virtqueue_driver_t *, unsigned id);
/* Memory that the device sees. 0, or -1: none left. */
int camkes_virtqueue_buffer_alloc(virtqueue_driver_t *, volatile void **buf, size_t size);
void camkes_virtqueue_buffer_free(virtqueue_driver_t *, volatile void *buf);
/* Puts a chain; its number, or -1: no room, or a piece that is not from camkes_virtqueue_buffer_alloc. */
int virtqueue_driver_put(virtqueue_driver_t *, const vq_piece_t *pieces, unsigned count);
/* The next chain that the device has done: its number, and how many bytes the device wrote. */
bool virtqueue_driver_get(virtqueue_driver_t *, unsigned *number, uint32_t *len);
void virtqueue_driver_notify(virtqueue_driver_t *);
/* One piece for the device to read, put and notified. The chain's number or -1. */
int camkes_virtqueue_driver_send_buffer(virtqueue_driver_t *, volatile void *buf, size_t size);

/* ---- device's side ---- */

typedef struct {
    struct vq_shared *shared;
    size_t size;
    seL4_CPtr other;
    uint16_t avail, used;
} virtqueue_device_t;

typedef struct { unsigned number, count; vq_piece_t piece[VQ_MAX_PIECES]; } vq_chain_t;

int camkes_virtqueue_device_init(virtqueue_device_t *, unsigned id);
/* The next chain. Chains that make no sense are given back unused. */
bool virtqueue_device_get(virtqueue_device_t *, vq_chain_t *);
/* Copies from the pieces that the driver wrote, or to those that the device writes. Returns the bytes. */
size_t virtqueue_chain_read(const vq_chain_t *, void *to, size_t bytes);
size_t virtqueue_chain_write(const vq_chain_t *, const void *from, size_t bytes);
void virtqueue_device_done(virtqueue_device_t *, const vq_chain_t *, uint32_t written);
void virtqueue_device_notify(virtqueue_device_t *);

/* ---- for generated glue ---- */

struct camkes_virtqueue { const char *name; unsigned id; bool driver; struct camkes_virtqueue *next; };
void camkes_virtqueue_add(struct camkes_virtqueue *, const char *name, bool driver);

#ifdef __cplusplus
}
#endif

#endif
