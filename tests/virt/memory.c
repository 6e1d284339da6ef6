// SPDX-License-Identifier: BSD-2-Clause
// Nested paging: faults of each kind, 4 KiB, 2 MiB and 1 GiB mappings, rights, unmapping, what Map refuses.

#include "vt.h"

static struct vm vm;

static void touch(uint64_t gpa)
{
    vm_set_mode(&vm, LONG);
    LOAD(&vm, mem64);
    vm.s->gpr[VM_RBX] = gpa;
}

static void fault_is(const char *name, uint64_t gpa, char kind, bool present)
{
    const struct vm_exit *e = &vm.s->exit;
    bool ok = vm_enter(&vm) == VM_EXIT_MMIO && e->mem.gpa == gpa && !e->mem.walk && e->mem.present == present
        && e->mem.read == (kind == 'r') && e->mem.write == (kind == 'w') && e->mem.fetch == (kind == 'x')
        && e->insn_len == 0 && (vm.s->valid & VM_GROUP_CR) && (vm.s->valid & VM_GROUP_CODE);
    CHECK(name, ok);
    if (!ok)
        sel4_printf("     kind %u gpa %lx r%u w%u x%u p%u walk%u raw %lx %lx\n", e->kind, e->mem.gpa, e->mem.read,
                    e->mem.write, e->mem.fetch, e->mem.present, e->mem.walk, e->raw.info1, e->raw.info2);
}

static void test_unmapped(void)
{
    touch(0x40001234);
    fault_is("read of nothing", 0x40001234, 'r', false);
    vm_next(&vm, 2);
    EXPECT_DONE(&vm, "after the read");
    fault_is("write of nothing", 0x40001234, 'w', false);
    vm_next(&vm, 2);
    EXPECT_DONE(&vm, "after the write");
    fault_is("fetch from nothing", 0x40001234, 'x', false);
    touch(0x1000);
    vm.s->cr3 = 0x7000000;
    EXPECT(&vm, "page-table walk in nothing", MMIO);
    CHECK("walk record", vm.s->exit.mem.walk);
}

