// SPDX-License-Identifier: BSD-2-Clause
// The architecture's capability types in tables: how an object is made, derived, compared, finalised, invoked.
#include <platform.h>

#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)

static const struct { uint8_t bits, cap_type, size; bool device_ok, virt; } object_row[ABI_OBJ_COUNT] = {
    [ABI_OBJ_SMALL_PAGE] = { 12, CAP_FRAME, 12, true, false },
    [ABI_OBJ_LARGE_PAGE] = { 21, CAP_FRAME, 21, true, false },
    [ABI_OBJ_HUGE_PAGE] = { 30, CAP_FRAME, 30, true, false },
    [ABI_OBJ_PAGE_TABLE] = { 12, CAP_PAGE_TABLE, 1, false, false },
    [ABI_OBJ_PAGE_DIRECTORY] = { 12, CAP_PAGE_TABLE, 2, false, false },
    [ABI_OBJ_PDPT] = { 12, CAP_PAGE_TABLE, 3, false, false },
    [ABI_OBJ_PML4] = { 12, CAP_VSPACE, 0, false, false },
    [ABI_OBJ_VCPU] = { 14, CAP_VCPU, 0, false, true },
    [ABI_OBJ_EPT_PML4] = { 12, CAP_EPT_ROOT, 0, false, true },
    [ABI_OBJ_EPT_PDPT] = { 12, CAP_EPT_TABLE, 3, false, true },
    [ABI_OBJ_EPT_PD] = { 12, CAP_EPT_TABLE, 2, false, true },
    [ABI_OBJ_EPT_PT] = { 12, CAP_EPT_TABLE, 1, false, true },
};

struct retype_type arch_object_type(enum abi_object type, word_t user_size)
{
    if (type >= ABI_OBJ_COUNT || !object_row[type].bits)
        return (struct retype_type){ 0 };
    bool valid = object_row[type].virt ? virt_backend() != ABI_VIRT_NONE
        : type != ABI_OBJ_HUGE_PAGE || cpu_has_gib_pages;
    return (struct retype_type){ object_row[type].bits, object_row[type].device_ok, valid };
}

struct cap arch_create_object(enum abi_object type, void *memory, word_t user_size, bool is_device)
{
    if (object_row[type].virt)
        return virt_create_object(type, memory);
    struct cap c = { .type = object_row[type].cap_type, .rights = RW, .size = object_row[type].size,
                     .object = (int64_t)memory };
    if (c.type == CAP_FRAME)
        c.frame.is_device = is_device;
    if (c.type == CAP_VSPACE)
        vspace_copy_kernel_half(memory);
    return c;
}

/* ---- by capability type ---- */

static void nothing(const struct cap *c) { }
static enum abi_error refuse(struct invocation *inv) { return inv_fail(inv, ABI_ILLEGAL_OPERATION); }

enum derive { DERIVE_PLAIN, DERIVE_UNMAPPED /* the copy maps nothing */, DERIVE_IF_MAPPED, DERIVE_VIRT };
enum same { SAME_OBJECT, SAME_TYPE /* there is one only */, SAME_PORTS };

static const struct arch_row {
    enum abi_error (*invoke)(struct invocation *);
    void (*finalise)(const struct cap *);
    bool each;                               /* finalise at every capability, not just the last */
    uint8_t derive, same;
} row[CAP_TYPE_COUNT] = {
    [CAP_FRAME] = { frame_invoke, frame_finalise, true, DERIVE_UNMAPPED, SAME_OBJECT },
    [CAP_PAGE_TABLE] = { vspace_table_invoke, vspace_table_finalise, false, DERIVE_IF_MAPPED, SAME_OBJECT },
    [CAP_VSPACE] = { refuse, vspace_root_finalise, false, DERIVE_IF_MAPPED, SAME_OBJECT },
    [CAP_ASID_CONTROL] = { asid_control_invoke, nothing, false, DERIVE_PLAIN, SAME_TYPE },
    [CAP_ASID_POOL] = { asid_pool_invoke, asid_pool_finalise, false, DERIVE_PLAIN, SAME_OBJECT },
    [CAP_IO_PORT_CONTROL] = { ioport_control_invoke, nothing, false, DERIVE_PLAIN, SAME_TYPE },
    [CAP_IO_PORT] = { ioport_invoke, ioport_finalise, false, DERIVE_PLAIN, SAME_PORTS },
    [CAP_IO_SPACE] = { refuse, nothing, false, DERIVE_PLAIN, SAME_TYPE },
    [CAP_IO_PAGE_TABLE] = { refuse, nothing, false, DERIVE_PLAIN, SAME_OBJECT },
    [CAP_VCPU] = { virt_invoke, NULL, true, DERIVE_VIRT, SAME_OBJECT },
    [CAP_EPT_ROOT] = { virt_invoke, NULL, true, DERIVE_VIRT, SAME_OBJECT },
    [CAP_EPT_TABLE] = { virt_invoke, NULL, true, DERIVE_VIRT, SAME_OBJECT },
};

enum abi_error arch_invoke(struct invocation *inv)
{
    if (inv->cap.type == CAP_IRQ_CONTROL)    /* GetIOAPIC, GetMSI: the core hands them over */
        return irq_control_arch_invoke(inv);
    if (inv->cap.type >= CAP_TYPE_COUNT || !row[inv->cap.type].invoke)
        return inv_fail(inv, ABI_INVALID_CAPABILITY);
    return row[inv->cap.type].invoke(inv);
}

enum abi_error arch_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out)
{
    *out = *in;
    switch (row[in->type].derive) {
    case DERIVE_VIRT:
        return virt_derive_cap(slot, in, out);
    case DERIVE_UNMAPPED:
        out->frame.mapped = FRAME_UNMAPPED;
        out->frame.asid = 0;
        out->frame.vpage = 0;
        return ABI_NO_ERROR;
    case DERIVE_IF_MAPPED:
        if (!in->table.mapped) {
            out->type = CAP_NULL;
            return ABI_ILLEGAL_OPERATION;
        }
        return ABI_NO_ERROR;
    default:
        return ABI_NO_ERROR;
    }
}

struct cap arch_cap_with_rights(struct cap c, word_t rights)
{
    if (c.type == CAP_FRAME)
        c.rights &= rights;
    return c;
}

struct cap arch_cap_with_data(struct cap c, bool preserve, word_t data) { return c; }

bool arch_same_object(const struct cap *a, const struct cap *b)
{
    if (a->type != b->type)
        return false;
    switch (row[a->type].same) {
    case SAME_TYPE:
        return true;
    case SAME_PORTS:
        return a->ports.first == b->ports.first && a->ports.last == b->ports.last;
    default:
        return a->object == b->object && a->size == b->size
            && (a->type != CAP_FRAME || a->frame.is_device == b->frame.is_device);
    }
}

/* Could `child` have been derived from `parent`? The control capabilities are parents of what they handed out. */
bool arch_same_region(const struct cap *parent, const struct cap *child)
{
    if (parent->type == CAP_IO_PORT_CONTROL && child->type == CAP_IO_PORT)
        return true;
    return arch_same_object(parent, child);
}

struct cap arch_finalise_cap(struct cap c, bool final)
{
    const struct arch_row *r = &row[c.type];
    if (r->derive == DERIVE_VIRT)
        return virt_finalise_cap(c, final);
    if (final || r->each)
        r->finalise(&c);
    return (struct cap){ .type = CAP_NULL };
}
