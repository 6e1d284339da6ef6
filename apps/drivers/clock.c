// SPDX-License-Identifier: BSD-2-Clause
// Driver of the CMOS clock (Motorola MC146818A data sheet): its periodic interrupt, 256 times a second. The
// compiler makes a thread that calls tick_handle for each interrupt.
#include <camkes.h>
#include <stdatomic.h>
#include <stdio.h>

enum { INDEX = 0x70, DATA = 0x71, NMI_OFF = 0x80 };
enum { REGISTER_A = 10, REGISTER_B = 11, REGISTER_C = 12, PERIODIC = 0x40, RATE_256 = 8 };
enum { WANTED = 128 };

static _Atomic unsigned ticks;

static uint8_t read(uint8_t reg)
{
    cmos_out8(INDEX, NMI_OFF | reg);
    return cmos_in8(DATA);
}

static void write(uint8_t reg, uint8_t value)
{
    cmos_out8(INDEX, NMI_OFF | reg);
    cmos_out8(DATA, value);
}

/* Reading register C lets the chip interrupt again; acknowledging lets the interrupt controller. */
void tick_handle(void)
{
    if (read(REGISTER_C) & PERIODIC) {
        atomic_fetch_add(&ticks, 1);
    }
    tick_acknowledge();
}

void pre_init(void)
{
    write(REGISTER_A, (uint8_t)((read(REGISTER_A) & 0xf0) | RATE_256));
    write(REGISTER_B, (uint8_t)(read(REGISTER_B) | PERIODIC));
    (void)read(REGISTER_C);
    tick_acknowledge();
}

int run(void)
{
    const unsigned first = atomic_load(&ticks);
    const uint64_t start = rt_time_ns();
    while (atomic_load(&ticks) - first < WANTED) {
        seL4_Yield();
    }
    const unsigned ms = (unsigned)((rt_time_ns() - start) / 1000000);
    printf("clock: %d interrupts in %u ms\n", WANTED, ms);
    next_emit();
    return 0;
}
