// SPDX-License-Identifier: BSD-2-Clause
// The kernel's test task: its own library, and main.
#include <string.h>
#include "kt.h"

#define PAGE 4096ul
#define WINDOW 0x10000000000ul           /* where this task maps what it tests with */
#define THREADS 12

const seL4_BootInfo *bi;
static unsigned passed, failed;
static seL4_CPtr next_slot, memory;

/* ---- checks, end ---- */

static _Noreturn void leave(void)
{
    seL4_CPtr port = next_slot++;

    sel4_printf("%u passed, %u failed\n", passed, failed);
    if (seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0xf4, 0xf4, CSPACE, port, seL4_WordBits) == seL4_NoError) {
        seL4_X86_IOPort_Out8(port, 0xf4, failed != 0);
    }
    seL4_DebugHalt();
    for (;;) {
        seL4_TCB_Suspend(ME);
    }
}

void kt_check(const char *name, bool ok, int line)
{
    if (ok) {
        passed++;
        sel4_printf("PASS %s\n", name);
    } else {
        failed++;
        sel4_printf("FAIL %s (line %d)\n", name, line);
    }
}

void kt_equal(const char *name, uint64_t expected, uint64_t got, int line)
{
    kt_check(name, expected == got, line);
    if (expected != got) {
        sel4_printf("     expected 0x%lx, got 0x%lx\n", expected, got);
    }
}

void kt_must(seL4_Error e, const char *what)
{
    if (e != seL4_NoError) {
        failed++;
        sel4_printf("FAIL cannot go on: %s: %s\n", what, sel4_error_name(e));
        leave();
    }
}

bool kt_wait_for(volatile uint64_t *value, uint64_t at_least, uint64_t us)
{
    for (uint64_t until = kt_tsc() + kt_us(us); *value < at_least; ) {
        if (kt_tsc() > until) {
            return false;
        }
        __asm__ volatile("pause");
    }
    return true;
}

/* ---- objects ---- */

seL4_CPtr kt_slot(void) { return next_slot++; }

seL4_CPtr kt_make(seL4_Word type, seL4_Word bits)
{
    kt_must(seL4_Untyped_Retype(memory, type, bits, CSPACE, 0, 0, next_slot, 1), "retype");
    return next_slot++;
}

seL4_CPtr kt_memory(unsigned bits) { return kt_make(seL4_UntypedObject, bits); }

seL4_CPtr kt_copy(seL4_CPtr from, seL4_CapRights_t rights)
{
    kt_must(seL4_CNode_Copy(CSPACE, next_slot, seL4_WordBits, CSPACE, from, seL4_WordBits, rights), "copy");
    return next_slot++;
}

seL4_CPtr kt_mint(seL4_CPtr from, seL4_Word badge)
{
    kt_must(seL4_CNode_Mint(CSPACE, next_slot, seL4_WordBits, CSPACE, from, seL4_WordBits, seL4_AllRights, badge),
            "mint");
    return next_slot++;
}

void kt_delete(seL4_CPtr cap) { kt_must(seL4_CNode_Delete(CSPACE, cap, seL4_WordBits), "delete"); }

static void find_memory(void)
{
    unsigned best = 0;

    for (seL4_SlotPos i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        if (!bi->untypedList[i].isDevice && bi->untypedList[i].sizeBits > best) {
            best = bi->untypedList[i].sizeBits;
            memory = bi->untyped.start + i;
        }
    }
}

/* ---- address space ---- */

/* One table of 2 MiB, made the first time something is to go there. */
static void need_table(seL4_Word va)
{
    static seL4_Word have;
    static bool upper;

    if (!upper) {
        upper = true;
        kt_must(seL4_X86_PDPT_Map(kt_make(seL4_X86_PDPTObject, 0), VSPACE, va, 0), "PDPT");
        kt_must(seL4_X86_PageDirectory_Map(kt_make(seL4_X86_PageDirectoryObject, 0), VSPACE, va, 0), "directory");
    }
    if (va >= have) {
        kt_must(seL4_X86_PageTable_Map(kt_make(seL4_X86_PageTableObject, 0), VSPACE, va, 0), "page table");
        have = (va | 0x1fffff) + 1;
    }
}

/* Small places lie in the lower half of the window and have their tables, large ones in the upper half have none. */
seL4_Word kt_place(unsigned bits)
{
    static seL4_Word small = WINDOW, large = WINDOW + 0x20000000;
    seL4_Word va;

    need_table(small);
    if (bits == 12) {
        va = small;
        small += 2 * PAGE;                  /* and an empty page behind each */
        need_table(va);
        return va;
    }
    va = large;
    large += 1ul << bits;
    return va;
}

