// SPDX-License-Identifier: BSD-2-Clause
// Tests of the untyped pool's book-keeping.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../src/pool.h"

#define MB (1ull << 20)
static struct pool p;

static int fresh(void **state)
{
    memset(&p, 0, sizeof p);
    return 0;
}

static void tutorial_pool_backs_its_guest(void **state)
{
    unsigned got, frames = 0;
    for (unsigned i = 0; i < 20; i++)
        pool_add(&p, 100 + i, 23);
    assert_int_equal(pool_bytes(&p), 160 * MB);
    assert_true(pool_take(&p, 12, 1, &got) != 0);
    while (frames < 64) {
        pool_take(&p, 21, 64 - frames, &got);
        assert_true(got > 0);
        frames += got;
    }
    assert_int_equal(frames, 64);
    assert_int_equal(pool_room(&p, 21), 80 - 64 - 1);      /* the small object cost one large frame's place */
}

static void takes_the_tightest(void **state)
{
    unsigned got;
    pool_add(&p, 1, 30);
    pool_add(&p, 2, 16);
    assert_int_equal(pool_take(&p, 12, 4, &got), 2);
    assert_int_equal(pool_take(&p, 12, 100, &got), 2);
    assert_int_equal(got, 12);
    assert_int_equal(pool_take(&p, 12, 1, &got), 1);
    assert_int_equal(pool_take(&p, 30, 1, &got), 0);
    assert_int_equal(got, 0);
}

static void alignment_is_counted(void **state)
{
    unsigned got;
    pool_add(&p, 7, 23);
    pool_take(&p, 14, 1, &got);
    assert_int_equal(p.untyped[0].used, 1 << 14);
    assert_int_equal(pool_take(&p, 21, 9, &got), 7);
    assert_int_equal(got, 3);
    assert_int_equal(pool_room(&p, 4), 0);
}

static void frame_sizes(void **state)
{
    pool_add(&p, 1, 31);
    assert_int_equal(pool_frame_bits(&p, 0, 3ull << 30, 30), 30);
    assert_int_equal(pool_frame_bits(&p, 0, 3ull << 30, 21), 21);
    assert_int_equal(pool_frame_bits(&p, 2 * MB, 3ull << 30, 30), 21);
    assert_int_equal(pool_frame_bits(&p, 2 * MB, MB, 30), 12);
    assert_int_equal(pool_frame_bits(&p, 0, 100, 30), 0);
    memset(&p, 0, sizeof p);
    pool_add(&p, 1, 20);
    assert_int_equal(pool_frame_bits(&p, 0, 4 * MB, 30), 12);
}

static void table_sizes(void **state)
{
    assert_int_equal(pool_table_bytes(0, 128 * MB, 21), 2 * 2 * 4096);
    assert_int_equal(pool_table_bytes(0, 3ull << 30, 21), 2 * 4 * 4096);
    assert_int_equal(pool_table_bytes(0, 4 * MB, 12), 2 * 4 * 4096);
    assert_int_equal(pool_table_bytes(0, 1ull << 30, 30), 2 * 4096);
    assert_int_equal(pool_table_bytes(0, 0, 12), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tutorial_pool_backs_its_guest, fresh), cmocka_unit_test_setup(takes_the_tightest, fresh),
        cmocka_unit_test_setup(alignment_is_counted, fresh), cmocka_unit_test_setup(frame_sizes, fresh),
        cmocka_unit_test_setup(table_sizes, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
