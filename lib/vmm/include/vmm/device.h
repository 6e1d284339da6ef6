// SPDX-License-Identifier: BSD-2-Clause
// What a device model may use of its machine, and what it gives: a class with init, reset and dump.
//
// A device keeps all its state in its own structure (two machines, two devices; no globals), touches the
// machine only through struct device_env, and validates everything the guest writes.
#ifndef VMM_DEVICE_H
#define VMM_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <vmm/bus.h>
#include <vmm/timer.h>

/* Global system interrupts: the machine's interrupt router drives PIC pins 0..15 and I/O APIC pins 0..23. */
struct irq_router;
void irq_set(struct irq_router *, unsigned gsi, bool level);     /* level as the device drives its line */
static inline void irq_pulse(struct irq_router *r, unsigned gsi) { irq_set(r, gsi, true); irq_set(r, gsi, false); }
void msi_send(struct irq_router *, uint64_t address, uint32_t data);

/* What the world outside gives to a machine. Every call must return promptly; `ctx` is the embedder's. */
struct vm_platform {
    void *ctx;
    uint64_t tsc_hz;
    uint64_t (*now)(void *ctx);                                   /* host TSC */
    int64_t  (*wall_clock_ns)(void *ctx);                         /* ns since 1970-01-01 UTC */
    void     (*console_out)(void *ctx, unsigned port, const char *bytes, size_t n);
    void     (*log)(void *ctx, const char *line);                 /* the monitor's own words, one line */
};

struct device_env {
    struct bus *pio, *mmio;
    struct irq_router *irq;
    struct timer_queue *timers;
    const struct vm_platform *platform;
};

struct device_class {
    const char *name;                /* as in dumps and in a machine description */
    size_t size;                     /* of the device structure */
    /* 0, or -1 after a logged message; cfg is the class's own configuration structure */
    int  (*init)(void *device, const struct device_env *, const void *cfg);
    void (*reset)(void *device);     /* power-on state; also called once after init */
    void (*dump)(const void *device, void (*line)(void *ctx, const char *), void *ctx);
};

/* Bytes typed by a person for a serial port; returns how many were taken (the rest must be offered again). */
size_t uart16550_receive(void *device, const char *bytes, size_t n);

void vmm_log(const struct vm_platform *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
