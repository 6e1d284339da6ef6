// SPDX-License-Identifier: BSD-2-Clause
// The virtualisation tests' own library: memory, capabilities, threads, a VM.

#include "vt.h"

#define PAGE 4096ul
#define WINDOW 0x4000000000ul            /* where frames are mapped in this address space */

unsigned passed, failed;
bool on_bochs;
const seL4_BootInfo *bi;
static seL4_CPtr next_slot, memory, huge_memory;     /* huge_memory: another untyped of at least 1 GiB, or 0 */

/* ---- checks, end ---- */

static _Noreturn void leave(unsigned status)
{
    seL4_CPtr port = vt_slot();
    if (!seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0xf4, 0xf4, seL4_CapInitThreadCNode, port, seL4_WordBits))
        seL4_X86_IOPort_Out8(port, 0xf4, (uint8_t)status);
    seL4_DebugHalt();
    for (;;)
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}

void vt_check(const char *name, bool ok, int line)
{
    ok ? passed++ : failed++;
    if (ok)
        sel4_printf("PASS %s\n", name);
    else
        sel4_printf("FAIL %s (line %d)\n", name, line);
}

void vt_equal(const char *name, uint64_t expected, uint64_t got, int line)
{
    vt_check(name, expected == got, line);
    if (expected != got)
        sel4_printf("     expected 0x%lx, got 0x%lx\n", expected, got);
}

void vt_must(seL4_Error e, const char *what)
{
    if (e == seL4_NoError)
        return;
    sel4_printf("FAIL cannot go on: %s: %s\n", what, sel4_error_name(e));
    leave(1);
}

/* ---- objects ---- */

seL4_CPtr vt_slot(void) { return next_slot++; }

seL4_CPtr vt_try_make(seL4_Word type, seL4_Word bits)
{
    seL4_CPtr from = type == seL4_X64_HugePageObject ? huge_memory : memory;
    if (from && seL4_Untyped_Retype(from, type, bits, seL4_CapInitThreadCNode, 0, 0, next_slot, 1) == seL4_NoError)
        return next_slot++;
    return 0;
}

seL4_CPtr vt_make(seL4_Word type, seL4_Word bits)
{
    seL4_CPtr c = vt_try_make(type, bits);
    if (!c)
        vt_must(seL4_NotEnoughMemory, "retype");
    return c;
}

seL4_CPtr vt_copy(seL4_CPtr from)
{
    seL4_CPtr to = vt_slot();
    vt_must(seL4_CNode_Copy(seL4_CapInitThreadCNode, to, seL4_WordBits, seL4_CapInitThreadCNode, from, seL4_WordBits,
                            seL4_AllRights), "copy");
    return to;
}

void vt_delete(seL4_CPtr c) { vt_must(seL4_CNode_Delete(seL4_CapInitThreadCNode, c, seL4_WordBits), "delete"); }
void vt_revoke(seL4_CPtr c) { vt_must(seL4_CNode_Revoke(seL4_CapInitThreadCNode, c, seL4_WordBits), "revoke"); }

static void find_memory(void)
{
    unsigned best = 0;
    for (seL4_SlotPos i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        const seL4_UntypedDesc *u = &bi->untypedList[i];
        if (u->isDevice)
            continue;
        if (u->sizeBits >= 30)
            huge_memory = bi->untyped.start + i;
        if (u->sizeBits > best && u->sizeBits < 30) {
            best = u->sizeBits;
            memory = bi->untyped.start + i;
        }
    }
    sel4_printf("memory: 2^%u bytes\n", best);
}

/* Makes the tables a mapping misses, as they are missed. */
void *vt_map(seL4_CPtr frame, seL4_Word bits)
{
    static uint64_t next = WINDOW;
    uint64_t va = (next + (1ul << bits) - 1) & ~((1ul << bits) - 1);
    for (;;) {
        seL4_Error e = seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, va, seL4_AllRights, 0);
        if (e == seL4_NoError)
            break;
        if (e != seL4_FailedLookup)
            vt_must(e, "map");
        seL4_Word missing = seL4_GetMR(2);
        seL4_CPtr table;
        if (missing == 39) {
            table = vt_make(seL4_X86_PDPTObject, 0);
            vt_must(seL4_X86_PDPT_Map(table, seL4_CapInitThreadVSpace, va, 0), "PDPT");
        } else if (missing == 30) {
            table = vt_make(seL4_X86_PageDirectoryObject, 0);
            vt_must(seL4_X86_PageDirectory_Map(table, seL4_CapInitThreadVSpace, va, 0), "page directory");
        } else {
            table = vt_make(seL4_X86_PageTableObject, 0);
            vt_must(seL4_X86_PageTable_Map(table, seL4_CapInitThreadVSpace, va, 0), "page table");
        }
    }
    next = va + (1ul << bits);
    return (void *)va;
}

