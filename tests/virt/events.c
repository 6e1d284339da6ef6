// SPDX-License-Identifier: BSD-2-Clause
// Injection, interrupt and NMI windows, notifications while the guest runs or sleeps.

#include "vt.h"

static struct vm vm;

static void inject(uint8_t type, uint8_t vector, bool has_error, uint32_t error)
{
    vm.s->inject = (struct vm_event){ .vector = vector, .type = type, .has_error = has_error, .valid = 1, .error = error };
    vm.s->dirty |= VM_GROUP_RIP;
}

static void test_injection(void)
{
    static const struct { const char *name; uint8_t type, vector; bool error; } kinds[] = {
        { "inject external interrupt", VM_EVENT_EXTINT, 0x30, false },
        { "inject NMI", VM_EVENT_NMI, 2, false },
        { "inject #UD", VM_EVENT_EXCEPTION, 6, false },
        { "inject #GP", VM_EVENT_EXCEPTION, 13, true },
        { "inject software interrupt", VM_EVENT_SOFT_INT, 0x31, false },
    };
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        vm_set_mode(&vm, LONG);
        LOAD(&vm, int64);
        vm.s->rflags = 0x202;
        inject(kinds[i].type, kinds[i].vector, kinds[i].error, 0x1230);
        EQUAL(kinds[i].name, VM_EXIT_PIO, vm_enter(&vm));
        EQUAL("... its handler ran", kinds[i].vector + 1u, vm.s->gpr[VM_R15]);
        if (kinds[i].error)
            EQUAL("... with its error code", 0x1230, vm.s->gpr[VM_R13]);
        CHECK("... and it is gone", !vm.s->inject.valid);
    }
}

/* The stack of the handler is in memory that is not there: delivery ends in #NPF, the event comes back. */
static void test_interrupted_delivery(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, int64);
    vm.s->rflags = 0x202;
    vm.s->gpr[VM_RSP] = 0x800000;
    inject(VM_EVENT_EXTINT, 0x30, false, 0);
    EXPECT(&vm, "fault while an interrupt is delivered", MMIO);
    CHECK("the event is given back", vm.s->inject.valid && vm.s->inject.vector == 0x30
          && vm.s->inject.type == VM_EVENT_EXTINT);
    seL4_CPtr frame = vt_make(seL4_X86_LargePageObject, 0);
    vt_must(seL4_X86_Page_MapEPT(frame, vm.root, 0x600000, seL4_AllRights, seL4_X86_EPT_WriteBack), "stack");
    EXPECT_DONE(&vm, "entered again");
    EQUAL("the event was delivered", 0x31, vm.s->gpr[VM_R15]);
}

/* An injected software interrupt arrives; then one of the guest's own does not: that one is no event of the monitor's. */
static void test_own_interrupt(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, soft64);
    inject(VM_EVENT_SOFT_INT, 0x31, false, 0);
    EXPECT(&vm, "INT n of the guest faults in its delivery", MMIO);
    EQUAL("the injected one had arrived", 0x32, vm.s->gpr[VM_R15]);
    CHECK("the instruction runs again", !vm.s->inject.valid && vm.s->rip == CODE + 5);
}

/* QEMU does not know INT1. */
static void test_int1(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, int1);
    if (!on_vmx())
        return;
    EXPECT_DONE(&vm, "INT1 returns behind itself");
    EQUAL("its handler ran", 2, vm.s->gpr[VM_R15]);
    vm.s->gpr[VM_R15] = 0;
    EXPECT_DONE(&vm, "INT1 behind MOV SS in a single step");
    EQUAL("its handler ran again", 2, vm.s->gpr[VM_R15]);
}

/* Entry would refuse the state that #DB leaves there, and the next state if the step stayed pending. */
static void test_step_in_shadow(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, step_sti64);
    EXPECT_DONE(&vm, "single step behind STI");
    EQUAL("its handler ran", 2, vm.s->gpr[VM_R15]);
}

