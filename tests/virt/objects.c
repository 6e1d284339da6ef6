// SPDX-License-Identifier: BSD-2-Clause
// Life and death of the objects: what is missing makes VM_ENTER fail, deleting takes it away at once.

#include "vt.h"

static struct vm vm;

static int enter_result(void)
{
    vm.s->deadline = vt_tsc() + bi->tscHz / 10;
    return (int)seL4_VMEnter(NULL);
}

static void fresh(void)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, bench_out64);
}

static void test_missing(void)
{
    fresh();
    EQUAL("complete", VM_ENTER_EXIT, enter_result());
    vt_must(seL4_X86_VCPU_SetStatePage(vm.vcpu, seL4_CapNull), "no state page");
    EQUAL("without state page", VM_ENTER_ERROR, enter_result());
    EQUAL("read state without a page", seL4_IllegalOperation, seL4_X86_VCPU_ReadState(vm.vcpu, VM_GROUP_CR));
    EQUAL("a large frame is no state page", seL4_InvalidCapability,
          seL4_X86_VCPU_SetStatePage(vm.vcpu, vm.ram_frame));
    seL4_CPtr read_only = vt_slot();
    vt_must(seL4_CNode_Copy(seL4_CapInitThreadCNode, read_only, seL4_WordBits, seL4_CapInitThreadCNode, vm.state_frame,
                            seL4_WordBits, seL4_CanRead), "copy");
    EQUAL("a read-only frame is no state page", seL4_InvalidCapability,
          seL4_X86_VCPU_SetStatePage(vm.vcpu, read_only));
    EQUAL("a TCB is wanted", seL4_InvalidCapability, seL4_X86_VCPU_SetTCB(vm.vcpu, vm.ram_frame));
    vt_must(seL4_X86_VCPU_SetStatePage(vm.vcpu, vt_copy(vm.state_frame)), "state page");
    fresh();
    EQUAL("complete again", VM_ENTER_EXIT, enter_result());
}

static void test_deletion(void)
{
    vt_revoke(vm.state_frame);               /* the frame stays, the VCPU's copy goes */
    EQUAL("state page revoked", VM_ENTER_ERROR, enter_result());
    vt_must(seL4_X86_VCPU_SetStatePage(vm.vcpu, vt_copy(vm.state_frame)), "state page");
    fresh();
    EQUAL("state page set again", VM_ENTER_EXIT, enter_result());
    seL4_CPtr second = vt_make(seL4_X86_VCPUObject, 0);
    vt_must(seL4_X86_VCPU_SetTCB(second, seL4_CapInitThreadTCB), "another VCPU for the thread");
    EQUAL("the thread's VCPU has no page", VM_ENTER_ERROR, enter_result());
    vt_delete(second);
    EQUAL("no VCPU", VM_ENTER_ERROR, enter_result());
    vt_must(seL4_X86_VCPU_SetTCB(vm.vcpu, seL4_CapInitThreadTCB), "back");
    fresh();
    EQUAL("the first VCPU again", VM_ENTER_EXIT, enter_result());
    vt_delete(vm.root);                      /* the TCB's copy keeps the object and its ASID */
    fresh();
    EQUAL("root capability deleted, TCB has its own", VM_ENTER_EXIT, enter_result());
    struct vm next;
    vm_create(&next, seL4_CapInitThreadTCB); /* takes the last capability of the old root away */
    vm_set_mode(&next, LONG);
    LOAD(&next, bench_out64);
    EXPECT(&next, "a new VM in its place", PIO);
    vt_revoke(next.root);
    vt_delete(next.root);
    next.s->deadline = vt_tsc() + bi->tscHz / 10;
    EQUAL("root revoked", VM_ENTER_ERROR, seL4_VMEnter(NULL));
    vt_delete(next.vcpu);
    vt_delete(vm.vcpu);
    EQUAL("VCPUs deleted", VM_ENTER_ERROR, seL4_VMEnter(NULL));
}

void test_objects(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    test_missing();
    test_deletion();
}
