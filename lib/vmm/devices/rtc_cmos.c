// SPDX-License-Identifier: BSD-2-Clause
// MC146818 clock and CMOS RAM. Facts from: [1] Motorola MC146818 data sheet (DS9700R2); [2] the usual PC CMOS
// map.
//
// Time is the platform's wall clock plus an offset that the guest changes by setting the clock. While it does
// so (register B, SET) the time fields live in ram[]. Flags of register C are computed when somebody looks or
// when an enabled interrupt is due.

#include <stdio.h>
#include <string.h>
#include <vmm/devices/rtc_cmos.h>
#include <vmm/irq.h>

#define IRQ 8
#define NS_PER_S 1000000000
#define UPDATE_NS (1984000 + 244000)   /* [1] table 4: UIP comes 244 us before the 1984 us of an update */
#define MIN_WAIT_NS 100000
#define DAY_S 86400

enum { SECOND, SECOND_ALARM, MINUTE, MINUTE_ALARM, HOUR, HOUR_ALARM, WEEKDAY, DAY, MONTH, YEAR,
       REG_A, REG_B, REG_C, REG_D };
enum { A_UIP = 0x80, A_RATE = 0x0f };
enum { B_SET = 0x80, B_PERIODIC = 0x40, B_ALARM = 0x20, B_UPDATE = 0x10, B_BINARY = 0x04, B_24H = 0x02 };
enum { C_IRQ = 0x80, C_PERIODIC = 0x40, C_ALARM = 0x20, C_UPDATE = 0x10, C_SOURCES = 0x70 };

struct civil { int64_t year; unsigned month, day, hour, minute, second, weekday; };

/* ----------------------------------------------- calendar ----------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970-01-01. Years are counted from March so that the leap day is the last one. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    unsigned m = (month + 9) % 12;
    return 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) + (153 * m + 2) / 5 + day - 1 -
           719468;
}

static struct civil civil_of(int64_t seconds)
{
    int64_t days = floor_div(seconds, DAY_S);
    unsigned rest = (unsigned)(seconds - days * DAY_S);
    struct civil c = { .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60 };

    c.weekday = (unsigned)((days + 4) - floor_div(days + 4, 7) * 7) + 1;     /* Sunday = 1 */
    c.year = 1970 + floor_div(days, days < 0 ? 365 : 366);    /* at most the right one; */
    while (days >= days_of(c.year + 1, 1, 1))                 /* some steps for far years */
        c.year++;
    c.month = 1;
    while (c.month < 12 && days >= days_of(c.year, c.month + 1, 1))
        c.month++;
    c.day = (unsigned)(days - days_of(c.year, c.month, 1)) + 1;
    return c;
}

/* ------------------------------------------------ fields ------------------------------------------------ */

static uint8_t encode(const struct rtc_cmos *r, unsigned value)
{
    return (uint8_t)(r->ram[REG_B] & B_BINARY ? value : value / 10 % 10 << 4 | value % 10);
}

static unsigned decode(const struct rtc_cmos *r, uint8_t value)
{
    return r->ram[REG_B] & B_BINARY ? value : (value >> 4) * 10u + (value & 0xf);
}

static uint8_t encode_hour(const struct rtc_cmos *r, unsigned hour)
{
    if (r->ram[REG_B] & B_24H)
        return encode(r, hour);
    return (uint8_t)(encode(r, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? 0x80 : 0));
}

static unsigned decode_hour(const struct rtc_cmos *r, uint8_t value)
{
    if (r->ram[REG_B] & B_24H)
        return decode(r, value);
    return decode(r, value & 0x7f) % 12 + (value & 0x80 ? 12 : 0);
}

static int64_t wall_ns(const struct rtc_cmos *r)
{
    return r->platform->wall_clock_ns ? r->platform->wall_clock_ns(r->platform->ctx) : 0;
}

static int64_t guest_second(const struct rtc_cmos *r)
{
    return floor_div(wall_ns(r), NS_PER_S) + r->offset_s;
}

