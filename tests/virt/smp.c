// SPDX-License-Identifier: BSD-2-Clause
// A guest runs on CPU 1 while this thread, on CPU 0, takes things away from it or calls it: mappings, state page, root,
// VCPU, its thread's time. Needs two CPUs.

#include "vt.h"

static struct vm vm;
static struct vt_thread runner;
static volatile struct { unsigned runs; int result; uint64_t badge; bool stop; } seen;

static void run_guest(void *arg)
{
    (void)arg;
    for (;;) {
        seL4_Word badge = 0;
        int result = (int)seL4_VMEnter(&badge);
        seen.result = result;
        seen.badge = badge;
        __atomic_fetch_add(&seen.runs, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&seen.stop, __ATOMIC_SEQ_CST))
            __asm__ volatile("pause");
    }
}

static bool wait_for(unsigned runs)
{
    uint64_t until = vt_tsc() + 2 * bi->tscHz;
    while (__atomic_load_n(&seen.runs, __ATOMIC_SEQ_CST) < runs)
        if (vt_tsc() > until)
            return false;
        else
            __asm__ volatile("pause");
    return true;
}

/* The guest makes progress: the word it counts in moves. */
static bool guest_lives(volatile uint64_t *word)
{
    uint64_t from = *word, until = vt_tsc() + bi->tscHz;
    while (vt_tsc() < until)
        if (*word != from)
            return true;
    return false;
}

static void prepare(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, write_counter64);
    vm.s->gpr[VM_RBX] = 0x600000;
    seen.runs = 0;
}

static void let_go(void) { __atomic_store_n(&seen.stop, false, __ATOMIC_SEQ_CST); }

void test_smp(void)
{
    if (bi->numNodes < 2) {
        sel4_printf("SKIP a guest on another CPU: there is one\n");
        return;
    }
    seL4_CPtr page = vt_make(seL4_X86_4K, 0), in_guest = vt_copy(page), ntfn = vt_make(seL4_NotificationObject, 0);
    volatile uint64_t *word = vt_map(page, 12);
    seen.stop = true;
    runner = vt_start(run_guest, NULL, 100, 1, 1000000, 1000000);
    vt_must(seL4_TCB_BindNotification(runner.tcb, ntfn), "bind");
    CHECK("a thread without VCPU", wait_for(1) && seen.result == VM_ENTER_ERROR);

    vm_create(&vm, runner.tcb);
    vm_add_pt(&vm, 0x600000);
    vt_must(seL4_X86_Page_MapEPT(in_guest, vm.root, 0x600000, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K");
    prepare();
    let_go();
    CHECK("guest runs on CPU 1", guest_lives(word));
    seen.stop = true;
    vt_unmap(in_guest);
    uint64_t last = *word;
    CHECK("page taken away under the running guest: it stops there", wait_for(1) && seen.result == VM_ENTER_EXIT
          && vm.s->exit.kind == VM_EXIT_MMIO && vm.s->exit.mem.gpa == 0x600000);
    EQUAL("no write after the unmapping returned", last, *word);
    vt_must(seL4_X86_Page_MapEPT(in_guest, vm.root, 0x600000, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K again");
    seen.runs = 0;
    let_go();
    CHECK("mapped again, it goes on", guest_lives(word));

    seen.stop = true;
    seL4_Signal(ntfn);
    CHECK("signal across CPUs", wait_for(1) && seen.result == VM_ENTER_NOTIFICATION);
    CHECK("registers are there", vm.s->gpr[VM_R14] >= *word && vm.s->rip >= CODE);
    seen.runs = 0;
    vm.s->activity = VM_HALTED;
    vm.s->dirty |= VM_GROUP_RIP;
    let_go();
    uint64_t t = vt_tsc() + bi->tscHz / 50;
    while (vt_tsc() < t)
        ;
    seen.stop = true;
    EQUAL("halted, it sleeps", 0, seen.runs);
    seL4_Signal(ntfn);
    CHECK("signal to a halted guest across CPUs", wait_for(1) && seen.result == VM_ENTER_NOTIFICATION);
    vm.s->activity = VM_ACTIVE;

    seen.runs = 0;
    let_go();
    CHECK("active again", guest_lives(word));
    vt_must(seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_CR | VM_GROUP_DATA), "read state of a running VCPU");
    EQUAL("its cr3", 0x10000, vm.s->cr3);
    CHECK("it still runs", guest_lives(word));
    vt_must(seL4_TCB_Suspend(runner.tcb), "suspend");
    last = *word;
    CHECK("suspended, it stands", !guest_lives(word) && *word == last);
    vt_must(seL4_TCB_Resume(runner.tcb), "resume");
    CHECK("resumed, it goes on", guest_lives(word));

    if (bi->numNodes > 2) {
        vt_must(seL4_SchedControl_Configure(bi->schedcontrol.start + 2, runner.sc, 1000000, 1000000, 0, 0), "move to CPU 2");
        CHECK("moved to CPU 2, it goes on", guest_lives(word));
    }
    seen.stop = true;
    vt_revoke(vm.state_frame);
    CHECK("state page revoked under the running guest", wait_for(1) && seen.result == VM_ENTER_ERROR);
    last = *word;
    CHECK("it stands", !guest_lives(word));
    vt_must(seL4_X86_VCPU_SetStatePage(vm.vcpu, vt_copy(vm.state_frame)), "state page");
    prepare();
    let_go();
    CHECK("state page back, it runs", guest_lives(word));
    seen.stop = true;
    vt_delete(vm.vcpu);
    CHECK("VCPU deleted under the running guest", wait_for(1) && seen.result == VM_ENTER_ERROR);

    struct vm second;
    seen.runs = 0;
    vm_create(&second, runner.tcb);
    vm_set_mode(&second, LONG);
    LOAD(&second, spin16);                   /* the same bytes spin in long mode */
    let_go();
    t = vt_tsc() + bi->tscHz / 50;
    while (vt_tsc() < t)
        ;
    seen.stop = true;
    vt_revoke(second.root);
    vt_delete(second.root);
    CHECK("root revoked under the running guest", wait_for(1) && seen.result == VM_ENTER_ERROR);
    vt_delete(runner.tcb);
    vt_delete(second.vcpu);
    CHECK("thread and VCPU deleted", true);
}
