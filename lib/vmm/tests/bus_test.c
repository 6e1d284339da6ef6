// SPDX-License-Identifier: BSD-2-Clause
// Buses: claims, lookup, splitting; the timer queue's order, cancelling, re-arming and arithmetic.

#include "pc.h"

struct memory { uint8_t byte[64]; unsigned calls; enum exit_action action; uint64_t last_offset; };

static enum exit_action memory_access(void *device, struct bus_access *a)
{
    struct memory *m = device;
    m->calls++;
    m->last_offset = a->offset;
    assert_true(a->offset + a->size <= sizeof m->byte);
    if (a->write)
        memcpy(&m->byte[a->offset], &a->value, a->size);
    else
        memcpy(&a->value, &m->byte[a->offset], a->size);
    return m->action;
}

static void claims_are_checked(void **state)
{
    struct pc *pc = pc_new(1);
    struct memory m = { .action = EXIT_NEXT_INSN };

    assert_int_equal(bus_claim(&pc->mmio, 0x100, 0x10, memory_access, &m, "one"), 0);
    assert_int_equal(bus_claim(&pc->mmio, 0x120, 0x10, memory_access, &m, "two"), 0);
    assert_int_equal(bus_claim(&pc->mmio, 0x110, 0x10, memory_access, &m, "between"), 0);
    assert_int_equal(pc->log_lines, 0);
    assert_int_equal(bus_claim(&pc->mmio, 0x10f, 1, memory_access, &m, "x"), -1);
    assert_int_equal(bus_claim(&pc->mmio, 0xff, 2, memory_access, &m, "x"), -1);
    assert_int_equal(bus_claim(&pc->mmio, 0, ~0ull, memory_access, &m, "x"), -1);
    assert_int_equal(bus_claim(&pc->mmio, 0x200, 0, memory_access, &m, "x"), -1);
    assert_int_equal(bus_claim(&pc->mmio, ~0ull, 2, memory_access, &m, "x"), -1);
    assert_int_equal(pc->log_lines, 5);
    assert_int_equal(bus_claim(&pc->mmio, ~0ull, 1, memory_access, &m, "top"), 0);
    assert_null(bus_find(&pc->mmio, 0xff));
    assert_null(bus_find(&pc->mmio, 0x130));
    assert_string_equal(bus_find(&pc->mmio, 0x11f)->name, "between");
    assert_string_equal(bus_find(&pc->mmio, ~0ull)->name, "top");
    bus_release(&pc->mmio, 0x111);                 /* not a base: nothing happens */
    assert_non_null(bus_find(&pc->mmio, 0x110));
    bus_release(&pc->mmio, 0x110);
    assert_null(bus_find(&pc->mmio, 0x110));
    for (unsigned i = pc->mmio.count; i < BUS_MAX_RANGES; i++)
        assert_int_equal(bus_claim(&pc->mmio, 0x1000 + i, 1, memory_access, &m, "filler"), 0);
    assert_int_equal(bus_claim(&pc->mmio, 0x9000, 1, memory_access, &m, "too many"), -1);
    assert_non_null(strstr(pc->last_log, "too many"));
    pc_free(pc);
}

static void accesses_reach_their_device(void **state)
{
    struct pc *pc = pc_new(1);
    struct memory m = { .action = EXIT_NEXT_INSN }, n = m;
    uint64_t value;

    bus_claim(&pc->pio, 0x100, 0x10, memory_access, &m, "one");
    bus_claim(&pc->pio, 0x110, 0x10, memory_access, &n, "two");
    assert_int_equal(pc_out(pc, 0x104, 4, 0x11223344deadbeef), EXIT_NEXT_INSN);
    assert_int_equal(pc_in(pc, 0x104, 4), 0xdeadbeef);
    assert_int_equal(m.last_offset, 4);
    assert_int_equal(m.byte[8], 0);                /* cut to its size */
    pc_out(pc, 0x10e, 4, 0x44332211);              /* over the edge: byte by byte */
    assert_int_equal(m.byte[15], 0x22);
    assert_int_equal(n.byte[0], 0x33);
    assert_int_equal(pc_in(pc, 0x10e, 4), 0x44332211);
    assert_int_equal(pc_in(pc, 0x11e, 4), 0xffff0000);
    assert_int_equal(pc_in(pc, 0xfe, 4), 0x0000ffff);
    value = 0;
    assert_int_equal(pc_access(&pc->pio, 0x500, 2, false, &value, 0), EXIT_NOT_MINE);
    assert_int_equal(value, 0xffff);
    assert_int_equal(pc_out(pc, 0x500, 2, 1), EXIT_NOT_MINE);
    assert_int_equal(pc->pio.unclaimed, 2 + 2 + 2);
    n.action = EXIT_RESET_VM;
    assert_int_equal(pc_out(pc, 0x10f, 2, 0), EXIT_RESET_VM);
    pc_free(pc);
}

