// SPDX-License-Identifier: BSD-2-Clause
// Makes each kind of VM exit happen and checks what the machine answers. Built for 32 and for 64 bits. Every line
// holds on plain QEMU as well, so that the expectations are checked against a machine that is not ours.

#include "micro.h"

static bool hypervisor_is_ours;          /* KVM's signature: our monitor (or KVM) */

/* ---- ports ---- */

static void test_pio(void)
{
    out8(0x3ff, 0x5a);                   /* 16550 scratch register */
    check_equal("pio out8/in8", 0x5a, in8(0x3ff));
    check_equal("pio in8 of nothing", 0xff, in8(0x1234));
    check_equal("pio in16 of nothing", 0xffff, in16(0x1234));
    check_equal("pio in32 of nothing", 0xffffffff, in32(0x1234));
    out32(0xcf8, 0x80000000);
    check_equal("pio out32/in32", 0x80000000, in32(0xcf8));
    check_true("pio in16 of the host bridge", in16(0xcfc) != 0xffff);
    check_equal("pio in32 is two in16", in32(0xcfc), (uint32_t)in16(0xcfe) << 16 | in16(0xcfc));
    out32(0xcf8, 0);
    out16(0x80, 0x1234);                 /* nobody minds */
    check_true("pio out16 of nothing", true);
}

static void test_string_pio(void)
{
    static const char text[] = "string out: 0123456789\r\n";
    const char *from = text;
    word_t n = sizeof(text) - 1;
    __asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(0x3f8) : "memory");
    check_equal("outsb moved", sizeof(text) - 1, (word_t)(from - text));
    check_equal("outsb counted", 0, n);

    uint8_t bytes[8] = { 0 };
    void *to = bytes;
    out8(0x3ff, 0xa5);
    n = 5;
    __asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(0x3ff) : "memory");
    check_true("insb filled", bytes[0] == 0xa5 && bytes[4] == 0xa5 && bytes[5] == 0);
    check_equal("insb moved", 5, (word_t)((uint8_t *)to - bytes));

    uint32_t words[4] = { 0 };
    to = &words[2];
    n = 2;
    __asm__ volatile("std; rep insl; cld" : "+D"(to), "+c"(n) : "d"(0x1234) : "memory");
    check_true("insl downwards", words[2] == 0xffffffff && words[1] == 0xffffffff && !words[0] && !words[3]);
    uint16_t half = 0;
    to = &half;
    __asm__ volatile("insw" : "+D"(to) : "d"(0x1234) : "memory");
    check_equal("insw", 0xffff, half);
    n = 0;
    to = bytes;
    __asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(0x3ff) : "memory");
    check_true("insb of zero bytes", to == bytes);
}

/* ---- CPUID, MSRs ---- */

static void test_cpuid(void)
{
    struct cpuid c0 = cpuid(0, 0), c1 = cpuid(1, 0), hv = cpuid(0x40000000, 0), ext = cpuid(0x80000000, 0);
    print("cpuid: max %x, %x %x %x; 1: %x %x; hv %x %x; ext max %x\n", c0.eax, c0.ebx, c0.edx, c0.ecx, c1.ecx,
          c1.edx, hv.eax, hv.ebx, ext.eax);
    check_true("cpuid leaf 0", c0.eax >= 1 && c0.eax < 0x100);
    check_true("cpuid has TSC, APIC, MSR", (c1.edx & 0x230) == 0x230);
    check_true("cpuid runs under a hypervisor", c1.ecx >> 31);
    check_true("cpuid extended leaf", ext.eax >= 0x80000001);
    check_true("cpuid offers no SVM to a guest of ours", !hypervisor_is_ours || !(cpuid(0x80000001, 0).ecx & 4));
    cpuid(c0.eax + 1000, 0x1234);
    check_true("cpuid beyond the end returns", true);
}

