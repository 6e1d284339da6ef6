// SPDX-License-Identifier: BSD-2-Clause
// The list of what a component was given to manage; see camkes/simple.h.
#include <camkes/simple.h>

#include <spec/format.h>
#include <spec/info.h>
#include <string.h>

void camkes_make_simple(simple_t *s)
{
    struct rt_cap_entry c;
    *s = (simple_t){ .cnode = rt_cap(INFO_CAP_CNODE), .vspace = rt_cap(INFO_CAP_VSPACE), .tcb = rt_tcb_cap(),
                     .asid_pool = rt_cap(INFO_CAP_ASIDS) };
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        s->untyped_count += c.kind == SPEC_UNTYPED ? (unsigned)c.count : 0;
    }
}

seL4_CPtr simple_get_cnode(const simple_t *s) { return s->cnode; }
seL4_CPtr simple_get_vspace(const simple_t *s) { return s->vspace; }
seL4_CPtr simple_get_tcb(const simple_t *s) { return s->tcb; }
seL4_CPtr simple_get_asid_pool(const simple_t *s) { return s->asid_pool; }
unsigned simple_get_untyped_count(const simple_t *s) { return s->untyped_count; }

seL4_CPtr simple_get_nth_untyped(const simple_t *s, unsigned n, size_t *size_bits, uintptr_t *paddr,
                                 bool *device)
{
    struct rt_cap_entry c;
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        if (c.kind != SPEC_UNTYPED) {
            continue;
        }
        if (n < c.count) {
            size_t unused_size;
            uintptr_t unused_paddr;
            bool unused_device;
            *(size_bits ? size_bits : &unused_size) = c.bits;
            *(paddr ? paddr : &unused_paddr) = c.where;
            *(device ? device : &unused_device) = c.where != 0;
            return c.first + n;
        }
        n -= (unsigned)c.count;
    }
    return seL4_CapNull;
}

seL4_CPtr simple_get_io_port_cap(const simple_t *s, uint16_t first, uint16_t last)
{
    struct rt_cap_entry c;
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        if (c.kind == SPEC_PORTS && first >= (c.where & 0xffff) && last <= c.where >> 16) {
            return c.first;
        }
    }
    return seL4_CapNull;
}

seL4_CPtr simple_get_sched_ctrl(const simple_t *s, unsigned core)
{
    struct rt_cap_entry c;
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        if (c.kind == SPEC_SCHED_CONTROL && core-- == 0) {
            return c.first;
        }
    }
    return seL4_CapNull;
}
