// SPDX-License-Identifier: BSD-2-Clause
// The ring keeps bytes in order, counts what is lost, and stays in bounds when the other side lies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <rt/ring.h>
#include <stdlib.h>
#include <string.h>

static struct rt_ring ring_of(size_t size)
{
    struct rt_ring r;
    void *memory = NULL;
    assert_int_equal(posix_memalign(&memory, 64, size), 0);
    memset(memory, 0, size);
    assert_true(rt_ring_init(&r, memory, size));
    return r;
}

static void keeps_order(void **state)
{
    (void)state;
    struct rt_ring r = ring_of(256 + sizeof(struct rt_ring_shared));
    uint8_t in = 0, out = 0, buffer[100];
    assert_int_equal(r.capacity, 256);
    for (unsigned round = 0; round < 5000; round++) {
        uint8_t text[100];
        const size_t n = round % 100;
        for (size_t i = 0; i < n; i++) {
            text[i] = (uint8_t)(in + i);
        }
        in = (uint8_t)(in + rt_ring_put(&r, text, n, false));
        const size_t got = rt_ring_get(&r, buffer, (round * 7) % 100);
        for (size_t i = 0; i < got; i++) {
            assert_int_equal(buffer[i], out++);
        }
    }
    free(r.shared);
}

static void counts_lost(void **state)
{
    (void)state;
    struct rt_ring r = ring_of(4096);
    char text[3000] = { 0 };
    assert_int_equal(r.capacity, 2048);
    assert_int_equal(rt_ring_put(&r, text, sizeof(text), true), 2048);
    assert_int_equal(r.shared->lost, 3000 - 2048);
    assert_int_equal(rt_ring_room(&r), 0);
    free(r.shared);
}

static void survives_lies(void **state)
{
    (void)state;
    struct rt_ring r = ring_of(4096);
    char text[5000] = { 0 };
    uint32_t random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        r.shared->head = random;
        random = random * 1664525 + 1013904223;
        r.shared->tail = random;
        assert_true(rt_ring_put(&r, text, random % 5000, true) <= r.capacity);
        assert_true(rt_ring_get(&r, text, random % 5000) <= r.capacity);
    }
    free(r.shared);
}

static void refuses_small(void **state)
{
    (void)state;
    struct rt_ring r;
    static struct rt_ring_shared small;
    assert_false(rt_ring_init(&r, &small, sizeof(small)));
    assert_false(rt_ring_init(&r, NULL, 4096));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order), cmocka_unit_test(counts_lost), cmocka_unit_test(survives_lies),
        cmocka_unit_test(refuses_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
