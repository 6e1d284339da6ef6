// SPDX-License-Identifier: BSD-2-Clause
// What the kernel's share of an exit costs: a monitor that only steps over the instruction and enters again.
// TSC ticks (instructions under -icount shift=0) per round trip, guest's jump included.

#include "vt.h"

#define ROUNDS 1000

static struct vm vm;

static void measure(const char *name, unsigned length)
{
    seL4_Word bad = 0;
    for (unsigned i = 0; i < 10; i++) {
        seL4_VMEnter(NULL);
        vm_next(&vm, length);
    }
    uint64_t t0 = vt_tsc();
    for (unsigned i = 0; i < ROUNDS; i++) {
        bad |= seL4_VMEnter(NULL) ^ VM_ENTER_EXIT;
        vm.s->rip += length;
        vm.s->dirty = VM_GROUP_RIP;
    }
    uint64_t t1 = vt_tsc();
    sel4_printf("BENCH %s %lu\n", bad ? "failed" : name, (t1 - t0) / ROUNDS);
}

void bench(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    vm_set_mode(&vm, LONG);
    LOAD(&vm, bench_out64);
    measure("kernel_pio_exit", 2);
    vm.s->deadline = vt_tsc() + 1000 * bi->tscHz;
    measure("kernel_pio_exit_deadline", 2);
    vm.s->deadline = 0;
    vm_set_mode(&vm, LONG);
    if (on_vmx())
        LOAD(&vm, bench_vmcall64);
    else
        LOAD(&vm, bench_vmmcall64);
    measure("kernel_hypercall_exit", 3);
    vm_set_mode(&vm, LONG);
    LOAD(&vm, bench_mmio64);
    vm.s->gpr[VM_RBX] = 0x40000000;
    measure("kernel_mmio_exit", 2);
}
