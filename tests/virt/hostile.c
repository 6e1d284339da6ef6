// SPDX-License-Identifier: BSD-2-Clause
// A monitor that writes nonsense into the state page: entry is refused, or the guest dies; the kernel does neither.

#include <vmm/entry_check.h>
#include "vt.h"

static struct vm vm;

static void fresh(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, bench_out64);
}

/* Entry is refused, and what was wrong has a name. */
static void refused(const char *name, const char *field)
{
    unsigned n = 0;
    vm.s->gpr[VM_RAX] = 0x5eed;
    EQUAL(name, VM_EXIT_ENTRY_FAILED, vm_enter(&vm));
    CHECK("... and shows nothing of the kernel's", vm.s->gpr[VM_RAX] == 0x5eed && vm.s->gpr[VM_RSP] == 0x8000);
    const char *said = entry_check(vm.s);
    while (said && field[n] && said[n] == field[n])
        n++;
    CHECK("... and says why", said && !field[n]);
    if (!said || field[n])
        sel4_printf("     said: %s\n", said ? said : "nothing");
    fresh();
    EQUAL("... and a good state enters again", VM_EXIT_PIO, vm_enter(&vm));
    CHECK("... with its own registers", vm.s->rip == CODE && vm.s->gpr[VM_RSP] == 0x8000);
    fresh();
}

static void test_bad_state(void)
{
    struct vm_state *s = vm.s;
    fresh();
    CHECK("nothing is wrong with a good state", !entry_check(s));
    s->efer |= 1ull << 12;
    refused("EFER.SVME is not the monitor's", "EFER");
    s->efer |= 1ull << 40;
    refused("EFER with reserved bits", "EFER");
    s->cr0 |= 1ull << 40;
    refused("CR0 with reserved bits", "CR0");
    s->cr0 = (s->cr0 | 1u << 29) & ~(1ull << 30);
    refused("CR0.NW without CD", "CR0: NW");
    s->cr4 |= 1ull << 50;
    refused("CR4 with reserved bits", "CR4");
    s->dr7 |= 1ull << 40;
    refused("DR7 with reserved bits", "DR6 or DR7");
    if (vt_cpuid(1, 0).ecx >> 26 & 1) {      /* without XSAVE nobody looks at it */
        s->xcr0 = 0;
        refused("XCR0 without x87", "XCR0");
        s->xcr0 = 5;
        refused("XCR0 with AVX, without SSE", "XCR0");
        s->xcr0 = ~0ull;
        refused("XCR0 of ones", "XCR0");
    }
    s->msr.pat = 0x0203040506070809;
    refused("PAT with reserved types", "PAT");
    s->inject = (struct vm_event){ .vector = 6, .type = 5, .valid = 1 };
    refused("event of a type that is none", "event");
    s->inject = (struct vm_event){ .vector = 77, .type = VM_EVENT_EXCEPTION, .valid = 1 };
    refused("exception above 31", "event");
    s->inject = (struct vm_event){ .vector = 2, .type = VM_EVENT_EXCEPTION, .valid = 1 };
    refused("exception 2", "event");
    s->cr4 &= ~0x20ull;
    refused("long mode without PAE", "CR4: long");
}

/* What Intel's CPUs check and AMD's do not. */
static void test_bad_state_vmx(void)
{
    struct vm_state *s = vm.s;
    static const struct { const char *name, *field; unsigned seg; uint16_t attr; } bad[] = {
        { "CS that is read-only data", "CS", VM_CS, 0xc091 }, { "CS not accessed", "CS", VM_CS, 0xa09a },
        { "CS with L and D", "CS: L", VM_CS, 0xe09b }, { "CS of another DPL", "CS: DPL", VM_CS, 0xa0fb },
        { "SS read-only", "SS", VM_SS, 0xc091 }, { "DS not accessed", "DS", VM_DS, 0xc092 },
        { "GS that only executes", "GS", VM_GS, 0xc099 }, { "TR not busy", "TR", VM_TR, 0x89 },
        { "TR without a TSS", "TR", VM_TR, 0 }, { "LDTR that is a TSS", "LDTR", VM_LDTR, 0x8b },
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s->seg[bad[i].seg].attr = bad[i].attr;
        refused(bad[i].name, bad[i].field);
    }
    s->seg[VM_DS].limit = 0xffffff00;
    refused("DS limit not in pages", "DS");
    s->seg[VM_ES].base = 1ull << 32;
    refused("ES above 4 GiB", "CS, SS, DS or ES");
    s->seg[VM_FS].base = 1ull << 60;
    refused("FS not canonical", "FS, GS");
    s->gdtr.limit = 1 << 16;
    refused("GDTR limit", "GDTR");
    s->idtr.base = 1ull << 50;
    refused("IDTR base", "IDTR");
    s->seg[VM_CS].attr = 0xc09b;
    s->rip = 1ull << 40;
    refused("RIP above 4 GiB in 32-bit code", "RIP");
    s->cr3 = 1ull << 53;
    refused("CR3 with reserved bits", "CR3");
    s->efer &= ~(1ull << 10);
    refused("LME and PG without LMA", "EFER: LMA");
    s->msr.sysenter_eip = 1ull << 50;
    refused("SYSENTER_EIP not canonical", "SYSENTER");
    s->msr.lstar = 1ull << 50;
    refused("LSTAR not canonical", "LSTAR");
    s->inject = (struct vm_event){ .vector = 0x30, .type = VM_EVENT_EXTINT, .valid = 1 };
    refused("an interrupt with IF = 0", "event");
}

static uint64_t seed = 88172645463325252ull;
static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Random pages, and good ones with a few random words. Whatever the guest does, a deadline ends it. */
static void test_random(void)
{
    unsigned kinds[VM_EXIT_COUNT] = { 0 }, odd = 0;
    for (unsigned round = 0; round < 1500; round++) {
        uint64_t *words = (uint64_t *)vm.s;
        fresh();
        if (round % 4 == 0)
            for (unsigned i = 0; i < sizeof(struct vm_state) / 8; i++)
                words[i] = next();
        else
            for (unsigned i = 0; i < round % 4; i++)
                words[next() % (sizeof(struct vm_state) / 8)] = next() & next();
        vm.s->dirty = VM_GROUP_ALL;
        vm.s->activity = VM_ACTIVE;
        vm.s->deadline = vt_tsc() + bi->tscHz / 2000;
        int kind = vm_enter(&vm);
        if (kind >= 0 && kind < VM_EXIT_COUNT)
            kinds[kind]++;
        else
            odd++;
    }
    EQUAL("random state pages: only known exits", 0, odd);
    sel4_printf("     %u refused, %u shutdowns, %u faults, %u port accesses, %u deadlines, %u unknown\n",
                kinds[VM_EXIT_ENTRY_FAILED], kinds[VM_EXIT_SHUTDOWN], kinds[VM_EXIT_MMIO], kinds[VM_EXIT_PIO],
                kinds[VM_EXIT_DEADLINE], kinds[VM_EXIT_UNKNOWN]);
    fresh();
    EXPECT(&vm, "a good state enters after all that", PIO);
}

void test_hostile(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    test_bad_state();
    if (on_vmx())
        test_bad_state_vmx();
    if (!on_bochs)
        test_random();
}