static void test_msr(void)
{
    uint64_t a = rdmsr(0x10), b = rdtsc(), c = rdmsr(0x10);
    check_true("msr TSC moves with rdtsc", (a < b && b < c) || (!hypervisor_is_ours && !a));
    check_equal("msr APIC base, enabled, boot CPU", 0xfee00900, rdmsr(0x1b) & 0xfffff900);
    uint64_t pat = rdmsr(0x277);
    wrmsr(0x277, 0x0007040600070406ull);
    check_equal("msr PAT keeps", 0x0007040600070406ull, rdmsr(0x277));
    wrmsr(0x277, pat);
    check_equal("msr EFER.LMA", sizeof(word_t) == 8, rdmsr(0xc0000080) >> 10 & 1);
    wrmsr(0xc0000082, 0x123456789abcull);    /* LSTAR: no exit */
    check_equal("msr LSTAR keeps", 0x123456789abcull, rdmsr(0xc0000082));
    wrmsr(0xc0000102, 0x7123456789abull);
    check_equal("msr KERNEL_GS_BASE keeps", 0x7123456789abull, rdmsr(0xc0000102));
    wrmsr(0x174, 8);
    check_equal("msr SYSENTER_CS keeps", 8, rdmsr(0x174));
    uint32_t lo = 1, hi = 1;
    int v = TRY("rdmsr", OUT("=a"(lo), "=d"(hi)), "c"(0x0badcafe));
    check_true("msr nobody has: #GP or zero", v == 13 || (lo == 0 && hi == 0));
    v = TRY("wrmsr", "+a"(lo), "d"(0), "c"(0x0badcafe));
    check_true("msr nobody has: write", v == 13 || v == -1);
    v = TRY("wrmsr", "+a"(lo), "d"(0xffffffff), "c"(0xc0000080));
    check_true("msr EFER reserved bits", v == 13 || (v == -1 && !hypervisor_is_ours));
    if (v == -1)
        wrmsr(0xc0000080, sizeof(word_t) == 8 ? 0x500 : 0);
}

/* ---- memory that is not RAM ---- */

static uint32_t lapic_read(unsigned r) { return mmio_read32(LAPIC + r); }
static void lapic_write(unsigned r, uint32_t v) { mmio_write32(LAPIC + r, v); }
static uint32_t ioapic_read(unsigned r) { mmio_write32(IOAPIC, r); return mmio_read32(IOAPIC + 0x10); }
static void ioapic_write(unsigned r, uint32_t v) { mmio_write32(IOAPIC, r); mmio_write32(IOAPIC + 0x10, v); }

static void test_mmio_devices(void)
{
    check_true("lapic version", (lapic_read(LAPIC_VERSION) & 0xff) >= 0x10);
    lapic_write(LAPIC_TPR, 0x20);
    check_equal("lapic TPR keeps", 0x20, lapic_read(LAPIC_TPR));
    lapic_write(LAPIC_TPR, 0);
    lapic_write(LAPIC_SVR, 0x1ff);
    check_equal("lapic SVR keeps", 0x1ff, lapic_read(LAPIC_SVR) & 0x1ff);
    check_equal("ioapic version", 23, ioapic_read(1) >> 16 & 0xff);
    ioapic_write(0x10 + 2 * 20, 0x10045);
    check_equal("ioapic redirection keeps", 0x10045, ioapic_read(0x10 + 2 * 20));
}

