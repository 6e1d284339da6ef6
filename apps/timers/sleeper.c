// SPDX-License-Identifier: BSD-2-Clause
// Sleeper: waits for its timers, one after the other.
#include <camkes.h>
#include <global-components/getchar.h>
#include <global-components/putchar.h>
#include <stdio.h>

PUTCHAR_STDOUT(console)

#define MS 1000000ull

static unsigned since(uint64_t start) { return (unsigned)((timer_time() - start) / MS); }

/* Waits until timer `number` has fired; what else comes is left out. */
static void wait_for(int number)
{
    while (!(timer_completed() & 1u << number)) {
        timer_wait();
    }
}

/* What a person types, up to Enter: a queue in memory shared with the serial server, and a signal. */
static void read_line(char *line, size_t room)
{
    struct byte_ring ring = getchar_ring(keys_buf, keys_get_size());
    size_t n = 0;
    while (n + 1 < room && (n == 0 || line[n - 1] != '\r')) {
        if (!byte_ring_get(&ring, line + n, 1)) {
            keys_wait();
        } else {
            n++;
        }
    }
    line[n ? n - 1 : 0] = '\0';
}

int run(void)
{
    const rtc_time_date_t now = rtc_time_date();
    printf("sleeper: the date is %04d-%02d-%02d\n", now.year, now.month, now.day);

    uint64_t start = timer_time();
    timer_oneshot_relative(0, 50 * MS);
    wait_for(0);
    printf("sleeper: 50 ms took %u\n", since(start));

    start = timer_time();
    timer_periodic(3, 10 * MS);
    for (int i = 0; i < 20; i++) {
        wait_for(3);
    }
    timer_stop(3);
    printf("sleeper: 20 periods of 10 ms took %u\n", since(start));

    start = timer_time();
    timer_oneshot_absolute(1, start + 30 * MS);
    timer_oneshot_absolute(2, start + 60 * MS);
    wait_for(2);
    printf("sleeper: both of two took %u, timer 99 is %s\n", since(start),
           timer_stop(99) ? "refused" : "THERE");
    char line[40];
    printf("sleeper: type a line\n");
    read_line(line, sizeof(line));
    printf("sleeper: you typed '%s'\n", line);
    go_emit();
    return 0;
}
