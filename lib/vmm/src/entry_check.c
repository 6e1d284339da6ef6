// SPDX-License-Identifier: BSD-2-Clause
// The rules of VM entry as a table, to name what a CPU only calls "invalid guest state". AMD's CPUs check less of it.
// Facts from: [1] Intel SDM vol. 3, 26.2.1.3 (events), 26.3.1.1 - 26.3.1.6 (guest state), 26.4 (MSRs); [2] AMD APM vol. 2,
// 15.5.1; [3] Intel SDM vol. 1, 13.3 (XCR0).
#include <vmm/entry_check.h>

#include <stdbool.h>
#include <stddef.h>
#include <vmm/x86.h>

typedef const struct vm_state *state;

static unsigned type_of(const struct vm_segment *s) { return s->attr & 15; }
static unsigned dpl_of(const struct vm_segment *s) { return s->attr >> 5 & 3; }
static bool present(const struct vm_segment *s) { return s->attr & 0x80; }
static bool is_memory(const struct vm_segment *s) { return s->attr & 0x10; }
static bool canonical(uint64_t a) { return (uint64_t)((int64_t)(a << 16) >> 16) == a; }
static bool long_mode(state s) { return s->efer & EFER_LMA; }
static bool code64(state s) { return long_mode(s) && s->seg[VM_CS].attr & 1 << 13; }

/* [1] 26.3.1.2: small limits are in bytes, large ones in pages. */
static bool granularity(const struct vm_segment *s)
{
    bool pages = s->attr & 1 << 15;
    return !((pages && (s->limit & 0xfff) != 0xfff) || (!pages && s->limit >> 20));
}

/* Readable memory or data, accessed; a null segment is fine. */
static bool data_segment(const struct vm_segment *s)
{
    bool readable = !(type_of(s) & 8) || type_of(s) & 2;
    return !present(s) || (is_memory(s) && type_of(s) & 1 && readable && granularity(s));
}

/* ---- one function a rule: is it broken? ---- */

static bool cr0_high(state s) { return s->cr0 >> 32; }
static bool cr0_nw(state s) { return s->cr0 & CR0_NW && !(s->cr0 & CR0_CD); }
static bool cr0_pg(state s) { return s->cr0 & CR0_PG && !(s->cr0 & CR0_PE); }
static bool cr3_high(state s) { return s->cr3 >> 52; }
static bool cr4_reserved(state s) { return s->cr4 >> 33 || s->cr4 & (1 << 13 | 1 << 15 | 1 << 19); }
static bool efer_bits(state s) { return s->efer & ~0x4d01ull; }
static bool efer_lma(state s)
{
    return s->cr0 & CR0_PG ? !(s->efer & EFER_LMA) != !(s->efer & EFER_LME) : s->efer & EFER_LMA;
}
static bool long_pae(state s) { return long_mode(s) && !(s->cr4 & CR4_PAE); }
static bool xcr0_bits(state s)
{
    uint64_t avx512 = s->xcr0 & 0xe0;
    return !(s->xcr0 & 1) || (s->xcr0 & 4 && !(s->xcr0 & 2)) || (avx512 && (avx512 != 0xe0 || !(s->xcr0 & 4)))
        || s->xcr0 >> 20;
}
static bool dr_high(state s) { return s->dr6 >> 32 || s->dr7 >> 32; }
static bool pat_types(state s)
{
    for (unsigned i = 0; i < 64; i += 8) {
        unsigned type = s->msr.pat >> i & 0xff;

        if (type > 7 || type == 2 || type == 3)
            return true;
    }
    return false;
}
static bool event_type(state s)
{
    const struct vm_event *e = &s->inject;
    return e->valid && (e->type > VM_EVENT_SOFT_INT || e->type == 1
                        || (e->type == VM_EVENT_EXCEPTION && (e->vector > 31 || e->vector == 2)));
}
static bool event_flag(state s)
{
    return s->inject.valid && s->inject.type == VM_EVENT_EXTINT && !(s->rflags & RFLAGS_IF);
}
static bool rflags_vm(state s) { return s->rflags & 1 << 17 && (long_mode(s) || !(s->cr0 & CR0_PE)); }
static bool rip_high(state s) { return code64(s) ? !canonical(s->rip) : s->rip >> 32; }
static bool cs_type(state s)
{
    const struct vm_segment *cs = &s->seg[VM_CS];
    return !present(cs) || !is_memory(cs) || !(type_of(cs) & 1) || (type_of(cs) != 3 && !(type_of(cs) & 8));
}
static bool cs_dpl(state s)
{
    unsigned cs = dpl_of(&s->seg[VM_CS]), ss = dpl_of(&s->seg[VM_SS]);
    return type_of(&s->seg[VM_CS]) == 3 ? cs != 0 : type_of(&s->seg[VM_CS]) & 4 ? cs > ss : cs != ss;
}
static bool cs_mode(state s) { return long_mode(s) && s->seg[VM_CS].attr & 1 << 13 && s->seg[VM_CS].attr & 1 << 14; }
static bool cs_limit(state s) { return !granularity(&s->seg[VM_CS]); }
static bool ss_type(state s)
{
    const struct vm_segment *ss = &s->seg[VM_SS];
    return present(ss) && (!is_memory(ss) || (type_of(ss) & ~4u) != 3 || !granularity(ss));
}
static bool ss_dpl(state s) { return !(s->cr0 & CR0_PE) && dpl_of(&s->seg[VM_SS]) != 0; }
static bool ds_type(state s) { return !data_segment(&s->seg[VM_DS]); }
static bool es_type(state s) { return !data_segment(&s->seg[VM_ES]); }
static bool fs_type(state s) { return !data_segment(&s->seg[VM_FS]); }
static bool gs_type(state s) { return !data_segment(&s->seg[VM_GS]); }
static bool low_bases(state s)
{
    return s->seg[VM_CS].base >> 32 || (present(&s->seg[VM_SS]) && s->seg[VM_SS].base >> 32)
        || (present(&s->seg[VM_DS]) && s->seg[VM_DS].base >> 32)
        || (present(&s->seg[VM_ES]) && s->seg[VM_ES].base >> 32);
}
static bool tr_type(state s)
{
    const struct vm_segment *tr = &s->seg[VM_TR];
    return !present(tr) || is_memory(tr) || !(type_of(tr) == 11 || (type_of(tr) == 3 && !long_mode(s)))
        || tr->selector & 4 || !granularity(tr);
}
static bool ldtr_type(state s)
{
    const struct vm_segment *l = &s->seg[VM_LDTR];
    return present(l) && (is_memory(l) || type_of(l) != 2 || l->selector & 4 || !granularity(l));
}
static bool system_bases(state s)
{
    return !canonical(s->seg[VM_FS].base) || !canonical(s->seg[VM_GS].base) || !canonical(s->seg[VM_TR].base)
        || (present(&s->seg[VM_LDTR]) && !canonical(s->seg[VM_LDTR].base));
}
static bool gdtr(state s) { return s->gdtr.limit >> 16 || !canonical(s->gdtr.base); }
static bool idtr(state s) { return s->idtr.limit >> 16 || !canonical(s->idtr.base); }
static bool sysenter(state s) { return !canonical(s->msr.sysenter_esp) || !canonical(s->msr.sysenter_eip); }
static bool syscall_msrs(state s)
{
    return !canonical(s->msr.lstar) || !canonical(s->msr.cstar) || !canonical(s->msr.kernel_gs_base);
}

