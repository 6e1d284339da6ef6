// SPDX-License-Identifier: BSD-2-Clause
// RTC: what the component implements and what its glue gives it.
#ifndef RTC_H
#define RTC_H

#include "cmos.h"

/* provides RTC rtc */
struct rtc_time_date rtc_time_date(void);

/* glue: port 0x70 selects a register, port 0x71 reads it */
uint8_t cmos_in8(uint16_t port);
void cmos_out8(uint16_t port, uint8_t value);

#endif
