// SPDX-License-Identifier: BSD-2-Clause
// ACPI fixed hardware. Facts from: [1] ACPI specification 6.4, 4.8 (fixed hardware registers).
//
// There is no legacy mode: SCI_EN is always set and the FADT has no SMI command port.

#include <stdio.h>
#include <string.h>
#include <vmm/devices/acpi_pm.h>
#include <vmm/devices/pic8259.h>
#include <vmm/irq.h>

/* [1] tables 4.13, 4.14, 4.15 */
enum { STS_TIMER = 1 << 0, STS_GLOBAL = 1 << 5, STS_POWER_BUTTON = 1 << 8, STS_SLEEP_BUTTON = 1 << 9,
       STS_RTC = 1 << 10, STS_WAKE = 1 << 15 };
#define STS_CLEARABLE                                                                                        \
    (STS_TIMER | 1 << 4 | STS_GLOBAL | STS_POWER_BUTTON | STS_SLEEP_BUTTON | STS_RTC | STS_WAKE)
#define EN_WRITABLE (STS_TIMER | STS_GLOBAL | STS_POWER_BUTTON | STS_SLEEP_BUTTON | STS_RTC)
#define CNT_SCI_EN 0x0001
#define CNT_WRITABLE 0x1c02            /* SLP_TYP, BM_RLD; GBL_RLS and SLP_EN read as zero */
#define CNT_SLP_EN 0x2000

static uint64_t timer_count(const struct acpi_pm *p)
{
    return timer_scale(timer_now(p->timers) - p->start, ACPI_PM_TIMER_HZ, p->timers->tsc_hz);
}

/* TMR_STS follows each change of the count's top bit. */
static void catch_up(struct acpi_pm *p)
{
    uint64_t changes = timer_count(p) >> 31;
    if (changes != p->overflow_seen)
        p->status |= STS_TIMER;
    p->overflow_seen = changes;
}

static void update(struct acpi_pm *p)
{
    bool line = (p->status & p->enable & EN_WRITABLE) || (p->gpe_status & p->gpe_enable);
    if (line != p->line) {
        p->line = line;
        irq_set(p->router, p->cfg.sci, line);
    }
    if (p->enable & STS_TIMER)
        timer_arm(p->timers, &p->overflow_timer, p->start + 1 +
                  timer_scale((p->overflow_seen + 1) << 31, p->timers->tsc_hz, ACPI_PM_TIMER_HZ));
    else
        timer_cancel(p->timers, &p->overflow_timer);
}

static void overflow_due(void *device, uint64_t now)
{
    struct acpi_pm *p = device;
    catch_up(p);
    update(p);
}

void acpi_pm_power_button(struct acpi_pm *p)
{
    p->status |= STS_POWER_BUTTON;
    update(p);
}

void acpi_pm_set_gpe(struct acpi_pm *p, unsigned bit)
{
    if (bit >= 16)
        return;
    p->gpe_status |= (uint16_t)(1u << bit);
    update(p);
}

/* The 16-bit registers, by even offset; a byte of one is read or written. */
static uint8_t read_byte(struct acpi_pm *p, unsigned offset)
{
    uint16_t value;

    switch (offset & ~1u) {
    case ACPI_PM1_EVT:
        catch_up(p);
        value = p->status;
        break;
    case ACPI_PM1_EVT + 2: value = p->enable; break;
    case ACPI_PM1_CNT:     value = p->control | CNT_SCI_EN; break;
    case ACPI_GPE0:        value = p->gpe_status; break;
    case ACPI_GPE0 + 2:    value = p->gpe_enable; break;
    default:
        if (offset >= ACPI_PM_TMR && offset < ACPI_PM_TMR + 4)
            return (uint8_t)(timer_count(p) >> 8 * (offset - ACPI_PM_TMR));
        return 0;
    }
    return (uint8_t)(value >> 8 * (offset & 1));
}

static enum exit_action write_byte(struct acpi_pm *p, unsigned offset, uint8_t byte)
{
    unsigned shift = 8 * (offset & 1);
    uint16_t value = (uint16_t)(byte << shift), lane = (uint16_t)(0xff << shift);

    switch (offset & ~1u) {
    case ACPI_PM1_EVT:
        catch_up(p);
        p->status &= (uint16_t)~(value & STS_CLEARABLE);
        break;
    case ACPI_PM1_EVT + 2:
        catch_up(p);
        p->enable = (uint16_t)((p->enable & ~lane) | (value & EN_WRITABLE));
        break;
    case ACPI_PM1_CNT:
        p->control = (uint16_t)((p->control & ~lane) | (value & CNT_WRITABLE));
        if ((value & CNT_SLP_EN) && (p->control >> 10 & 7) == ACPI_S5_TYPE)
            return EXIT_POWER_OFF;
        break;
    case ACPI_GPE0:
        p->gpe_status &= (uint16_t)~value;
        break;
    case ACPI_GPE0 + 2:
        p->gpe_enable = (uint16_t)((p->gpe_enable & ~lane) | value);
        break;
    }
    update(p);
    return EXIT_NEXT_INSN;
}

static enum exit_action pm_access(void *device, struct bus_access *a)
{
    struct acpi_pm *p = device;

    if (!a->write && a->size == 4 && a->offset == ACPI_PM_TMR) {
        a->value = (uint32_t)timer_count(p);
        return EXIT_NEXT_INSN;
    }
    if (a->size != 1)
        return bus_bytewise(pm_access, device, a);
    if (a->write)
        return write_byte(p, (unsigned)a->offset, (uint8_t)a->value);
    a->value = read_byte(p, (unsigned)a->offset);
    return EXIT_NEXT_INSN;
}

static void pm_reset(void *device)
{
    struct acpi_pm *p = device;

    p->status = p->enable = p->control = p->gpe_status = p->gpe_enable = 0;
    p->start = timer_now(p->timers);
    p->overflow_seen = 0;
    p->line = false;
    timer_cancel(p->timers, &p->overflow_timer);
    if (p->router->pic)
        pic8259_set_level_triggered(p->router->pic, p->cfg.sci);
}

static int pm_init(void *device, const struct device_env *env, const void *cfg)
{
    struct acpi_pm *p = device;

    memset(p, 0, sizeof *p);
    if (cfg)
        p->cfg = *(const struct acpi_pm_config *)cfg;
    if (p->cfg.base == 0)
        p->cfg.base = ACPI_PM_DEFAULT_BASE;
    if (p->cfg.sci == 0)
        p->cfg.sci = ACPI_SCI_IRQ;
    p->timers = env->timers;
    p->router = env->irq;
    timer_init(&p->overflow_timer, overflow_due, p);
    pm_reset(p);
    return bus_claim(env->pio, p->cfg.base, ACPI_PM_SIZE, pm_access, p, "acpi-pm");
}

static void pm_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct acpi_pm *p = device;
    char text[128];

    snprintf(text, sizeof text, "acpi-pm: sts %04x en %04x cnt %04x gpe %04x/%04x timer %08x sci %d",
             p->status, p->enable, p->control, p->gpe_status, p->gpe_enable, (uint32_t)timer_count(p),
             p->line);
    line(ctx, text);
}

const struct device_class acpi_pm_class = { "acpi-pm", sizeof(struct acpi_pm), pm_init, pm_reset, pm_dump };
