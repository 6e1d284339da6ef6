// SPDX-License-Identifier: BSD-2-Clause
// Kernel objects and mappings that a component makes itself, out of the untyped pools its spec gives it
// (spec_untyped_pool, spec_self_caps, free_slots). For monitors: guest RAM, nested page tables, VCPUs.
// Not locked: one thread at a time.
#ifndef RT_MEMORY_H
#define RT_MEMORY_H

#include <rt/rt.h>

/* Finds the pools; called by the functions below when needed. False: the spec gives no pools, no CNode capability
 * or no address-space capability. */
bool rt_memory_init(void);
uint64_t rt_memory_left(void);                       /* bytes not handed out */
uint64_t rt_memory_largest(void);                    /* biggest object that can still be made, bytes */

/* Slots of the own CNode, consecutive. seL4_CapNull: none left. */
seL4_CPtr rt_slots(unsigned count);
void rt_slot_free(seL4_CPtr);                        /* an empty slot; single slots only are used again */

/* A new object (seL4_TCBObject, ...; size_bits as in Untyped_Retype). seL4_CapNull = no memory or slot left. */
seL4_CPtr rt_object(seL4_Word type, unsigned size_bits);

/* Address range of the own address space, aligned to 2^align_bits; never given back. */
uintptr_t rt_address_range(uint64_t bytes, unsigned align_bits);

/* Maps one frame capability (of 2^page_bits bytes) at an address, making page tables as needed. 0 or a seL4_Error. */
seL4_Error rt_map_frame(seL4_CPtr frame, unsigned page_bits, uintptr_t vaddr, seL4_Word rights, seL4_Word attributes);
seL4_Error rt_map_frame_ept(seL4_CPtr frame, unsigned page_bits, seL4_CPtr ept_root, uint64_t gpa, seL4_Word rights,
                            seL4_Word memory_type);
void rt_unmap_frame(seL4_CPtr frame);

/* Memory made of equal frames, mapped read-write in the own address space. */
struct rt_region {
    uint8_t *memory;
    uint64_t bytes;                                  /* rounded up to whole frames */
    unsigned page_bits;                              /* 12, 21 or 30 */
    seL4_CPtr frames;                                /* first of bytes >> page_bits capabilities */
};
/* page_bits 12, 21 or 30; 0 = 2 MiB frames from 2 MiB on, else 4 KiB. False = not enough memory, slots. */
bool rt_region_new(struct rt_region *, uint64_t bytes, unsigned page_bits);
/* Shows [offset, offset + bytes) of it to a guest at gpa, all multiples of its frame size. rights ABI_RIGHT_*. Uses
 * copies of the frames' capabilities, so it can be done for several EPT roots; *copies (may be NULL) tells the
 * first copy, for rt_unmap_frame. */
seL4_Error rt_region_map_ept(const struct rt_region *, uint64_t offset, uint64_t bytes, seL4_CPtr ept_root, uint64_t gpa,
                             seL4_Word rights, seL4_CPtr *copies);

/* A new nested address space: EPT root, assigned to the spec's ASID pool. */
seL4_CPtr rt_ept_new(void);

/* A VCPU for the calling thread (whose TCB capability the spec must give): object, state page mapped read-write,
 * EPT root set. Returns the state page, NULL on failure; *vcpu gets the capability. */
struct vm_state;
struct vm_state *rt_vcpu_new(seL4_CPtr ept_root, seL4_CPtr *vcpu);

#endif
