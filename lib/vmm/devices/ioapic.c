// SPDX-License-Identifier: BSD-2-Clause
// I/O APIC. Facts from: [1] Intel 82093AA data sheet (290566-001); [2] Intel ICH9 data sheet, 13.5 (version
// 0x20, EOI register).
//
// Not carried: delivery mode ExtINT (the 8259 pair reaches CPUs through LINT0 only).

#include <stdio.h>
#include <string.h>
#include <vmm/devices/ioapic.h>
#include <vmm/irq.h>

#define VERSION (0x20u | (IOAPIC_PINS - 1) << 16)

/* [1] 3.2.4: redirection table entry */
#define RTE_VECTOR     0xffull
#define RTE_LOGICAL    (1ull << 11)
#define RTE_REMOTE_IRR (1ull << 14)
#define RTE_LEVEL      (1ull << 15)
#define RTE_MASKED     (1ull << 16)
#define RTE_WRITABLE   0xff0000000001afffull
#define RTE_POWER_ON   RTE_MASKED

enum window { REG_ID = 0, REG_VERSION = 1, REG_ARBITRATION = 2, REG_REDIRECTION = 0x10 };

static unsigned delivery_of(uint64_t entry)
{
    return (entry >> 8) & 7;
}

static bool is_level(uint64_t entry)       /* [1]: NMI, INIT, SMI and ExtINT are edges whatever bit 15 says */
{
    return (entry & RTE_LEVEL) && delivery_of(entry) <= APIC_LOWEST;
}

/* Sends the message of a pin; a level-triggered one then waits for its EOI if somebody took it. */
static void deliver(struct ioapic *io, unsigned pin)
{
    uint64_t entry = io->redirection[pin];
    uint32_t destination = (uint32_t)(entry >> 56);
    struct apic_message m = {
        .destination = destination == 0xff ? APIC_BROADCAST : destination,
        .vector = entry & RTE_VECTOR, .delivery = (uint8_t)delivery_of(entry),
        .logical = entry & RTE_LOGICAL, .level = is_level(entry),
    };

    if (m.delivery == APIC_STARTUP || m.delivery == APIC_EXTINT)
        return;
    if (irq_deliver(io->router, &m) == 0)
        return;
    io->delivered[pin]++;
    if (m.level) {
        io->redirection[pin] |= RTE_REMOTE_IRR;
        io->in_service |= 1u << pin;
    }
}

/* A level-triggered pin that is asserted, unmasked and not in service asks. */
static void service_level(struct ioapic *io, unsigned pin)
{
    uint64_t entry = io->redirection[pin];
    if ((io->lines & (1u << pin)) && is_level(entry) && !(entry & (RTE_MASKED | RTE_REMOTE_IRR)))
        deliver(io, pin);
}

/* [1] 3.2.4: edges at a masked pin are lost. */
void ioapic_set_line(struct ioapic *io, unsigned pin, bool level)
{
    uint32_t mask = 1u << pin;

    if (pin >= IOAPIC_PINS)
        return;
    bool rising = level && !(io->lines & mask);
    io->lines = level ? io->lines | mask : io->lines & ~mask;
    if (!rising)
        return;
    if (is_level(io->redirection[pin]))
        service_level(io, pin);
    else if (!(io->redirection[pin] & RTE_MASKED))
        deliver(io, pin);
}

static void end_service(struct ioapic *io, unsigned pin)
{
    io->redirection[pin] &= ~RTE_REMOTE_IRR;
    io->in_service &= ~(1u << pin);
}

void ioapic_eoi(struct ioapic *io, uint8_t vector)
{
    uint32_t ended = 0;

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        if ((io->in_service & (1u << pin)) && (io->redirection[pin] & RTE_VECTOR) == vector) {
            end_service(io, pin);
            ended |= 1u << pin;
        }
    }
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        if (ended & (1u << pin))
            service_level(io, pin);
    }
}

static void write_redirection(struct ioapic *io, unsigned pin, bool high, uint32_t value)
{
    uint64_t *entry = &io->redirection[pin];
    uint64_t half = high ? 0xffffffff00000000ull : 0xffffffffull;
    uint64_t writable = RTE_WRITABLE & half;

    *entry = (*entry & ~writable) | ((high ? (uint64_t)value << 32 : value) & writable);
    if (!is_level(*entry))
        end_service(io, pin);                  /* remote IRR has no meaning for edges */
    service_level(io, pin);
}

static uint32_t window_read(const struct ioapic *io)
{
    unsigned pin = (io->select - REG_REDIRECTION) / 2u;

    switch (io->select) {
    case REG_ID:
    case REG_ARBITRATION:
        return (uint32_t)io->id << 24;
    case REG_VERSION:
        return VERSION;
    default:
        if (io->select < REG_REDIRECTION || pin >= IOAPIC_PINS)
            return 0;
        return (uint32_t)(io->redirection[pin] >> (io->select & 1 ? 32 : 0));
    }
}

static void window_write(struct ioapic *io, uint32_t value)
{
    unsigned pin = (io->select - REG_REDIRECTION) / 2u;

    if (io->select == REG_ID)
        io->id = (value >> 24) & 0x0f;
    else if (io->select >= REG_REDIRECTION && pin < IOAPIC_PINS)
        write_redirection(io, pin, io->select & 1, value);
}

/* [1] 3.1: registers are reached by 32-bit accesses at their own address; other bytes read zero. */
static enum exit_action ioapic_access(void *device, struct bus_access *a)
{
    struct ioapic *io = device;
    uint64_t offset = a->offset & 0xff;

    if (!a->write) {
        a->value = offset == 0x00 ? io->select : offset == 0x10 ? window_read(io) : 0;
        return EXIT_NEXT_INSN;
    }
    if (offset == 0x00)
        io->select = (uint8_t)a->value;
    else if (offset == 0x10 && a->size >= 4)
        window_write(io, (uint32_t)a->value);
    else if (offset == 0x40)                   /* [2] 13.5.4: EOI register */
        ioapic_eoi(io, (uint8_t)a->value);
    return EXIT_NEXT_INSN;
}

static void ioapic_reset(void *device)
{
    struct ioapic *io = device;
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
        io->redirection[pin] = RTE_POWER_ON;
    io->lines = io->in_service = 0;
    io->select = 0;
    io->id = io->power_on_id;
}

static int ioapic_init(void *device, const struct device_env *env, const void *cfg)
{
    struct ioapic *io = device;
    const struct ioapic_config *c = cfg;

    memset(io, 0, sizeof *io);
    io->power_on_id = c ? c->id & 0x0f : 0;
    io->router = env->irq;
    io->router->ioapic = io;
    return bus_claim(env->mmio, c && c->base ? c->base : IOAPIC_DEFAULT_BASE, 0x1000, ioapic_access, io,
                     "ioapic");
}

static void ioapic_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct ioapic *io = device;
    char text[128];

    snprintf(text, sizeof text, "ioapic: id %u lines %06x in service %06x", io->id, io->lines,
             io->in_service);
    line(ctx, text);
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        if (io->redirection[pin] == RTE_POWER_ON)
            continue;
        snprintf(text, sizeof text, "ioapic: pin %2u %016llx %s%s, %llu delivered", pin,
                 (unsigned long long)io->redirection[pin], is_level(io->redirection[pin]) ? "level" : "edge",
                 io->redirection[pin] & RTE_MASKED ? " masked" : "", (unsigned long long)io->delivered[pin]);
        line(ctx, text);
    }
}

const struct device_class ioapic_class = { "ioapic", sizeof(struct ioapic), ioapic_init, ioapic_reset,
    ioapic_dump };
