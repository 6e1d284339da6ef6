// SPDX-License-Identifier: BSD-2-Clause
// RDMSR and WRMSR exits: the local APIC first, then the table msr.def.
#include "machine.h"

#include <string.h>
#include <vmm/x86.h>

typedef enum exit_action (*msr_reader)(struct vcpu *, uint32_t index, uint64_t *value);
typedef enum exit_action (*msr_writer)(struct vcpu *, uint32_t index, uint64_t value);

static enum exit_action write_ignored(struct vcpu *v, uint32_t index, uint64_t value) { return EXIT_NEXT_INSN; }
static enum exit_action write_refused(struct vcpu *v, uint32_t index, uint64_t value) { return EXIT_INJECT_GP; }

/* ---- time ---- */

static enum exit_action read_tsc(struct vcpu *v, uint32_t index, uint64_t *value)
{
    vcpu_need(v, VM_GROUP_TSC);
    *value = v->vm->host.platform.now(v->vm->host.platform.ctx) + v->s->tsc_offset;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_tsc(struct vcpu *v, uint32_t index, uint64_t value)
{
    vcpu_change(v, VM_GROUP_TSC);
    v->s->tsc_offset = value - v->vm->host.platform.now(v->vm->host.platform.ctx);
    lapic_set_tsc_offset(v->lapic, v->s->tsc_offset);
    kvmclock_update(v);
    return EXIT_NEXT_INSN;
}

static enum exit_action read_tsc_aux(struct vcpu *v, uint32_t index, uint64_t *value)
{
    if (!cpuid_has(&v->vm->cpuid, 0x80000001, EDX, 27))
        return EXIT_INJECT_GP;
    vcpu_need(v, VM_GROUP_TSC);
    *value = v->s->tsc_aux;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_tsc_aux(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (!cpuid_has(&v->vm->cpuid, 0x80000001, EDX, 27) || value >> 32)
        return EXIT_INJECT_GP;
    vcpu_change(v, VM_GROUP_TSC);
    v->s->tsc_aux = value;
    return EXIT_NEXT_INSN;
}

/* ---- registers that normally pass through, for a backend that intercepts them ---- */

static uint64_t *passed(struct vcpu *v, uint32_t index)
{
    struct vm_msrs *m = &v->s->msr;

    switch (index) {
    case 0x174: return &m->sysenter_cs;
    case 0x175: return &m->sysenter_esp;
    case 0x176: return &m->sysenter_eip;
    case 0xc0000081: return &m->star;
    case 0xc0000082: return &m->lstar;
    case 0xc0000083: return &m->cstar;
    case 0xc0000084: return &m->sfmask;
    default: return &m->kernel_gs_base;
    }
}

static enum exit_action read_passed(struct vcpu *v, uint32_t index, uint64_t *value)
{
    vcpu_need(v, VM_GROUP_MSR);
    *value = *passed(v, index);
    return EXIT_NEXT_INSN;
}

static bool holds_address(uint32_t index)
{
    return index != 0x174 && index != 0xc0000081 && index != 0xc0000084;
}

static enum exit_action write_passed(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (holds_address(index) && !guest_canonical(v, value))
        return EXIT_INJECT_GP;
    vcpu_change(v, VM_GROUP_MSR);
    *passed(v, index) = value;
    return EXIT_NEXT_INSN;
}

static enum exit_action read_base(struct vcpu *v, uint32_t index, uint64_t *value)
{
    vcpu_need(v, VM_GROUP_DATA);
    *value = v->s->seg[index == 0xc0000100 ? VM_FS : VM_GS].base;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_base(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (!guest_canonical(v, value))
        return EXIT_INJECT_GP;
    vcpu_change(v, VM_GROUP_DATA);
    v->s->seg[index == 0xc0000100 ? VM_FS : VM_GS].base = value;
    return EXIT_NEXT_INSN;
}

/* ---- memory types ---- */

static enum exit_action read_pat(struct vcpu *v, uint32_t index, uint64_t *value)
{
    vcpu_need(v, VM_GROUP_MSR);
    *value = v->s->msr.pat;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_pat(struct vcpu *v, uint32_t index, uint64_t value)
{
    for (unsigned i = 0; i < 64; i += 8) {
        unsigned type = value >> i & 0xff;

        if (type > 7 || type == 2 || type == 3)
            return EXIT_INJECT_GP;
    }
    vcpu_change(v, VM_GROUP_MSR);
    v->s->msr.pat = value;
    return EXIT_NEXT_INSN;
}

/* The mask of the one MTRR in use after reset depends on the width of physical addresses. */
static uint64_t mtrr_mask0_reset(struct vcpu *v)
{
    return ((1ull << v->vm->phys_bits) - 1) & ~0x3fffffffull;
}


static enum exit_action read_mtrr_mask0(struct vcpu *v, uint32_t index, uint64_t *value)
{
    *value = v->mtrr_mask0;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_mtrr_mask0(struct vcpu *v, uint32_t index, uint64_t value)
{
    v->mtrr_mask0 = value;
    return EXIT_NEXT_INSN;
}

/* End of RAM below 4 GiB, for kernels that look where memory-mapped I/O begins. */
static enum exit_action read_top_mem(struct vcpu *v, uint32_t index, uint64_t *value)
{
    *value = v->vm->ram[0].size;
    return EXIT_NEXT_INSN;
}

/* ---- the CPU's mode ---- */

static enum exit_action read_efer(struct vcpu *v, uint32_t index, uint64_t *value)
{
    vcpu_need(v, VM_GROUP_CR);
    *value = v->s->efer & ~EFER_SVME;
    return EXIT_NEXT_INSN;
}

/* [AMD APM 2, 3.1.7]: LME only changes while paging is off; LMA is the CPU's own. */
static enum exit_action write_efer(struct vcpu *v, uint32_t index, uint64_t value)
{
    const struct cpuid_table *t = &v->vm->cpuid;
    uint64_t allowed = EFER_SCE | EFER_LMA;

