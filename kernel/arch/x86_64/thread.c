// SPDX-License-Identifier: BSD-2-Clause
// A thread's architecture part: registers by name, fault messages, what becoming current means.
#include <lock.h>
#include <platform.h>

/* FS and GS base: user mode may change them itself (WRFSBASE, or by loading selectors), so they are read back
 * whenever a thread stops being current. */

void arch_bases_copy(struct cpu *cpu)
{
    if (!cpu->arch.bases_of)
        return;
    struct arch_tcb *a = arch_of(cpu->arch.bases_of);
    if (cpu_has_fsgsbase) {
        a->fs_base = rdfsbase();
        a->gs_base = rd_user_gsbase();
    } else {
        a->fs_base = rdmsr(MSR_FS_BASE);
        a->gs_base = rdmsr(MSR_KERNEL_GS_BASE);
    }
}

static void load_bases(const struct arch_tcb *a)
{
    if (cpu_has_fsgsbase) {
        wrfsbase(a->fs_base);
        wr_user_gsbase(a->gs_base);
    } else {
        wrmsr(MSR_FS_BASE, a->fs_base);
        wrmsr(MSR_KERNEL_GS_BASE, a->gs_base);
    }
}

void arch_bases_load(struct cpu *cpu)
{
    if (cpu->arch.bases_of == cpu->current)
        return;
    load_bases(arch_of(cpu->current));
    cpu->arch.bases_of = cpu->current;
}

void arch_bases_save(void)
{
    struct cpu *cpu = this_cpu();
    arch_bases_copy(cpu);
    cpu->arch.bases_of = NULL;
}

static inline void switch_bases(struct cpu *cpu, struct tcb *t)
{
    struct arch_tcb *to = arch_of(t);
    if (likely(cpu_has_fsgsbase && cpu->arch.bases_of)) {
        struct arch_tcb *from = arch_of(cpu->arch.bases_of);
        from->fs_base = rdfsbase();
        wrfsbase(to->fs_base);
        from->gs_base = xchg_user_gsbase(to->gs_base);
    } else {
        arch_bases_copy(cpu);
        load_bases(to);
    }
    cpu->arch.bases_of = t;
}

static inline uint64_t cr3_for(const struct tcb *t)
{
    const struct cap *root = &t->slot[TCB_VSPACE].cap;
    bool usable = root->type == CAP_VSPACE && asid_names(root->table.asid, (uint64_t)root->object | ASID_VSPACE);
    return likely(usable) ? paddr_of_ptr(cap_object(root)) : kernel_cr3();
}

/* The idle thread keeps the last address space; vspace_root_gone() takes CPUs off a root that goes away. */
void arch_switch_to(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    cpu->arch.tss.rsp[0] = (uint64_t)(&arch_of(t)->regs + 1);
    if (unlikely(t == cpu->idle)) {
        arch_bases_save();
        return;
    }
    uint64_t cr3 = cr3_for(t);
    if (cpu->arch.cr3 != cr3) {
        cpu->arch.cr3 = cr3;
        write_cr3(cr3);
    }
    if (cpu->arch.bases_of != t)
        switch_bases(cpu, t);
    if (cpu->arch.fpu_off != (cpu->arch.fpu != &arch_of(t)->fpu))
        fpu_leave_for(cpu, t);
}

void arch_tcb_init(struct tcb *t)
{
    struct arch_tcb *a = arch_of(t);
    a->regs.cs = SEL_USER_CODE;
    a->regs.ss = SEL_USER_DATA;
    a->regs.rflags = FLAG_FIXED | FLAG_IF;
    fpu_state_reset(&a->fpu);
}

void arch_tcb_forget(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    virt_tcb_forget(t);
    fpu_release(&arch_of(t)->fpu);
    if (cpu->arch.bases_of == t)
        cpu->arch.bases_of = NULL;
}

void arch_tcb_migrate(struct tcb *t, unsigned to)
{
    fpu_release(&arch_of(t)->fpu);
    if (this_cpu()->arch.bases_of == t)
        arch_bases_save();
}

void arch_restart_syscall(struct tcb *t)
{
    arch_of(t)->regs.rip -= 2;               /* 0f 05 */
}

/* ---- registers by name ---- */

#define REG(name, field) [ABI_REG_##name] = offsetof(struct arch_tcb, field)
static const uint16_t reg_offset[ABI_REG_COUNT] = {
    REG(RIP, regs.rip), REG(RSP, regs.rsp), REG(RFLAGS, regs.rflags), REG(RAX, regs.rax), REG(RBX, regs.rbx),
    REG(RCX, regs.rcx), REG(RDX, regs.rdx), REG(RSI, regs.rsi), REG(RDI, regs.rdi), REG(RBP, regs.rbp),
    REG(R8, regs.r8), REG(R9, regs.r9), REG(R10, regs.r10), REG(R11, regs.r11), REG(R12, regs.r12),
    REG(R13, regs.r13), REG(R14, regs.r14), REG(R15, regs.r15), REG(FS_BASE, fs_base), REG(GS_BASE, gs_base),
};
#undef REG

static uint64_t *reg_of(const struct tcb *t, enum abi_register r)
{
    return (uint64_t *)((uintptr_t)arch_of(t) + reg_offset[r]);
}