static void test_irq_window(void)
{
    vm_set_mode(&vm, REAL);
    LOAD(&vm, cli_sti16);
    vm.s->ctl.flags = VM_CTL_IRQ_WINDOW;
    EXPECT(&vm, "interrupt window", IRQ_WINDOW);
    CHECK("window is behind the STI", (vm.s->rflags & 0x200) && vm.s->rip > CODE + 3);
    if (!on_bochs)
        EXPECT(&vm, "window still open", IRQ_WINDOW);
    vm.s->ctl.flags = 0;
    vm.s->dirty |= VM_GROUP_CTL;
    vm.s->deadline = vt_tsc() + bi->tscHz / 200;
    EXPECT(&vm, "window no longer wanted", DEADLINE);
}

static void test_nmi_window(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, int64);
    vm.s->ctl.flags = VM_CTL_NMI_WINDOW;
    inject(VM_EVENT_NMI, 2, false, 0);
    EXPECT(&vm, "NMI window at the end of the handler", NMI_WINDOW);
    EQUAL("the handler ran", 3, vm.s->gpr[VM_R15]);
    CHECK("NMIs are no longer blocked", !(vm.s->shadow & VM_SHADOW_NMI));
    vm.s->ctl.flags = 0;
    vm.s->dirty |= VM_GROUP_CTL;
    EXPECT_DONE(&vm, "NMI handler returned");
}

/* ---- notifications ---- */

static seL4_CPtr ntfn;
static volatile unsigned signals_wanted;

/* Runs for a moment in each period of 5 ms, above the monitor's priority. */
static void signaller(void *arg)
{
    for (;;) {
        if (signals_wanted) {
            signals_wanted = signals_wanted - 1;
            seL4_Signal((seL4_CPtr)arg);
        }
        seL4_Yield();
    }
}

static void test_notification(void)
{
    seL4_Word badge = 0;
    ntfn = vt_make(seL4_NotificationObject, 0);
    seL4_CPtr badged = vt_slot();
    vt_must(seL4_CNode_Mint(seL4_CapInitThreadCNode, badged, seL4_WordBits, seL4_CapInitThreadCNode, ntfn, seL4_WordBits,
                            seL4_AllRights, 0x55), "mint");
    vt_must(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, ntfn), "bind");
    vt_must(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 100), "priority");
    vt_start(signaller, (void *)badged, 150, 0, 500, 5000);

    vm_set_mode(&vm, LONG);
    LOAD(&vm, counter64);
    vm.s->rflags = 0x202;
    vm.s->gpr[VM_RBX] = 0x1000;
    seL4_Signal(badged);
    EQUAL("pending signal: enter returns at once", VM_ENTER_NOTIFICATION, seL4_VMEnter(&badge));
    EQUAL("its badge", 0x55, badge);
    EQUAL("nothing ran", 0, vm.s->gpr[VM_R14]);
    badge = 0;
    signals_wanted = 1;
    vm.s->deadline = vt_tsc() + 2 * bi->tscHz;
    EQUAL("signal while the guest runs", VM_ENTER_NOTIFICATION, seL4_VMEnter(&badge));
    EQUAL("badge while the guest runs", 0x55, badge);
    uint64_t count = vm.s->gpr[VM_R14];
    CHECK("the guest ran, its registers are there", count > 0 && vm.s->rip >= CODE && vm.s->rip < CODE + 16);
    signals_wanted = 1;
    EQUAL("again", VM_ENTER_NOTIFICATION, seL4_VMEnter(&badge));
    CHECK("it went on where it was", vm.s->gpr[VM_R14] > count);
    signals_wanted = 1;
    badge = 0;
    vm.s->activity = VM_HALTED;
    vm.s->dirty |= VM_GROUP_RIP;
    EQUAL("signal while the guest is halted", VM_ENTER_NOTIFICATION, seL4_VMEnter(&badge));
    EQUAL("badge while halted", 0x55, badge);
    vm.s->deadline = 0;
    signals_wanted = 1;
    EQUAL("halted without deadline", VM_ENTER_NOTIFICATION, seL4_VMEnter(&badge));
    vt_must(seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB), "unbind");
}

void test_events(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    test_injection();
    test_interrupted_delivery();
    test_own_interrupt();
    test_int1();
    if (on_vmx())
        test_step_in_shadow();
    test_irq_window();
    test_nmi_window();
    test_notification();
}
