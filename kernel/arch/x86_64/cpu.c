// SPDX-License-Identifier: BSD-2-Clause
// A CPU's own tables and modes: GDT, TSS, IDT, system-call MSRs, control registers, PAT.
// Facts: [1] AMD APM vol. 2, 4.8 (long-mode descriptors), 8.2 (IDT), 6.1.1 (STAR); [2] 7.8.2 (PAT).
#include <platform.h>

#define STACK_BYTES 16384
#define IST_BYTES 4096
enum { IST_NONE, IST_NMI, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_COUNT };

#define DESC_CODE64 0x00af9b000000ffffull
#define DESC_DATA 0x00cf93000000ffffull
#define DESC_USER 0x0000600000000000ull      /* DPL 3 */
#define GATE_INTERRUPT 0x8e
#define DPL3 0x60
#define STUB_BYTES 16
/* [2] entry 4 (PAT bit alone) is write-combining, so ABI_ATTR_* are the PTE's PWT, PCD and PAT bits. */
#define PAT_VALUE 0x0007040100070406ull

struct gate { uint16_t low, selector; uint8_t ist, type; uint16_t mid; uint32_t high, reserved; };
struct table { uint16_t limit; uint64_t base; } __attribute__((packed));

bool cpu_has_fsgsbase, cpu_has_gib_pages, cpu_has_nx;
static struct gate idt[256];

extern const uint8_t trap_stubs[];
void nmi_entry(void);
void machine_check_entry(void);
void syscall_entry(void);

static void set_gate(unsigned vector, uint64_t target, unsigned ist, unsigned dpl)
{
    idt[vector] = (struct gate){ (uint16_t)target, SEL_KERNEL_CODE, (uint8_t)ist, (uint8_t)(GATE_INTERRUPT | dpl),
                                 (uint16_t)(target >> 16), (uint32_t)(target >> 32), 0 };
}

void idt_init(void)
{
    for (unsigned v = 0; v < 256; v++)
        set_gate(v, (uint64_t)trap_stubs + v * STUB_BYTES, IST_NONE, 0);
    set_gate(2, (uint64_t)nmi_entry, IST_NMI, 0);
    set_gate(3, (uint64_t)trap_stubs + 3 * STUB_BYTES, IST_NONE, DPL3);      /* INT3, INTO belong to user mode */
    set_gate(4, (uint64_t)trap_stubs + 4 * STUB_BYTES, IST_NONE, DPL3);
    set_gate(8, (uint64_t)trap_stubs + 8 * STUB_BYTES, IST_DOUBLE_FAULT, 0);
    set_gate(18, (uint64_t)machine_check_entry, IST_MACHINE_CHECK, 0);
}

static uint64_t new_stack(uint64_t bytes)
{
    return (uint64_t)memory_alloc_pages(bytes) + bytes;
}

struct cpu *cpu_create(unsigned index, uint32_t id)
{
    struct cpu *cpu = memory_alloc_pages(sizeof(struct cpu));
    struct arch_cpu *a = &cpu->arch;
    cpu->index = index;
    a->self = cpu;
    a->apic_id = id;
    a->kernel_stack = new_stack(STACK_BYTES);
    for (unsigned i = IST_NONE + 1; i < IST_COUNT; i++)
        a->tss.ist[i - 1] = new_stack(IST_BYTES);
    a->tss.iomap_base = sizeof(struct tss);  /* no I/O permission map: ports only by capability */
    uint64_t tss = (uint64_t)&a->tss;
    a->gdt[GDT_KERNEL_CODE] = DESC_CODE64;
    a->gdt[GDT_KERNEL_DATA] = DESC_DATA;
    a->gdt[GDT_USER_DATA] = DESC_DATA | DESC_USER;
    a->gdt[GDT_USER_CODE] = DESC_CODE64 | DESC_USER;
    a->gdt[GDT_TSS_LOW] = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 | (tss >> 24 & 0xff) << 56;
    a->gdt[GDT_TSS_HIGH] = tss >> 32;
    return cpu;
}

static uint64_t wanted_cr4(void)
{
    uint64_t cr4 = CR4_PAE | CR4_PGE;
    struct cpuid c = cpuid(0, 0);
    if (c.eax >= 7) {
        c = cpuid(7, 0);
        cr4 |= (c.ebx & 1u << 0 ? CR4_FSGSBASE : 0) | (c.ebx & 1u << 7 ? CR4_SMEP : 0)
            | (c.ebx & 1u << 20 ? CR4_SMAP : 0) | (c.ecx & 1u << 2 ? CR4_UMIP : 0);
    }
    return cr4;
}

void cpu_load(struct cpu *cpu)
{
    struct arch_cpu *a = &cpu->arch;
    struct table gdtr = { sizeof(a->gdt) - 1, (uint64_t)a->gdt }, idtr = { sizeof(idt) - 1, (uint64_t)idt };
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2" :: "m"(gdtr), "m"(idtr), "r"(SEL_TSS));
    __asm__ volatile("mov %0, %%ss; mov %0, %%ds; mov %0, %%es; mov %1, %%fs; mov %1, %%gs; lldt %w1"
                     :: "r"(SEL_KERNEL_DATA), "r"(0));
    __asm__ volatile("pushq %0; lea 1f(%%rip), %%rax; pushq %%rax; lretq; 1:" :: "i"(SEL_KERNEL_CODE) : "rax", "memory");
    wrmsr(MSR_GS_BASE, (uint64_t)cpu);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
    wrmsr(MSR_FS_BASE, 0);
    struct cpuid ext = cpuid(0x80000001, 0);
    cpu_has_nx = ext.edx & (1u << 20);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | (cpu_has_nx ? EFER_NXE : 0));
    wrmsr(MSR_STAR, (uint64_t)(GDT_USER_CODE32 * 8 + 3) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
    wrmsr(MSR_SFMASK, FLAG_IF | FLAG_DF | FLAG_TF | FLAG_AC | FLAG_NT | FLAG_RF);
    wrmsr(MSR_PAT, PAT_VALUE);
    uint64_t cr4 = wanted_cr4();
    cpu_has_fsgsbase = cr4 & CR4_FSGSBASE;
    write_cr4(cr4);
    a->cr3 = read_cr3();
}
