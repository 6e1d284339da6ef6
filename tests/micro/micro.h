// SPDX-License-Identifier: BSD-2-Clause
// What a micro guest has: console on COM1, end through the debug-exit port, interrupts, faults it expects, checks.
// The same ELF runs under plain QEMU (-kernel, isa-debug-exit at 0xf4) and as a guest of our monitor.
#ifndef MICRO_H
#define MICRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned long word_t;

struct micro_frame {
#ifdef __x86_64__
    uint64_t r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
#else
    uint32_t edi, esi, edx, ecx, eax;
#endif
    word_t vector, error, ip, cs, flags;
};

void micro_main(void);                   /* the guest itself; returning ends it with the checks' result */

/* ---- console, end ---- */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* %s %d %u %x %lx %c, 0 and width */
void put_char(char c);
_Noreturn void micro_exit(uint8_t code); /* 0 = success: QEMU ends with status 1 */

/* ---- checks ---- */
void check_true(const char *name, bool ok);
void check_equal(const char *name, uint64_t expected, uint64_t got);
extern unsigned passed, failed;

/* ---- interrupts and faults ---- */
typedef void (*irq_handler_t)(struct micro_frame *);
void on_vector(unsigned vector, irq_handler_t);
void pic_init(uint16_t unmasked);        /* vectors 0x20..0x2f */
void pic_eoi(unsigned irq);
/* TRY(asm...): runs an instruction that may fault; returns the vector, or -1. The fault's details are in `caught`. */
extern volatile word_t fault_resume;
extern struct { int vector; word_t error, ip, cr2; } caught;
#define OUT(...) __VA_ARGS__
#define TRY(insn, outputs, ...) ({                                                                             \
    caught.vector = -1;                                                                                       \
    __asm__ volatile("movl $771f, fault_resume\n\t" insn "\n771:"                                             \
                     : outputs : __VA_ARGS__ : "memory");                                                      \
    fault_resume = 0;                                                                                         \
    caught.vector; })

/* ---- instructions ---- */
static inline uint8_t in8(uint16_t p) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint16_t in16(uint16_t p) { uint16_t v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline uint32_t in32(uint16_t p) { uint32_t v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(p)); return v; }
static inline void out8(uint16_t p, uint8_t v) { __asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(p)); }
static inline void out16(uint16_t p, uint16_t v) { __asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(p)); }
static inline void out32(uint16_t p, uint32_t v) { __asm__ volatile("outl %0, %1" :: "a"(v), "Nd"(p)); }

static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

struct cpuid { uint32_t eax, ebx, ecx, edx; };
static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
    return r;
}

static inline uint64_t rdmsr(uint32_t i)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(i));
    return (uint64_t)hi << 32 | lo;
}
static inline void wrmsr(uint32_t i, uint64_t v)
{
    __asm__ volatile("wrmsr" :: "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(i) : "memory");
}

static inline void irq_on(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void irq_off(void) { __asm__ volatile("cli" ::: "memory"); }
static inline void sti_hlt(void) { __asm__ volatile("sti; hlt" ::: "memory"); }

static inline uint32_t mmio_read32(word_t a) { return *(volatile uint32_t *)a; }
static inline void mmio_write32(word_t a, uint32_t v) { *(volatile uint32_t *)a = v; }

#define LAPIC 0xfee00000ul
#define IOAPIC 0xfec00000ul
enum { LAPIC_ID = 0x20, LAPIC_VERSION = 0x30, LAPIC_TPR = 0x80, LAPIC_EOI = 0xb0, LAPIC_SVR = 0xf0, LAPIC_ESR = 0x280,
       LAPIC_ICR_LOW = 0x300, LAPIC_ICR_HIGH = 0x310, LAPIC_TIMER = 0x320, LAPIC_LINT0 = 0x350,
       LAPIC_TIMER_INIT = 0x380, LAPIC_TIMER_NOW = 0x390, LAPIC_TIMER_DIV = 0x3e0 };

/* A hypercall in AMD's form; false if it faults (#UD: nobody there). Result in *result. */
bool hypercall(uint32_t number, word_t a, word_t b, word_t c, word_t *result);
bool on_bulkhead_or_kvm(void);           /* the hypervisor leaf has KVM's signature */

#endif