static void store_fields(struct rtc_cmos *r, int64_t seconds)
{
    struct civil c = civil_of(seconds);
    r->ram[SECOND] = encode(r, c.second);
    r->ram[MINUTE] = encode(r, c.minute);
    r->ram[HOUR] = encode_hour(r, c.hour);
    r->ram[WEEKDAY] = encode(r, c.weekday);
    r->ram[DAY] = encode(r, c.day);
    r->ram[MONTH] = encode(r, c.month);
    r->ram[YEAR] = encode(r, (unsigned)(c.year % 100));
    r->ram[RTC_CENTURY] = (uint8_t)(c.year / 1000 % 10 << 4 | c.year / 100 % 10);
}

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
    return value < low ? low : value > high ? high : value;
}

/* The guest may have written anything; impossible dates are bent to the nearest sensible field. */
static int64_t load_fields(const struct rtc_cmos *r)
{
    uint8_t century = r->ram[RTC_CENTURY];
    int64_t year = ((century >> 4) * 10 + (century & 0xf)) * 100 + decode(r, r->ram[YEAR]) % 100;
    int64_t days =
        days_of(year, clamp(decode(r, r->ram[MONTH]), 1, 12), clamp(decode(r, r->ram[DAY]), 1, 31));
    return days * DAY_S + clamp(decode_hour(r, r->ram[HOUR]), 0, 23) * 3600 +
           clamp(decode(r, r->ram[MINUTE]), 0, 59) * 60 + clamp(decode(r, r->ram[SECOND]), 0, 59);
}

static bool is_time_field(unsigned index)
{
    return index == SECOND || index == MINUTE || index == HOUR || (index >= WEEKDAY && index <= YEAR) ||
           index == RTC_CENTURY;
}

/* ----------------------------------------- flags and interrupts ----------------------------------------- */

static bool alarm_field_matches(uint8_t alarm, uint8_t now)
{
    return alarm >= 0xc0 || alarm == now;      /* [1]: the two top bits set mean "any" */
}

static bool alarm_at(const struct rtc_cmos *r, unsigned second_of_day)
{
    return alarm_field_matches(r->ram[SECOND_ALARM], encode(r, second_of_day % 60)) &&
           alarm_field_matches(r->ram[MINUTE_ALARM], encode(r, second_of_day / 60 % 60)) &&
           alarm_field_matches(r->ram[HOUR_ALARM], encode_hour(r, second_of_day / 3600));
}

/* Update and alarm flags for the seconds that began since the last look; a day holds every alarm. */
static void catch_up_seconds(struct rtc_cmos *r)
{
    int64_t now = guest_second(r);
    int64_t from = now - r->seen_s > DAY_S ? now - DAY_S : r->seen_s;

    r->seen_s = now;
    if (now <= from || (r->ram[REG_B] & B_SET))
        return;
    r->ram[REG_C] |= C_UPDATE;
    for (int64_t s = from + 1; s <= now && !(r->ram[REG_C] & C_ALARM); s++) {
        if (alarm_at(r, (unsigned)(s - floor_div(s, DAY_S) * DAY_S)))
            r->ram[REG_C] |= C_ALARM;
    }
}

/* [1] table 5: 32.768 kHz >> (rate - 1); rates 1 and 2 as 8 and 9. 0 = off. Host ticks. */
static uint64_t period_ticks(const struct rtc_cmos *r)
{
    unsigned rate = r->ram[REG_A] & A_RATE;
    if (rate == 0)
        return 0;
    if (rate <= 2)
        rate += 7;
    return timer_scale(1u << (rate - 1), r->timers->tsc_hz, 32768);
}

static void catch_up_periodic(struct rtc_cmos *r)
{
    uint64_t now = timer_now(r->timers), period = period_ticks(r);
    if (period == 0 || now - r->periodic_seen < period)
        return;
    r->periodic_seen += (now - r->periodic_seen) / period * period;
    r->ram[REG_C] |= C_PERIODIC;
}

