// SPDX-License-Identifier: BSD-2-Clause
// Fixture of the device tests: buses, timers, router and platform with a clock that the test moves by hand.
#ifndef VMM_TESTS_PC_H
#define VMM_TESTS_PC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <vmm/devices/lapic.h>
#include <vmm/irq.h>

#define PC_TSC_HZ 2000000000ull
#define PC_DEVICES 24
#define US (PC_TSC_HZ / 1000000)
#define MS (PC_TSC_HZ / 1000)

struct pc {
    uint64_t tsc;                       /* the fake clock */
    int64_t wall_at_0;                  /* wall clock when tsc was 0, ns */
    struct vm_platform platform;
    struct bus pio, mmio;
    struct timer_queue timers;
    struct irq_router router;
    struct device_env env;
    unsigned ndevices;
    struct { const struct device_class *class; void *state; } device[PC_DEVICES];

    unsigned wakes[IRQ_MAX_VCPUS], nmis[IRQ_MAX_VCPUS], inits[IRQ_MAX_VCPUS], startups[IRQ_MAX_VCPUS];
    uint8_t startup_vector;
    char console[4096];
    size_t console_bytes;
    unsigned console_calls, log_lines, dump_lines;
    char last_log[256];
};

static inline uint64_t pc_now(void *ctx) { return ((struct pc *)ctx)->tsc; }
static inline int64_t pc_wall(void *ctx)
{
    struct pc *pc = ctx;
    return pc->wall_at_0 + (int64_t)timer_ns_from_ticks(&pc->timers, pc->tsc);
}
static inline void pc_console(void *ctx, unsigned port, const char *bytes, size_t n)
{
    struct pc *pc = ctx;
    pc->console_calls++;
    for (size_t i = 0; i < n; i++)
        pc->console[pc->console_bytes++ % (sizeof pc->console - 1)] = bytes[i];
}
static inline void pc_log(void *ctx, const char *line)
{
    struct pc *pc = ctx;
    pc->log_lines++;
    snprintf(pc->last_log, sizeof pc->last_log, "%s", line);
}
static inline void pc_wake(void *ctx, unsigned vcpu) { ((struct pc *)ctx)->wakes[vcpu]++; }
static inline void pc_nmi(void *ctx, unsigned vcpu) { ((struct pc *)ctx)->nmis[vcpu]++; }
static inline void pc_init_ipi(void *ctx, unsigned vcpu) { ((struct pc *)ctx)->inits[vcpu]++; }
static inline void pc_startup(void *ctx, unsigned vcpu, uint8_t vector)
{
    struct pc *pc = ctx;
    pc->startups[vcpu]++;
    pc->startup_vector = vector;
}
static inline void pc_dump_line(void *ctx, const char *line)
{
    ((struct pc *)ctx)->dump_lines++;
    assert_true(strlen(line) < 256);
}

static inline struct pc *pc_new(unsigned vcpus)
{
    struct pc *pc = calloc(1, sizeof *pc);
    struct irq_hooks hooks = { pc, pc_wake, pc_nmi, pc_init_ipi, pc_startup };

    pc->tsc = 1000000;
    pc->platform = (struct vm_platform){ pc, PC_TSC_HZ, pc_now, pc_wall, pc_console, pc_log };
    bus_init(&pc->pio, "pio");
    bus_init(&pc->mmio, "mmio");
    pc->pio.log_to = pc->mmio.log_to = &pc->platform;
    timer_queue_init(&pc->timers, PC_TSC_HZ, pc_now, pc);
    irq_router_init(&pc->router, vcpus, &hooks);
    pc->env = (struct device_env){ &pc->pio, &pc->mmio, &pc->router, &pc->timers, &pc->platform };
    return pc;
}

static inline void *pc_add(struct pc *pc, const struct device_class *class, const void *cfg)
{
    void *state = malloc(class->size);
    memset(state, 0xa5, class->size);
    assert_true(pc->ndevices < PC_DEVICES);
    pc->device[pc->ndevices].class = class;
    pc->device[pc->ndevices++].state = state;
    assert_int_equal(class->init(state, &pc->env, cfg), 0);
    class->reset(state);
    return state;
}

static inline void pc_reset(struct pc *pc)
{
    irq_router_reset(&pc->router);
    for (unsigned i = 0; i < pc->ndevices; i++)
        pc->device[i].class->reset(pc->device[i].state);
}

