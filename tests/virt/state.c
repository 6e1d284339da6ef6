// SPDX-License-Identifier: BSD-2-Clause
// State that must travel: registers, FPU, XCR0, debug registers, TSC offset; two VMs in turn on one CPU.

#include "vt.h"

static struct vm vm, other;

static void test_registers(void)
{
    static const uint8_t order[] = { VM_RBX, VM_RCX, VM_RSI, VM_RDI, VM_RBP, VM_R8, VM_R9, VM_R10, VM_R11, VM_R12,
                                     VM_R13, VM_R14, VM_R15, VM_RSP, VM_RDX };
    bool ok = true;
    vm_set_mode(&vm, LONG);
    LOAD(&vm, regs64);
    for (unsigned i = 0; i < sizeof(order); i++)
        vm.s->gpr[order[i]] = 0x1000100010001000ull * (i + 1);
    EXPECT_DONE(&vm, "all registers in and out");
    for (unsigned i = 0; i < sizeof(order); i++)
        ok = ok && vm.s->gpr[order[i]] == 0x1000100010001000ull * (i + 1) + 1;
    CHECK("each register came back", ok);
    EXPECT_DONE(&vm, "and again");
    for (unsigned i = 0; i < sizeof(order); i++)
        ok = ok && vm.s->gpr[order[i]] == 0x1000100010001000ull * (i + 1) + 2;
    CHECK("each register came back again", ok);
}

static void bind(struct vm *to)
{
    vt_must(seL4_X86_VCPU_SetTCB(to->vcpu, seL4_CapInitThreadTCB), "VCPU TCB");
    vt_must(seL4_TCB_SetEPTRoot(seL4_CapInitThreadTCB, to->root), "EPT root");
}

static void test_fpu(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, fpu64);
    vm.s->gpr[VM_RBX] = 0x1122334455667788;
    EXPECT_DONE(&vm, "fpu set");
    bind(&other);
    vm_set_mode(&other, LONG);
    LOAD(&other, fpu64);
    other.s->gpr[VM_RBX] = 0x99aabbccddeeff00;
    EXPECT_DONE(&other, "fpu set in another VM");
    bind(&vm);
    EXPECT_DONE(&vm, "fpu read");
    EQUAL("fpu kept over another VM", 0x1122334455667788, vm.s->gpr[VM_RAX]);
    bind(&other);
    EXPECT_DONE(&other, "fpu read in the other VM");
    EQUAL("fpu kept in the other VM", 0x99aabbccddeeff00, other.s->gpr[VM_RAX]);
    bind(&vm);
    vm_set_mode(&vm, LONG);
    vm.s->ctl.flags = VM_CTL_RESET_FPU;
    vm.s->rip = CODE + 7;                    /* behind the movq to xmm5 and the out: reads only */
    EXPECT_DONE(&vm, "fpu after reset");
    EQUAL("fpu is reset", 0, vm.s->gpr[VM_RAX]);
    CHECK("the reset bit cleared itself", !(vm.s->ctl.flags & VM_CTL_RESET_FPU));
}

static void test_xcr0(void)
{
    if ((vt_cpuid(0xd, 0).eax & 7) != 7 || !(vt_cpuid(1, 0).ecx >> 26 & 1)) {
        sel4_printf("SKIP XCR0: no AVX\n");
        return;
    }
    vm_set_mode(&vm, LONG);
    LOAD(&vm, avx64);
    vm.s->gpr[VM_RSI] = 0x0123456789abcdef;
    int kind = vm_enter(&vm);
    if (kind == VM_EXIT_XSETBV) {            /* where it can be intercepted the monitor does it */
        EQUAL("xsetbv value", 7, (uint32_t)vm.s->gpr[VM_RAX]);
        vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_CR), "read state");
        vm.s->xcr0 = 7;
        vm.s->dirty |= VM_GROUP_CR;
        vm_next(&vm, 3);
        kind = vm_enter(&vm);
    }
    EQUAL("avx set", VM_EXIT_PIO, kind);
    vm_next(&vm, vm.s->exit.insn_len);
    bind(&other);
    vm_set_mode(&other, LONG);
    LOAD(&other, fpu64);
    EXPECT_DONE(&other, "another VM with XCR0 = 1");
    bind(&vm);
    EXPECT_DONE(&vm, "avx read");
    EQUAL("upper half of ymm1 kept", 0x0123456789abcdef, vm.s->gpr[VM_RDI]);
    EQUAL("xcr0 kept", 7, (uint32_t)vm.s->gpr[VM_RAX]);
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_CR), "read state");
    EQUAL("xcr0 in the state page", 7, vm.s->xcr0);
}

