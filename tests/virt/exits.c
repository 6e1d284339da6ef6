// SPDX-License-Identifier: BSD-2-Clause
// Each kind of exit once, with what its record has to say.

#include "vt.h"

static struct vm vm;

static void pio_is(const char *name, unsigned port, unsigned size, bool in, unsigned length)
{
    const struct vm_exit *e = &vm.s->exit;
    CHECK(name, vm_enter(&vm) == VM_EXIT_PIO && e->pio.port == port && e->pio.size == size && e->pio.in == in
          && !e->pio.string && !e->pio.rep && e->insn_len == length);
}

static void test_pio(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, REAL);
    LOAD(&vm, pio16);
    pio_is("pio out 8", 0x1234, 1, false, 1);
    EQUAL("pio out 8 value", 0x5a, s->gpr[VM_RAX] & 0xff);
    EQUAL("pio rip", CODE + 5, s->rip);
    CHECK("pio groups", (s->valid & (VM_GROUP_GPR | VM_GROUP_RIP)) == (VM_GROUP_GPR | VM_GROUP_RIP));
    EQUAL("dirty is cleared", 0, s->dirty);
    vm_next(&vm, 1);
    pio_is("pio out 16", 0x1234, 2, false, 1);
    EQUAL("pio out 16 value", 0xa55a, s->gpr[VM_RAX] & 0xffff);
    vm_next(&vm, 1);
    pio_is("pio out 32", 0x1234, 4, false, 2);
    EQUAL("pio out 32 value", 0xdeadbeef, s->gpr[VM_RAX] & 0xffffffff);
    vm_next(&vm, 2);
    pio_is("pio in 8", 0x1234, 1, true, 1);
    vm_next(&vm, 1);
    pio_is("pio in 16", 0x1234, 2, true, 1);
    vm_next(&vm, 1);
    pio_is("pio in 32", 0x1234, 4, true, 2);
    vm_next(&vm, 2);
    s->gpr[VM_RAX] = 0x42;
    pio_is("pio out to immediate port", DONE_PORT, 1, false, 2);
    EQUAL("monitor's rax arrived", 0x42, s->gpr[VM_RAX]);
    pio_is("not stepped over: again", DONE_PORT, 1, false, 2);
}

static void test_string(void)
{
    const struct vm_exit *e = &vm.s->exit;
    vm_set_mode(&vm, REAL);
    LOAD(&vm, string16);
    EXPECT(&vm, "rep outsb", PIO);
    CHECK("rep outsb record", e->pio.port == 0x77 && e->pio.size == 1 && !e->pio.in && e->pio.string && e->pio.rep);
    EQUAL("rep outsb rcx", 3, vm.s->gpr[VM_RCX] & 0xffff);
    vm_next(&vm, e->insn_len);
    EXPECT(&vm, "insw", PIO);
    CHECK("insw record", e->pio.size == 2 && e->pio.in && e->pio.string && !e->pio.rep);
    vm_next(&vm, e->insn_len);
    EXPECT(&vm, "rep insb", PIO);
    CHECK("rep insb record", e->pio.size == 1 && e->pio.in && e->pio.string && e->pio.rep);
}

static void test_insns16(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, REAL);
    s->ctl.flags = VM_CTL_EXIT_PAUSE;
    LOAD(&vm, insns16);
    EXPECT(&vm, "cpuid", CPUID);
    CHECK("cpuid leaf", (uint32_t)s->gpr[VM_RAX] == 7 && (uint32_t)s->gpr[VM_RCX] == 9 && s->exit.insn_len == 2);
    vm_next(&vm, 2);
    EXPECT(&vm, "rdmsr", MSR);
    CHECK("rdmsr record", s->exit.msr.index == 0x1b && !s->exit.msr.write && s->exit.insn_len == 2);
    vm_next(&vm, 2);
    EXPECT(&vm, "wrmsr", MSR);
    CHECK("wrmsr record", s->exit.msr.index == 0xc0000080 && s->exit.msr.write);
    vm_next(&vm, 2);
    EXPECT(&vm, "hlt", HLT);
    EQUAL("hlt length", 1, s->exit.insn_len);
    EQUAL("hlt leaves activity alone", VM_ACTIVE, s->activity);
    vm_next(&vm, 1);
    EXPECT(&vm, "wbinvd", INVD);
    vm_next(&vm, 2);
    EXPECT(&vm, "pause", PAUSE);
    vm_next(&vm, 2);
    s->ctl.flags = 0;
    s->dirty |= VM_GROUP_CTL;
    EXPECT(&vm, "rdpmc", RDPMC);
    vm_next(&vm, 2);
    EXPECT_DONE(&vm, "insns16 end");
}

