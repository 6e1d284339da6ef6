// SPDX-License-Identifier: BSD-2-Clause
// Driver of the high precision event timer (Intel, IA-PC HPET specification 1.0a), as far as reading goes:
// the assembly maps its registers read-only.
#include <camkes.h>
#include <camkes/io.h>
#include <stdio.h>

enum { CAPABILITIES = 0, PERIOD_FS = 4, CONFIGURATION = 0x10 };

static uint64_t get64(size_t offset) { return *(volatile uint64_t *)(regs->content + offset); }
static uint32_t get32(size_t offset) { return *(volatile uint32_t *)(regs->content + offset); }

int run(void)
{
    start_wait();
    const uint32_t femtoseconds = get32(PERIOD_FS);
    printf("hpet: vendor %04x, %u timers, one tick %u ns, %s\n",
           (unsigned)(get64(CAPABILITIES) >> 16 & 0xffff), (unsigned)(get64(CAPABILITIES) >> 8 & 31) + 1,
           femtoseconds / 1000000, get64(CONFIGURATION) & 1 ? "running" : "stopped");
    /* Driver libraries that only know physical addresses find it too. */
    printf("hpet: at 0x%lx: %s\n", 0xfed00000ul,
           camkes_io_map(0xfed00000, 0x400) == regs ? "found" : "NOT found");
    return 0;
}
