// SPDX-License-Identifier: BSD-2-Clause
// x86-64: what a thread and a CPU carry for the architecture, and the few accessors that sit on the hot path.
// Included by kernel/object.h before struct tcb is known; the thread's registers are found at their fixed
// offset (ARCH_TCB_OFFSET), which entry.S relies on too.
#ifndef KERNEL_ARCH_TYPES_H
#define KERNEL_ARCH_TYPES_H

#include <abi/object.h>
#include <kernel/types.h>

struct tcb;
struct cpu;
struct vcpu;

/* User registers as entry.S stores them. From `vector` up the CPU itself pushes: TSS.rsp0 points behind `ss`,
 * so an interrupt saves straight into the TCB. `vector` is ENTRY_SYSCALL after the syscall instruction: rcx and
 * r11 then hold nothing and the thread may leave by sysret. */
struct user_frame {
    uint64_t rax, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15, rcx, r11;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
#define ARCH_TCB_OFFSET 0x100
#define ENTRY_SYSCALL (-1)

/* x87/SSE/AVX/... in the standard XSAVE format. Room for AVX-512 and PKRU; a feature that does not fit is not
 * enabled in XCR0 (fpu.c). `cpu`: index + 1 of the CPU whose registers hold the newest copy, 0 = the area does. */
#define FPU_AREA_BYTES 2752
struct fpu_state {
    uint8_t area[FPU_AREA_BYTES] __attribute__((aligned(64)));
    uint32_t cpu;
    uint32_t pad[15];
};

struct arch_tcb {
    struct user_frame regs;
    uint64_t fs_base, gs_base;     /* newest only while no CPU has them loaded (arch_cpu.bases_of) */
    struct fpu_state fpu;
};

/* AMD APM vol. 2, 12.2.5: the 64-bit TSS. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap_base;
} __attribute__((packed));

enum { GDT_NULL, GDT_KERNEL_CODE, GDT_KERNEL_DATA, GDT_USER_CODE32, GDT_USER_DATA, GDT_USER_CODE,
       GDT_TSS_LOW, GDT_TSS_HIGH, GDT_ENTRIES };
#define SEL_KERNEL_CODE (GDT_KERNEL_CODE * 8)
#define SEL_KERNEL_DATA (GDT_KERNEL_DATA * 8)
#define SEL_USER_CODE   (GDT_USER_CODE * 8 + 3)
#define SEL_USER_DATA   (GDT_USER_DATA * 8 + 3)
#define SEL_TSS         (GDT_TSS_LOW * 8)

/* What a CPU in the kernel was called for; arch_stall undoes the first two (smp.c). */
enum trap_kind { TRAP_NONE = 0, TRAP_SYSCALL, TRAP_FAULT, TRAP_IRQ };

struct arch_cpu {
    struct cpu *self;              /* entry.S: %gs:0 */
    uint64_t scratch;              /* entry.S: user rsp while it is put away */
    uint64_t kernel_stack;         /* top */
    uint64_t vector;               /* interrupt taken inside the kernel's window (idle, virt), 0 = none */
    uint32_t pad0;
    struct tss tss;                /* 4 bytes off, so that rsp0 is aligned: %gs:40 */
    uint32_t pad1;
    uint64_t gdt[GDT_ENTRIES];
    uint32_t apic_id;
    uint32_t trap;                 /* enum trap_kind */
    uint64_t cr3;                  /* loaded now */
    struct tcb *bases_of;          /* whose FS and GS bases are loaded (user GS: swapped away), NULL = nobody's */
    struct fpu_state *fpu;         /* whose state the registers hold, NULL = nobody's */
    uint64_t xcr0;                 /* XCR0 as it is now: a guest's is left until fpu.c or another guest needs its own */
    bool     fpu_off;              /* CR0.TS as it is now */
    bool     dropped;              /* arch_stall took back the trap this CPU waits with */
    bool     online;
    volatile uint32_t waiting;     /* spins for the big lock with its thread's registers saved */
    volatile uint32_t request;     /* a remote_call for this CPU is waiting */
};

/* ---- hot accessors; contracts in kernel/arch.h ---- */

static inline struct cpu *this_cpu(void)
{
    struct cpu *c;
    __asm__("mov %%gs:0, %0" : "=r"(c));
    return c;
}

static inline struct arch_tcb *arch_of(const struct tcb *t)
{
    return (struct arch_tcb *)((uintptr_t)t + ARCH_TCB_OFFSET);
}

static inline uint64_t arch_now(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

static inline void arch_set_badge(struct tcb *t, word_t badge) { arch_of(t)->regs.rdi = badge; }
static inline void arch_set_tag(struct tcb *t, word_t tag) { arch_of(t)->regs.rsi = tag; }
static inline word_t arch_get_tag(const struct tcb *t) { return arch_of(t)->regs.rsi; }
static inline word_t arch_get_cap_register(const struct tcb *t) { return arch_of(t)->regs.rdi; }
static inline word_t arch_get_reply_register(const struct tcb *t) { return arch_of(t)->regs.r12; }
static inline word_t arch_get_dest_register(const struct tcb *t) { return arch_of(t)->regs.r13; }

static inline uint64_t *arch_mr(const struct tcb *t, unsigned i)
{
    struct user_frame *f = &arch_of(t)->regs;
    return i == 0 ? &f->r10 : i == 1 ? &f->r8 : i == 2 ? &f->r9 : &f->r15;
}
static inline word_t arch_get_mr(const struct tcb *t, unsigned i) { return *arch_mr(t, i); }
static inline void arch_set_mr(struct tcb *t, unsigned i, word_t value) { *arch_mr(t, i) = value; }

#endif
