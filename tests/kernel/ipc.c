// SPDX-License-Identifier: BSD-2-Clause
// Messages between threads: registers and buffer, badges, capabilities, reply objects, passive servers,
// notifications; objects that go away meanwhile.
#include "kt.h"

static seL4_CPtr ep, reply, ready;
static volatile uint64_t served, seen_badge;

/* Answers each message with the sum of its words; label 9 ends the service. */
static void server(void *arg)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_NBSendRecv(ready, msg(0, 0), ep, &badge, reply);

    for (;;) {
        seL4_Word sum = 0;

        for (unsigned i = 0; i < seL4_MessageInfo_get_length(info); i++) {
            sum += seL4_GetMR((int)i);
        }
        served++;
        seen_badge = badge;
        if (seL4_MessageInfo_get_label(info) == 9) {
            return;
        }
        seL4_SetMR(0, sum);
        info = seL4_ReplyRecv(ep, msg(seL4_MessageInfo_get_label(info) + 1, 1), &badge, reply);
    }
}

static struct thread start_server(bool passive)
{
    struct thread t;
    seL4_Word badge;

    t = START(server, NULL, .priority = MY_PRIORITY + 20);
    seL4_Wait(ready, &badge);
    if (passive) {
        kt_must(seL4_SchedContext_Unbind(t.sc), "unbind");
    }
    return t;
}

static void test_calls(bool passive)
{
    struct thread t = start_server(passive);
    seL4_CPtr badged = kt_mint(ep, 0x1234);
    seL4_MessageInfo_t info;

    for (unsigned i = 0; i < 4; i++) {
        seL4_SetMR((int)i, i + 1);
    }
    info = seL4_Call(badged, msg(5, 4));
    EQUAL(passive ? "passive: label" : "call: label", 6, seL4_MessageInfo_get_label(info));
    EQUAL(passive ? "passive: sum" : "call: sum", 10, seL4_GetMR(0));
    EQUAL(passive ? "passive: badge" : "call: badge", 0x1234, seen_badge);
    for (unsigned i = 0; i < 120; i++) {
        seL4_SetMR((int)i, i);
    }
    info = seL4_Call(badged, msg(5, 120));
    EQUAL(passive ? "passive: long message" : "call: long message", 119 * 60, seL4_GetMR(0));
    for (unsigned i = 0; i < 1000; i++) {
        seL4_SetMR(0, i);
        info = seL4_Call(ep, msg(1, 1));
    }
    EQUAL(passive ? "passive: a thousand" : "call: a thousand", 999, seL4_GetMR(0));
    seL4_Send(ep, msg(9, 0));
    kt_stop(t);
    kt_delete(badged);
}

/* ---- capabilities in messages ---- */

static volatile seL4_Word got_extra, got_unwrapped;
static seL4_CPtr receive_slot;

static void cap_receiver(void *arg)
{
    seL4_Word badge;

    seL4_SetCapReceivePath(CSPACE, receive_slot, seL4_WordBits);
    seL4_Signal(ready);
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);

    got_extra = seL4_MessageInfo_get_extraCaps(info);
    got_unwrapped = seL4_MessageInfo_get_capsUnwrapped(info);
    seL4_Send(reply, msg(0, 0));
}

static void test_cap_transfer(void)
{
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0), badged = kt_mint(ep, 77);
    seL4_Word badge;

    receive_slot = kt_slot();
    struct thread t = START(cap_receiver, NULL, .priority = MY_PRIORITY + 20);

    seL4_Wait(ready, &badge);
    seL4_SetCap(0, badged);
    seL4_SetCap(1, frame);
    seL4_Call(ep, seL4_MessageInfo_new(0, 0, 2, 0));
    EQUAL("cap transfer: two arrive", 2, got_extra);
    EQUAL("cap transfer: the endpoint's as badge", 1, got_unwrapped);
    CHECK("cap transfer: the frame's in its slot", seL4_X86_Page_GetAddress(receive_slot).paddr
          == seL4_X86_Page_GetAddress(frame).paddr);
    kt_stop(t);
    kt_must(seL4_CNode_Revoke(CSPACE, frame, seL4_WordBits), "revoke");
    EQUAL("cap transfer: revoke takes the receiver's", 0, seL4_DebugCapIdentify(receive_slot));
}

/* ---- things that go away ---- */

static volatile uint64_t returned, returned_label;

static void caller(void *arg)
{
    returned_label = seL4_MessageInfo_get_label(seL4_Call(ep, msg(1, 0)));
    returned = 1;
}

