// SPDX-License-Identifier: BSD-2-Clause
// Dataports and pointers into them, the DMA pool, device memory, I/O ports, object pools.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <camkes/allocator.h>
#include <camkes/dma.h>
#include <camkes/io.h>
#include <camkes/simple.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static uint8_t data[3][8192];

static void dataport_pointers(void **state)
{
    static struct camkes_dataport a, b, none;
    fake_reset();
    fake_dataport("a", data[0], 4096, 0);
    fake_dataport("b", data[1], 8192, 0);
    fake_attr("a.id", 5);
    fake_attr("b.id", 6);
    assert_ptr_equal(camkes_dataport_init(&a, "a", 1), data[0]);
    assert_ptr_equal(camkes_dataport_init(&b, "b", 8192), data[1]);
    assert_null(camkes_dataport_init(&none, "missing", 8));
    const dataport_ptr_t p = dataport_wrap_ptr(data[1] + 100);
    assert_int_equal(p.id, 6);
    assert_ptr_equal(dataport_unwrap_ptr(p), data[1] + 100);
    assert_int_equal(dataport_wrap_ptr(data[0] + 4096).id, 0);
    assert_int_equal(dataport_wrap_ptr(NULL).id, 0);
    assert_null(dataport_unwrap_ptr(DATAPORT_NULL));
    assert_null(dataport_unwrap_ptr((dataport_ptr_t){ 7, 0 }));
    assert_null(dataport_unwrap_ptr((dataport_ptr_t){ 6, 8192 }));
    assert_null(dataport_unwrap_ptr((dataport_ptr_t){ 6, UINT64_MAX }));
    assert_non_null(dataport_unwrap_range((dataport_ptr_t){ 6, 8000 }, 192));
    assert_null(dataport_unwrap_range((dataport_ptr_t){ 6, 8000 }, 193));
    assert_null(dataport_unwrap_range((dataport_ptr_t){ 6, 8000 }, SIZE_MAX));
}

static void *init_small(void *unused)
{
    static struct camkes_dataport d;
    camkes_dataport_init(&d, "small", 5000);
    return (void *)1;
}

static void dataport_too_small(void **state)
{
    pthread_t t;
    void *result = NULL;
    fake_reset();
    fake_dataport("small", data[2], 4096, 0);
    pthread_create(&t, NULL, init_small, NULL);
    pthread_join(t, &result);
    assert_null(result);
    assert_non_null(strstr(fake_fatal(), "its type has 5000 bytes"));
}

static void dataport_frames(void **state)
{
    dataport_caps_handle_t h;
    fake_reset();
    fake_dataport("d", data[0], 8192, 0);
    const seL4_CPtr first = fake_other_cap("d.frames", 2, SPEC_FRAMES, 12, 0);
    camkes_dataport_caps_init(&h, "d");
    assert_int_equal(dataport_caps_frame_count(&h), 2);
    assert_int_equal(dataport_caps_frame_size(&h), 4096);
    assert_int_equal(dataport_caps_frame(&h, 1), first + 1);
    assert_int_equal(dataport_caps_frame(&h, 2), seL4_CapNull);
}

static _Alignas(4096) uint8_t pool[65536];

static bool in_pool(const void *at, size_t bytes)
{
    return (uintptr_t)at >= (uintptr_t)pool && (uintptr_t)at - (uintptr_t)pool + bytes <= sizeof(pool);
}

static void dma_pool(void **state)
{
    struct { uint8_t *at; size_t bytes; uint8_t mark; } live[64] = { 0 };
    fake_reset();
    fake_dataport("dma_pool", pool, sizeof(pool), 0);
    const seL4_CPtr frame = fake_other_cap("dma_pool", 1, SPEC_FRAMES, 12, 0);
    assert_int_equal(camkes_dma_left(), sizeof(pool));
    assert_null(camkes_dma_alloc(sizeof(pool) + 1, 0, true));
    assert_null(camkes_dma_alloc(0, 0, true));
    assert_null(camkes_dma_alloc(64, 3, true));
    assert_null(camkes_dma_alloc(SIZE_MAX, 64, true));
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        const unsigned i = (unsigned)rand() % 64;
        if (live[i].at) {
            for (size_t b = 0; b < live[i].bytes; b++) {
                assert_int_equal(live[i].at[b], live[i].mark);
            }
            camkes_dma_free(live[i].at, live[i].bytes);
            live[i].at = NULL;
            continue;
        }
        const int align = 1 << rand() % 13;
        live[i].bytes = 1 + (size_t)rand() % 3000;
        live[i].mark = (uint8_t)rand();
        live[i].at = camkes_dma_alloc(live[i].bytes, align, true);
        if (live[i].at) {
            assert_true(in_pool(live[i].at, live[i].bytes));
            assert_int_equal((uintptr_t)live[i].at % (size_t)align, 0);
            assert_int_equal(camkes_dma_get_paddr(live[i].at + 1),
                             0x100000 * (1 + frame) + (size_t)(live[i].at + 1 - pool));
            memset(live[i].at, live[i].mark, live[i].bytes);
        }
    }
    for (unsigned i = 0; i < 64; i++) {
        camkes_dma_free(live[i].at, live[i].bytes);
    }
    assert_int_equal(camkes_dma_left(), sizeof(pool));
    camkes_dma_free(data[0], 64);                    /* not from the pool: nothing happens */
    assert_int_equal(camkes_dma_get_paddr(data[0]), 0);
    assert_non_null(camkes_dma_alloc(sizeof(pool), 4096, true));
    assert_null(camkes_dma_alloc(1, 0, true));
}