/* Sets the line, and the timers for what can change it. */
static void update(struct rtc_cmos *r)
{
    uint8_t b = r->ram[REG_B];
    bool active = r->ram[REG_C] & b & C_SOURCES;

    r->ram[REG_C] = (uint8_t)((r->ram[REG_C] & C_SOURCES) | (active ? C_IRQ : 0));
    irq_set(r->router, IRQ, active);
    if ((b & (B_ALARM | B_UPDATE)) && !(b & B_SET)) {
        int64_t ns = wall_ns(r);
        int64_t left = (floor_div(ns, NS_PER_S) + 1) * NS_PER_S - ns;
        timer_arm(r->timers, &r->second_timer, timer_now(r->timers) +
                  timer_ticks_from_ns(r->timers, left < MIN_WAIT_NS ? MIN_WAIT_NS : (uint64_t)left));
    } else {
        timer_cancel(r->timers, &r->second_timer);
    }
    if ((b & B_PERIODIC) && period_ticks(r))
        timer_arm(r->timers, &r->periodic_timer, r->periodic_seen + period_ticks(r));
    else
        timer_cancel(r->timers, &r->periodic_timer);
}

static void second_due(void *device, uint64_t now)
{
    catch_up_seconds(device);
    update(device);
}

static void period_due(void *device, uint64_t now)
{
    catch_up_periodic(device);
    update(device);
}

/* ---------------------------------------------- registers ----------------------------------------------- */

static bool update_in_progress(const struct rtc_cmos *r)
{
    int64_t ns = wall_ns(r);
    return !(r->ram[REG_B] & B_SET) && ns - floor_div(ns, NS_PER_S) * NS_PER_S >= NS_PER_S - UPDATE_NS;
}

static uint8_t read_flags(struct rtc_cmos *r)
{
    catch_up_seconds(r);
    catch_up_periodic(r);
    update(r);
    uint8_t value = r->ram[REG_C];
    r->ram[REG_C] = 0;
    update(r);
    return value;
}

static uint8_t cmos_read(struct rtc_cmos *r, unsigned index)
{
    if (is_time_field(index) && !(r->ram[REG_B] & B_SET))
        store_fields(r, guest_second(r));
    switch (index) {
    case REG_A: return (uint8_t)(r->ram[REG_A] | (update_in_progress(r) ? A_UIP : 0));
    case REG_C: return read_flags(r);
    case REG_D: return 0x80;                   /* the battery is good */
    default:    return r->ram[index];
    }
}

static void set_clock(struct rtc_cmos *r)
{
    r->offset_s += load_fields(r) - guest_second(r);
    r->seen_s = guest_second(r);
}

static void write_b(struct rtc_cmos *r, uint8_t value)
{
    bool was_set = r->ram[REG_B] & B_SET;

    if (!was_set && (value & B_SET))
        store_fields(r, guest_second(r));
    catch_up_seconds(r);
    catch_up_periodic(r);
    if (value & B_SET)
        value &= (uint8_t)~B_UPDATE;           /* [1]: SET clears UIE */
    r->ram[REG_B] = value;
    if (was_set && !(value & B_SET))
        set_clock(r);
    update(r);
}

static void cmos_write(struct rtc_cmos *r, unsigned index, uint8_t value)
{
    switch (index) {
    case REG_A:
        catch_up_periodic(r);
        r->ram[REG_A] = value & (uint8_t)~A_UIP;
        r->periodic_seen = timer_now(r->timers);
        update(r);
        return;
    case REG_B:
        write_b(r, value);
        return;
    case REG_C:
    case REG_D:
        return;
    default:
        break;
    }
    if (!is_time_field(index) || (r->ram[REG_B] & B_SET)) {
        r->ram[index] = value;
        return;
    }
    store_fields(r, guest_second(r));          /* a field changed while the clock runs */
    r->ram[index] = value;
    set_clock(r);
}

/* Ports 0x70 (index; bit 7 masks NMI), 0x71 (data), 0x72 and 0x73 (upper bank). */
static enum exit_action rtc_access(void *device, struct bus_access *a)
{
    struct rtc_cmos *r = device;

