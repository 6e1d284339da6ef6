// SPDX-License-Identifier: BSD-2-Clause
// RTC: date and time of the machine's CMOS clock. Interface `rtc`.
#include <camkes.h>
#include "cmos.h"

enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71, NMI_OFF = 0x80 };

static uint8_t read_register(void *ctx, unsigned reg)
{
    cmos_out8(CMOS_INDEX, NMI_OFF | (uint8_t)reg);
    return cmos_in8(CMOS_DATA);
}

rtc_time_date_t rtc_time_date(void)
{
    struct rtc_time_date now;

    cmos_read(read_register, 0, &now);
    cmos_out8(CMOS_INDEX, 0);
    return now;
}
