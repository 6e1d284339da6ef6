// SPDX-License-Identifier: BSD-2-Clause
// Prints lines. Everything happens in the control thread, so that nothing needs a lock.
#include <camkes.h>
#include <stdio.h>

static int count, rings;

void log_line(const char *text)
{
    printf("[%u] %s\n", (unsigned)log_get_sender_id(), text);
    count++;
}

int stats_lines(void) { return count; }

static void on_bell(void *unused)
{
    printf("ring %d\n", ++rings);
}

int run(void)
{
    bell_reg_callback(on_bell, NULL);
    camkes_serve();                       /* log, stats and bell; never returns */
}
