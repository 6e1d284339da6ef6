// SPDX-License-Identifier: BSD-2-Clause
// Ringer: has everything call back; its control thread only hands out what comes.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>

PUTCHAR_STDOUT(console)

#define MS 1000000ull

static int rung;

static void on_timer(void *unused)
{
    if (timer_completed() & 1) {
        printf("ringer: ring %d\r\n", ++rung);
        if (rung == rings) {
            timer_stop(0);
            printf("ringer: done\r\n");
        }
    }
}

static void on_go(void *unused) { timer_periodic(0, 20 * MS); }

int run(void)
{
    timer_reg_callback(on_timer, NULL);
    go_reg_callback(on_go, NULL);
    camkes_global_run();
}
