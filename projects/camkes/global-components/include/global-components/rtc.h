// SPDX-License-Identifier: BSD-2-Clause
// Date and time as interface RTC gives them.
#ifndef GLOBAL_COMPONENTS_RTC_H
#define GLOBAL_COMPONENTS_RTC_H

#include <stdint.h>

typedef struct rtc_time_date {
    uint8_t second, minute, hour;      /* 0..59, 0..59, 0..23 */
    uint8_t day, month;                /* 1..31, 1..12 */
    uint16_t year;
} rtc_time_date_t;

/* Seconds since 1970-01-01 00:00:00, in the same zone as the date. */
int64_t rtc_to_unix(const struct rtc_time_date *);

#endif
