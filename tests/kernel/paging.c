// SPDX-License-Identifier: BSD-2-Clause
// Address spaces: mappings of each size, rights, unmapping, a second address space; memory that is handed out clean.
#include <string.h>
#include "kt.h"

static void test_sizes(void)
{
    seL4_CPtr small = kt_make(seL4_X86_4K, 0), large = kt_make(seL4_X86_LargePageObject, 0);
    volatile uint64_t *p = kt_map(small, 12), *q = kt_map(large, 21);

    EQUAL("4 KiB page is clean", 0, p[511]);
    EQUAL("2 MiB page is clean", 0, q[262143]);
    p[511] = 1;
    q[262143] = 2;
    seL4_CPtr again = kt_copy(small, seL4_AllRights);
    volatile uint64_t *r = kt_map(again, 12);
    EQUAL("two mappings, one page", 1, r[511]);
    EQUAL("a mapped page may be mapped anew at its place", seL4_NoError,
          seL4_X86_Page_Map(small, VSPACE, (seL4_Word)p, seL4_CanRead, 0));
    EQUAL("a page is mapped once", seL4_InvalidArgument,
          seL4_X86_Page_Map(small, VSPACE, kt_place(12), seL4_AllRights, 0));
    EQUAL("a used address is refused", seL4_DeleteFirst,
          seL4_X86_Page_Map(kt_make(seL4_X86_4K, 0), VSPACE, (seL4_Word)r, seL4_AllRights, 0));
    kt_must(seL4_X86_Page_Unmap(again), "unmap");
    EQUAL("unmapped, it can be mapped elsewhere", seL4_NoError,
          seL4_X86_Page_Map(again, VSPACE, kt_place(12), seL4_AllRights, 0));
}

static void test_refusals(void)
{
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0);

    EQUAL("kernel addresses are refused", true,
          seL4_X86_Page_Map(frame, VSPACE, 0xffffffff80000000ul, seL4_AllRights, 0) != seL4_NoError);
    EQUAL("non-canonical addresses are refused", true,
          seL4_X86_Page_Map(frame, VSPACE, 0x0000800000000000ul, seL4_AllRights, 0) != seL4_NoError);
    EQUAL("misaligned addresses are refused", seL4_AlignmentError,
          seL4_X86_Page_Map(frame, VSPACE, kt_place(12) + 8, seL4_AllRights, 0));
    EQUAL("missing tables are told", seL4_FailedLookup,
          seL4_X86_Page_Map(frame, VSPACE, 0x600000000000ul, seL4_AllRights, 0));
    EQUAL("a TCB is no address space", true,
          seL4_X86_Page_Map(frame, ME, kt_place(12), seL4_AllRights, 0) != seL4_NoError);
    EQUAL("an address space without ASID is none yet", true,
          seL4_X86_Page_Map(frame, kt_make(seL4_X64_PML4Object, 0), 0x1000, seL4_AllRights, 0) != seL4_NoError);
}

/* ---- another address space ---- */

static volatile uint64_t other_ran;
static seL4_CPtr done;

static void other_main(void)
{
    other_ran = 42;
    for (;;) {
        seL4_NBSend(done, msg(0, 0));
        seL4_Yield();
    }
}

/* Our image's frames under the same addresses in a PML4 of its own. */
static void map_image(seL4_CPtr space)
{
    seL4_Word va = bi->userImageVaddr, end = va + (bi->userImageFrames.end - bi->userImageFrames.start) * 4096;

    kt_must(seL4_X86_PDPT_Map(kt_make(seL4_X86_PDPTObject, 0), space, va, 0), "PDPT");
    kt_must(seL4_X86_PageDirectory_Map(kt_make(seL4_X86_PageDirectoryObject, 0), space, va, 0), "directory");
    for (seL4_Word at = va & ~0x1ffffful; at < end; at += 0x200000) {
        kt_must(seL4_X86_PageTable_Map(kt_make(seL4_X86_PageTableObject, 0), space, at, 0), "page table");
    }
    for (seL4_CPtr f = bi->userImageFrames.start; f < bi->userImageFrames.end; f++, va += 4096) {
        kt_must(seL4_X86_Page_Map(kt_copy(f, seL4_AllRights), space, va, seL4_AllRights, 0), "image");
    }
}

