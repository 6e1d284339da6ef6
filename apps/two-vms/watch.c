// SPDX-License-Identifier: BSD-2-Clause
// Watch: tells the time after 1, 2, 4, 8 ... seconds, and has each tick written down.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>

PUTCHAR_STDOUT(putchar)

#define SECOND 1000000000ull

int run(void)
{
    for (uint64_t s = (uint64_t)first_second;; s *= 2) {
        if (timer_oneshot_absolute(0, s * SECOND) != 0) {
            printf("watch: the time server gives no timer\n");
            return 1;
        }
        timer_wait();
        rtc_time_date_t t = clock_time_date();
        uint32_t entries = entries_add("tick");
        printf("watch: %02d:%02d:%02d, tick %u after %llu s\n", t.hour, t.minute, t.second, (unsigned)entries,
               (unsigned long long)(timer_time() / SECOND));
    }
}
