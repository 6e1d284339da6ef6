// SPDX-License-Identifier: BSD-2-Clause
// Tests of the time server's timers and of the CMOS clock's decoding.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../components/RTC/cmos.h"
#include "../components/TimeServer/timers.h"

static struct timers t;

static int fresh(void **state)
{
    memset(&t, 0, sizeof t);
    return 0;
}

static void oneshot(void **state)
{
    assert_int_equal(timers_relative(&t, 3, 1, 1000, 500), 0);
    assert_int_equal(t.next, 1500);
    assert_int_equal(timers_expire(&t, 1499), 0);
    assert_int_equal(timers_expire(&t, 1500), 1u << 3);
    assert_int_equal(timers_completed(&t, 3), 2);
    assert_int_equal(timers_completed(&t, 3), 0);
    assert_int_equal(t.next, 0);
    timers_absolute(&t, 0, 0, 2000, 100);        /* in the past: at once */
    assert_int_equal(timers_expire(&t, 2000), 1);
}

static void periodic_counts_missed_as_one(void **state)
{
    timers_periodic(&t, 1, 0, 0, 100000);
    assert_int_equal(timers_expire(&t, 100000), 2);
    assert_int_equal(t.next, 200000);
    assert_int_equal(timers_expire(&t, 1250000), 2);
    assert_int_equal(t.next, 1300000);
    assert_int_equal(timers_completed(&t, 1), 1);
    assert_int_equal(timers_stop(&t, 1, 0), 0);
    assert_int_equal(t.next, 0);
}

static void earliest_is_next(void **state)
{
    timers_relative(&t, 0, 0, 0, 300);
    timers_relative(&t, 1, 0, 0, 100);
    timers_relative(&t, 2, 0, 0, 200);
    assert_int_equal(t.next, 100);
    timers_stop(&t, 1, 0);
    assert_int_equal(t.next, 200);
    assert_int_equal(timers_expire(&t, 1000), 5);
}

static void bad_arguments(void **state)
{
    assert_int_equal(timers_relative(&t, TIMERS_MAX_CLIENTS, 0, 0, 1), -1);
    assert_int_equal(timers_relative(&t, 0, -1, 0, 1), -1);
    assert_int_equal(timers_relative(&t, 0, TIMERS_PER_CLIENT, 0, 1), -1);
    assert_int_equal(timers_periodic(&t, 0, 0, 0, 1), -1);
    assert_int_equal(timers_stop(&t, 0, 99), -1);
    assert_int_equal(timers_completed(&t, 1000), 0);
    assert_int_equal(timers_relative(&t, 0, 0, 5, UINT64_MAX), 0);
    assert_int_equal(t.next, UINT64_MAX);
}

static void conversions(void **state)
{
    assert_int_equal(ticks_to_ns(3000000000u, 3000000000u), 1000000000);
    assert_int_equal(ns_to_ticks(UINT64_MAX / 2, 1000000000), UINT64_MAX / 2);
    assert_int_equal(ns_to_ticks(UINT64_MAX, 4000000000u), UINT64_MAX);
    assert_int_equal(pit_count(100, 50), 1);
    assert_int_equal(pit_count(0, 1000000), 1194);
    assert_int_equal(pit_count(0, UINT64_MAX), 65535);
}

/* -------------------------------------------------- CMOS clock ------------------------------------------------ */

static void check(const uint8_t raw[8], bool ok, int64_t seconds)
{
    struct rtc_time_date d;
    assert_int_equal(cmos_decode(raw, &d), ok);
    assert_int_equal(rtc_to_unix(&d), seconds);
}

static void decodes_all_forms(void **state)
{
    check((uint8_t[]){ 0x59, 0x58, 0x23, 0x31, 0x12, 0x99, 0x19, 2 }, true, 946684739);      /* BCD, 24 h */
    check((uint8_t[]){ 59, 58, 23, 31, 12, 99, 19, 6 }, true, 946684739);                     /* binary */
    check((uint8_t[]){ 0x59, 0x58, 0x91, 0x31, 0x12, 0x99, 0x19, 0 }, true, 946684739);      /* BCD, 11 PM */
    check((uint8_t[]){ 0, 0, 0x12, 0x01, 0x01, 0x70, 0x19, 0 }, true, 0);                    /* 12 AM */
    check((uint8_t[]){ 0, 0, 0x92, 0x01, 0x01, 0x70, 0x19, 0 }, true, 43200);                /* 12 PM */
    check((uint8_t[]){ 0, 0, 0, 0x29, 0x02, 0x24, 0xff, 2 }, true, 1709164800);              /* leap day, no century */
}

static void refuses_nonsense(void **state)
{
    check((uint8_t[]){ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, false, 0);
    check((uint8_t[]){ 0x60, 0, 0, 1, 1, 0x24, 0x20, 2 }, false, 0);
    check((uint8_t[]){ 0, 0, 0, 0x30, 0x02, 0x24, 0x20, 2 }, false, 0);
    check((uint8_t[]){ 0, 0, 0, 0, 0, 0x24, 0x20, 2 }, false, 0);
    check((uint8_t[]){ 0x0a, 0, 0, 1, 1, 0x24, 0x20, 2 }, false, 0);
}

static unsigned reads;
static uint8_t ticking(void *ctx, unsigned reg)
{
    static const uint8_t raw[128] = { [7] = 1, [8] = 1, [9] = 0x70, [0x32] = 0x19, [11] = 2 };
    reads++;
    if (reg == 10)
        return reads < 5 ? 0x80 : 0;
    return reg == 0 && reads < 12 ? 0x59 : raw[reg];        /* the second changes during the first pass */
}

static uint8_t never_settles(void *ctx, unsigned reg)
{
    return (uint8_t)reads++;
}

static void reads_a_consistent_set(void **state)
{
    struct rtc_time_date d;
    reads = 0;
    assert_true(cmos_read(ticking, NULL, &d));
    assert_int_equal(d.second, 0);
    assert_false(cmos_read(never_settles, NULL, &d));
    assert_int_equal(d.year, 1970);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(oneshot, fresh), cmocka_unit_test_setup(periodic_counts_missed_as_one, fresh),
        cmocka_unit_test_setup(earliest_is_next, fresh), cmocka_unit_test_setup(bad_arguments, fresh),
        cmocka_unit_test(conversions), cmocka_unit_test(decodes_all_forms), cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(reads_a_consistent_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