/* ------------------------------------------------ timers ------------------------------------------------ */

struct shot { struct timer timer; struct pc *pc; unsigned fired; uint64_t at, again; struct shot *kill; };

static void shot_fires(void *ctx, uint64_t now)
{
    struct shot *s = ctx;
    s->fired++;
    s->at = now;
    assert_false(s->timer.armed);
    if (s->again)
        timer_arm(&s->pc->timers, &s->timer, s->again);
    if (s->kill)
        timer_cancel(&s->pc->timers, &s->kill->timer);
}

static void timers_fire_in_order(void **state)
{
    struct pc *pc = pc_new(1);
    struct shot s[4] = { 0 };

    for (int i = 0; i < 4; i++) {
        s[i].pc = pc;
        timer_init(&s[i].timer, shot_fires, &s[i]);
    }
    assert_int_equal(timer_first(&pc->timers), 0);
    timer_arm(&pc->timers, &s[0].timer, 300);
    timer_arm(&pc->timers, &s[1].timer, 100);
    timer_arm(&pc->timers, &s[2].timer, 200);
    assert_int_equal(timer_first(&pc->timers), 100);
    timer_arm(&pc->timers, &s[1].timer, 400);      /* moves */
    assert_int_equal(timer_first(&pc->timers), 200);
    assert_int_equal(timer_run(&pc->timers, 199), 200);
    s[2].kill = &s[0];
    assert_int_equal(timer_run(&pc->timers, 350), 400);
    assert_int_equal(s[2].fired, 1);
    assert_int_equal(s[0].fired, 0);               /* cancelled by another one due in the same run */
    timer_cancel(&pc->timers, &s[0].timer);
    s[1].again = 5;                                /* arms itself in the past for ever: one turn a run */
    assert_int_equal(timer_run(&pc->timers, 400), 401);
    assert_int_equal(s[1].fired, 1);
    assert_int_equal(timer_run(&pc->timers, 1000), 1001);
    assert_int_equal(s[1].fired, 2);
    timer_cancel(&pc->timers, &s[1].timer);
    timer_arm(&pc->timers, &s[3].timer, 0);
    assert_int_equal(timer_first(&pc->timers), 1);
    assert_int_equal(timer_run(&pc->timers, ~0ull), 0);
    pc_free(pc);
}

static void scaling_does_not_overflow(void **state)
{
    struct timer_queue q;
    uint64_t big = (1ull << 63) - 1;

    timer_queue_init(&q, 3000000000ull, NULL, NULL);
    assert_int_equal(timer_ticks_from_ns(&q, 1), 3);
    assert_int_equal(timer_ns_from_ticks(&q, 3000000001ull), 1000000000);
    timer_queue_init(&q, 999999937, NULL, NULL);
    assert_int_equal(timer_ticks_from_ns(&q, big),
                     (uint64_t)((unsigned __int128)big * 999999937 / 1000000000));
    timer_queue_init(&q, 17000000000ull, NULL, NULL);
    assert_int_equal(timer_ticks_from_ns(&q, big), UINT64_MAX);
    assert_int_equal(timer_ticks_from_ns(&q, 1ull << 58), (uint64_t)((unsigned __int128)(1ull << 58) * 17));
    assert_int_equal(timer_scale(UINT64_MAX, 1, UINT64_MAX >> 8), 256);
    timer_queue_init(&q, 0, NULL, NULL);           /* no rate: not a division by zero */
    assert_int_equal(timer_ticks_from_ns(&q, 77), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_checked),
        cmocka_unit_test(accesses_reach_their_device),
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(scaling_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
