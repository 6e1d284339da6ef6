// SPDX-License-Identifier: BSD-2-Clause
// PIT: modes, latches, read-back, gate and port 0x61, interrupts in time.

#include "pc.h"
#include <vmm/devices/pic8259.h>
#include <vmm/devices/pit8254.h>

#define COUNTS(n) timer_scale((n), PC_TSC_HZ, PIT_HZ)

static struct pc *machine(void)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &pic8259_class, NULL);
    pc_add(pc, &pit8254_class, NULL);
    pic_setup(pc, 0x0001);
    return pc;
}

static void program(struct pc *pc, unsigned counter, unsigned mode, uint16_t count)
{
    outb(pc, 0x43, (uint8_t)(counter << 6 | 0x30 | mode << 1));
    outb(pc, (uint16_t)(0x40 + counter), (uint8_t)count);
    outb(pc, (uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
}

static uint16_t low_high(struct pc *pc, unsigned counter)
{
    uint8_t low = inb(pc, (uint16_t)(0x40 + counter));
    return (uint16_t)(low | inb(pc, (uint16_t)(0x40 + counter)) << 8);
}

static uint16_t latched(struct pc *pc, unsigned counter)
{
    outb(pc, 0x43, (uint8_t)(counter << 6));
    return low_high(pc, counter);
}

static unsigned ticks_in(struct pc *pc, uint64_t time)
{
    struct pit8254 *pit = pc->device[1].state;
    uint64_t before = pit->ticks;
    pc_run_for(pc, time);
    return (unsigned)(pit->ticks - before);
}

static void rate_generator(void **state)
{
    struct pc *pc = machine();

    assert_int_equal(ticks_in(pc, 1000 * MS), 0);          /* nothing before it is set up */
    program(pc, 0, 2, 11932);                              /* 100 Hz */
    assert_in_range(ticks_in(pc, 1000 * MS), 99, 101);
    assert_int_equal(irq_take(&pc->router, 0), 0x30);
    outb(pc, 0x20, 0x20);
    pc_run_for(pc, 10 * MS);
    assert_int_equal(irq_take(&pc->router, 0), 0x30);
    outb(pc, 0x20, 0x20);
    program(pc, 0, 3, 0);                                  /* 65536: 18.2 Hz */
    assert_in_range(ticks_in(pc, 1000 * MS), 18, 19);
    pc->tsc += 5000 * MS;    /* not run for a while: one interrupt, same phase */
    assert_int_equal(ticks_in(pc, 1), 1);
    assert_in_range(ticks_in(pc, 1000 * MS), 18, 19);
    program(pc, 0, 2, 1);                                  /* absurd rate is held down */
    assert_true(ticks_in(pc, 10 * MS) <= 501);
    program(pc, 0, 2, 1193);
    assert_in_range(ticks_in(pc, 200000 * MS), 199990, 200050);    /* no drift over minutes */
    pc_reset(pc);
    assert_int_equal(ticks_in(pc, 1000 * MS), 0);
    pc_free(pc);
}

static void one_shots(void **state)
{
    struct pc *pc = machine();

    program(pc, 0, 0, 1000);
    assert_int_equal(ticks_in(pc, COUNTS(999)), 0);
    assert_int_equal(ticks_in(pc, COUNTS(2)), 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x30);
    outb(pc, 0x20, 0x20);
    assert_int_equal(ticks_in(pc, 1000 * MS), 0);
    program(pc, 0, 4, 1000);                               /* what Linux uses as one-shot */
    assert_int_equal(ticks_in(pc, COUNTS(1000)), 0);
    assert_int_equal(ticks_in(pc, COUNTS(3)), 1);
    assert_int_equal(ticks_in(pc, 1000 * MS), 0);
    outb(pc, 0x40, 0x10);                                  /* again without a control word */
    outb(pc, 0x40, 0x00);
    assert_int_equal(ticks_in(pc, COUNTS(20)), 1);
    program(pc, 0, 1, 100);                                /* need a gate edge, which counter 0 never has */
    assert_int_equal(ticks_in(pc, 100 * MS), 0);
    program(pc, 0, 0, 1000);
    outb(pc, 0x40, 0xff);                                  /* first byte stops mode 0 */
    assert_int_equal(latched(pc, 0), 1000);
    outb(pc, 0x40, 0x00);
    pc_run_for(pc, COUNTS(100) + 1);
    assert_int_equal(latched(pc, 0), 155);
    pc_free(pc);
}

static void counting(void **state)
{
    struct pc *pc = machine();

    program(pc, 0, 2, 1000);
    pc_run_for(pc, COUNTS(300) + 1);
    assert_int_equal(latched(pc, 0), 700);
    outb(pc, 0x43, 0x00);
    pc_run_for(pc, COUNTS(100));
    outb(pc, 0x43, 0x00);                                  /* the first latch holds */
    assert_int_equal(low_high(pc, 0), 700);
    assert_int_equal(latched(pc, 0), 600);
    pc_run_for(pc, COUNTS(1000));
    assert_int_equal(latched(pc, 0), 600);
    assert_int_equal(low_high(pc, 0), 600);     /* unlatched, low then high */
    outb(pc, 0x43, 0x10 | 4);                              /* low byte only */
    outb(pc, 0x40, 100);
    pc_run_for(pc, COUNTS(30) + 1);
    assert_int_equal(inb(pc, 0x40), 70);
    assert_int_equal(inb(pc, 0x40), 70);
    outb(pc, 0x43, 0x20 | 4);                              /* high byte only */
    outb(pc, 0x40, 0x10);
    assert_int_equal(inb(pc, 0x40), 0x10);
    outb(pc, 0x43, 0x30 | 5);                              /* BCD */
    outb(pc, 0x40, 0x00);
    outb(pc, 0x40, 0x20);
    pc_run_for(pc, COUNTS(1) + 1);
    assert_int_equal(latched(pc, 0), 0x1999);
    outb(pc, 0x40, 0xff);                                  /* not digits: some number, no crash */
    outb(pc, 0x40, 0xff);
    latched(pc, 0);
    program(pc, 0, 3, 1000);                               /* by twos */
    pc_run_for(pc, COUNTS(100) + 1);
    assert_int_equal(latched(pc, 0), 800);
    pc_run_for(pc, COUNTS(450));
    assert_int_equal(latched(pc, 0), 900);
    program(pc, 0, 0, 10);                                 /* wraps and counts on */
    pc_run_for(pc, COUNTS(11) + 1);
    assert_int_equal(latched(pc, 0), 0xffff);
    pc_free(pc);
}

static void read_back(void **state)
{
    struct pc *pc = machine();

    outb(pc, 0x43, 0x34);
    outb(pc, 0x43, 0xe2);                                  /* status of 0 */
    assert_int_equal(inb(pc, 0x40), 0x80 | 0x40 | 0x34);   /* no count yet */
    program(pc, 0, 0, 100);
    outb(pc, 0x43, 0xe2);
    assert_int_equal(inb(pc, 0x40), 0x30);
    pc_run_for(pc, COUNTS(101));
    outb(pc, 0x43, 0xe2);
    assert_int_equal(inb(pc, 0x40), 0xb0);                 /* OUT */
    program(pc, 2, 2, 500);
    outb(pc, 0x43, 0xc8);                                  /* status and count of 2: status first */
    assert_int_equal(inb(pc, 0x42), 0xb4);
    assert_int_equal(low_high(pc, 2), 500);
    outb(pc, 0x43, 0xde);                                  /* counts of all */
    inb(pc, 0x41);
    assert_int_equal(low_high(pc, 2), 500);
    assert_int_equal(inb(pc, 0x43), 0xff);
    pc_in(pc, 0x40, 4);
    pc_free(pc);
}

/* The way Linux measures the TSC: gate on, mode 0, wait for OUT2. */
static void port61(void **state)
{
    struct pc *pc = machine();

    outb(pc, 0x61, 0xff);
    assert_int_equal(inb(pc, 0x61) & 0xcf, 0x0f);
    outb(pc, 0x61, 0x01);
    program(pc, 2, 0, 59659);                              /* 50 ms */
    assert_int_equal(inb(pc, 0x61) & 0x20, 0);
    pc_run_for(pc, 49 * MS);
    assert_int_equal(inb(pc, 0x61) & 0x20, 0);
    pc_run_for(pc, 2 * MS);
    assert_int_equal(inb(pc, 0x61) & 0x20, 0x20);
    outb(pc, 0x61, 0x00);
    program(pc, 2, 3, 1000);                               /* gate low: does not count, OUT high */
    uint16_t held = latched(pc, 2);
    pc_run_for(pc, MS);
    assert_int_equal(latched(pc, 2), held);
    outb(pc, 0x61, 0x01);
    pc_run_for(pc, COUNTS(600) + 1);
    assert_int_equal(inb(pc, 0x61) & 0x20, 0);             /* second half of the square */
    outb(pc, 0x61, 0x00);
    program(pc, 2, 1, 200);                                /* hardware-triggered one-shot */
    assert_int_equal(inb(pc, 0x61) & 0x20, 0x20);
    outb(pc, 0x61, 0x01);
    assert_int_equal(inb(pc, 0x61) & 0x20, 0);
    pc_run_for(pc, COUNTS(201));
    assert_int_equal(inb(pc, 0x61) & 0x20, 0x20);
    unsigned toggles = 0;
    uint8_t last = inb(pc, 0x61) & 0x10;
    for (unsigned i = 0; i < 1000; i++) {                  /* refresh: a toggle each 15 us */
        pc_run_for(pc, US);
        uint8_t now = inb(pc, 0x61) & 0x10;
        toggles += now != last;
        last = now;
    }
    assert_in_range(toggles, 65, 68);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_generator),
        cmocka_unit_test(one_shots),
        cmocka_unit_test(counting),
        cmocka_unit_test(read_back),
        cmocka_unit_test(port61),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
