// SPDX-License-Identifier: BSD-2-Clause
// Each rule of VM entry, broken alone in a page that is good otherwise, is the one that is named.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <vmm/entry_check.h>
#include <vmm/x86.h>

static struct vm_state s;

static void segments(uint16_t code, uint16_t data, uint32_t limit)
{
    for (unsigned i = VM_ES; i <= VM_GS; i++)
        s.seg[i] = (struct vm_segment){ .selector = 16, .attr = data, .limit = limit };
    s.seg[VM_CS].attr = code;
    s.seg[VM_LDTR] = (struct vm_segment){ .attr = 0x82, .limit = 0xffff };
    s.seg[VM_TR] = (struct vm_segment){ .attr = 0x8b, .limit = 0xffff };
}

static void real_mode(void)
{
    s = (struct vm_state){ .rip = 0xfff0, .rflags = 2, .cr0 = 0x10, .xcr0 = 1, .dr7 = 0x400 };
    s.msr.pat = 0x0007040600070406;
    segments(0x9b, 0x93, 0xffff);
}

static void long_mode(void)
{
    real_mode();
    s.cr0 = CR0_PE | CR0_PG;
    s.cr4 = CR4_PAE;
    s.efer = EFER_LME | EFER_LMA;
    segments(0xa09b, 0xc093, 0xffffffff);
}

static void good_states(void **state)
{
    (void)state;
    real_mode();
    assert_null(entry_check(&s));
    s.cr0 |= CR0_PE;                         /* protected mode, 32 bits */
    segments(0xc09b, 0xc093, 0xffffffff);
    assert_null(entry_check(&s));
    long_mode();
    assert_null(entry_check(&s));
    s.rip = 0xffffffff81000000;
    for (unsigned i = VM_ES; i <= VM_GS; i++)
        if (i != VM_CS)
            s.seg[i] = (struct vm_segment){ 0 };
    s.seg[VM_LDTR] = (struct vm_segment){ 0 };
    s.seg[VM_GS].base = 0xffff888000000000;
    assert_null(entry_check(&s));            /* null segments, as a 64-bit kernel has them */
}

#define BROKEN(expected, change) do { long_mode(); change; assert_non_null(entry_check(&s));                          \
    assert_string_equal(expected, entry_check(&s)); } while (0)

static void registers(void **state)
{
    (void)state;
    BROKEN("CR0: bits 63:32", s.cr0 |= 1ull << 32);
    BROKEN("CR0: NW without CD", s.cr0 |= CR0_NW);
    BROKEN("CR0: PG without PE", s.cr0 &= ~CR0_PE);
    BROKEN("CR4: reserved bits, or VMXE", s.cr4 |= 1 << 13);
    BROKEN("CR3: bits 63:52", s.cr3 = 1ull << 52);
    BROKEN("EFER: bits other than SCE, LME, LMA, NXE and FFXSR", s.efer |= EFER_SVME);
    BROKEN("EFER: LMA is not LME and PG", s.efer &= ~EFER_LMA);
    BROKEN("EFER: LMA is not LME and PG", s.cr0 &= ~CR0_PG);
    BROKEN("CR4: long mode without PAE", s.cr4 = 0);
    BROKEN("XCR0: a combination that cannot be", s.xcr0 = 5);
    BROKEN("XCR0: a combination that cannot be", s.xcr0 = 0x27);
    BROKEN("DR6 or DR7: bits 63:32", s.dr7 = 1ull << 32);
    BROKEN("PAT: a reserved memory type", s.msr.pat = 0x0207040600070406);
    BROKEN("RFLAGS: VM in long or real mode", s.rflags |= RFLAGS_VM);
    BROKEN("RIP: not an address of this mode", s.rip = 1ull << 47);
    BROKEN("SYSENTER_ESP or _EIP: not canonical", s.msr.sysenter_esp = 1ull << 47);
    BROKEN("LSTAR, CSTAR or KERNEL_GS_BASE: not canonical", s.msr.lstar = 1ull << 63);
}

static void events(void **state)
{
    (void)state;
    BROKEN("event: type or vector", (s.inject = (struct vm_event){ .type = 1, .valid = 1 }));
    BROKEN("event: type or vector",
           (s.inject = (struct vm_event){ .type = VM_EVENT_EXCEPTION, .vector = 32, .valid = 1 }));
    BROKEN("event: external interrupt with IF = 0", (s.inject = (struct vm_event){ .vector = 32, .valid = 1 }));
}

static void descriptors(void **state)
{
    (void)state;
    BROKEN("CS: no accessed code segment", s.seg[VM_CS].attr = 0xa09a);
    BROKEN("CS: L and D", s.seg[VM_CS].attr = 0xe09b);
    BROKEN("CS: DPL does not fit SS", s.seg[VM_CS].attr = 0xa0fb);
    BROKEN("CS: limit and granularity", s.seg[VM_CS].limit = 0xfffff000);
    BROKEN("SS: no accessed, writable data segment", s.seg[VM_SS].attr = 0xc091);
    BROKEN("DS: no accessed, readable segment", s.seg[VM_DS].attr = 0xc092);
    BROKEN("ES: no accessed, readable segment", s.seg[VM_ES].limit = 1);
    BROKEN("FS: no accessed, readable segment", s.seg[VM_FS].attr = 0xc099);
    BROKEN("GS: no accessed, readable segment", s.seg[VM_GS].attr = 0x82);
    BROKEN("CS, SS, DS or ES: base above 4 GiB", s.seg[VM_DS].base = 1ull << 32);
    BROKEN("TR: no busy TSS", s.seg[VM_TR].attr = 0x83);
    BROKEN("LDTR: no LDT", s.seg[VM_LDTR].attr = 0x8b);
    BROKEN("FS, GS, TR or LDTR: base is not canonical", s.seg[VM_GS].base = 1ull << 47);
    BROKEN("GDTR", s.gdtr.limit = 1 << 16);
    BROKEN("IDTR", s.idtr.base = 1ull << 47);
    real_mode();
    s.seg[VM_SS].attr = 0xf3;
    s.seg[VM_CS].attr = 0xfb;
    assert_string_equal("SS: DPL in real mode", entry_check(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_states), cmocka_unit_test(registers), cmocka_unit_test(events),
        cmocka_unit_test(descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