/* Instructions compilers and people use on device memory; the task priority register is an innocent target. */
static void test_mmio_instructions(void)
{
    volatile uint32_t *tpr = (volatile uint32_t *)(LAPIC + LAPIC_TPR);
    uint32_t r = 0;
    __asm__ volatile("movl $0x30, %0" : "=m"(*tpr));
    __asm__ volatile("mov %1, %0" : "=r"(r) : "m"(*tpr));
    check_equal("mmio mov imm, load", 0x30, r);
    __asm__ volatile("orl $0x40, %0" : "+m"(*tpr));
    check_equal("mmio or imm", 0x70, *tpr);
    __asm__ volatile("andl $0x60, %0" : "+m"(*tpr));
    check_equal("mmio and imm", 0x60, *tpr);
    __asm__ volatile("addl %1, %0" : "+m"(*tpr) : "r"(0x10));
    check_equal("mmio add reg", 0x70, *tpr);
    __asm__ volatile("sub %1, %0" : "+r"(r) : "m"(*tpr));
    check_equal("mmio sub from register", (uint32_t)(0x30 - 0x70), r);
    r = 0x50;
    __asm__ volatile("xchgl %0, %1" : "+r"(r), "+m"(*tpr));
    check_true("mmio xchg", r == 0x70 && *tpr == 0x50);
    bool equal, bit;
    __asm__ volatile("cmpl $0x50, %1; sete %0" : "=qm"(equal) : "m"(*tpr) : "cc");
    check_true("mmio cmp", equal);
    __asm__ volatile("testl $0x40, %1; setne %0" : "=qm"(bit) : "m"(*tpr) : "cc");
    check_true("mmio test", bit);
    __asm__ volatile("btl $4, %1; setc %0" : "=qm"(bit) : "m"(*tpr) : "cc");
    check_true("mmio bt", bit);
    void *to = (void *)tpr;
    __asm__ volatile("stosl" : "+D"(to) : "a"(0x20) : "memory");
    check_true("mmio stos", *tpr == 0x20 && to == (char *)tpr + 4);
    const void *from = (const void *)tpr;
    to = &r;
    __asm__ volatile("movsl" : "+D"(to), "+S"(from) :: "memory");
    check_equal("mmio movs to RAM", 0x20, r);
    from = &r;
    to = (void *)tpr;
    r = 0x10;
    __asm__ volatile("movsl" : "+D"(to), "+S"(from) :: "memory");
    check_equal("mmio movs from RAM", 0x10, *tpr);
    __asm__ volatile("movl %%fs:0x10(%1,%2,4), %0" : "=r"(r) : "r"(LAPIC), "r"((word_t)(LAPIC_TPR - 0x10) / 4));
    check_equal("mmio base, index, segment", 0x10, r);
    *tpr = 0;
}

static void test_mmio_nothing(void)
{
    volatile uint8_t *hole = (volatile uint8_t *)0xd0001000ul;
    uint32_t v = *(volatile uint32_t *)hole;
    check_true("hole reads zeroes or ones", v == 0 || v == 0xffffffff);
    *(volatile uint32_t *)hole = 0x12345678;
    hole[3] = 1;
    *(volatile uint16_t *)(hole + 0xffe) = 2;
    check_equal("hole forgets", v, *(volatile uint32_t *)hole);
    uint32_t small = 1;
    word_t w = 1;
    __asm__ volatile("movzbl %1, %0" : "=r"(small) : "m"(hole[1]));
    check_equal("hole movzx byte", v & 0xff, small);
    __asm__ volatile("movswl %1, %0" : "=r"(small) : "m"(*(volatile uint16_t *)hole));
    check_equal("hole movsx word", v, small);
    __asm__ volatile("mov %1, %0" : "=r"(w) : "m"(*(volatile word_t *)hole));
    check_equal("hole load of a word", v ? ~(word_t)0 : 0, w);
    uint8_t buf[64];
    const void *from = (const void *)hole;
    void *to = buf;
    word_t n = 16;
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) :: "memory");
    check_true("hole, rep movs out of it", n == 0 && buf[0] == (uint8_t)v && buf[63] == (uint8_t)v);
    to = (void *)hole;
    n = 300;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0x77) : "memory");
    check_true("hole, rep stos into it", n == 0 && to == (void *)(hole + 300));
}

/* ---- hypercalls ---- */

static void test_hypercall(void)
{
    word_t r = 0;
    bool there = hypercall(0x4242, 1, 2, 3, &r);
    check_true("hypercall nobody knows", hypervisor_is_ours ? there && (int)r == -1000 : !there && caught.vector == 6);
}