static const struct { bool (*broken)(state); const char *name; } rules[] = {
    { cr0_high, "CR0: bits 63:32" }, { cr0_nw, "CR0: NW without CD" }, { cr0_pg, "CR0: PG without PE" },
    { cr4_reserved, "CR4: reserved bits, or VMXE" }, { cr3_high, "CR3: bits 63:52" },
    { efer_bits, "EFER: bits other than SCE, LME, LMA, NXE and FFXSR" }, { efer_lma, "EFER: LMA is not LME and PG" },
    { long_pae, "CR4: long mode without PAE" }, { xcr0_bits, "XCR0: a combination that cannot be" },
    { dr_high, "DR6 or DR7: bits 63:32" }, { pat_types, "PAT: a reserved memory type" },
    { event_type, "event: type or vector" }, { event_flag, "event: external interrupt with IF = 0" },
    { rflags_vm, "RFLAGS: VM in long or real mode" }, { cs_type, "CS: no accessed code segment" },
    { cs_mode, "CS: L and D" }, { cs_dpl, "CS: DPL does not fit SS" }, { cs_limit, "CS: limit and granularity" },
    { ss_type, "SS: no accessed, writable data segment" }, { ss_dpl, "SS: DPL in real mode" },
    { ds_type, "DS: no accessed, readable segment" }, { es_type, "ES: no accessed, readable segment" },
    { fs_type, "FS: no accessed, readable segment" }, { gs_type, "GS: no accessed, readable segment" },
    { low_bases, "CS, SS, DS or ES: base above 4 GiB" }, { tr_type, "TR: no busy TSS" }, { ldtr_type, "LDTR: no LDT" },
    { system_bases, "FS, GS, TR or LDTR: base is not canonical" }, { gdtr, "GDTR" }, { idtr, "IDTR" },
    { rip_high, "RIP: not an address of this mode" }, { sysenter, "SYSENTER_ESP or _EIP: not canonical" },
    { syscall_msrs, "LSTAR, CSTAR or KERNEL_GS_BASE: not canonical" },
};

const char *entry_check(const struct vm_state *s)
{
    for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].broken(s))
            return rules[i].name;
    return NULL;
}