static void test_4k(void)
{
    seL4_CPtr frame = vt_make(seL4_X86_4K, 0), in_guest = vt_copy(frame);
    uint32_t *p = vt_map(frame, 12);
    uint64_t gpa = 0x600000;
    EQUAL("4K without a table", seL4_FailedLookup,
          seL4_X86_Page_MapEPT(in_guest, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("what is missing", 21, seL4_GetMR(2));
    vm_add_pt(&vm, gpa);
    EQUAL("4K mapped read-only", seL4_NoError,
          seL4_X86_Page_MapEPT(in_guest, vm.root, gpa, seL4_CanRead, seL4_X86_EPT_WriteBack));
    p[0x10] = 0xcafe;
    touch(gpa + 0x40);
    EXPECT_DONE(&vm, "4K read");
    EQUAL("4K read value", 0xcafe, vm.s->gpr[VM_RAX]);
    fault_is("4K write refused", gpa + 0x40, 'w', true);
    EQUAL("4K mapped again, writable", seL4_NoError,
          seL4_X86_Page_MapEPT(in_guest, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack));
    vm.s->gpr[VM_RAX] = 0xbeef;
    EXPECT_DONE(&vm, "4K write");
    EQUAL("4K write arrived", 0xbeef, p[0x10]);
    EQUAL("4K mapped again elsewhere", seL4_InvalidCapability,
          seL4_X86_Page_MapEPT(in_guest, vm.root, gpa + 0x1000, seL4_AllRights, seL4_X86_EPT_WriteBack));
    seL4_CPtr second = vt_copy(frame);
    EQUAL("place is taken", seL4_DeleteFirst,
          seL4_X86_Page_MapEPT(second, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("execute never", seL4_NoError, seL4_X86_Page_MapEPT(second, vm.root, gpa + 0x1000, seL4_AllRights,
                                                             seL4_X86_EPT_WriteBack | seL4_X86_ExecuteNever));
    touch(gpa + 0x1000);
    EXPECT_DONE(&vm, "no-execute page, read");
    EXPECT_DONE(&vm, "no-execute page, write");
    fault_is("no-execute page, fetch", gpa + 0x1000, 'x', true);
    vt_unmap(in_guest);
    touch(gpa);
    fault_is("4K unmapped", gpa, 'r', false);
    EQUAL("mapped once more", seL4_NoError,
          seL4_X86_Page_MapEPT(in_guest, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteCombining));
    touch(gpa);
    EXPECT_DONE(&vm, "4K once more");
    vt_delete(in_guest);
    touch(gpa);
    fault_is("4K after delete of its capability", gpa, 'r', false);
}

static void test_bad_arguments(void)
{
    seL4_CPtr frame = vt_make(seL4_X86_4K, 0), large = vt_make(seL4_X86_LargePageObject, 0);
    EQUAL("gpa beyond the format", seL4_InvalidArgument,
          seL4_X86_Page_MapEPT(frame, vm.root, 1ul << 48, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("gpa not aligned", seL4_AlignmentError,
          seL4_X86_Page_MapEPT(large, vm.root, 0x201000, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("memory type nobody has", seL4_InvalidArgument,
          seL4_X86_Page_MapEPT(frame, vm.root, 0x601000, seL4_AllRights, 3));
    EQUAL("write without read", seL4_InvalidArgument,
          seL4_X86_Page_MapEPT(frame, vm.root, 0x602000, seL4_CapRights_new(0, 0, 0, 1), seL4_X86_EPT_WriteBack));
    EQUAL("a root that is none", seL4_InvalidCapability,
          seL4_X86_Page_MapEPT(frame, seL4_CapInitThreadVSpace, 0x602000, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("2M over a page table", seL4_DeleteFirst,
          seL4_X86_Page_MapEPT(large, vm.root, 0x600000, seL4_AllRights, seL4_X86_EPT_WriteBack));
    seL4_CPtr pt = vt_make(seL4_X86_EPTPTObject, 0);
    EQUAL("table where a large frame is", seL4_DeleteFirst, seL4_X86_EPTPT_Map(pt, vm.root, 0, 0));
    EQUAL("table without its directory", seL4_FailedLookup, seL4_X86_EPTPT_Map(pt, vm.root, 0x80000000, 0));
    seL4_CPtr loose = vt_make(seL4_X86_EPTPML4Object, 0);
    EQUAL("root without ASID", seL4_InvalidCapability,
          seL4_X86_Page_MapEPT(frame, loose, 0x602000, seL4_AllRights, seL4_X86_EPT_WriteBack));
    EQUAL("TCB wants a root with ASID", seL4_IllegalOperation, seL4_TCB_SetEPTRoot(seL4_CapInitThreadTCB, loose));
}

static void test_tables(void)
{
    seL4_CPtr frame = vt_make(seL4_X86_4K, 0), pt = vt_make(seL4_X86_EPTPTObject, 0);
    uint64_t gpa = 0xa00000;
    vt_must(seL4_X86_EPTPT_Map(pt, vm.root, gpa, 0), "EPT PT");
    vt_must(seL4_X86_Page_MapEPT(frame, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K");
    touch(gpa);
    EXPECT_DONE(&vm, "through a table");
    vt_must(seL4_X86_EPTPT_Unmap(pt), "unmap table");
    touch(gpa);
    fault_is("table unmapped", gpa, 'r', false);
    vt_must(seL4_X86_EPTPT_Map(pt, vm.root, gpa, 0), "EPT PT again");
    touch(gpa);
    fault_is("an unmapped table forgot its frames", gpa, 'r', false);
    vt_must(seL4_X86_Page_Unmap(frame), "unmap a frame whose table forgot it");
    vt_must(seL4_X86_Page_MapEPT(frame, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K again");
    vt_delete(pt);
    touch(gpa);
    fault_is("table deleted", gpa, 'r', false);
}

/* A page table whose directory went first, then one whose root did: neither may remember the frame that was in it. */
static void test_orphan_tables(void)
{
    seL4_CPtr frame = vt_make(seL4_X86_4K, 0), pt = vt_make(seL4_X86_EPTPTObject, 0), pd = vt_make(seL4_X86_EPTPDObject, 0);
    uint64_t gpa = 1ul << 30;
    vt_must(seL4_X86_EPTPD_Map(pd, vm.root, gpa, 0), "EPT PD");
    vt_must(seL4_X86_EPTPT_Map(pt, vm.root, gpa, 0), "EPT PT");
    vt_must(seL4_X86_Page_MapEPT(frame, vm.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K");
    touch(gpa);
    EXPECT_DONE(&vm, "through both tables");
    vt_must(seL4_X86_EPTPD_Unmap(pd), "unmap the directory");
    vt_delete(frame);
    vt_must(seL4_X86_EPTPT_Unmap(pt), "unmap the table below");
    vt_must(seL4_X86_EPTPD_Map(pd, vm.root, gpa, 0), "EPT PD again");
    vt_must(seL4_X86_EPTPT_Map(pt, vm.root, gpa, 0), "EPT PT again");
    touch(gpa);
    fault_is("a table below an unmapped one forgot its frames", gpa, 'r', false);

    struct { seL4_CPtr root, pdpt, pd; } other = { vt_make(seL4_X86_EPTPML4Object, 0), vt_make(seL4_X86_EPTPDPTObject, 0),
                                                   vt_make(seL4_X86_EPTPDObject, 0) };
    vt_must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, other.root), "ASID");
    vt_must(seL4_X86_EPTPDPT_Map(other.pdpt, other.root, gpa, 0), "EPT PDPT");
    vt_must(seL4_X86_EPTPD_Map(other.pd, other.root, gpa, 0), "EPT PD");
    frame = vt_make(seL4_X86_4K, 0);
    vt_must(seL4_X86_EPTPT_Unmap(pt), "take the table");
    vt_must(seL4_X86_EPTPT_Map(pt, other.root, gpa, 0), "to the other root");
    vt_must(seL4_X86_Page_MapEPT(frame, other.root, gpa, seL4_AllRights, seL4_X86_EPT_WriteBack), "4K there");
    vt_delete(other.root);
    vt_delete(frame);
    vt_must(seL4_X86_EPTPT_Unmap(pt), "unmap a table whose root is gone");
    vt_must(seL4_X86_EPTPT_Map(pt, vm.root, gpa, 0), "and back");
    touch(gpa);
    fault_is("a table of a root that went forgot its frames", gpa, 'r', false);
}

static void test_1g(void)
{
    seL4_CPtr huge = vt_try_make(seL4_X64_HugePageObject, 0);
    if (!huge) {
        sel4_printf("SKIP 1 GiB mappings: not enough memory\n");
        return;
    }
    uint64_t gpa = 3ul << 30;
    EQUAL("1G mapped", seL4_NoError, seL4_X86_Page_MapEPT(huge, vm.root, gpa, seL4_CanRead, seL4_X86_EPT_WriteBack));
    touch(gpa + 0x3fff1230);
    EXPECT_DONE(&vm, "1G read");
    fault_is("1G write refused", gpa + 0x3fff1230, 'w', true);
    vt_unmap(huge);
    touch(gpa + 0x1000);
    fault_is("1G unmapped", gpa + 0x1000, 'r', false);
}

void test_memory(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    test_unmapped();
    test_4k();
    test_bad_arguments();
    test_tables();
    test_orphan_tables();
    test_1g();
}