/* Registers that no exit may change. */
static void test_registers(void)
{
#ifdef __x86_64__
    /* rN holds N * 0x0101010101010101 over the OUT; afterwards each difference is or-ed into rax. */
    word_t bad;
#define SET(r, n) "mov $0x" #n #n #n #n #n #n #n #n ", %%" #r "\n\t"
#define CHECK(r, n) "mov $0x" #n #n #n #n #n #n #n #n ", %%rdx; sub %%rdx, %%" #r "; or %%" #r ", %%rax\n\t"
    __asm__ volatile("push %%rbp\n\t"
        SET(rbx, 03) SET(rcx, 01) SET(rbp, 05) SET(rsi, 06) SET(rdi, 07) SET(r8, 08) SET(r9, 09) SET(r10, 10)
        SET(r11, 11) SET(r12, 12) SET(r13, 13) SET(r14, 14) SET(r15, 15)
        "mov $0x80, %%edx; xor %%eax, %%eax; out %%al, %%dx\n\t"
        CHECK(rbx, 03) CHECK(rcx, 01) CHECK(rbp, 05) CHECK(rsi, 06) CHECK(rdi, 07) CHECK(r8, 08) CHECK(r9, 09)
        CHECK(r10, 10) CHECK(r11, 11) CHECK(r12, 12) CHECK(r13, 13) CHECK(r14, 14) CHECK(r15, 15)
        "pop %%rbp"
        : "=a"(bad) :: "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
    check_equal("registers survive an exit", 0, bad);
#else
    word_t bad;
    __asm__ volatile(
        "push %%ebp; mov $0x99999999, %%esi; mov $0xaaaaaaaa, %%edi; mov $0x80, %%edx; mov $0xcccccccc, %%ecx\n\t"
        "mov $0xdddddddd, %%ebp; xor %%eax, %%eax; out %%al, %%dx\n\t"
        "sub $0x99999999, %%esi; sub $0xaaaaaaaa, %%edi; sub $0xcccccccc, %%ecx; sub $0xdddddddd, %%ebp\n\t"
        "mov %%ebp, %%eax; or %%esi, %%eax; or %%edi, %%eax; or %%ecx, %%eax; pop %%ebp"
        : "=a"(bad) :: "ecx", "edx", "esi", "edi", "memory");
    check_equal("registers survive an exit", 0, bad);
#endif
    uint32_t in[4] = { 0x01020304, 0x11121314, 0x21222324, 0x31323334 }, out[4] = { 0 };
    __asm__ volatile("movups %1, %%xmm3; mov $0x80, %%edx; xor %%eax, %%eax; outb %%al, %%dx; cpuid; movups %%xmm3, %0"
                     : "=m"(out) : "m"(in) : "eax", "ebx", "ecx", "edx", "memory");
    check_true("xmm survives exits", out[0] == in[0] && out[3] == in[3]);
    word_t flags;
    __asm__ volatile("stc; std; outb %%al, $0x80; pushf; cld; pop %0" : "=r"(flags) :: "memory");
    check_equal("flags survive an exit", 0x401, flags & 0x401);
}

/* ---- exceptions ---- */

static volatile unsigned soft_count;
static void count_soft(struct micro_frame *f) { soft_count += (unsigned)f->vector; }

static volatile word_t db_ip, db_count;
static void on_debug(struct micro_frame *f)
{
    db_ip = f->ip;
    db_count++;
    f->flags &= ~(word_t)0x100;          /* no more single steps */
    f->flags |= 0x10000;                 /* RF: past an instruction breakpoint */
}

static void test_exceptions(void)
{
    check_equal("#UD", 6, (unsigned)TRY("ud2", , "m"(failed)));
    word_t d = 0;
    check_equal("#DE", 0, (unsigned)TRY("div %b0", "+q"(d), "a"(5)));
    check_equal("#GP of a null-limit selector", 13, (unsigned)TRY("mov %w0, %%ds", , "r"(0x7ff8)));
    check_equal("#GP error code", 0x7ff8, caught.error);
    on_vector(3, count_soft);
    on_vector(0x81, count_soft);
    __asm__ volatile("int3; int $0x81");
    check_equal("int3 and int n", 3 + 0x81, soft_count);
    on_vector(3, NULL);
}

static void test_single_step(void)
{
    on_vector(1, on_debug);
    db_count = 0;
    word_t where;
#ifdef __x86_64__
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; 1: lea 1b(%%rip), %0" : "=r"(where) :: "memory", "cc");
#else
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf; nop; 1: mov $1b, %0" : "=r"(where) :: "memory", "cc");
#endif
    check_true("single step", db_count == 1 && db_ip == where);
    db_count = 0;
    static volatile uint32_t watched;
    word_t dr6 = 0, clear = 0, dr7 = 0xd0001 | 0x400;        /* DR0: 4 bytes, writes */
    __asm__ volatile("mov %0, %%dr0; mov %1, %%dr7; mov %2, %%dr6" :: "r"((word_t)&watched), "r"(dr7), "r"(clear));
    watched = 7;
    __asm__ volatile("mov %%dr6, %0; mov %1, %%dr7" : "=r"(dr6) : "r"((word_t)0x400));
    /* A monitor on an emulated CPU may keep breakpoints off: docs/limits. */
    check_true("data breakpoint", (db_count == 1 && dr6 & 1) || (hypervisor_is_ours && db_count == 0));
    word_t keep = 0x12345678, got = 0;
    __asm__ volatile("mov %0, %%dr3" :: "r"(keep));
    out8(0x80, 0);
    cpuid(1, 0);
    __asm__ volatile("mov %%dr3, %0" : "=r"(got));
    check_equal("debug register survives exits", keep, got);
    on_vector(1, NULL);
}

/* ---- odd instructions ---- */

static void test_instructions(void)
{
    uint64_t a = rdtsc(), b = rdtsc();
    check_true("rdtsc moves", b > a);
    __asm__ volatile("pause; wbinvd" ::: "memory");
    check_true("wbinvd, pause", true);
    uint32_t lo, hi;
    int v = TRY("rdpmc", OUT("=a"(lo), "=d"(hi)), "c"(0x7fffffff));
    check_true("rdpmc returns or faults", v == -1 || v == 13 || v == 6);
    word_t zero = 0;
    v = TRY(".byte 0x0f, 0x01, 0xd8", "+a"(zero), "m"(failed));      /* VMRUN */
    check_true("vmrun: #UD or #GP", v == 6 || v == 13);
    v = TRY(".byte 0x0f, 0x01, 0xc8", , "a"((word_t)&failed), "c"(0), "d"(0));  /* MONITOR */
    check_true("monitor returns or #UD", v == -1 || v == 6);
    v = TRY(".byte 0x0f, 0x0a", , "m"(failed));
    check_equal("opcode nobody has", 6, (unsigned)v);
#ifdef __x86_64__
    word_t cr8;
    __asm__ volatile("mov %1, %%cr8; mov %%cr8, %0" : "=r"(cr8) : "r"(5ul));
    check_equal("cr8 keeps", 5, cr8);
    check_equal("cr8 is the lapic's TPR", 0x50, lapic_read(LAPIC_TPR));
    __asm__ volatile("mov %0, %%cr8" :: "r"(0ul));
#endif
    if (cpuid(1, 0).ecx >> 26 & 1) {     /* XSAVE: x87, SSE, AVX on by XSETBV */
        word_t cr4;
        uint32_t want = cpuid(0xd, 0).eax & 7, now, high;
        __asm__ volatile("mov %%cr4, %0; or $0x40000, %0; mov %0, %%cr4" : "=&r"(cr4));
        __asm__ volatile("xsetbv" :: "a"(want), "d"(0), "c"(0));
        out8(0x80, 0);
        __asm__ volatile("xgetbv" : "=a"(now), "=d"(high) : "c"(0));
        check_equal("xcr0 survives an exit", want, now);
        __asm__ volatile("xsetbv" :: "a"(1), "d"(0), "c"(0));
    }
}

/* ---- paging of the guest's own ---- */

#ifndef __x86_64__
static uint32_t directory[1024] __attribute__((aligned(4096)));
static uint32_t table[1024] __attribute__((aligned(4096)));

static void test_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        directory[i] = i << 22 | 0x83;               /* 4 MiB pages, identity */
    directory[0x300] = (uint32_t)table | 3;          /* c0000000: 4 KiB pages */
    table[0] = (uint32_t)LAPIC | 0x13;
    table[1] = 0x100000 | 1;                         /* our own first page, read-only */
    uint32_t cr0, cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" :: "r"(cr4 | 0x10));
    __asm__ volatile("mov %0, %%cr3" :: "r"(directory));
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" :: "r"(cr0 | 0x80010000));
    check_equal("paging: lapic through its own mapping", lapic_read(LAPIC_VERSION), mmio_read32(0xc0000000 + LAPIC_VERSION));
    check_equal("paging: RAM through its own mapping", *(volatile uint32_t *)0x100000, mmio_read32(0xc0001000));
    int v = TRY("movl $0, (%0)", , "r"(0xc0001000));
    check_true("paging: #PF write to read-only", v == 14 && caught.error == 3 && caught.cr2 == 0xc0001000);
    v = TRY("movl (%1), %0", "=r"(cr4), "r"(0xc0002000));
    check_true("paging: #PF not present", v == 14 && caught.error == 0 && caught.cr2 == 0xc0002000);
    __asm__ volatile("mov %0, %%cr0" :: "r"(cr0));
}
#else
extern uint64_t pml4[512];
static uint64_t pdpt2[512] __attribute__((aligned(4096)));
static uint64_t directory2[512] __attribute__((aligned(4096)));
static uint64_t table2[512] __attribute__((aligned(4096)));

