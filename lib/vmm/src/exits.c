// SPDX-License-Identifier: BSD-2-Clause
// One handler for each kind of exit, in a table, and the one place that does what a handler decided.
// A handler reads the exit record and the registers it needs and returns an enum exit_action.
#include "machine.h"

#include <string.h>
#include <vmm/x86.h>

#include "decode.h"

#define KVM_EPERM  1
#define KVM_ENOSYS 1000

static void set_result(struct vcpu *v, unsigned reg, uint64_t value)
{
    v->s->gpr[reg] = value;
    v->s->dirty |= VM_GROUP_GPR;
}

/* A pair of 32-bit halves in edx:eax, as RDMSR, RDTSC and XSETBV use. */
static uint64_t edx_eax(const struct vcpu *v)
{
    return v->s->gpr[VM_RDX] << 32 | (uint32_t)v->s->gpr[VM_RAX];
}

static void set_edx_eax(struct vcpu *v, uint64_t value)
{
    set_result(v, VM_RAX, (uint32_t)value);
    set_result(v, VM_RDX, value >> 32);
}

/* ------------------------------------------------- handlers ------------------------------------------------- */

static enum exit_action handle_pio(struct vcpu *v)
{
    const struct vm_exit *e = &v->s->exit;

    if (e->pio.string)
        return emulate_string_io(v);
    struct bus_access a = { .address = e->pio.port, .size = e->pio.size, .write = !e->pio.in,
                            .value = v->s->gpr[VM_RAX] };
    enum exit_action action = bus_access(&v->vm->pio, &a);

    if (action == EXIT_NOT_MINE) {
        v->vm->unclaimed_pio++;
        action = EXIT_NEXT_INSN;
        if (v->vm->cfg.log_level >= 1)
            vm_log(v->vm, "%s: nothing at port 0x%x (%s)", v->vm->cfg.name, e->pio.port, a.write ? "out" : "in");
    }
    if (e->pio.in) {
        uint64_t mask = a.size == 4 ? 0xffffffff : a.size == 2 ? 0xffff : 0xff;
        uint64_t kept = a.size == 4 ? 0 : v->s->gpr[VM_RAX] & ~mask;

        set_result(v, VM_RAX, kept | (a.value & mask));
    }
    return action;
}

/* Executing from nothing means executing ones: FF FF is #UD. Page tables in nothing have no such kind reading. */
static enum exit_action handle_mmio(struct vcpu *v)
{
    const struct vm_exit *e = &v->s->exit;

    if (e->mem.walk || v->s->inject.valid)
        return EXIT_NOT_MINE;
    if (e->mem.fetch)
        return EXIT_INJECT_UD;
    return emulate_mmio(v);
}

static enum exit_action handle_cpuid(struct vcpu *v)
{
    uint32_t leaf = (uint32_t)v->s->gpr[VM_RAX], r[4];

    if (leaf == 1 || leaf == 0xd)                        /* the only ones that depend on CR4 and XCR0 */
        vcpu_need(v, VM_GROUP_CR);
    cpuid_read(&v->vm->cpuid, leaf, (uint32_t)v->s->gpr[VM_RCX], v->id, v->s->cr4, v->s->xcr0, r);
    v->s->gpr[VM_RAX] = r[EAX];
    v->s->gpr[VM_RBX] = r[EBX];
    v->s->gpr[VM_RCX] = r[ECX];
    set_result(v, VM_RDX, r[EDX]);
    return EXIT_NEXT_INSN;
}

static enum exit_action handle_msr(struct vcpu *v)
{
    uint32_t index = v->s->exit.msr.index;
    bool write = v->s->exit.msr.write;
    uint64_t value = edx_eax(v);
    enum exit_action action = write ? msr_write(v, index, value) : msr_read(v, index, &value);

    if (action == EXIT_NOT_MINE)
        action = EXIT_INJECT_GP;
    if (action == EXIT_INJECT_GP) {
        v->vm->refused_msrs++;
        if (v->vm->cfg.log_level >= 1)
            vm_log(v->vm, "%s: %s MSR 0x%x %s refused (rip 0x%llx)", v->vm->cfg.name, write ? "write of" : "read of",
                   index, msr_name(index) ? msr_name(index) : "", (unsigned long long)v->s->rip);
    } else if (!write)
        set_edx_eax(v, value);
    return action;
}

