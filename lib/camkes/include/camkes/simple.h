// SPDX-License-Identifier: BSD-2-Clause
// What a component that manages kernel objects itself was given (settings `simple`, `simple_untyped<N>_pool`,
// `asid_pool`, `sched_ctrl`, ...): its own CNode and address space, free slots, untyped memory. rt/memory.h
// makes objects and mappings of it; this is the plain list, for programs that bring their own allocator.
#ifndef CAMKES_SIMPLE_H
#define CAMKES_SIMPLE_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    seL4_CPtr cnode;                    /* own CNode; slot numbers are depths of 64 bits */
    seL4_CPtr vspace, tcb, asid_pool;   /* seL4_CapNull where the assembly gives none */
    unsigned untyped_count;
} simple_t;

void camkes_make_simple(simple_t *);

seL4_CPtr simple_get_cnode(const simple_t *);
seL4_CPtr simple_get_vspace(const simple_t *);
seL4_CPtr simple_get_tcb(const simple_t *);
seL4_CPtr simple_get_asid_pool(const simple_t *);
unsigned simple_get_untyped_count(const simple_t *);
/* seL4_CapNull: there is no nth. Device memory has a physical address, RAM tells 0. Pointers may be NULL. */
seL4_CPtr simple_get_nth_untyped(const simple_t *, unsigned n, size_t *size_bits, uintptr_t *paddr,
                                 bool *device);
seL4_CPtr simple_get_io_port_cap(const simple_t *, uint16_t first, uint16_t last);
seL4_CPtr simple_get_sched_ctrl(const simple_t *, unsigned core);

#ifdef __cplusplus
}
#endif

#endif