/* The same with AVX-512; the other VM uses the FPU, so the registers really change hands. */
static void test_avx512(void)
{
    if ((vt_cpuid(0xd, 0).eax & 0xe7) != 0xe7 || !(vt_cpuid(1, 0).ecx >> 26 & 1)) {
        sel4_printf("SKIP AVX-512: not there\n");
        return;
    }
    vm_set_mode(&vm, LONG);
    LOAD(&vm, avx512);
    vm.s->gpr[VM_RSI] = 0x0123456789abcdef;
    EXPECT(&vm, "xsetbv", XSETBV);
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_CR), "read state");
    vm.s->xcr0 = 0xe7;
    vm.s->dirty |= VM_GROUP_CR;
    vm_next(&vm, 3);
    EXPECT_DONE(&vm, "avx-512 set");
    bind(&other);
    vm_set_mode(&other, LONG);
    LOAD(&other, fpu64);
    EXPECT_DONE(&other, "another VM without AVX-512");
    bind(&vm);
    EXPECT_DONE(&vm, "avx-512 read");
    CHECK("zmm17, zmm2 and k3 kept", vm.s->gpr[VM_RDI] == 0x0123456789abcdef && vm.s->gpr[VM_RBX] == 0x0123456789abcdef
          && vm.s->gpr[VM_RDX] == 0x0123456789abcdef && (uint32_t)vm.s->gpr[VM_RAX] == 0xcdef);
}

static void test_debug_registers(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, dr64);
    vm.s->gpr[VM_RBX] = 0x5000;
    EXPECT_DONE(&vm, "dr set");
    bind(&other);
    vm_set_mode(&other, LONG);
    LOAD(&other, dr64);
    other.s->gpr[VM_RBX] = 0x6000;
    EXPECT_DONE(&other, "dr set in another VM");
    bind(&vm);
    EXPECT_DONE(&vm, "dr read");
    CHECK("dr kept", vm.s->gpr[VM_RAX] == 0x5000 && vm.s->gpr[VM_RCX] == 0x5000);
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_DR), "read state");
    CHECK("dr in the state page", vm.s->dr[0] == 0x5000 && vm.s->dr[3] == 0x5000);
}

/* Where breakpoints are safe in a guest they work; else DR7 is the monitor's. */
static void test_breakpoints(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, watch64);
    vm.s->gpr[VM_RBX] = 0x5000;
    int kind = vm_enter(&vm);
    if (kind == VM_EXIT_DR) {
        CHECK("DR7 is the monitor's", vm.s->exit.cr.number == 7 && vm.s->exit.cr.write);
        vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_DR), "read state");
        vm.s->dr7 = 0xd0401;
        vm.s->dirty |= VM_GROUP_DR;
        vm_next(&vm, 3);
        EXPECT_DONE(&vm, "breakpoint stays off");
        vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_DR), "read state");
        EQUAL("DR7 in the state page", 0xd0401, vm.s->dr7);
        return;
    }
    EQUAL("watchpoint, unasked #DB goes to the guest", VM_EXIT_PIO, kind);
    EQUAL("#DB handler ran", 2, vm.s->gpr[VM_R15]);
    vm_set_mode(&vm, LONG);
    vm.s->gpr[VM_RBX] = 0x5000;
    vm.s->ctl.exceptions = 2;
    EXPECT(&vm, "watchpoint, #DB asked for", EXCEPTION);
    EQUAL("#DB record", 1, vm.s->exit.exception.vector);
}

/* Single steps: #DB is intercepted for the kernel's safety and goes to the guest, or to the monitor that asks. */
static void test_single_step(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, int64);
    vm.s->rflags = 0x102;
    EXPECT_DONE(&vm, "single step, unasked #DB goes to the guest");
    EQUAL("#DB handler ran", 2, vm.s->gpr[VM_R15]);
    vm_set_mode(&vm, LONG);
    vm.s->rflags = 0x102;
    vm.s->ctl.exceptions = 2;
    EXPECT(&vm, "single step, #DB asked for", EXCEPTION);
    EQUAL("#DB record", 1, vm.s->exit.exception.vector);
}

static void test_tsc(void)
{
    vm_set_mode(&vm, LONG);
    static const uint8_t code[] = { 0x0f, 0x31, 0xe6, 0xe0 };        /* rdtsc; out %al, $0xe0 */
    vm_load(&vm, code, code + sizeof(code));
    vm.s->tsc_offset = -vt_tsc();
    EXPECT_DONE(&vm, "tsc offset");
    uint64_t t = vm.s->gpr[VM_RDX] << 32 | (uint32_t)vm.s->gpr[VM_RAX];
    CHECK("guest TSC is near zero", t < bi->tscHz);
}

static void test_far(void)
{
    uint32_t *p = (uint32_t *)(vm.ram + 0x3010);
    vm_set_mode(&vm, REAL);
    LOAD(&vm, far16);
    *p = 0x600df00d;
    EXPECT_DONE(&vm, "real-mode segments");
    EQUAL("loaded through ds", 0x600df00d, (uint32_t)vm.s->gpr[VM_RAX]);
    EQUAL("stored through ds", 0x600df00d, p[4]);
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_DATA | VM_GROUP_SYSTEM), "read state");
    CHECK("ds in the state page", vm.s->seg[VM_DS].selector == 0x300 && vm.s->seg[VM_DS].base == 0x3000);
    CHECK("tables in the state page", vm.s->gdtr.limit == 0xffff && vm.s->seg[VM_TR].limit == 0xffff);
}

void test_state(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    vm_create(&other, seL4_CapInitThreadTCB);
    bind(&vm);
    test_registers();
    test_fpu();
    test_xcr0();
    test_avx512();
    test_debug_registers();
    test_breakpoints();
    if (!on_bochs)
        test_single_step();
    test_tsc();
    test_far();
}
