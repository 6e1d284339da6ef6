// SPDX-License-Identifier: BSD-2-Clause
// Operations for driver libraries over what the component was given; see camkes/io.h.
#include <camkes/dma.h>
#include <camkes/io.h>

#include <spec/format.h>
#include <stdlib.h>

/* ---- device memory ---- */

void *camkes_io_map(uintptr_t paddr, size_t size)
{
    struct rt_memory_entry m;
    for (unsigned i = 0; rt_memory_entry(i, &m); i++) {
        if (m.paddr && paddr >= m.paddr && paddr - m.paddr < m.size && size <= m.size - (paddr - m.paddr)) {
            return m.address + (paddr - m.paddr);
        }
    }
    return NULL;
}

static void *map(void *cookie, uintptr_t paddr, size_t size, int cached, ps_mem_flags_t flags)
{
    return camkes_io_map(paddr, size);
}

static void unmap(void *cookie, void *vaddr, size_t size) {}

int camkes_io_mapper(ps_io_mapper_t *to)
{
    *to = (ps_io_mapper_t){ .io_map_fn = map, .io_unmap_fn = unmap };
    return 0;
}

/* ---- I/O ports ---- */

static seL4_CPtr port_cap(uint32_t port, int io_size)
{
    struct rt_cap_entry c;
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        if (c.kind == SPEC_PORTS && port >= (c.where & 0xffff) &&
            port + (unsigned)io_size - 1 <= c.where >> 16) {
            return c.first;
        }
    }
    return seL4_CapNull;
}

int camkes_io_port_in(uint32_t port, int io_size, uint32_t *result)
{
    const seL4_CPtr cap = port_cap(port, io_size);
    if (!cap) {
        return -1;
    }
    switch (io_size) {
    case 1: {
        const seL4_X86_IOPort_In8_t in = seL4_X86_IOPort_In8(cap, (uint16_t)port);
        *result = in.result;
        return in.error == seL4_NoError ? 0 : -1;
    }
    case 2: {
        const seL4_X86_IOPort_In16_t in = seL4_X86_IOPort_In16(cap, (uint16_t)port);
        *result = in.result;
        return in.error == seL4_NoError ? 0 : -1;
    }
    case 4: {
        const seL4_X86_IOPort_In32_t in = seL4_X86_IOPort_In32(cap, (uint16_t)port);
        *result = in.result;
        return in.error == seL4_NoError ? 0 : -1;
    }
    default: return -1;
    }
}

int camkes_io_port_out(uint32_t port, int io_size, uint32_t value)
{
    const seL4_CPtr cap = port_cap(port, io_size);
    if (!cap) {
        return -1;
    }
    switch (io_size) {
    case 1: return seL4_X86_IOPort_Out8(cap, port, value) == seL4_NoError ? 0 : -1;
    case 2: return seL4_X86_IOPort_Out16(cap, port, value) == seL4_NoError ? 0 : -1;
    case 4: return seL4_X86_IOPort_Out32(cap, port, value) == seL4_NoError ? 0 : -1;
    default: return -1;
    }
}

static int port_in(void *cookie, uint32_t port, int io_size, uint32_t *result)
{
    return camkes_io_port_in(port, io_size, result);
}

static int port_out(void *cookie, uint32_t port, int io_size, uint32_t value)
{
    return camkes_io_port_out(port, io_size, value);
}

int camkes_io_port_ops(ps_io_port_ops_t *to)
{
    *to = (ps_io_port_ops_t){ .io_port_in_fn = port_in, .io_port_out_fn = port_out };
    return 0;
}

/* ---- DMA ---- */

static void *dma_alloc(void *cookie, size_t size, int align, int cached, ps_mem_flags_t flags)
{
    return camkes_dma_alloc(size, align, cached);
}

static void dma_free(void *cookie, void *address, size_t size) { camkes_dma_free(address, size); }
static uintptr_t dma_pin(void *cookie, void *address, size_t size) { return camkes_dma_get_paddr(address); }
static void dma_unpin(void *cookie, void *address, size_t size) {}

int camkes_dma_manager(ps_dma_man_t *to)
{
    *to = (ps_dma_man_t){ .dma_alloc_fn = dma_alloc, .dma_free_fn = dma_free, .dma_pin_fn = dma_pin,
                          .dma_unpin_fn = dma_unpin };
    return 0;
}

/* ---- heap ---- */

static int heap_malloc(void *cookie, size_t size, void **ptr)
{
    *ptr = malloc(size);
    return *ptr ? 0 : -1;
}

static int heap_calloc(void *cookie, size_t count, size_t size, void **ptr)
{
    *ptr = calloc(count, size);
    return *ptr ? 0 : -1;
}

static int heap_free(void *cookie, size_t size, void *ptr)
{
    free(ptr);
    return 0;
}

int camkes_malloc_ops(ps_malloc_ops_t *to)
{
    *to = (ps_malloc_ops_t){ .malloc = heap_malloc, .calloc = heap_calloc, .free = heap_free };
    return 0;
}

int camkes_io_ops(ps_io_ops_t *to)
{
    return camkes_io_mapper(&to->io_mapper) | camkes_io_port_ops(&to->io_port_ops) |
           camkes_dma_manager(&to->dma_manager) | camkes_malloc_ops(&to->malloc_ops);
}