static void test_deleted_reply(void)
{
    seL4_CPtr own = kt_make(seL4_ReplyObject, 0);
    seL4_Word badge;
    struct thread t = START(caller, NULL, .priority = MY_PRIORITY + 20);

    seL4_Recv(ep, &badge, own);
    kt_delete(own);
    EQUAL("deleted reply: the caller does not return", 0, returned);
    kt_must(seL4_TCB_Resume(t.tcb), "resume");          /* calls again */
    seL4_Recv(ep, &badge, reply);
    seL4_Send(reply, msg(0, 0));
    EQUAL("deleted reply: resumed, it calls again", 1, returned);
    kt_stop(t);
}

static void test_deleted_endpoint(void)
{
    seL4_CPtr keep = ep;

    ep = kt_make(seL4_EndpointObject, 0);
    struct thread t = START(caller, NULL, .priority = MY_PRIORITY + 20);

    returned = 0;
    kt_delete(ep);                                      /* the thread calls again, and there is nothing there */
    EQUAL("deleted endpoint: the sender's call returns", 1, returned);
    EQUAL("deleted endpoint: as an error", seL4_InvalidCapability, returned_label);
    kt_stop(t);
    ep = keep;
}

/* ---- notifications ---- */

static seL4_CPtr ntfn;
static volatile uint64_t got_badge;

static void bound_receiver(void *arg)
{
    seL4_Word badge;

    seL4_Recv(ep, &badge, reply);
    got_badge = badge;
}

static void test_notifications(void)
{
    seL4_CPtr one = kt_mint(ntfn, 1), two = kt_mint(ntfn, 2);
    seL4_Word badge;

    seL4_Signal(one);
    seL4_Signal(two);
    seL4_Wait(ntfn, &badge);
    EQUAL("notification: badges add up", 3, badge);
    seL4_Poll(ntfn, &badge);
    EQUAL("notification: taken once", 0, badge);

    struct thread t = kt_new(bound_receiver, NULL, (struct options){ .priority = MY_PRIORITY + 20 });
    kt_must(seL4_TCB_BindNotification(t.tcb, ntfn), "bind");
    kt_must(seL4_TCB_Resume(t.tcb), "resume");
    seL4_Signal(two);
    EQUAL("notification: bound thread gets it at an endpoint", 2, got_badge);
    kt_stop(t);
    kt_delete(one);
    kt_delete(two);
}

/* ---- CNodes ---- */

static void test_cnodes(void)
{
    seL4_CPtr memory = kt_memory(16), node = kt_slot(), into = kt_slot(), first = kt_slot();

    kt_must(seL4_Untyped_Retype(memory, seL4_CapTableObject, 8, CSPACE, 0, 0, node, 1), "CNode");
    for (unsigned i = 0; i < 256; i++) {
        kt_must(seL4_CNode_Copy(node, i, 8, CSPACE, ep, seL4_WordBits, seL4_AllRights), "copy");
    }
    EQUAL("CNode: full", seL4_DeleteFirst, seL4_CNode_Copy(node, 9, 8, CSPACE, ep, seL4_WordBits, seL4_AllRights));
    EQUAL("CNode: guard does not match", seL4_FailedLookup,
          seL4_CNode_Copy(CSPACE, into, 40, CSPACE, ep, seL4_WordBits, seL4_AllRights));
    EQUAL("CNode: into itself", seL4_NoError, seL4_CNode_Delete(node, 200, 8));
    EQUAL("CNode: into itself", seL4_NoError, seL4_CNode_Move(node, 200, 8, CSPACE, node, seL4_WordBits));
    EQUAL("CNode: revoked with its memory", seL4_NoError, seL4_CNode_Revoke(CSPACE, memory, seL4_WordBits));
    EQUAL("CNode: memory can be used again", seL4_NoError,
          seL4_Untyped_Retype(memory, seL4_UntypedObject, 16, CSPACE, 0, 0, first, 1));
    kt_delete(memory);
    kt_delete(first);
}

void test_ipc(void)
{
    ep = kt_make(seL4_EndpointObject, 0);
    reply = kt_make(seL4_ReplyObject, 0);
    ready = kt_make(seL4_NotificationObject, 0);
    ntfn = kt_make(seL4_NotificationObject, 0);
    test_calls(false);
    test_calls(true);
    test_cap_transfer();
    test_deleted_reply();
    test_deleted_endpoint();
    test_notifications();
    test_cnodes();
}
