// SPDX-License-Identifier: BSD-2-Clause
// A monitor that writes nonsense into the state page: entry is refused, or the guest dies; the kernel does neither.

#include "vt.h"

static struct vm vm;

static void fresh(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, bench_out64);
}

static void refused(const char *name)
{
    EQUAL(name, VM_EXIT_ENTRY_FAILED, vm_enter(&vm));
    fresh();
    EQUAL("... and a good state enters again", VM_EXIT_PIO, vm_enter(&vm));
    CHECK("... with its own registers", vm.s->rip == CODE && vm.s->gpr[VM_RSP] == 0x8000);
    fresh();
}

static void test_bad_state(void)
{
    struct vm_state *s = vm.s;
    fresh();
    s->efer |= 1ull << 12;
    refused("EFER.SVME is not the monitor's");
    s->efer |= 1ull << 40;
    refused("EFER with reserved bits");
    s->cr0 |= 1ull << 40;
    refused("CR0 with reserved bits");
    s->cr0 = (s->cr0 | 1u << 29) & ~(1ull << 30);
    refused("CR0.NW without CD");
    s->cr4 |= 1ull << 50;
    refused("CR4 with reserved bits");
    s->dr7 |= 1ull << 40;
    refused("DR7 with reserved bits");
    if (vt_cpuid(1, 0).ecx >> 26 & 1) {      /* without XSAVE nobody looks at it */
        s->xcr0 = 0;
        refused("XCR0 without x87");
        s->xcr0 = 5;
        refused("XCR0 with AVX, without SSE");
        s->xcr0 = ~0ull;
        refused("XCR0 of ones");
    }
    s->msr.pat = 0x0203040506070809;
    refused("PAT with reserved types");
    s->inject = (struct vm_event){ .vector = 6, .type = 5, .valid = 1 };
    refused("event of a type that is none");
    s->inject = (struct vm_event){ .vector = 77, .type = VM_EVENT_EXCEPTION, .valid = 1 };
    refused("exception above 31");
    s->inject = (struct vm_event){ .vector = 2, .type = VM_EVENT_EXCEPTION, .valid = 1 };
    refused("exception 2");
    s->cr4 &= ~0x20ull;
    refused("long mode without PAE");
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
    if (!on_bochs)
        test_random();
}
