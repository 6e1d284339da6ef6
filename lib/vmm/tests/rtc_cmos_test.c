// SPDX-License-Identifier: BSD-2-Clause
// RTC: reading and setting in all formats, update and alarm and periodic interrupts, CMOS contents.

#include "pc.h"
#include <vmm/devices/pic8259.h>
#include <vmm/devices/rtc_cmos.h>

#define S (1000 * MS)
#define T0 1709210096ll            /* 2024-02-29 12:34:56 UTC, a Thursday */

static struct rtc_cmos *rtc;

static struct pc *machine(void)
{
    struct pc *pc = pc_new(1);
    pc->wall_at_0 = T0 * 1000000000 - 500000;              /* pc->tsc is 0.5 ms at first */
    pc_add(pc, &pic8259_class, NULL);
    rtc = pc_add(pc, &rtc_cmos_class, &(struct rtc_config){ 128 << 20, 1ull << 32 });
    pic_setup(pc, 0x0100);
    return pc;
}

static uint8_t get(struct pc *pc, uint8_t index)
{
    outb(pc, 0x70, index);
    return inb(pc, 0x71);
}
static void put(struct pc *pc, uint8_t index, uint8_t value)
{
    outb(pc, 0x70, index);
    outb(pc, 0x71, value);
}
static void time_is(struct pc *pc, uint8_t hour, uint8_t minute, uint8_t second)
{
    assert_int_equal(get(pc, 4), hour);
    assert_int_equal(get(pc, 2), minute);
    assert_int_equal(get(pc, 0), second);
}
static void date_is(struct pc *pc, uint8_t century, uint8_t year, uint8_t month, uint8_t day, uint8_t weekday)
{
    assert_int_equal(get(pc, 0x32), century);
    assert_int_equal(get(pc, 9), year);
    assert_int_equal(get(pc, 8), month);
    assert_int_equal(get(pc, 7), day);
    assert_int_equal(get(pc, 6), weekday);
}
static bool line(struct pc *pc) { return pc->router.lines >> 8 & 1; }

static void formats(void **state)
{
    struct pc *pc = machine();

    time_is(pc, 0x12, 0x34, 0x56);
    date_is(pc, 0x20, 0x24, 0x02, 0x29, 5);
    put(pc, 11, 0x06);                                     /* binary, 24 h */
    time_is(pc, 12, 34, 56);
    date_is(pc, 0x20, 24, 2, 29, 5);
    put(pc, 11, 0x00);                                     /* BCD, 12 h */
    time_is(pc, 0x92, 0x34, 0x56);
    pc_run_for(pc, 12 * 3600 * S);
    time_is(pc, 0x12, 0x34, 0x56);
    put(pc, 11, 0x02);
    time_is(pc, 0x00, 0x34, 0x56);
    date_is(pc, 0x20, 0x24, 0x03, 0x01, 6);
    assert_int_equal(get(pc, 13), 0x80);
    assert_int_equal(inb(pc, 0x70), 0xff);
    pc_free(pc);
}

/* Linux: SET, divider reset, fields, back. */
static void setting(void **state)
{
    struct pc *pc = machine();

    put(pc, 11, 0x82);
    put(pc, 10, 0x76);
    put(pc, 9, 0x99), put(pc, 8, 0x12), put(pc, 7, 0x31), put(pc, 0x32, 0x19);
    put(pc, 4, 0x23), put(pc, 2, 0x59), put(pc, 0, 0x58);
    pc_run_for(pc, 10 * S);
    assert_int_equal(get(pc, 0), 0x58);                    /* stands still meanwhile */
    assert_int_equal(get(pc, 10) & 0x80, 0);
    put(pc, 11, 0x02);
    put(pc, 10, 0x26);
    time_is(pc, 0x23, 0x59, 0x58);
    date_is(pc, 0x19, 0x99, 0x12, 0x31, 6);
    pc_run_for(pc, 2 * S);
    time_is(pc, 0x00, 0x00, 0x00);
    date_is(pc, 0x20, 0x00, 0x01, 0x01, 7);
    put(pc, 2, 0x30);                                      /* a single field while it runs */
    time_is(pc, 0x00, 0x30, 0x00);
    pc_reset(pc);                                          /* the battery keeps the time over a reset */
    time_is(pc, 0x00, 0x30, 0x00);
    for (unsigned i = 0; i < 10; i++)
        put(pc, (uint8_t)i, 0xff);                         /* nonsense becomes some valid time */
    put(pc, 0x32, 0xff);
    for (unsigned i = 0; i < 10; i++)
        get(pc, (uint8_t)i);
    put(pc, 0x32, 0x00), put(pc, 9, 0x00), put(pc, 8, 0x00), put(pc, 7, 0x00);
    assert_int_equal(get(pc, 8), 0x01);
    pc_free(pc);
}

static void every_day_of_many_years(void **state)
{
    struct pc *pc = machine();
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned weekday = 5;                                  /* 1 January 1970 was a Thursday */

    put(pc, 11, 0x06);
    pc->tsc = 0;
    pc->wall_at_0 = 0;
    for (unsigned year = 1970; year < 2120; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (unsigned month = 1; month <= 12; month++) {
            for (unsigned day = 1; day <= days[month - 1] + (month == 2 && leap ? 1u : 0u); day++) {
                assert_int_equal(get(pc, 7), day);
                assert_int_equal(get(pc, 8), month);
                assert_int_equal(get(pc, 9), year % 100);
                assert_int_equal(get(pc, 6), weekday);
                weekday = weekday % 7 + 1;
                pc->wall_at_0 += 86400ll * 1000000000;
            }
        }
    }
    pc->wall_at_0 = -86400ll * 1000000000;                 /* before the epoch */
    date_is(pc, 0x19, 69, 12, 31, 4);
    pc_free(pc);
}

