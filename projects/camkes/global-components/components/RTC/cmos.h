// SPDX-License-Identifier: BSD-2-Clause
// Date and time from the registers of an MC146818-compatible clock. No hardware here. Facts: Motorola
// MC146818A data sheet, tables 3 to 5 (registers, BCD and 12-hour forms); ACPI 6.4, 5.2.9 (century).
#ifndef RTC_CMOS_H
#define RTC_CMOS_H

#include <stdbool.h>
#include <stdint.h>
#include <global-components/rtc.h>

enum cmos_reg { CMOS_SECOND = 0, CMOS_MINUTE = 2, CMOS_HOUR = 4, CMOS_DAY = 7, CMOS_MONTH = 8, CMOS_YEAR = 9,
                CMOS_A = 10, CMOS_B = 11, CMOS_CENTURY = 0x32 };
enum { CMOS_A_UPDATING = 0x80, CMOS_B_24H = 0x02, CMOS_B_BINARY = 0x04 };

/* Reads a consistent set of registers through `read` (waiting for an update to pass) and decodes it.
 * False: the clock gives nonsense or never settles; *out is then 1970-01-01 00:00:00. */
bool cmos_read(uint8_t (*read)(void *ctx, unsigned reg), void *ctx, struct rtc_time_date *out);

/* The same from registers already read: second, minute, hour, day, month, year, century, B. */
bool cmos_decode(const uint8_t raw[8], struct rtc_time_date *out);

#endif
