// SPDX-License-Identifier: BSD-2-Clause
// Memory that devices may be told about: parts of the component's `dma_pool` (a setting: its bytes). The pool
// is one piece of physical memory, so every part has one physical address. Dataports of seL4DMASharedData
// count too, for camkes_dma_get_paddr.
#ifndef CAMKES_DMA_H
#define CAMKES_DMA_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NULL: the pool has no such piece left. `align`: a power of two up to 4096 or 0; `cached`: the pool is
 * always cached, the PC's devices see caches. Contents are whatever they were. */
void *camkes_dma_alloc(size_t size, int align, bool cached);
void camkes_dma_free(void *address, size_t size);
/* 0 = not memory for devices. */
uintptr_t camkes_dma_get_paddr(void *address);
size_t camkes_dma_left(void);

#ifdef __cplusplus
}
#endif

#endif