static void update_interrupt(void **state)
{
    struct pc *pc = machine();
    unsigned seen = 0;

    pc->tsc += 997 * MS;
    assert_int_equal(get(pc, 10) & 0x80, 0);
    pc->tsc += 2 * MS;
    assert_int_equal(get(pc, 10) & 0x80, 0x80);
    assert_int_equal(get(pc, 0), 0x56);
    pc->tsc += MS;
    assert_int_equal(get(pc, 10) & 0x80, 0);
    assert_int_equal(get(pc, 0), 0x57);
    assert_int_equal(get(pc, 12), 0x10 | 0x40);            /* flags without interrupts */
    assert_int_equal(get(pc, 12), 0x00);
    put(pc, 11, 0x12);
    for (unsigned i = 0; i < 50; i++) {
        pc_run_for(pc, 100 * MS);
        if (line(pc)) {
            assert_int_equal(irq_take(&pc->router, 0), 0x38);
            outb(pc, 0xa0, 0x20);
            outb(pc, 0x20, 0x20);
            assert_int_equal(get(pc, 12) & 0x90, 0x90);
            assert_false(line(pc));
            seen++;
        }
    }
    assert_int_equal(seen, 5);
    put(pc, 11, 0x92);                                     /* SET clears UIE */
    assert_int_equal(get(pc, 11), 0x82);
    assert_int_equal(timer_first(&pc->timers), 0);
    pc_free(pc);
}

static void alarm_interrupt(void **state)
{
    struct pc *pc = machine();

    put(pc, 1, 0x00), put(pc, 3, 0x36), put(pc, 5, 0x12);  /* 12:36:00 */
    put(pc, 11, 0x22);
    pc_run_for(pc, 63 * S);
    assert_false(line(pc));
    pc_run_for(pc, 2 * S);
    assert_true(line(pc));
    assert_int_equal(get(pc, 12) & 0xb0, 0xb0);
    put(pc, 1, 0x15), put(pc, 3, 0xff), put(pc, 5, 0xc0);  /* each minute at :15 */
    unsigned seen = 0;
    for (unsigned i = 0; i < 300; i++) {
        pc_run_for(pc, S);
        seen += line(pc);
        get(pc, 12);
    }
    assert_int_equal(seen, 5);
    put(pc, 11, 0x02);
    put(pc, 5, 0x11), put(pc, 3, 0x00), put(pc, 1, 0x00);
    pc->tsc += 3600 * S * 24 * 40;    /* unseen for long: the flag is there all the same */
    assert_int_equal(get(pc, 12) & 0x30, 0x30);
    pc->wall_at_0 -= 3600ll * 1000000000;                  /* the host's clock steps back */
    assert_int_equal(get(pc, 12) & 0x30, 0x00);
    pc_free(pc);
}

static void periodic_interrupt(void **state)
{
    struct pc *pc = machine();
    unsigned seen = 0;

    put(pc, 10, 0x26);
    put(pc, 11, 0x42);                                     /* 1024 Hz */
    for (unsigned i = 0; i < 10000; i++) {
        pc_run_for(pc, MS / 10);
        seen += line(pc);
        if (line(pc))
            assert_int_equal(get(pc, 12) & 0xc0, 0xc0);
    }
    assert_in_range(seen, 1020, 1026);
    put(pc, 10, 0x2f);                                     /* 2 Hz */
    seen = 0;
    for (unsigned i = 0; i < 100; i++) {
        pc_run_for(pc, 100 * MS);
        seen += line(pc);
        get(pc, 12);
    }
    assert_in_range(seen, 19, 20);
    put(pc, 10, 0x20);
    pc_run_for(pc, S);
    assert_false(line(pc));
    assert_int_equal(timer_first(&pc->timers), 0);
    pc_free(pc);
}

static void cmos_memory(void **state)
{
    struct pc *pc = machine();
    unsigned sum = 0;

    assert_int_equal(get(pc, 0x15) | get(pc, 0x16) << 8, 640);
    assert_int_equal(get(pc, 0x17) | get(pc, 0x18) << 8, 0xffff);
    assert_int_equal(get(pc, 0x34) | get(pc, 0x35) << 8, (112 << 20) >> 16);
    assert_int_equal(get(pc, 0x5b) | get(pc, 0x5c) << 8, 0);
    assert_int_equal(get(pc, 0x5d), 1);
    for (uint8_t i = 0x10; i <= 0x2d; i++)
        sum += get(pc, i);
    assert_int_equal(get(pc, 0x2e) << 8 | get(pc, 0x2f), sum);
    put(pc, 0x40, 0x77);
    put(pc, 0xc1, 0x78);                                   /* bit 7 is the NMI mask */
    assert_int_equal(get(pc, 0x40), 0x77);
    assert_int_equal(get(pc, 0x41), 0x78);
    outb(pc, 0x72, 0x40);
    outb(pc, 0x73, 0x99);
    assert_int_equal(inb(pc, 0x73), 0x99);
    assert_int_equal(inb(pc, 0x72), 0x40);
    assert_int_equal(get(pc, 0x40), 0x77);
    pc_out(pc, 0x70, 2, 0x1242);                           /* a word: index and data */
    assert_int_equal(get(pc, 0x42), 0x12);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(setting),
        cmocka_unit_test(every_day_of_many_years),
        cmocka_unit_test(update_interrupt),
        cmocka_unit_test(alarm_interrupt),
        cmocka_unit_test(periodic_interrupt),
        cmocka_unit_test(cmos_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
