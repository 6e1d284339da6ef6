// SPDX-License-Identifier: BSD-2-Clause
// Source: emits, and waits until its sinks have acknowledged.
#include <camkes.h>
#include <stdio.h>

/* Acknowledgements of several sinks may come as one signal: their badges add up. */
static void wait_for(seL4_Word sinks)
{
    seL4_Word seen = 0;
    while ((seen & sinks) != sinks) {
        seL4_Word badge;
        seL4_Wait(ack_notification(), &badge);
        seen |= badge;
    }
}

int run(void)
{
    for (int round = 0; round < 3; round++) {
        tick_emit();
        wait_for(1 | 2);
    }
    for (int i = 0; i < 5; i++) {
        item_emit();
    }
    wait_for(1);
    left_emit();
    right_emit();
    wait_for(1);
    baton_emit();
    baton_emit();
    printf("source: all done\n");
    return 0;
}