    if (a->size != 1)
        return bus_bytewise(rtc_access, device, a);
    switch ((a->offset & 3) | (a->write ? 4 : 0)) {
    case 0: a->value = 0xff; break;            /* write-only */
    case 1: a->value = cmos_read(r, r->index); break;
    case 2: a->value = r->index_high; break;
    case 3: a->value = r->ram[0x80 | r->index_high]; break;
    case 4: r->index = a->value & 0x7f; break;
    case 5: cmos_write(r, r->index, (uint8_t)a->value); break;
    case 6: r->index_high = a->value & 0x7f; break;
    case 7: r->ram[0x80 | r->index_high] = (uint8_t)a->value; break;
    }
    return EXIT_NEXT_INSN;
}

/* ------------------------------------------------ class ------------------------------------------------- */

static void put16(struct rtc_cmos *r, unsigned index, uint64_t value)
{
    if (value > 0xffff)
        value = 0xffff;
    r->ram[index] = (uint8_t)value;
    r->ram[index + 1] = (uint8_t)(value >> 8);
}

/* [2]: 0x15 base KiB, 0x17 and 0x30 KiB above 1 MiB, 0x34 64 KiB units above 16 MiB, 0x5b above 4 GiB */
static void store_memory_size(struct rtc_cmos *r)
{
    uint64_t below = r->cfg.ram_below_4g, above = r->cfg.ram_above_4g >> 16, mib = 1 << 20;
    uint64_t extended = below > mib ? (below - mib) >> 10 : 0;

    put16(r, 0x15, 640);
    put16(r, 0x17, extended);
    put16(r, 0x30, extended);
    put16(r, 0x34, below > 16 * mib ? (below - 16 * mib) >> 16 : 0);
    if (above > 0xffffff)
        above = 0xffffff;
    put16(r, 0x5b, above & 0xffff);
    r->ram[0x5d] = (uint8_t)(above >> 16);
}

static void rtc_reset(void *device)
{
    struct rtc_cmos *r = device;
    unsigned sum = 0;

    r->index = r->index_high = 0;
    r->ram[REG_A] = 0x26;                      /* 32.768 kHz, 1024 Hz */
    r->ram[REG_B] = B_24H;
    r->ram[REG_C] = 0;
    r->ram[0x0f] = 0;                          /* shutdown status: normal */
    r->ram[0x14] = 0x02;                       /* equipment: FPU */
    store_memory_size(r);
    for (unsigned i = 0x10; i <= 0x2d; i++)
        sum += r->ram[i];
    r->ram[0x2e] = (uint8_t)(sum >> 8);
    r->ram[0x2f] = (uint8_t)sum;
    r->seen_s = guest_second(r);
    r->periodic_seen = timer_now(r->timers);
    timer_cancel(r->timers, &r->second_timer);
    timer_cancel(r->timers, &r->periodic_timer);
}

static int rtc_init(void *device, const struct device_env *env, const void *cfg)
{
    struct rtc_cmos *r = device;

    memset(r, 0, sizeof *r);
    if (cfg)
        r->cfg = *(const struct rtc_config *)cfg;
    r->platform = env->platform;
    r->timers = env->timers;
    r->router = env->irq;
    timer_init(&r->second_timer, second_due, r);
    timer_init(&r->periodic_timer, period_due, r);
    rtc_reset(r);
    return bus_claim(env->pio, 0x70, 4, rtc_access, r, "rtc");
}

static void rtc_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct rtc_cmos *r = device;
    struct civil c = civil_of(guest_second(r));
    char text[128];

    snprintf(text, sizeof text, "rtc: %lld-%02u-%02u %02u:%02u:%02u A %02x B %02x C %02x index %02x",
             (long long)c.year, c.month, c.day, c.hour, c.minute, c.second, r->ram[REG_A], r->ram[REG_B],
             r->ram[REG_C], r->index);
    line(ctx, text);
}

const struct device_class rtc_cmos_class = { "rtc-cmos", sizeof(struct rtc_cmos), rtc_init, rtc_reset,
    rtc_dump };