static void test_paging(void)
{
    word_t base = 0xffff800000000000ul, got;
    pml4[256] = (word_t)pdpt2 | 3;
    pdpt2[0] = (word_t)directory2 | 3;
    directory2[0] = (word_t)table2 | 3;
    table2[0] = LAPIC | 0x13;
    table2[1] = 0x100000 | 1;
    __asm__ volatile("mov %%cr0, %0; or $0x10000, %0; mov %0, %%cr0" : "=&r"(got));
    __asm__ volatile("mov %0, %%cr3" :: "r"(pml4) : "memory");
    check_equal("paging: lapic through its own mapping", lapic_read(LAPIC_VERSION), mmio_read32(base + LAPIC_VERSION));
    check_equal("paging: RAM through its own mapping", *(volatile uint32_t *)0x100000, mmio_read32(base + 0x1000));
    int v = TRY("movl $0, (%0)", , "r"(base + 0x1000));
    check_true("paging: #PF write to read-only", v == 14 && caught.error == 3 && caught.cr2 == base + 0x1000);
    v = TRY("mov (%1), %0", "=r"(got), "r"(base + 0x2000));
    check_true("paging: #PF not present", v == 14 && caught.error == 0 && caught.cr2 == base + 0x2000);
    *(volatile uint64_t *)&table2[2] = 0x100000 | 3;
    check_equal("paging: present after all", *(volatile uint32_t *)0x100000, mmio_read32(base + 0x2000));
    *(volatile uint64_t *)&table2[2] = 0x101000 | 3;
    __asm__ volatile("invlpg (%0)" :: "r"(base + 0x2000) : "memory");
    check_equal("paging: moved", *(volatile uint32_t *)0x101000, mmio_read32(base + 0x2000));
}
#endif

