// SPDX-License-Identifier: BSD-2-Clause
// Judge: counts, compares, prints PASS or FAIL.
#include <camkes.h>
#include <stdio.h>
#include <string.h>

static int selfmade;

static void check(int ok, const char *what) { printf("%s judge: %s\n", ok ? "PASS" : "FAIL", what); }

static void on_selfmade(void *argument)
{
    selfmade += argument == &selfmade;
    if (selfmade < 5) {
        selfmade_too_emit();
    }
}

static void judge_witness(void)
{
    uint32_t *end = (uint32_t *)((char *)large + large_size) - 4, period;
    ports_out8(0x70, 0x8d);
    check(ports_in8(0x71) & 0x80, "the clock's battery is good");
    memcpy(&period, registers->content + 4, 4);
    check(large_size == 0x400000 && end[0] == 0x70717273, "memory of large pages");
    check(period && end[1] == period, "two components read the same registers");
    check(!strcmp(one->content, "seen") && !strcmp(two->content, "seen") && one != two, "joined memory is the same");
}

static void judge_shots(void)
{
    void (*const wait[])(void) = { shots0_wait, shots1_wait, shots2_wait };
    int (*const poll[])(void) = { shots0_poll, shots1_poll, shots2_poll };
    int more = 0;
    for (int i = 0; i < 3 * shots_each; i++) {
        wait[i % 3]();
    }
    for (int i = 0; i < 3; i++) {
        more += poll[i]();
    }
    check(more == 0, "every shot counted once");
    finished_wait();                      /* three emitters, at least one signal */
    check(finished_notification() == halves_notification(), "one notification for all");
}

int run(void)
{
    selfmade_reg_callback(on_selfmade, &selfmade);
    selfmade_too_emit();
    halves_wait();                        /* the witness, or one of the halves; callbacks run meanwhile */
    while (strcmp(one->content, "seen") != 0) {
        halves_poll();
    }
    judge_witness();
    judge_shots();
    check(halves_notification_badge() >> 27 == 1 && !(halves_notification_badge() & finished_notification_badge() &
          0xff0), "badges as the settings say");
    while (selfmade < 5) {
        finished_poll();
    }
    while (*(volatile int *)theirs->content < 2 * 200) {
        halves_poll();
    }
    check(*(volatile int *)theirs->content == 2 * 200, "there and back inside one address space");
    check(selfmade == 5, "callbacks of the control thread");
    printf("judge: done\n");
    return 0;
}
