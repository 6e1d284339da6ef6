// SPDX-License-Identifier: BSD-2-Clause
// The pool of memory for devices; see camkes/dma.h.
//
// A map of one bit for each unit of 64 bytes (of more in pools beyond 64 MiB), first fit. It lies outside of
// the pool, where no device can write.
#include <camkes/dma.h>
#include "internal.h"

#define MIN_UNIT 64u
#define MAX_UNITS (1u << 20)
#define WORD 64u

static struct {
    bool ready;
    uint8_t *base;
    size_t unit, units;
    uint64_t used[MAX_UNITS / WORD];
} pool;

static void init(void)
{
    size_t size = 0;
    pool.ready = true;
    pool.base = rt_dataport("dma_pool", &size);
    for (pool.unit = MIN_UNIT; size / pool.unit > MAX_UNITS; pool.unit *= 2) {
    }
    pool.units = size / pool.unit;
}

static bool is_used(size_t unit) { return pool.used[unit / WORD] >> unit % WORD & 1; }

static void mark(size_t unit, size_t count, bool used)
{
    for (size_t i = unit; i < unit + count; i++) {
        const uint64_t bit = 1ull << i % WORD;
        pool.used[i / WORD] = used ? pool.used[i / WORD] | bit : pool.used[i / WORD] & ~bit;
    }
}

/* The first unit from `at` on that is used, up to `end`. */
static size_t first_used(size_t at, size_t end)
{
    while (at < end && !is_used(at)) {
        at++;
    }
    return at;
}

static void *alloc(size_t count, size_t step)
{
    for (size_t at = 0; count <= pool.units && at <= pool.units - count;) {
        const size_t stop = first_used(at, at + count);
        if (stop == at + count) {
            mark(at, count, true);
            return pool.base + at * pool.unit;
        }
        at = (stop + step) / step * step;
    }
    return NULL;
}

void *camkes_dma_alloc(size_t size, int align, bool cached)
{
    if (!size || align < 0 || align > 4096 || align & (align - 1)) {
        return NULL;
    }
    camkes_lock();
    if (!pool.ready) {
        init();
    }
    const size_t step = (size_t)align > pool.unit ? (size_t)align / pool.unit : 1;
    const size_t count = (size - 1) / pool.unit + 1;
    void *at = alloc(count, step);
    camkes_unlock();
    return at;
}

void camkes_dma_free(void *address, size_t size)
{
    const size_t offset = (uintptr_t)address - (uintptr_t)pool.base;
    camkes_lock();
    if (address && size && pool.ready && offset / pool.unit < pool.units &&
        size <= pool.units * pool.unit - offset) {
        mark(offset / pool.unit, (size - 1) / pool.unit + 1, false);
    }
    camkes_unlock();
}

size_t camkes_dma_left(void)
{
    size_t left = 0;
    camkes_lock();
    if (!pool.ready) {
        init();
    }
    for (size_t i = 0; i < pool.units; i++) {
        left += is_used(i) ? 0 : pool.unit;
    }
    camkes_unlock();
    return left;
}

/* The dataport an address is in, when a frame capability of the same name tells where it is. */
uintptr_t camkes_dma_get_paddr(void *address)
{
    struct rt_memory_entry m;
    for (unsigned i = 0; rt_memory_entry(i, &m); i++) {
        const size_t offset = (uintptr_t)address - (uintptr_t)m.address;
        if (offset >= m.size) {
            continue;
        }
        const seL4_CPtr frame = rt_cap(m.name);
        if (!frame) {
            return 0;
        }
        const seL4_X86_Page_GetAddress_t where = seL4_X86_Page_GetAddress(frame);
        return where.error == seL4_NoError ? where.paddr + offset : 0;
    }
    return 0;
}
