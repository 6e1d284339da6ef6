// SPDX-License-Identifier: BSD-2-Clause
// RTC's glue: messages to rtc_* and back, port access. Stands in for what the assembly compiler generates.
#include "RTC.h"
#include <global-components/rpc.h>
#include <rt/rpc.h>

uint8_t cmos_in8(uint16_t port)
{
    return (uint8_t)seL4_X86_IOPort_In8(rt_cap("cmos"), port).result;
}

void cmos_out8(uint16_t port, uint8_t value)
{
    seL4_X86_IOPort_Out8(rt_cap("cmos"), port, value);
}

static void serve(void *ctx, seL4_Word badge, struct rt_message *m)
{
    if (m->label != RTC_TIME_DATE) {
        *m = (struct rt_message){ .label = RPC_BAD_REQUEST };
        return;
    }
    struct rtc_time_date t = rtc_time_date();
    *m = (struct rt_message){ .length = 6, .word = { t.second, t.minute, t.hour, t.day, t.month, t.year } };
}

int run(void)
{
    rt_serve(rt_cap("rtc"), serve, NULL);
}