static enum exit_action handle_hlt(struct vcpu *v)
{
    for (unsigned i = 0; i < 4; i++)
        if (v->vm->uart[i])
            uart16550_flush(v->vm->uart[i]);
    if (!(v->s->rflags & RFLAGS_IF) && !v->nmi_pending && v->vm->ncpus == 1) {
        v->vm->stop = VM_STOP_DEADLOCK;
        return EXIT_NEXT_INSN;
    }
    v->s->activity = VM_HALTED;
    v->s->dirty |= VM_GROUP_RIP;
    return EXIT_NEXT_INSN;
}

static struct hypercall *find_hypercall(struct vm *vm, int token)
{
    for (unsigned i = 0; i < vm->nhypercalls; i++)
        if (vm->hypercall[i].token == token)
            return &vm->hypercall[i];
    return NULL;
}

static enum exit_action handle_hypercall(struct vcpu *v)
{
    struct hypercall *h = find_hypercall(v->vm, (int)v->s->gpr[VM_RAX]);

    if (!(h && h->user) && vcpu_user_mode(v)) {
        set_result(v, VM_RAX, (uint64_t)-KVM_EPERM);
        return EXIT_NEXT_INSN;
    }
    if (!h) {
        set_result(v, VM_RAX, (uint64_t)-KVM_ENOSYS);
        return EXIT_NEXT_INSN;
    }
    h->calls++;
    if (h->handler(v) == 0)
        return EXIT_NEXT_INSN;
    vm_log(v->vm, "%s: the handler of hypercall %d failed", v->vm->cfg.name, h->token);
    return EXIT_STOP_VM;
}

/* Which general register a MOV CR or MOV DR names: the CPU's word or the instruction's. */
static int cr_register(struct vcpu *v)
{
    uint8_t bytes[16];
    struct insn in;

    if (v->s->exit.cr.gpr_valid)
        return v->s->exit.cr.gpr & 15;
    unsigned n = vcpu_fetch_insn(v, bytes);
    if (!insn_decode(bytes, n, vcpu_code_bits(v), &in) || in.op != INSN_OTHER)
        return -1;
    v->s->exit.insn_len = in.length;
    return in.modrm_rm;
}

/* [SDM 3A 2.5]: bits a guest may set in CR4 follow from what its CPUID shows. */
static uint64_t cr4_allowed(const struct vcpu *v)
{
    const struct cpuid_table *t = &v->vm->cpuid;
    uint64_t allowed = 0x7ff;                            /* VME to PCE, OSFXSR, OSXMMEXCPT */

    allowed |= cpuid_has(t, 7, ECX, 2) ? 1ull << 11 : 0;
    allowed |= cpuid_has(t, 7, EBX, 0) ? 1ull << 16 : 0;
    allowed |= cpuid_has(t, 1, ECX, 17) ? 1ull << 17 : 0;
    allowed |= t->xcr0 ? CR4_OSXSAVE : 0;
    allowed |= cpuid_has(t, 7, EBX, 7) ? CR4_SMEP : 0;
    allowed |= cpuid_has(t, 7, EBX, 20) ? CR4_SMAP : 0;
    return allowed;
}

/* CR0 as [AMD APM 2, 3.1.1] checks it; entering and leaving long mode moves LMA. */
static enum exit_action write_cr0(struct vcpu *v, uint64_t value)
{
    struct vm_state *s = v->s;

