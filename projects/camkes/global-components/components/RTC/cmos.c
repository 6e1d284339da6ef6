// SPDX-License-Identifier: BSD-2-Clause
// Decoding of the CMOS clock; see cmos.h.
#include "cmos.h"
#include <string.h>

static const struct rtc_time_date epoch = { .day = 1, .month = 1, .year = 1970 };

static unsigned number(uint8_t v, bool binary)
{
    return binary ? v : (v >> 4) * 10u + (v & 15u);
}

static bool is_bcd(uint8_t v)
{
    return (v & 15) < 10 && v < 0xa0;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool plausible(const struct rtc_time_date *t)
{
    return t->second < 60 && t->minute < 60 && t->hour < 24 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in_month(t->year, t->month);
}

static unsigned hour_of(uint8_t raw, uint8_t b)
{
    unsigned h = number(raw & 0x7f, b & CMOS_B_BINARY);

    if (b & CMOS_B_24H)
        return number(raw, b & CMOS_B_BINARY);
    return h % 12 + (raw & 0x80 ? 12 : 0);             /* 12 AM is hour 0 */
}

static unsigned year_of(uint8_t raw, uint8_t century, uint8_t b)
{
    unsigned y = number(raw, b & CMOS_B_BINARY);
    unsigned c = number(century, b & CMOS_B_BINARY);

    if (c >= 19 && c <= 21 && (b & CMOS_B_BINARY || is_bcd(century)))
        return c * 100 + y;
    return y + (y < 70 ? 2000 : 1900);                 /* no century register on this machine */
}

bool cmos_decode(const uint8_t raw[8], struct rtc_time_date *out)
{
    uint8_t b = raw[7];
    bool binary = b & CMOS_B_BINARY, digits = true;

    for (int i = 0; i < 6 && !binary; i++)
        digits = digits && is_bcd(i == 2 ? raw[i] & 0x7f : raw[i]);
    *out = (struct rtc_time_date){
        .second = (uint8_t)number(raw[0], binary),
        .minute = (uint8_t)number(raw[1], binary),
        .hour = (uint8_t)hour_of(raw[2], b),
        .day = (uint8_t)number(raw[3], binary),
        .month = (uint8_t)number(raw[4], binary),
        .year = (uint16_t)year_of(raw[5], raw[6], b),
    };
    if (digits && plausible(out))
        return true;
    *out = epoch;
    return false;
}

static void read_all(uint8_t (*read)(void *ctx, unsigned reg), void *ctx, uint8_t raw[8])
{
    static const uint8_t reg[8] = { CMOS_SECOND, CMOS_MINUTE, CMOS_HOUR, CMOS_DAY, CMOS_MONTH, CMOS_YEAR, CMOS_CENTURY,
                                    CMOS_B };

    /* An update takes up to 2 ms; the bound only keeps a dead clock from hanging us. */
    for (unsigned i = 0; i < 20000 && (read(ctx, CMOS_A) & CMOS_A_UPDATING); i++)
        ;
    for (int i = 0; i < 8; i++)
        raw[i] = read(ctx, reg[i]);
}

bool cmos_read(uint8_t (*read)(void *ctx, unsigned reg), void *ctx, struct rtc_time_date *out)
{
    uint8_t a[8], b[8];

    read_all(read, ctx, a);
    for (int i = 0; i < 4; i++) {                      /* twice the same: no update came between */
        read_all(read, ctx, b);
        if (memcmp(a, b, sizeof a) == 0)
            return cmos_decode(a, out);
        memcpy(a, b, sizeof a);
    }
    *out = epoch;
    return false;
}

int64_t rtc_to_unix(const struct rtc_time_date *t)
{
    int64_t days = 0;

    for (unsigned y = 1970; y < t->year; y++)
        days += days_in_month(y, 2) == 29 ? 366 : 365;
    for (unsigned m = 1; m < t->month; m++)
        days += days_in_month(t->year, m);
    days += t->day - 1;
    return ((days * 24 + t->hour) * 60 + t->minute) * 60 + t->second;
}