/* The vendors' own: a hypercall, and what a guest may not do. The other vendor's are undefined. */
static void test_vendor64(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, LONG);
    if (on_vmx())
        LOAD(&vm, vmx64);
    else
        LOAD(&vm, svm64);
    EXPECT(&vm, "hypercall", HYPERCALL);
    CHECK("hypercall record", s->exit.hypercall.amd_form == !on_vmx() && s->exit.insn_len == 3);
    CHECK("hypercall mode", (s->valid & VM_GROUP_CR) && s->cr0 == 0x80000033 && s->efer == 0xd00 && s->cr3 == 0x10000);
    CHECK("hypercall segments", (s->valid & VM_GROUP_CODE) && s->seg[VM_CS].attr == 0xa09b && s->seg[VM_CS].selector == 8
          && (s->seg[VM_SS].attr >> 5 & 3) == 0);
    static const char *const names[2][6] = { { "vmrun", "vmload", "vmsave", "stgi", "clgi", "invlpga" },
                                             { "vmlaunch", "vmresume", "vmxoff", "vmptrld", "vmptrst", "vmread" } };
    for (unsigned i = 0; i < 6; i++) {
        vm_next(&vm, 3);
        EQUAL(names[on_vmx()][i], VM_EXIT_VMX_SVM_INSN, vm_enter(&vm));
    }
    vm_set_mode(&vm, LONG);
    if (on_vmx())
        LOAD(&vm, svm64);
    else
        LOAD(&vm, vmx64);
    for (unsigned i = 0; i < 2; i++) {       /* (QEMU 7.2 takes VMCALL for a NOP, all others are undefined there, too) */
        if (i == 0 && !on_vmx() && !on_bochs)
            vm_next(&vm, 3);
        s->ctl.exceptions = 1u << 6;
        EXPECT(&vm, "the other vendor's instruction", EXCEPTION);
        EQUAL("... is undefined", 6, s->exit.exception.vector);
        vm_next(&vm, 3);
    }
}

static void test_insns64(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, LONG);
    LOAD(&vm, insns64);
    s->ctl.flags = VM_CTL_EXIT_RDTSC;
    EXPECT(&vm, "mov from cr8", CR);
    CHECK("mov from cr8 record", s->exit.cr.number == 8 && !s->exit.cr.write);
    vm_next(&vm, 4);
    EXPECT(&vm, "mov to cr8", CR);
    CHECK("mov to cr8 record", s->exit.cr.number == 8 && s->exit.cr.write);
    vm_next(&vm, 4);
    if (vt_cpuid(1, 0).ecx >> 3 & 1) {
        EXPECT(&vm, "monitor", MONITOR);
        vm_next(&vm, 3);
        EXPECT(&vm, "mwait", MWAIT);
        vm_next(&vm, 3);
    } else {
        vm_next(&vm, 6);
    }
    EXPECT(&vm, "rdtsc", RDTSC);
    vm_next(&vm, 2);
    if (vt_cpuid(0x80000001, 0).edx >> 27 & 1)
        EXPECT(&vm, "rdtscp", RDTSC);
    vm_next(&vm, 3);
    EXPECT(&vm, "invd", INVD);
    vm_next(&vm, 2);
    EXPECT_DONE(&vm, "insns64 end");
}

static void test_pass_through(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, LONG);
    LOAD(&vm, msr64);
    s->msr.kernel_gs_base = 0x1111;
    s->seg[VM_GS].base = 0x2222;
    EXPECT_DONE(&vm, "syscall MSRs do not exit");
    EQUAL("lstar kept", 0x7fff11223344, s->gpr[VM_RBX]);
    EQUAL("swapgs swapped", 0x2222, (uint32_t)s->gpr[VM_RAX]);
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_MSR | VM_GROUP_DATA), "read state");
    CHECK("read state: MSRs", s->msr.lstar == 0x7fff11223344 && s->msr.kernel_gs_base == 0x2222
          && s->seg[VM_GS].base == 0x1111 && (s->valid & VM_GROUP_MSR));
}

static void test_exception_and_shutdown(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, LONG);
    LOAD(&vm, ud64);
    s->ctl.exceptions = 1u << 6;
    EXPECT(&vm, "#UD intercepted", EXCEPTION);
    CHECK("#UD record", s->exit.exception.vector == 6 && !s->exit.exception.has_error && s->rip == CODE);
    if (on_bochs)
        return;
    vm_set_mode(&vm, REAL);
    LOAD(&vm, shutdown16);
    EXPECT(&vm, "triple fault", SHUTDOWN);
    EXPECT(&vm, "a dead guest stays dead", SHUTDOWN);
    vm_set_mode(&vm, REAL);
    LOAD(&vm, pio16);
    EXPECT(&vm, "new state revives", PIO);
}

static void test_deadline(void)
{
    struct vm_state *s = vm.s;
    vm_set_mode(&vm, REAL);
    LOAD(&vm, spin16);
    s->deadline = vt_tsc() - 1;
    EXPECT(&vm, "deadline in the past", DEADLINE);
    EQUAL("nothing ran", CODE, s->rip);
    uint64_t t0 = vt_tsc(), ten_ms = bi->tscHz / 100;
    uint64_t t1;
    if (!on_bochs) {
        s->deadline = t0 + ten_ms;
        EXPECT(&vm, "deadline, guest spins with IF = 0", DEADLINE);
        t1 = vt_tsc();
        CHECK("deadline is on time", t1 >= t0 + ten_ms && t1 < t0 + 10 * ten_ms);
    } else {
        s->rflags |= 0x200;
    }
    LOAD(&vm, sti_spin16);
    s->rip = CODE;
    s->dirty |= VM_GROUP_RIP;
    s->deadline = vt_tsc() + ten_ms;
    EXPECT(&vm, "deadline, guest spins with IF = 1", DEADLINE);
    CHECK("flags of the interrupted guest", s->rflags & 0x200);
    s->activity = VM_HALTED;
    s->dirty |= VM_GROUP_RIP;
    t0 = vt_tsc();
    s->deadline = t0 + ten_ms;
    EXPECT(&vm, "deadline, guest halted", DEADLINE);
    t1 = vt_tsc();
    CHECK("halted deadline is on time", t1 >= t0 + ten_ms && t1 < t0 + 10 * ten_ms);
    CHECK("host interrupts were counted", s->stat_host_irqs > 0 && s->stat_entries > 10);
}

void test_exits(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    test_pio();
    test_string();
    test_insns16();
    test_vendor64();
    test_insns64();
    test_pass_through();
    test_exception_and_shutdown();
    test_deadline();
}