static inline void pc_dump(struct pc *pc)
{
    for (unsigned i = 0; i < pc->ndevices; i++)
        pc->device[i].class->dump(pc->device[i].state, pc_dump_line, pc);
}

static inline void pc_free(struct pc *pc)
{
    pc_dump(pc);
    for (unsigned i = 0; i < pc->ndevices; i++)
        free(pc->device[i].state);
    free(pc);
}

/* Lets time pass, firing timers at their very moments. */
static inline void pc_run_for(struct pc *pc, uint64_t ticks)
{
    uint64_t end = pc->tsc + ticks, next;
    while ((next = timer_first(&pc->timers)) && next <= end) {
        if (next > pc->tsc)
            pc->tsc = next;
        timer_run(&pc->timers, pc->tsc);
    }
    pc->tsc = end;
}

static inline enum exit_action pc_access(struct bus *bus, uint64_t address, unsigned size, bool write,
                                         uint64_t *value, unsigned vcpu)
{
    struct bus_access a = {.address = address,
                           .value = write ? *value : 0x5a5a5a5a5a5a5a5a,
                           .size = (uint8_t)size,
                           .write = write,
                           .vcpu = (uint8_t)vcpu};
    enum exit_action action = bus_access(bus, &a);
    if (!write)
        *value = size == 8 ? a.value : a.value & ((1ull << 8 * size) - 1);
    return action;
}
static inline uint32_t pc_in(struct pc *pc, uint16_t port, unsigned size)
{
    uint64_t value = 0;
    pc_access(&pc->pio, port, size, false, &value, 0);
    return (uint32_t)value;
}
static inline enum exit_action pc_out(struct pc *pc, uint16_t port, unsigned size, uint64_t value)
{
    return pc_access(&pc->pio, port, size, true, &value, 0);
}
static inline uint8_t inb(struct pc *pc, uint16_t port) { return (uint8_t)pc_in(pc, port, 1); }
static inline enum exit_action outb(struct pc *pc, uint16_t port, uint8_t v)
{
    return pc_out(pc, port, 1, v);
}
static inline uint32_t mmio_in(struct pc *pc, uint64_t address, unsigned size, unsigned vcpu)
{
    uint64_t value = 0;
    pc_access(&pc->mmio, address, size, false, &value, vcpu);
    return (uint32_t)value;
}
static inline enum exit_action mmio_out(struct pc *pc, uint64_t address, unsigned size, uint64_t value,
                                        unsigned vcpu)
{
    return pc_access(&pc->mmio, address, size, true, &value, vcpu);
}

/* xAPIC registers by offset, I/O APIC redirection entries */
static inline uint32_t apic_in(struct pc *pc, unsigned vcpu, unsigned reg)
{
    return mmio_in(pc, LAPIC_DEFAULT_BASE + reg, 4, vcpu);
}
static inline void apic_out(struct pc *pc, unsigned vcpu, unsigned reg, uint32_t value)
{
    mmio_out(pc, LAPIC_DEFAULT_BASE + reg, 4, value, vcpu);
}
static inline void ioapic_out(struct pc *pc, unsigned reg, uint32_t value)
{
    mmio_out(pc, 0xfec00000, 4, reg, 0);
    mmio_out(pc, 0xfec00010, 4, value, 0);
}
static inline uint32_t ioapic_in(struct pc *pc, unsigned reg)
{
    mmio_out(pc, 0xfec00000, 4, reg, 0);
    return mmio_in(pc, 0xfec00010, 4, 0);
}
static inline void ioapic_route(struct pc *pc, unsigned pin, uint64_t entry)
{
    ioapic_out(pc, 0x11 + 2 * pin, (uint32_t)(entry >> 32));
    ioapic_out(pc, 0x10 + 2 * pin, (uint32_t)entry);
}

/* Linux' way to set the 8259 pair up: vectors 0x30..0x3f, all but `unmasked` masked. */
static inline void pic_setup(struct pc *pc, uint16_t unmasked)
{
    outb(pc, 0x20, 0x11);
    outb(pc, 0x21, 0x30);
    outb(pc, 0x21, 0x04);
    outb(pc, 0x21, 0x01);
    outb(pc, 0xa0, 0x11);
    outb(pc, 0xa1, 0x38);
    outb(pc, 0xa1, 0x02);
    outb(pc, 0xa1, 0x01);
    outb(pc, 0x21, (uint8_t)~unmasked & ~(unmasked >> 8 ? 4 : 0));
    outb(pc, 0xa1, (uint8_t)(~unmasked >> 8));
}

#endif