uint64_t arch_get_reg(const struct tcb *t, enum abi_register r)
{
    struct cpu *cpu = this_cpu();
    if ((r == ABI_REG_FS_BASE || r == ABI_REG_GS_BASE) && cpu->arch.bases_of == t)
        arch_bases_copy(cpu);
    if (arch_of(t)->regs.vector == (uint64_t)ENTRY_SYSCALL) {   /* SYSCALL destroyed these two */
        if (r == ABI_REG_RCX)
            return arch_of(t)->regs.rip;
        if (r == ABI_REG_R11)
            return arch_of(t)->regs.rflags;
    }
    return *reg_of(t, r);
}

/* A value that neither harms the kernel nor makes IRET or WRMSR fault. Addresses beyond user space become the
 * page at its end, which is never mapped. */
static uint64_t harmless(enum abi_register r, uint64_t v)
{
    switch (r) {
    case ABI_REG_RFLAGS:
        return (v & FLAGS_USER) | FLAG_FIXED | FLAG_IF;
    case ABI_REG_RIP:
    case ABI_REG_FS_BASE:
    case ABI_REG_GS_BASE:
        return v < USER_TOP ? v : USER_TOP;
    default:
        return v;
    }
}

void arch_set_reg(struct tcb *t, enum abi_register r, uint64_t value)
{
    struct cpu *cpu = this_cpu();
    struct user_frame *f = &arch_of(t)->regs;
    bool base = r == ABI_REG_FS_BASE || r == ABI_REG_GS_BASE;
    if (base && cpu->arch.bases_of == t)
        arch_bases_save();
    if (!base && f->vector == (uint64_t)ENTRY_SYSCALL) {        /* from now on rcx and r11 count: leave by iret */
        f->rcx = f->rip;
        f->r11 = f->rflags;
        f->vector = 0;
    }
    *reg_of(t, r) = harmless(r, value);
    if (base && cpu->current == t)
        arch_bases_load(cpu);
}

/* ---- fault messages: seL4 Reference Manual, 6.2.2 (unknown syscall) and 6.2.3 (user exception) ---- */

static const uint8_t unknown_syscall_regs[] = {
    ABI_REG_RAX, ABI_REG_RBX, ABI_REG_RCX, ABI_REG_RDX, ABI_REG_RSI, ABI_REG_RDI, ABI_REG_RBP, ABI_REG_R8, ABI_REG_R9,
    ABI_REG_R10, ABI_REG_R11, ABI_REG_R12, ABI_REG_R13, ABI_REG_R14, ABI_REG_R15, ABI_REG_RIP, ABI_REG_RSP,
    ABI_REG_RFLAGS,
};
static const uint8_t exception_regs[] = { ABI_REG_RIP, ABI_REG_RSP, ABI_REG_RFLAGS };

static const struct fault_layout { const uint8_t *regs; unsigned count, words; } fault_layout[] = {
    [ABI_FAULT_UNKNOWN_SYSCALL] = { unknown_syscall_regs, ARRAY_SIZE(unknown_syscall_regs), 1 },
    [ABI_FAULT_USER_EXCEPTION] = { exception_regs, ARRAY_SIZE(exception_regs), 2 },
    [ABI_FAULT_VM] = { NULL, 0, 0 },
};

static void put_word(struct tcb *t, struct abi_ipc_buffer *buffer, unsigned i, word_t v)
{
    if (i < ABI_MSG_REGISTERS)
        arch_set_mr(t, i, v);
    else if (buffer && i < ABI_MSG_MAX_LENGTH)
        buffer->msg[i] = v;
}

unsigned arch_fault_message(struct tcb *sender, struct tcb *receiver, unsigned at)
{
    struct abi_ipc_buffer *buffer = arch_ipc_buffer(receiver, true);
    if (sender->fault.type >= ARRAY_SIZE(fault_layout))
        return at;
    const struct fault_layout *l = &fault_layout[sender->fault.type];
    for (unsigned i = 0; i < l->count; i++)
        put_word(receiver, buffer, at++, arch_get_reg(sender, l->regs[i]));
    for (unsigned i = 0; i < l->words; i++)
        put_word(receiver, buffer, at++, sender->fault.word[i]);
    return buffer ? at : MIN(at, ABI_MSG_REGISTERS);
}

void arch_fault_reply(struct tcb *sender, struct tcb *receiver, unsigned length)
{
    const struct abi_ipc_buffer *buffer = arch_ipc_buffer(sender, false);
    if (receiver->fault.type >= ARRAY_SIZE(fault_layout))
        return;
    const struct fault_layout *l = &fault_layout[receiver->fault.type];
    for (unsigned i = 0; i < MIN(length, l->count); i++) {
        if (i >= ABI_MSG_REGISTERS && !buffer)
            break;
        arch_set_reg(receiver, l->regs[i], i < ABI_MSG_REGISTERS ? arch_get_mr(sender, i) : buffer->msg[i]);
    }
}

struct abi_ipc_buffer *arch_ipc_buffer(const struct tcb *t, bool write)
{
    const struct cap *c = &t->slot[TCB_IPC_BUFFER].cap;
    word_t need = write ? ABI_RIGHT_READ | ABI_RIGHT_WRITE : ABI_RIGHT_READ;
    if (c->type != CAP_FRAME || (c->rights & need) != need)
        return NULL;
    return (void *)((uintptr_t)cap_object(c) + (t->ipc_buffer & MASK(c->size)));
}