    if (value >> 32 || ((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
        return EXIT_INJECT_GP;
    if ((value & ~s->cr0 & CR0_PG) && (s->efer & EFER_LME)) {
        if (!(s->cr4 & CR4_PAE))
            return EXIT_INJECT_GP;
        s->efer |= EFER_LMA;
    } else if (s->cr0 & ~value & CR0_PG)
        s->efer &= ~EFER_LMA;
    s->cr0 = value | CR0_ET;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_cr(struct vcpu *v, unsigned number, uint64_t value)
{
    if (number == 8)
        return lapic_set_cr8(v->lapic, value);
    vcpu_change(v, VM_GROUP_CR);
    switch (number) {
    case 0:
        return write_cr0(v, value);
    case 2:
        v->s->cr2 = value;
        return EXIT_NEXT_INSN;
    case 3:
        v->s->cr3 = value & ~(1ull << 63);
        return EXIT_NEXT_INSN;
    case 4:
        if (value & ~cr4_allowed(v) || ((v->s->efer & EFER_LMA) && !(value & CR4_PAE)))
            return EXIT_INJECT_GP;
        v->s->cr4 = value;
        return EXIT_NEXT_INSN;
    default:
        return EXIT_INJECT_UD;
    }
}

static enum exit_action handle_cr(struct vcpu *v)
{
    unsigned number = v->s->exit.cr.number;
    int reg = cr_register(v);

    if (reg < 0)
        return EXIT_NOT_MINE;
    if (v->s->exit.cr.write)
        return write_cr(v, number, v->s->gpr[reg]);
    if (number == 8) {
        set_result(v, (unsigned)reg, lapic_cr8(v->lapic));
        return EXIT_NEXT_INSN;
    }
    vcpu_need(v, VM_GROUP_CR);
    const uint64_t value[5] = { v->s->cr0, 0, v->s->cr2, v->s->cr3, v->s->cr4 };
    if (number > 4 || number == 1)
        return EXIT_INJECT_UD;
    set_result(v, (unsigned)reg, value[number]);
    return EXIT_NEXT_INSN;
}

static enum exit_action handle_dr(struct vcpu *v)
{
    unsigned number = v->s->exit.cr.number;
    int reg = cr_register(v);

    if (reg < 0)
        return EXIT_NOT_MINE;
    vcpu_change(v, VM_GROUP_DR);
    uint64_t *dr = number < 4 ? &v->s->dr[number] : number == 6 || number == 4 ? &v->s->dr6
                 : number == 7 || number == 5 ? &v->s->dr7 : NULL;
    if (!dr)
        return EXIT_INJECT_UD;
    if (v->s->exit.cr.write)
        *dr = v->s->gpr[reg];
    else
        set_result(v, (unsigned)reg, *dr);
    return EXIT_NEXT_INSN;
}

/* [SDM 1, 13.3]: x87 always, AVX needs SSE, the three parts of AVX-512 come together and need AVX. */
static enum exit_action handle_xsetbv(struct vcpu *v)
{
    uint64_t value = edx_eax(v), avx512 = value & 0xe0;

    if ((uint32_t)v->s->gpr[VM_RCX] != 0 || vcpu_cpl(v) != 0 || !(value & 1) || (value & ~v->vm->cpuid.xcr0))
        return EXIT_INJECT_GP;
    if (((value & 4) && !(value & 2)) || (avx512 && (avx512 != 0xe0 || !(value & 4))))
        return EXIT_INJECT_GP;
    vcpu_change(v, VM_GROUP_CR);
    v->s->xcr0 = value;
    return EXIT_NEXT_INSN;
}

/* Only #UD is asked for: the hypercall instruction of the other vendor raises it. Everything else goes back. */
static enum exit_action handle_exception(struct vcpu *v)
{
    const struct vm_exit *e = &v->s->exit;
    uint8_t b[16];

    if (e->exception.vector == X86_UD && vcpu_fetch_insn(v, b) >= 3 && b[0] == 0x0f && b[1] == 0x01 &&
        (b[2] == 0xc1 || b[2] == 0xd9)) {
        v->s->exit.insn_len = 3;
        return handle_hypercall(v);
    }
    if (e->exception.vector == X86_PF)
        vcpu_inject_page_fault(v, e->exception.address, e->exception.error);
    else
        vcpu_inject(v, e->exception.vector, e->exception.has_error, e->exception.error);
    return EXIT_RESUME;
}

static enum exit_action handle_deadline(struct vcpu *v)
{
    const struct vm_platform *p = &v->vm->host.platform;

    timer_run(&v->vm->timers, p->now(p->ctx));
    return EXIT_RESUME;
}

static enum exit_action handle_rdtsc(struct vcpu *v)
{
    uint64_t value;

    msr_read(v, 0x10, &value);
    set_edx_eax(v, value);
    return EXIT_NEXT_INSN;
}

static enum exit_action handle_shutdown(struct vcpu *v)
{
    v->vm->stop = VM_STOP_CRASHED;
    return EXIT_RESUME;
}

static enum exit_action handle_entry_failed(struct vcpu *v)
{
    v->vm->stop = VM_STOP_ENTRY_FAILED;
    return EXIT_RESUME;
}

static enum exit_action handle_resume(struct vcpu *v) { return EXIT_RESUME; }
static enum exit_action handle_nothing(struct vcpu *v) { return EXIT_NEXT_INSN; }
static enum exit_action handle_ud(struct vcpu *v) { return EXIT_INJECT_UD; }
static enum exit_action handle_gp(struct vcpu *v) { return EXIT_INJECT_GP; }

/* Empty rows: dump the guest, stop the VM. */
static enum exit_action (*const exit_table[VM_EXIT_COUNT])(struct vcpu *) = {
    [VM_EXIT_NONE]         = handle_resume,
    [VM_EXIT_PIO]          = handle_pio,
    [VM_EXIT_MMIO]         = handle_mmio,
    [VM_EXIT_CPUID]        = handle_cpuid,
    [VM_EXIT_MSR]          = handle_msr,
    [VM_EXIT_HLT]          = handle_hlt,
    [VM_EXIT_HYPERCALL]    = handle_hypercall,
    [VM_EXIT_CR]           = handle_cr,
    [VM_EXIT_DR]           = handle_dr,
    [VM_EXIT_XSETBV]       = handle_xsetbv,
    [VM_EXIT_EXCEPTION]    = handle_exception,
    [VM_EXIT_IRQ_WINDOW]   = handle_resume,
    [VM_EXIT_NMI_WINDOW]   = handle_resume,
    [VM_EXIT_DEADLINE]     = handle_deadline,
    [VM_EXIT_SHUTDOWN]     = handle_shutdown,
    [VM_EXIT_INVD]         = handle_nothing,
    [VM_EXIT_RDTSC]        = handle_rdtsc,
    [VM_EXIT_RDPMC]        = handle_gp,
    [VM_EXIT_PAUSE]        = handle_nothing,
    [VM_EXIT_MONITOR]      = handle_ud,
    [VM_EXIT_MWAIT]        = handle_ud,
    [VM_EXIT_VMX_SVM_INSN] = handle_ud,
    [VM_EXIT_ENTRY_FAILED] = handle_entry_failed,
};

static const char *const exit_names[VM_EXIT_COUNT] = {
#define X(name) #name,
    VM_EXIT_LIST(X)
#undef X
};

const char *vm_exit_kind_name(enum vm_exit_kind kind)
{
    return (unsigned)kind < VM_EXIT_COUNT ? exit_names[kind] : "?";
}

/* ------------------------------------------------- dispatch ------------------------------------------------- */

enum exit_action exit_dispatch(struct vcpu *v)
{
    const struct vm_exit *e = &v->s->exit;
    uint32_t kind = e->kind < VM_EXIT_COUNT ? e->kind : VM_EXIT_UNKNOWN;
    struct exit_record *r = &v->ring[v->ring_at++ % EXIT_RING];

    v->exits[kind]++;
    r->kind = kind;
    r->len = e->insn_len;
    r->rip = v->s->rip;
    memcpy(&r->a, &e->pio, 16);                          /* the first two words of whatever the union holds */
    return exit_table[kind] ? exit_table[kind](v) : EXIT_NOT_MINE;
}

static bool guest_reset(struct vm *vm)
{
    if (vm->cfg.stop_on_reset) {
        vm->stop = VM_STOP_RESET;
        return false;
    }
    vm->resets++;
    vm_log(vm, "%s: reset", vm->cfg.name);
    if (vm_reset(vm) == 0)
        return true;
    vm->stop = VM_STOP_LOAD_FAILED;
    return false;
}

/* Whatever is not "step over" or "resume". */
static bool __attribute__((noinline)) conclude_rare(struct vcpu *v, enum exit_action action)
{
    struct vm *vm = v->vm;

    switch (action) {
    case EXIT_INJECT_GP:
        vcpu_inject(v, X86_GP, true, 0);
        return true;
    case EXIT_INJECT_UD:
        vcpu_inject(v, X86_UD, false, 0);
        return true;
    case EXIT_RESET_VM:
        return guest_reset(vm);
    case EXIT_POWER_OFF:
        vm->stop = vm->debug_exited ? VM_STOP_DEBUG_EXIT : VM_STOP_POWER_OFF;
        return false;
    default:
        vm->stop = VM_STOP_UNHANDLED;
        return false;
    }
}

bool exit_conclude(struct vcpu *v, enum exit_action action)
{
    if (__builtin_expect(action == EXIT_NEXT_INSN, 1)) {
        unsigned len = v->s->exit.insn_len;

        if (!len && !(len = vcpu_insn_length(v)))
            return conclude_rare(v, EXIT_NOT_MINE);
        vcpu_step(v, len);
    } else if (action != EXIT_RESUME && !conclude_rare(v, action))
        return false;
    return v->vm->stop == VM_STOP_RUNNING;
}
