// SPDX-License-Identifier: BSD-2-Clause
// Chooses the virtualisation backend at boot, and sorts what the architecture asks of virt/ by object type.

#include <platform.h>
#include "virt.h"

const struct virt_ops *virt;
uint64_t virt_epoch = 1;

static struct virt_cpu virt_cpus[CONFIG_MAX_NUM_NODES];
static struct virt_ops *const backends[] = { &svm_ops };

struct virt_cpu *virt_cpu_of(unsigned index) { return &virt_cpus[index]; }

static void choose_backend(void)
{
    const char *missing = "a backend for this CPU";
    for (unsigned i = 0; i < ARRAY_SIZE(backends) && !virt; i++)
        if (backends[i]->present(&missing))
            virt = backends[i];
    if (virt)
        kprintf("virt: %s, %u TLB tags\n", virt->name, virt->tlb_tags);
    else
        kprintf("virt: no virtual machines: this CPU lacks %s\n", missing);
}

void virt_init_cpu(struct cpu *cpu)
{
    if (cpu->index == 0)
        choose_backend();
    if (!virt)
        return;
    struct virt_cpu *vc = virt_cpu_of(cpu->index);
    const char *missing = "";
    vc->next_tag = 1;
    vc->tag_generation = 1;
    vc->tsc_aux = ~0ull;                 /* unknown: the first guest that cares sets it */
    vc->on = virt->cpu_on(vc, &missing);
    if (!vc->on)
        kprintf("virt: CPU %u runs no guests: %s\n", cpu->index, missing);
}

uint32_t virt_backend(void) { return virt ? virt->backend : ABI_VIRT_NONE; }

static const uint8_t ept_level[ABI_OBJ_COUNT] = { [ABI_OBJ_EPT_PT] = 1, [ABI_OBJ_EPT_PD] = 2, [ABI_OBJ_EPT_PDPT] = 3 };

struct cap virt_create_object(enum abi_object type, void *memory)
{
    struct cap c = { .rights = ABI_RIGHT_READ | ABI_RIGHT_WRITE, .object = (int64_t)(intptr_t)memory };
    if (type == ABI_OBJ_VCPU)
        return vcpu_create(memory);
    c.type = type == ABI_OBJ_EPT_PML4 ? CAP_EPT_ROOT : CAP_EPT_TABLE;
    c.size = type == ABI_OBJ_EPT_PML4 ? 4 : ept_level[type];
    return c;
}

/* A table is mapped in one place and its one capability knows where: no copies. A root without an ASID would
 * get a different one through each copy. */
enum abi_error virt_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out)
{
    (void)slot;
    *out = *in;
    if (in->type == CAP_EPT_TABLE || (in->type == CAP_EPT_ROOT && !in->table.mapped))
        return ABI_ILLEGAL_OPERATION;
    return ABI_NO_ERROR;
}

struct cap virt_finalise_cap(struct cap c, bool final)
{
    if (final && c.type == CAP_VCPU)
        return vcpu_finalise(cap_object(&c));
    if (final && c.type == CAP_EPT_TABLE)
        ept_finalise_table(&c);
    if (c.type == CAP_EPT_ROOT)
        ept_finalise_root(&c, final);
    return (struct cap){ .type = CAP_NULL };
}

enum abi_error virt_invoke(struct invocation *inv)
{
    switch (inv->cap.type) {
    case CAP_VCPU:      return vcpu_invoke(inv);
    case CAP_EPT_TABLE: return ept_table_invoke(inv);
    default:            return inv_fail(inv, ABI_ILLEGAL_OPERATION);   /* a root has no invocations of its own */
    }
}

/* A tag is never given twice before all of them are flushed, so "flush" is the same as "a new tag". */
bool tlb_tag_refresh(struct vcpu *v, struct virt_cpu *vc, unsigned cpu)
{
    bool flush_all = false;
    if (likely(!v->flush && v->tag_cpu == cpu && v->tag_generation == vc->tag_generation))
        return false;
    if (vc->next_tag >= virt->tlb_tags) {
        vc->next_tag = 1;
        vc->tag_generation++;
        flush_all = true;
    }
    v->tag = vc->next_tag++;
    v->tag_cpu = cpu;
    v->tag_generation = vc->tag_generation;
    v->flush = false;
    return flush_all;
}