    allowed |= cpuid_has(t, 0x80000001, EDX, 29) ? EFER_LME : 0;
    allowed |= cpuid_has(t, 0x80000001, EDX, 20) ? EFER_NXE : 0;
    allowed |= cpuid_has(t, 0x80000001, EDX, 25) ? EFER_FFXSR : 0;
    if (value & ~allowed)
        return EXIT_INJECT_GP;
    vcpu_change(v, VM_GROUP_CR);
    uint64_t old = v->s->efer;
    if ((v->s->cr0 & CR0_PG) && ((old ^ value) & EFER_LME))
        return EXIT_INJECT_GP;
    v->s->efer = (value & ~(EFER_LMA | EFER_SVME)) | (old & (EFER_LMA | EFER_SVME));
    return EXIT_NEXT_INSN;
}

static enum exit_action read_microcode(struct vcpu *v, uint32_t index, uint64_t *value)
{
    *value = v->vm->cpuid.vendor == VENDOR_INTEL ? 1ull << 32 : 0x01000065;
    return EXIT_NEXT_INSN;
}

static enum exit_action read_kvm(struct vcpu *v, uint32_t index, uint64_t *value) { return kvm_msr_read(v, index, value); }
static enum exit_action write_kvm(struct vcpu *v, uint32_t index, uint64_t value) { return kvm_msr_write(v, index, value); }

/* ---- the table ---- */

#define GP     write_refused
#define IGNORE write_ignored

struct msr_row {
    uint32_t index;
    int16_t slot;                  /* -1: not kept */
    msr_reader read;               /* NULL: kept or fixed */
    msr_writer write;              /* NULL: kept */
    uint64_t value;                /* fixed, or after reset */
    uint64_t writable;
    const char *name;
};

static const struct msr_row rows[] = {
#define MSR_KEPT(index, name, reset, writable) { index, MSR_SLOT_##name, NULL, NULL, reset, writable, #name },
#define MSR_FIXED(index, name, value, on_write) { index, -1, NULL, on_write, value, 0, #name },
#define MSR_CALL(index, name, read, write) { index, -1, read, write, 0, 0, #name },
#include "msr.def"
#undef MSR_KEPT
#undef MSR_FIXED
#undef MSR_CALL
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct msr_row *find(uint32_t index)
{
    unsigned low = 0, high = ROWS;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (rows[mid].index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low < ROWS && rows[low].index == index ? &rows[low] : NULL;
}

const char *msr_name(uint32_t index)
{
    const struct msr_row *r = find(index);

    return r ? r->name : NULL;
}

static bool is_lapic(uint32_t index)
{
    return index - LAPIC_MSR_X2APIC < 0x100 || index == LAPIC_MSR_DEADLINE || index == LAPIC_MSR_BASE;
}

enum exit_action msr_read(struct vcpu *v, uint32_t index, uint64_t *value)
{
    if (is_lapic(index))
        return lapic_msr_read(v->lapic, index, value);
    const struct msr_row *r = find(index);
    if (!r)
        return EXIT_INJECT_GP;
    if (r->read)
        return r->read(v, index, value);
    *value = r->slot >= 0 ? v->msr.slot[r->slot] : r->value;
    return EXIT_NEXT_INSN;
}

enum exit_action msr_write(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (is_lapic(index))
        return lapic_msr_write(v->lapic, index, value);
    const struct msr_row *r = find(index);
    if (!r)
        return EXIT_INJECT_GP;
    if (r->write)
        return r->write(v, index, value);
    if ((value ^ v->msr.slot[r->slot]) & ~r->writable)
        return EXIT_INJECT_GP;
    v->msr.slot[r->slot] = value;
    return EXIT_NEXT_INSN;
}

void msr_reset(struct vcpu *v)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].slot >= 0)
            v->msr.slot[rows[i].slot] = rows[i].value;
    v->mtrr_mask0 = mtrr_mask0_reset(v) | 1u << 11;
}
