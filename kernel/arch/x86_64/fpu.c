// SPDX-License-Identifier: BSD-2-Clause
// x87/SSE/AVX state, switched when it is needed: a thread that finds another's state in the registers runs with
// CR0.TS set and takes #NM at its first use; a guest gets its state loaded at entry. One pointer a CPU (arch_cpu.fpu)
// says whose the registers are, fpu_state.cpu says the same from the other side.
// Facts: Intel SDM vol. 1, chapter 13 (XSAVE); AMD APM vol. 2, 11.5.
#include <platform.h>

#define XSTATE_HEADER 512
#define XCR0_X87_SSE 3ull
#define XCR0_AVX (1ull << 2)
#define XCR0_AVX512 (7ull << 5)
#define XCR0_PKRU (1ull << 9)
#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT 0x37f

uint64_t fpu_xcr0;

/* A guest's XCR0 stays in the register after its run; XSAVE and XRSTOR of ours need them all on. */
static bool own_xcr0(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu->arch.xcr0 == fpu_xcr0)
        return false;
    cpu->arch.xcr0 = fpu_xcr0;
    xsetbv(0, fpu_xcr0);
    return true;
}

/* With a guest's XCR0 still there a thread's AVX instruction is undefined before it is unavailable. */
bool fpu_trap_undefined(void) { return own_xcr0(); }

static void save(struct fpu_state *s)
{
    own_xcr0();
    if (fpu_xcr0)
        __asm__ volatile("xsave64 (%0)" :: "r"(s->area), "a"((uint32_t)fpu_xcr0), "d"(0) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" :: "r"(s->area) : "memory");
}

static void restore(const struct fpu_state *s)
{
    own_xcr0();
    if (fpu_xcr0)
        __asm__ volatile("xrstor64 (%0)" :: "r"(s->area), "a"((uint32_t)fpu_xcr0), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" :: "r"(s->area) : "memory");
}

void fpu_state_reset(struct fpu_state *s)
{
    uint64_t *words = (uint64_t *)(void *)s->area;
    for (unsigned i = 0; i < FPU_AREA_BYTES / 8; i++)
        words[i] = 0;                        /* XSTATE_BV = 0: every component in its initial state */
    s->area[0] = FCW_DEFAULT & 0xff;
    s->area[1] = FCW_DEFAULT >> 8;
    s->area[24] = MXCSR_DEFAULT & 0xff;
    s->area[25] = MXCSR_DEFAULT >> 8;
    s->cpu = 0;
}

static void set_off(struct cpu *cpu, bool off)
{
    if (cpu->arch.fpu_off == off)
        return;
    cpu->arch.fpu_off = off;
    if (off)
        write_cr0(read_cr0() | CR0_TS);
    else
        clts();
}

/* Takes a whole feature group only if it and all below it fit into the area. CPUID 0xd, sub-leaf 0: EBX would be the
 * size of what XCR0 has enabled now, so the sizes are taken one by one from sub-leaves 2 and up. */
static uint64_t usable_xcr0(void)
{
    struct cpuid all = cpuid(0xd, 0);
    uint64_t supported = (uint64_t)all.edx << 32 | all.eax, chosen = XCR0_X87_SSE;
    static const uint64_t groups[] = { XCR0_AVX, XCR0_AVX512, XCR0_PKRU };
    for (unsigned g = 0; g < ARRAY_SIZE(groups); g++) {
        bool fits = (supported & groups[g]) == groups[g] && (groups[g] != XCR0_AVX512 || (chosen & XCR0_AVX));
        for (unsigned bit = 2; bit < 32 && fits; bit++) {
            struct cpuid c = cpuid(0xd, bit);
            if (groups[g] & BIT(bit))
                fits = c.ebx + c.eax <= FPU_AREA_BYTES;
        }
        if (fits)
            chosen |= groups[g];
    }
    return chosen;
}

void fpu_init_cpu(void)
{
    uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;
    bool has_xsave = cpuid(1, 0).ecx & (1u << 26);
    write_cr4(has_xsave ? cr4 | CR4_OSXSAVE : cr4);
    clts();
    if (has_xsave) {
        if (!fpu_xcr0)
            fpu_xcr0 = usable_xcr0();
        xsetbv(0, fpu_xcr0);
        this_cpu()->arch.xcr0 = fpu_xcr0;
    }
    __asm__ volatile("fninit");
    write_cr0((read_cr0() & ~CR0_EM) | CR0_MP | CR0_NE | CR0_TS);
    this_cpu()->arch.fpu_off = true;
    this_cpu()->arch.fpu = NULL;
}

void fpu_save_current(void)
{
    struct cpu *cpu = this_cpu();
    if (!cpu->arch.fpu)
        return;
    set_off(cpu, false);
    save(cpu->arch.fpu);
    cpu->arch.fpu->cpu = 0;
    cpu->arch.fpu = NULL;
}

/* On the CPU that has it. Afterwards nobody's state is loaded, and no thread may go on using the registers. */
static void release_here(uint64_t state, uint64_t unused)
{
    struct cpu *cpu = this_cpu();
    if (cpu->arch.fpu != (struct fpu_state *)state)
        return;
    fpu_save_current();
    set_off(cpu, true);
}

void fpu_release(struct fpu_state *s)
{
    if (s->cpu)
        remote_call(BIT(s->cpu - 1), release_here, (uint64_t)s, 0);
}

static void take_here(struct cpu *cpu, struct fpu_state *s)
{
    set_off(cpu, false);
    fpu_save_current();
    restore(s);
    s->cpu = cpu->index + 1;
    cpu->arch.fpu = s;
}

void fpu_take(struct fpu_state *s)
{
    struct cpu *cpu = this_cpu();
    if (cpu->arch.fpu == s)
        return;
    fpu_release(s);
    take_here(cpu, s);
}

bool fpu_trap_fast(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct fpu_state *s = &arch_of(t)->fpu;
    if (s->cpu && s->cpu != cpu->index + 1)
        return false;
    if (cpu->arch.fpu == s)
        set_off(cpu, false);
    else
        take_here(cpu, s);
    return true;
}

void fpu_trap(struct tcb *t)
{
    fpu_take(&arch_of(t)->fpu);
    set_off(this_cpu(), false);
}

void fpu_leave_for(struct cpu *cpu, struct tcb *t)
{
    set_off(cpu, cpu->arch.fpu != &arch_of(t)->fpu);
}