void vt_unmap(seL4_CPtr frame) { vt_must(seL4_X86_Page_Unmap(frame), "unmap"); }

/* ---- threads ---- */

#define THREADS 6
static struct {
    uint8_t stack[4 * PAGE] __attribute__((aligned(4096)));
    uint8_t tls[1024];
    void (*fn)(void *);
    void *arg;
} thread[THREADS];
static unsigned thread_count;

static void thread_main(unsigned i)
{
    thread[i].fn(thread[i].arg);
    for (;;)
        seL4_TCB_Suspend(0);                           /* not reached in these tests */
}

struct vt_thread vt_start(void (*fn)(void *), void *arg, unsigned priority, unsigned cpu, uint64_t budget, uint64_t period)
{
    unsigned i = thread_count++;
    struct vt_thread t = { vt_make(seL4_TCBObject, 0), vt_make(seL4_SchedContextObject, 8) };
    seL4_CPtr buffer = vt_make(seL4_X86_4K, 0);
    seL4_IPCBuffer *ipc = vt_map(buffer, 12);
    thread[i].fn = fn;
    thread[i].arg = arg;
    vt_must(seL4_SchedControl_Configure(bi->schedcontrol.start + cpu, t.sc, budget, period, 0, 0), "budget");
    vt_must(seL4_TCB_Configure(t.tcb, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0, (seL4_Word)ipc, buffer),
            "configure");
    vt_must(seL4_TCB_SetSchedParams(t.tcb, seL4_CapInitThreadTCB, 255, priority, t.sc, 0), "priority");
    seL4_UserContext r = { 0 };
    r.rip = (seL4_Word)thread_main;
    r.rsp = (seL4_Word)(thread[i].stack + sizeof(thread[i].stack)) - 8;
    r.rdi = i;
    r.fs_base = sel4_tls_init(thread[i].tls, sizeof(thread[i].tls), ipc);
    vt_must(seL4_TCB_WriteRegisters(t.tcb, 1, 0, sizeof(r) / sizeof(seL4_Word), &r), "registers");
    return t;
}

/* ---- a VM ---- */

void vm_create(struct vm *vm, seL4_CPtr tcb)
{
    vm->vcpu = vt_make(seL4_X86_VCPUObject, 0);
    vm->state_frame = vt_make(seL4_X86_4K, 0);
    vm->root = vt_make(seL4_X86_EPTPML4Object, 0);
    vm->pdpt = vt_make(seL4_X86_EPTPDPTObject, 0);
    vm->pd = vt_make(seL4_X86_EPTPDObject, 0);
    vm->ram_frame = vt_make(seL4_X86_LargePageObject, 0);
    vm->s = vt_map(vm->state_frame, 12);
    vm->ram = vt_map(vm->ram_frame, 21);
    vt_must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vm->root), "assign");
    vt_must(seL4_X86_EPTPDPT_Map(vm->pdpt, vm->root, 0, 0), "EPT PDPT");
    vt_must(seL4_X86_EPTPD_Map(vm->pd, vm->root, 0, 0), "EPT PD");
    vt_must(seL4_X86_Page_MapEPT(vt_copy(vm->ram_frame), vm->root, 0, seL4_AllRights,
                                 seL4_X86_EPT_Default_VMAttributes), "EPT 2 MiB");
    vt_must(seL4_X86_VCPU_SetStatePage(vm->vcpu, vt_copy(vm->state_frame)), "state page");
    vt_must(seL4_X86_VCPU_SetTCB(vm->vcpu, tcb), "VCPU TCB");
    vt_must(seL4_TCB_SetEPTRoot(tcb, vm->root), "EPT root");
}

void vm_add_pt(struct vm *vm, uint64_t gpa)
{
    seL4_CPtr pt = vt_make(seL4_X86_EPTPTObject, 0);
    vt_must(seL4_X86_EPTPT_Map(pt, vm->root, gpa, 0), "EPT PT");
}

