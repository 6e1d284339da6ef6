// SPDX-License-Identifier: BSD-2-Clause
// Instructions, registers and numbers of the x86-64 architecture that C has no words for.
// Facts: [1] AMD APM vol. 2 (24593); [2] Intel SDM vol. 3 (253668) and vol. 4 (MSRs).
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include <stdint.h>

/* [1] 3.1: control registers */
#define CR0_PE (1ull << 0)
#define CR0_MP (1ull << 1)
#define CR0_EM (1ull << 2)
#define CR0_TS (1ull << 3)
#define CR0_NE (1ull << 5)
#define CR0_WP (1ull << 16)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)
#define CR4_PAE (1ull << 5)
#define CR4_PGE (1ull << 7)
#define CR4_OSFXSR (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_UMIP (1ull << 11)
#define CR4_VMXE (1ull << 13)
#define CR4_FSGSBASE (1ull << 16)
#define CR4_OSXSAVE (1ull << 18)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)

#define FLAG_CF (1ull << 0)
#define FLAG_FIXED (1ull << 1)
#define FLAG_TF (1ull << 8)
#define FLAG_IF (1ull << 9)
#define FLAG_DF (1ull << 10)
#define FLAG_NT (1ull << 14)
#define FLAG_RF (1ull << 16)
#define FLAG_AC (1ull << 18)
#define FLAGS_USER 0x240dd5ull     /* CF PF AF ZF SF TF DF OF RF AC ID: what a thread may choose */

#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD 0x49
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_FLUSH_CMD 0x10b
#define MSR_TSC_AUX 0xc0000103
#define MSR_X2APIC 0x800           /* + register offset / 16 */
#define MSR_PAT 0x277
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE (1ull << 0)
#define EFER_LMA (1ull << 10)
#define SPEC_CTRL_IBRS (1ull << 0)
#define ARCH_CAP_RDCL_NO (1ull << 0)        /* Intel SDM vol. 4, IA32_ARCH_CAPABILITIES */
#define ARCH_CAP_IBRS_ALL (1ull << 1)
#define ARCH_CAP_SKIP_L1D_FLUSH (1ull << 3)
#define ARCH_CAP_MDS_NO (1ull << 5)
#define ARCH_CAP_TAA_NO (1ull << 8)
#define ARCH_CAP_FB_CLEAR (1ull << 17)
#define EFER_LME (1ull << 8)
#define EFER_NXE (1ull << 11)
#define EFER_AUTO_IBRS (1ull << 21)

/* [1] 5.3: page-table entries */
#define PTE_P (1ull << 0)
#define PTE_W (1ull << 1)
#define PTE_U (1ull << 2)
#define PTE_PWT (1ull << 3)
#define PTE_PCD (1ull << 4)
#define PTE_A (1ull << 5)
#define PTE_D (1ull << 6)
#define PTE_PS (1ull << 7)
#define PTE_G (1ull << 8)
#define PTE_PAT_4K (1ull << 7)
#define PTE_PAT_LARGE (1ull << 12)
#define PTE_NX (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull

struct cpuid { uint32_t eax, ebx, ecx, edx; };

static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr" :: "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(msr) : "memory");
}

#define X86_CR(n)                                                                                             \
    static inline uint64_t read_cr##n(void) { uint64_t v; __asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)); return v; } \
    static inline void write_cr##n(uint64_t v) { __asm__ volatile("mov %0, %%cr" #n :: "r"(v) : "memory"); }
X86_CR(0)
X86_CR(2)
X86_CR(3)
X86_CR(4)
#undef X86_CR

static inline void clts(void) { __asm__ volatile("clts" ::: "memory"); }
static inline void cpu_pause(void) { __asm__ volatile("pause" ::: "memory"); }
static inline void invlpg(uint64_t va) { __asm__ volatile("invlpg (%0)" :: "r"(va) : "memory"); }
static inline uint64_t rdfsbase(void) { uint64_t v; __asm__ volatile("rdfsbase %0" : "=r"(v)); return v; }
static inline void wrfsbase(uint64_t v) { __asm__ volatile("wrfsbase %0" :: "r"(v)); }

/* The user's GS base: it is swapped away while the kernel runs. */
static inline uint64_t rd_user_gsbase(void)
{
    uint64_t v;
    __asm__ volatile("swapgs; rdgsbase %0; swapgs" : "=r"(v) :: "memory");
    return v;
}

static inline void wr_user_gsbase(uint64_t v)
{
    __asm__ volatile("swapgs; wrgsbase %0; swapgs" :: "r"(v) : "memory");
}

static inline uint64_t xchg_user_gsbase(uint64_t v)
{
    uint64_t old;
    __asm__ volatile("swapgs; rdgsbase %0; wrgsbase %1; swapgs" : "=&r"(old) : "r"(v) : "memory");
    return old;
}

static inline void xsetbv(uint32_t reg, uint64_t v)
{
    __asm__ volatile("xsetbv" :: "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(reg));
}

/* a * b / c; the caller makes sure that the quotient fits. */
static inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t lo, hi, rest;
    __asm__("mulq %3" : "=a"(lo), "=d"(hi) : "a"(a), "rm"(b) : "cc");
    __asm__("divq %4" : "=a"(lo), "=d"(rest) : "a"(lo), "d"(hi), "rm"(c) : "cc");
    return lo;
}

static inline uint8_t in8(uint16_t p) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint16_t in16(uint16_t p) { uint16_t v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint32_t in32(uint16_t p) { uint32_t v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline void out8(uint16_t p, uint8_t v) { __asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(p)); }
static inline void out16(uint16_t p, uint16_t v) { __asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(p)); }
static inline void out32(uint16_t p, uint32_t v) { __asm__ volatile("outl %0, %1" :: "a"(v), "Nd"(p)); }

#endif
