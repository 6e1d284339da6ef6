// SPDX-License-Identifier: BSD-2-Clause
// Real ports, device memory and interrupts for the guest; see vm_passthrough.h. The compiler has given the
// capabilities names that begin with the setting's (tools/camkes/vm.c) and has checked that the memory keeps
// off the guest's RAM.
#include "vm_passthrough.h"
#include <rt/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PORT_RANGES 16

struct port_range { seL4_CPtr cap; };

static struct port_range range[MAX_PORT_RANGES];
static unsigned ranges;
static seL4_CPtr line_cap[16];           /* interrupt handler behind each of the guest's lines, or null */
static uint64_t line_bits;               /* badge bit n + 1: line n */

static uint64_t in(seL4_CPtr cap, uint16_t port, unsigned size)
{
    switch (size) {
    case 1: return seL4_X86_IOPort_In8(cap, port).result;
    case 2: return seL4_X86_IOPort_In16(cap, port).result;
    default: return seL4_X86_IOPort_In32(cap, port).result;
    }
}

static void out(seL4_CPtr cap, uint16_t port, unsigned size, uint64_t value)
{
    switch (size) {
    case 1: seL4_X86_IOPort_Out8(cap, port, (uint8_t)value); break;
    case 2: seL4_X86_IOPort_Out16(cap, port, (uint16_t)value); break;
    default: seL4_X86_IOPort_Out32(cap, port, (uint32_t)value);
    }
}

static enum exit_action forward(void *device, struct bus_access *a)
{
    const struct port_range *r = device;

    if (a->write)
        out(r->cap, (uint16_t)a->address, a->size, a->value);
    else
        a->value = in(r->cap, (uint16_t)a->address, a->size);
    return EXIT_NEXT_INSN;
}

static int give_ports(struct vm *vm, const struct rt_cap_entry *c)
{
    unsigned first = c->where & 0xffff, last = c->where >> 16 & 0xffff;

    if (ranges == MAX_PORT_RANGES) {
        printf("%s: vm_ioports: at most %d ranges\n", vm_name(vm), MAX_PORT_RANGES);
        return -1;
    }
    range[ranges].cap = c->first;
    return bus_claim(vm_device_env(vm)->pio, first, last - first + 1, forward, &range[ranges++], "vm_ioports");
}

static int give_memory(struct vm *vm, const struct rt_cap_entry *c, seL4_CPtr ept_root)
{
    for (size_t i = 0; i < c->count; i++) {
        uint64_t gpa = c->where + ((uint64_t)i << c->bits);
        const struct bus_range *taken = bus_find(vm_device_env(vm)->mmio, gpa);
        if (taken) {
            printf("%s: guest_mappings: at 0x%llx is the virtual machine's own %s\n", vm_name(vm),
                   (unsigned long long)gpa, taken->name);
            return -1;
        }
        seL4_Error error = rt_map_frame_ept(c->first + i, c->bits, ept_root, gpa,
                                            ABI_RIGHT_READ | ABI_RIGHT_WRITE, ABI_EPT_UC);
        if (error) {
            printf("%s: guest_mappings: mapping 0x%llx failed (error %d); raise %s.simple_untyped23_pool\n",
                   vm_name(vm), (unsigned long long)gpa, (int)error, vm_name(vm));
            return -1;
        }
    }
    return 0;
}

static void give_line(const struct rt_cap_entry *c)
{
    unsigned line = (unsigned)strtoul(c->name + strlen("vm_irqs."), NULL, 10);

    if (line < 16) {
        line_cap[line] = c->first;
        line_bits |= 2ull << line;
        seL4_IRQHandler_Ack(c->first);
    }
}

/* Edge-triggered: acknowledged at once, the next edge waits in the interrupt controller. */
void vm_passthrough_notified(struct vm *vm, uint64_t badge)
{
    for (uint64_t bits = badge & line_bits; bits; bits &= bits - 1) {
        unsigned line = (unsigned)__builtin_ctzll(bits) - 1;
        irq_pulse(vm_device_env(vm)->irq, line);
        seL4_IRQHandler_Ack(line_cap[line]);
    }
}

int vm_passthrough(struct vm *vm, seL4_CPtr ept_root)
{
    struct rt_cap_entry c;

    for (unsigned n = 0; rt_cap_entry(n, &c); n++) {
        if (strncmp(c.name, "vm_ioports.", 11) == 0 && give_ports(vm, &c) < 0)
            return -1;
        if (strncmp(c.name, "guest_mappings.", 15) == 0 && give_memory(vm, &c, ept_root) < 0)
            return -1;
        if (strncmp(c.name, "vm_irqs.", 8) == 0)
            give_line(&c);
    }
    return 0;
}