static void device_memory_and_ports(void **state)
{
    ps_io_ops_t ops;
    uint32_t value = 0;
    fake_reset();
    fake_dataport("plain", data[0], 4096, 0);
    fake_dataport("regs", data[1], 8192, 0xfed00000);
    fake_other_cap("ports", 1, SPEC_PORTS, 0, 0x60 | 0x64 << 16);
    assert_int_equal(camkes_io_ops(&ops), 0);
    assert_ptr_equal(ops.io_mapper.io_map_fn(NULL, 0xfed00100, 16, 0, PS_MEM_HW), data[1] + 0x100);
    assert_null(camkes_io_map(0xfed01ff8, 16));
    assert_null(camkes_io_map(0, 16));
    assert_int_equal(ops.io_port_ops.io_port_out_fn(NULL, 0x60, 1, 0xab), 0);
    assert_int_equal(ops.io_port_ops.io_port_in_fn(NULL, 0x60, 1, &value), 0);
    assert_int_equal(value, 0xab);
    assert_int_equal(camkes_io_port_out(0x61, 4, 0x12345678), 0);
    assert_int_equal(camkes_io_port_in(0x61, 2, &value), 0);
    assert_int_equal(value, 0x5678);
    assert_int_equal(camkes_io_port_in(0x62, 4, &value), -1);        /* reaches beyond 0x64 */
    assert_int_equal(camkes_io_port_in(0x65, 1, &value), -1);
    assert_int_equal(camkes_io_port_in(0x60, 3, &value), -1);
}

static void object_pools(void **state)
{
    simple_t simple;
    size_t bits;
    uintptr_t paddr;
    bool device;
    fake_reset();
    const seL4_CPtr eps = fake_other_cap("ep_pool", 2, SPEC_ENDPOINT, 0, 0);
    const seL4_CPtr untyped = fake_other_cap("untyped23", 2, SPEC_UNTYPED, 23, 0);
    const seL4_CPtr mmio = fake_other_cap("mmio_untyped.fe000000", 1, SPEC_UNTYPED, 16, 0xfe000000);
    assert_int_equal(camkes_alloc(seL4_EndpointObject, 0, 0), eps);
    assert_int_equal(camkes_alloc(seL4_EndpointObject, 0, 0), eps + 1);
    assert_int_equal(camkes_alloc(seL4_EndpointObject, 0, 0), seL4_CapNull);
    camkes_free(seL4_EndpointObject, eps);
    assert_int_equal(camkes_alloc(seL4_EndpointObject, 0, 0), eps);
    assert_int_equal(camkes_alloc(seL4_TCBObject, 0, 0), seL4_CapNull);
    assert_int_equal(camkes_alloc(seL4_UntypedObject, 1 << 23, 0), untyped);
    assert_int_equal(camkes_provide(seL4_TCBObject, 77, 0, 3), 0);
    assert_int_equal(camkes_alloc(seL4_TCBObject, 0, 1), seL4_CapNull);
    assert_int_equal(camkes_alloc(seL4_TCBObject, 0, 7), 77);
    assert_int_equal(camkes_provide(seL4_TCBObject, seL4_CapNull, 0, 0), -1);

    camkes_make_simple(&simple);
    assert_int_equal(simple_get_untyped_count(&simple), 3);
    assert_int_equal(simple_get_nth_untyped(&simple, 1, &bits, &paddr, &device), untyped + 1);
    assert_int_equal(bits, 23);
    assert_false(device);
    assert_int_equal(simple_get_nth_untyped(&simple, 2, NULL, &paddr, &device), mmio);
    assert_true(device && paddr == 0xfe000000);
    assert_int_equal(simple_get_nth_untyped(&simple, 3, NULL, NULL, NULL), seL4_CapNull);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dataport_pointers),
        cmocka_unit_test(dataport_too_small),
        cmocka_unit_test(dataport_frames),
        cmocka_unit_test(dma_pool),
        cmocka_unit_test(device_memory_and_ports),
        cmocka_unit_test(object_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
