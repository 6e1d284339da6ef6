// SPDX-License-Identifier: BSD-2-Clause
// Shared memory between components: pointers into dataports that another component can follow, and what
// generated glue says about dataports.
#ifndef CAMKES_DATAPORT_H
#define CAMKES_DATAPORT_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place in a dataport, as it can be sent to the other components that see the same dataport. */
typedef struct { uint32_t id; uint64_t offset; } dataport_ptr_t;
#define DATAPORT_NULL ((dataport_ptr_t){ 0, 0 })

/* DATAPORT_NULL when the address is in no dataport; NULL when the place is in none of ours. What comes from
 * another component may be anything: the result is inside of the dataport, but check that what you read there
 * fits too. */
dataport_ptr_t dataport_wrap_ptr(void *address);
void *dataport_unwrap_ptr(dataport_ptr_t);
/* The same for `bytes` at that place. */
void *dataport_unwrap_range(dataport_ptr_t, size_t bytes);

/* What <d>_cache_op does: nothing, the PC's caches are coherent. */
typedef enum { DMA_CACHE_OP_CLEAN, DMA_CACHE_OP_INVALIDATE, DMA_CACHE_OP_CLEAN_INVALIDATE } dma_cache_op_t;

/* seL4SharedDataWithCaps: the frames behind a dataport, as <d>_handle. */
typedef struct {
    void *address;
    size_t size;
    seL4_CPtr frames;                   /* first of `frame_count` capabilities in consecutive slots */
    size_t frame_count;
    unsigned frame_bits;                /* each frame has 2^frame_bits bytes */
} dataport_caps_handle_t;
void *dataport_caps_address(const dataport_caps_handle_t *);
size_t dataport_caps_size(const dataport_caps_handle_t *);
size_t dataport_caps_frame_count(const dataport_caps_handle_t *);
size_t dataport_caps_frame_size(const dataport_caps_handle_t *);
seL4_CPtr dataport_caps_frame(const dataport_caps_handle_t *, size_t n); /* seL4_CapNull: there is no nth */

/* ---- for generated glue ---- */

struct camkes_dataport { uint8_t *base; size_t size; uint32_t id; struct camkes_dataport *next; };
/* Finds it and returns its address; a dataport smaller than `least` (the size of its C type) ends the
 * component. */
void *camkes_dataport_init(struct camkes_dataport *, const char *name, size_t least);
void camkes_dataport_caps_init(dataport_caps_handle_t *, const char *name);

static inline void camkes_dataport_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void camkes_dataport_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }

#ifdef __cplusplus
}
#endif

#endif
