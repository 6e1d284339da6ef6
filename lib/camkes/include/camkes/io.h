// SPDX-License-Identifier: BSD-2-Clause
// Devices for driver libraries: operations behind function pointers, so that a driver needs to know nothing
// about components. camkes_io_ops fills them in with what the assembly gave this component: memory of devices
// (dataports connected by seL4HardwareMMIO, setting `mmios`), I/O ports (seL4HardwareIOPort, setting
// `ioports`), the DMA pool, the heap.
#ifndef CAMKES_IO_H
#define CAMKES_IO_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { PS_MEM_NORMAL, PS_MEM_HW } ps_mem_flags_t;

typedef struct {
    void *cookie;
    void *(*io_map_fn)(void *cookie, uintptr_t paddr, size_t size, int cached, ps_mem_flags_t flags);
    void (*io_unmap_fn)(void *cookie, void *vaddr, size_t size);
} ps_io_mapper_t;

/* io_size: 1, 2 or 4 bytes. 0, or -1: the component does not have this port. */
typedef struct {
    void *cookie;
    int (*io_port_in_fn)(void *cookie, uint32_t port, int io_size, uint32_t *result);
    int (*io_port_out_fn)(void *cookie, uint32_t port, int io_size, uint32_t value);
} ps_io_port_ops_t;

typedef struct {
    void *cookie;
    void *(*dma_alloc_fn)(void *cookie, size_t size, int align, int cached, ps_mem_flags_t flags);
    void (*dma_free_fn)(void *cookie, void *address, size_t size);
    uintptr_t (*dma_pin_fn)(void *cookie, void *address, size_t size);         /* its physical address */
    void (*dma_unpin_fn)(void *cookie, void *address, size_t size);
} ps_dma_man_t;

typedef struct {
    void *cookie;
    int (*malloc)(void *cookie, size_t size, void **ptr);                      /* 0 or -1 */
    int (*calloc)(void *cookie, size_t count, size_t size, void **ptr);
    int (*free)(void *cookie, size_t size, void *ptr);
} ps_malloc_ops_t;

typedef struct {
    ps_io_mapper_t io_mapper;
    ps_io_port_ops_t io_port_ops;
    ps_dma_man_t dma_manager;
    ps_malloc_ops_t malloc_ops;
} ps_io_ops_t;

/* Each 0. */
int camkes_io_ops(ps_io_ops_t *);
int camkes_io_mapper(ps_io_mapper_t *);
int camkes_io_port_ops(ps_io_port_ops_t *);
int camkes_dma_manager(ps_dma_man_t *);
int camkes_malloc_ops(ps_malloc_ops_t *);

/* The address of device memory at [paddr, paddr + size); NULL when the component was not given all of it. */
void *camkes_io_map(uintptr_t paddr, size_t size);
int camkes_io_port_in(uint32_t port, int io_size, uint32_t *result);
int camkes_io_port_out(uint32_t port, int io_size, uint32_t value);

#ifdef __cplusplus
}
#endif

#endif