void *kt_map(seL4_CPtr frame, unsigned bits)
{
    seL4_Word va = kt_place(bits);

    kt_must(seL4_X86_Page_Map(frame, VSPACE, va, seL4_AllRights, 0), "map");
    return (void *)va;
}

/* ---- threads ---- */

static struct place {
    uint8_t stack[4 * PAGE] __attribute__((aligned(4096)));
    uint8_t tls[1024];
    seL4_CPtr buffer;
    seL4_IPCBuffer *ipc;
    void (*main)(void *);
    void *arg;
    seL4_CPtr tcb;
    bool used;
} places[THREADS];

static void thread_main(unsigned i)
{
    places[i].main(places[i].arg);
    for (;;) {
        seL4_TCB_Suspend(places[i].tcb);
    }
}

static unsigned free_place(void)
{
    unsigned i = 0;

    while (i < THREADS && places[i].used) {
        i++;
    }
    kt_must(i == THREADS ? seL4_NotEnoughMemory : seL4_NoError, "a place for a thread");
    if (!places[i].buffer) {
        places[i].buffer = kt_make(seL4_X86_4K, 0);
        places[i].ipc = kt_map(places[i].buffer, 12);
    }
    return i;
}

struct thread kt_new(void (*fn)(void *), void *arg, struct options o)
{
    struct thread t = { kt_make(seL4_TCBObject, 0), kt_make(seL4_SchedContextObject, 9), free_place() };
    struct place *p = &places[t.index];
    seL4_UserContext r = { 0 };

    p->used = true;
    p->main = fn;
    p->arg = arg;
    p->tcb = t.tcb;
    o.budget = o.budget ? o.budget : 10000;
    o.period = o.period ? o.period : o.budget;
    kt_must(seL4_SchedControl_Configure(bi->schedcontrol.start + o.cpu, t.sc, o.budget, o.period, 4, 0x5c), "budget");
    kt_must(seL4_TCB_Configure(t.tcb, CSPACE, 0, VSPACE, 0, (seL4_Word)p->ipc, p->buffer), "configure");
    kt_must(seL4_TCB_SetSchedParams(t.tcb, ME, 200, o.priority, o.passive ? seL4_CapNull : t.sc, o.fault), "params");
    kt_must(seL4_TCB_SetTimeoutEndpoint(t.tcb, o.timeout), "timeout endpoint");
    r.rip = (seL4_Word)thread_main;
    r.rsp = (seL4_Word)(p->stack + sizeof p->stack) - 8;
    r.rdi = t.index;
    r.fs_base = sel4_tls_init(p->tls, sizeof p->tls, p->ipc);
    kt_must(seL4_TCB_WriteRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r), "registers");
    return t;
}

struct thread kt_start(void (*fn)(void *), void *arg, struct options o)
{
    struct thread t = kt_new(fn, arg, o);

    kt_must(seL4_TCB_Resume(t.tcb), "resume");
    return t;
}

void kt_stop(struct thread t)
{
    kt_delete(t.tcb);
    kt_delete(t.sc);
    places[t.index].used = false;
}

/* ---- main ---- */

static void test_bootinfo(void)
{
    CHECK("bootinfo: IPC buffer", bi->ipcBuffer == seL4_GetIPCBuffer());
    CHECK("bootinfo: untyped memory", bi->untyped.end > bi->untyped.start);
    CHECK("bootinfo: one SchedControl per CPU", bi->schedcontrol.end - bi->schedcontrol.start == bi->numNodes);
    CHECK("bootinfo: TSC frequency", bi->tscHz > 10000000);
    CHECK("bootinfo: free slots", bi->empty.end - bi->empty.start > 1000);
    EQUAL("bootinfo: first free slot is free", 0, seL4_DebugCapIdentify(bi->empty.start));
}

int main(seL4_BootInfo *bootinfo)
{
    bi = bootinfo;
    next_slot = bi->empty.start;
    find_memory();
    seL4_DebugNameThread(ME, "kernel_test");
    kt_must(seL4_TCB_SetPriority(ME, ME, MY_PRIORITY), "priority");
    test_bootinfo();
    test_ipc();
    test_paging();
    test_faults();
    test_sched();
    test_devices();
    test_smp();
    leave();
}