/* ---- time and interrupts ---- */

static volatile unsigned ticks;
static void pit_tick(struct micro_frame *f) { (void)f; ticks++; pic_eoi(0); }
static void lapic_tick(struct micro_frame *f) { (void)f; ticks++; lapic_write(LAPIC_EOI, 0); }

static void test_pit(void)
{
    ticks = 0;
    on_vector(0x20, pit_tick);
    lapic_write(LAPIC_LINT0, 0x700);     /* virtual wire: the PIC through LINT0 */
    pic_init(1);
    out8(0x43, 0x34);                    /* 8254: counter 0, both bytes, mode 2 */
    out8(0x40, (uint8_t)11932), out8(0x40, 11932 >> 8);      /* 100 Hz */
    uint64_t t0 = rdtsc();
    while (ticks < 5)
        sti_hlt();
    irq_off();
    print("pit: 5 ticks in %llu TSC\n", (unsigned long long)(rdtsc() - t0));
    check_true("pit ticks wake hlt", true);
    ticks = 0;
    irq_on();
    while (ticks < 2)                    /* spinning: an interrupt window in running code */
        __asm__ volatile("pause");
    irq_off();
    check_true("pit ticks interrupt a loop", true);
    pic_init(0);
}

static void test_lapic_timer(void)
{
    on_vector(0x40, lapic_tick);
    lapic_write(LAPIC_TIMER_DIV, 0xb);   /* by 1 */
    ticks = 0;
    lapic_write(LAPIC_TIMER, 0x40);      /* one-shot */
    lapic_write(LAPIC_TIMER_INIT, 1000000);
    while (ticks < 1)
        sti_hlt();
    irq_off();
    check_true("lapic one-shot wakes hlt", ticks == 1 && lapic_read(LAPIC_TIMER_NOW) == 0);
    lapic_write(LAPIC_TIMER, 0x20040);   /* periodic */
    lapic_write(LAPIC_TIMER_INIT, 1000000);
    while (ticks < 4)
        sti_hlt();
    irq_off();
    lapic_write(LAPIC_TIMER, 0x10000);
    check_true("lapic periodic", true);
    if (cpuid(1, 0).ecx >> 24 & 1) {     /* TSC deadline */
        ticks = 0;
        lapic_write(LAPIC_TIMER, 0x40040);
        wrmsr(0x6e0, rdtsc() + 1000000);
        while (ticks < 1)
            sti_hlt();
        irq_off();
        check_equal("tsc deadline fired and is clear", 0, rdmsr(0x6e0));
    }
    ticks = 0;
    lapic_write(LAPIC_ICR_LOW, 0x44040); /* IPI to itself */
    irq_on();
    __asm__ volatile("nop; nop");
    irq_off();
    check_equal("lapic self IPI", 1, ticks);
}