static void test_other_space(void)
{
    static uint8_t stack[8192] __attribute__((aligned(16)));
    seL4_CPtr space = kt_make(seL4_X64_PML4Object, 0), tcb = kt_make(seL4_TCBObject, 0);
    seL4_CPtr sc = kt_make(seL4_SchedContextObject, 8), faults = kt_make(seL4_EndpointObject, 0);
    seL4_CPtr reply = kt_make(seL4_ReplyObject, 0);
    seL4_UserContext r = { .rip = (seL4_Word)other_main, .rsp = (seL4_Word)(stack + sizeof stack) - 8 };
    static uint8_t tls[1024];
    seL4_Word badge;

    done = kt_make(seL4_NotificationObject, 0);
    EQUAL("no thread without a proper address space", seL4_IllegalOperation,
          seL4_TCB_Configure(tcb, CSPACE, 0, space, 0, 0, 0));
    kt_must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space), "assign");
    map_image(space);
    kt_must(seL4_TCB_SetSpace(tcb, faults, CSPACE, 0, space, 0), "space");
    kt_must(seL4_SchedControl_Configure(bi->schedcontrol.start, sc, 5000, 5000, 0, 0), "budget");
    kt_must(seL4_TCB_SetSchedParams(tcb, ME, 255, MY_PRIORITY, sc, faults), "params");
    /* sel4_sys_simple and NBSend touch thread-local storage: give the thread some */
    seL4_CPtr buffer = kt_make(seL4_X86_4K, 0);
    kt_must(seL4_X86_Page_Map(buffer, space, bi->userImageVaddr + (bi->userImageFrames.end
            - bi->userImageFrames.start) * 4096, seL4_AllRights, 0), "buffer");
    r.fs_base = sel4_tls_init(tls, sizeof tls, (seL4_IPCBuffer *)(bi->userImageVaddr
            + (bi->userImageFrames.end - bi->userImageFrames.start) * 4096));
    kt_must(seL4_TCB_WriteRegisters(tcb, true, 0, sizeof r / sizeof(seL4_Word), &r), "registers");
    seL4_Wait(done, &badge);
    EQUAL("a thread runs in another address space", 42, other_ran);
    kt_delete(space);                                   /* the TCB still has it */
    seL4_Wait(done, &badge);
    CHECK("it goes on with the TCB's capability", true);
    kt_must(seL4_TCB_Suspend(tcb), "suspend");
    kt_delete(tcb);
    kt_delete(sc);
    kt_delete(faults);
    kt_delete(reply);
    CHECK("the address space goes away with its last capability", true);
}

/* ---- memory ---- */

static void test_reuse(void)
{
    seL4_CPtr memory = kt_memory(21), first = kt_slot();

    for (unsigned round = 0; round < 3; round++) {
        kt_must(seL4_Untyped_Retype(memory, seL4_X86_LargePageObject, 0, CSPACE, 0, 0, first, 1), "retype");
        uint64_t *p = kt_map(first, 21), dirt = 0;

        for (unsigned i = 0; i < 262144; i++) {
            dirt |= p[i];
            p[i] = ~0ul;
        }
        if (round == 2) {
            EQUAL("memory comes back clean", 0, dirt);
        }
        kt_must(seL4_CNode_Revoke(CSPACE, memory, seL4_WordBits), "revoke");
    }
    EQUAL("no more than there is", seL4_NotEnoughMemory,
          seL4_Untyped_Retype(memory, seL4_X86_4K, 0, CSPACE, 0, 0, bi->empty.end - 600, 256) ? seL4_NotEnoughMemory
          : seL4_Untyped_Retype(memory, seL4_X86_LargePageObject, 0, CSPACE, 0, 0, first, 1));
    kt_must(seL4_CNode_Revoke(CSPACE, memory, seL4_WordBits), "revoke");
}

void test_paging(void)
{
    test_sizes();
    test_refusals();
    test_other_space();
    test_reuse();
}