/* Long mode: PML4 at 0x10000, the first 4 GiB in 2 MiB pages, all other as 1 GiB pages; IDT at 0x3000, stubs at 0x4000. */
static void long_tables(struct vm *vm)
{
    uint64_t *pml4 = (uint64_t *)(vm->ram + 0x10000), *pdpt = pml4 + 512, *gdt = pdpt + 512, *pd = gdt + 512;
    uint64_t *idt = (uint64_t *)(vm->ram + 0x3000);
    extern const uint8_t frag_idt_stubs64[], frag_idt_stubs64_end[];
    pml4[0] = 0x11007;
    for (unsigned i = 0; i < 512; i++)
        pdpt[i] = i < 4 ? 0x13007ull + i * 0x1000 : (uint64_t)i << 30 | 0x87;
    for (unsigned i = 0; i < 4 * 512; i++)
        pd[i] = ((uint64_t)i << 21) | 0x87;
    gdt[1] = 0x00af9b000000ffff;
    gdt[2] = 0x00cf93000000ffff;
    for (unsigned v = 0; v < 64; v++) {
        idt[2 * v] = (0x4000 + 16 * v) | 0x8e0000080000ull;
        idt[2 * v + 1] = 0;
    }
    for (long i = 0; i < frag_idt_stubs64_end - frag_idt_stubs64; i++)
        vm->ram[0x4000 + i] = frag_idt_stubs64[i];
}

static void segment(struct vm_segment *s, uint16_t selector, uint16_t attr, uint32_t limit)
{
    *s = (struct vm_segment){ .selector = selector, .attr = attr, .limit = limit };
}

void vm_set_mode(struct vm *vm, enum mode mode)
{
    struct vm_state *s = vm->s;
    bool is_long = mode == LONG;
    *s = (struct vm_state){ .dirty = VM_GROUP_ALL, .rip = CODE, .rflags = 2, .xcr0 = 1, .dr6 = 0xffff0ff0, .dr7 = 0x400 };
    s->msr.pat = 0x0007040600070406;
    s->cr0 = is_long ? 0x80000033 : 0x10;
    s->cr3 = is_long ? 0x10000 : 0;
    s->cr4 = is_long ? 0x620 : 0;
    s->efer = is_long ? 0xd00 : 0;
    s->gpr[VM_RSP] = 0x8000;
    for (unsigned i = 0; i < 6; i++)
        segment(&s->seg[i], is_long ? 0x10 : 0, is_long ? 0xc093 : 0x93, is_long ? 0xffffffff : 0xffff);
    segment(&s->seg[VM_CS], is_long ? 8 : 0, is_long ? 0xa09b : 0x9b, is_long ? 0xffffffff : 0xffff);
    segment(&s->seg[VM_TR], 0, 0x8b, 0xffff);
    segment(&s->seg[VM_LDTR], 0, 0x82, 0xffff);
    s->gdtr = (struct vm_table){ .limit = is_long ? 23 : 0xffff, .base = is_long ? 0x12000 : 0 };
    s->idtr = (struct vm_table){ .limit = is_long ? 64 * 16 - 1 : 0, .base = is_long ? 0x3000 : 0 };
    if (is_long)
        long_tables(vm);
}

void vm_load(struct vm *vm, const uint8_t *start, const uint8_t *end)
{
    for (long i = 0; i < end - start; i++)
        vm->ram[CODE + i] = start[i];
}

int vm_enter(struct vm *vm)
{
    if (!vm->s->deadline)
        vm->s->deadline = vt_tsc() + 2 * bi->tscHz;
    seL4_Word result = seL4_VMEnter(NULL);
    vm->s->deadline = 0;
    return result == VM_ENTER_EXIT ? (int)vm->s->exit.kind : -1 - (int)result;
}

struct vt_cpuid vt_cpuid(uint32_t leaf, uint32_t sub)
{
    struct vt_cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
    return r;
}

void vm_next(struct vm *vm, unsigned length)
{
    vm->s->rip += length;
    vm->s->dirty |= VM_GROUP_RIP;
}

static bool has_option(const char *option)
{
    for (const char *p = bi->cmdline; *p; p++) {
        unsigned n = 0;
        while (option[n] && p[n] == option[n])
            n++;
        if (!option[n])
            return true;
    }
    return false;
}

int main(seL4_BootInfo *bootinfo)
{
    bi = bootinfo;
    next_slot = bi->empty.start;
    find_memory();
    if (bi->virtBackend == ABI_VIRT_NONE) {
        CHECK("no virtualisation: objects are refused", !vt_try_make(seL4_X86_VCPUObject, 0));
        sel4_printf("%u passed, %u failed\n", passed, failed);
        leave(failed ? 1 : 0);
    }
    if (has_option("bench")) {
        bench();
        leave(0);
    }
    on_bochs = has_option("bochs");
    test_exits();
    test_records();
    test_memory();
    test_events();
    test_state();
    test_hostile();
    test_objects();
    test_smp();
    sel4_printf("%u passed, %u failed\n", passed, failed);
    leave(failed ? 1 : 0);
}