static void test_ioapic_pit(void)
{
    ticks = 0;
    pic_init(0);
    lapic_write(LAPIC_LINT0, 0x10000);
    on_vector(0x41, lapic_tick);
    ioapic_write(0x10 + 2 * 2 + 1, lapic_read(LAPIC_ID) & 0xff000000);
    ioapic_write(0x10 + 2 * 2, 0x41);    /* ISA 0 is pin 2: edge, fixed */
    while (ticks < 2)
        sti_hlt();
    irq_off();
    ioapic_write(0x10 + 2 * 2, 0x10041);
    check_true("pit through the ioapic", true);
}

static void test_rtc(void)
{
    uint8_t seconds, year;
    do
        out8(0x70, 0x0a);
    while (in8(0x71) & 0x80);            /* MC146818: update in progress */
    out8(0x70, 0);
    seconds = in8(0x71);
    out8(0x70, 9);
    year = in8(0x71);
    out8(0x70, 0x0b);
    bool binary = in8(0x71) & 4;
    if (!binary) {
        seconds = (uint8_t)((seconds >> 4) * 10 + (seconds & 15));
        year = (uint8_t)((year >> 4) * 10 + (year & 15));
    }
    check_true("rtc seconds below 60, year after 2023", seconds < 60 && year >= 24 && year < 100);
}

#ifdef __x86_64__
static void x2apic_tick(struct micro_frame *f) { (void)f; ticks++; wrmsr(0x80b, 0); }

static void test_x2apic(void)
{
    if (!(cpuid(1, 0).ecx >> 21 & 1))
        return;
    wrmsr(0x1b, rdmsr(0x1b) | 0xc00);
    wrmsr(0x80f, 0x1ff);
    check_equal("x2apic SVR", 0x1ff, rdmsr(0x80f) & 0x1ff);
    ticks = 0;
    wrmsr(0x83e, 0xb);
    wrmsr(0x832, 0x40);
    on_vector(0x40, x2apic_tick);
    wrmsr(0x838, 1000000);
    while (ticks < 1)
        sti_hlt();
    irq_off();
    check_true("x2apic one-shot", true);
    int v = TRY("wrmsr", , "a"(1), "d"(1), "c"(0x80b));
    check_equal("x2apic EOI of nonzero: #GP", 13, (unsigned)v);
}

#endif

void micro_main(void)
{
    hypervisor_is_ours = on_bulkhead_or_kvm();
    print("exits: %d-bit, %s\n", (int)sizeof(word_t) * 8, hypervisor_is_ours ? "under a monitor" : "on a plain machine");
    test_pio();
    test_string_pio();
    test_cpuid();
    test_msr();
    test_mmio_devices();
    test_mmio_instructions();
    test_mmio_nothing();
    test_hypercall();
    test_registers();
    test_exceptions();
    test_single_step();
    test_instructions();
    test_paging();
    test_pit();
    test_lapic_timer();
    test_ioapic_pit();
    test_rtc();
#ifdef __x86_64__
    test_x2apic();
#endif
}
