// SPDX-License-Identifier: BSD-2-Clause
// Capabilities and the derivation tree.
//
// A capability is 16 bytes: type, rights, a size and the kernel address of its object in the first
// word; what else the type needs in the second. A slot (struct cte, 32 bytes) is a capability and its place in
// the derivation list: all capabilities derived from one another, parents before children, as in the seL4
// Reference Manual, section 3.1.3 (capability derivation tree).
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include <abi/object.h>
#include <kernel/types.h>

enum cap_type {
    CAP_NULL = 0, CAP_UNTYPED, CAP_ENDPOINT, CAP_NOTIFICATION, CAP_REPLY, CAP_CNODE, CAP_TCB,
    CAP_SCHED_CONTEXT, CAP_SCHED_CONTROL, CAP_IRQ_CONTROL, CAP_IRQ_HANDLER, CAP_DOMAIN, CAP_ZOMBIE,
    CAP_ARCH_FIRST,              /* from here on the architecture decides */
    CAP_FRAME = CAP_ARCH_FIRST, CAP_PAGE_TABLE /* of any level below the root */, CAP_VSPACE /* PML4 */,
    CAP_ASID_CONTROL, CAP_ASID_POOL, CAP_IO_PORT_CONTROL, CAP_IO_PORT, CAP_IO_SPACE, CAP_IO_PAGE_TABLE,
    CAP_VCPU, CAP_EPT_ROOT, CAP_EPT_TABLE /* of any level below the root */,
    CAP_TYPE_COUNT
};

enum frame_map { FRAME_UNMAPPED = 0, FRAME_IN_VSPACE, FRAME_IN_EPT, FRAME_IN_IOSPACE };

struct cap {
    uint64_t type   : 6;
    uint64_t rights : 4;         /* ABI_RIGHT_*; for a reply cap: GRANT */
    uint64_t size   : 6;         /* untyped: size bits; cnode: radix; frame: size bits; page table: level 1..3
                                    (1 = page table, 2 = directory, 3 = PDPT); sched context: size bits;
                                    zombie: radix of a cnode or ZOMBIE_TCB / ZOMBIE_VCPU */
    int64_t  object : 48;        /* kernel virtual address, sign-extended (io ports and the like: 0) */
    union {
        uint64_t word;
        uint64_t badge;                                                            /* endpoint, notification */
        struct { uint64_t guard_size : 6, guard : 58; } cnode;
        struct { uint64_t free : 44, is_device : 1, cleared : 19; } untyped;  /* free: offset in 16-byte units;
                                    cleared: zeroed chunks behind it, see untyped.c. 0 in a fresh capability */
        struct { uint64_t mapped : 2, is_device : 1, asid : 16, vpage : 45; } frame;  /* vpage = address >> 12 */
        struct { uint64_t mapped : 2, pad : 1, asid : 16, vpage : 45; } table;        /* also vspace, EPT levels */
        struct { uint64_t asid_base; } pool;
        struct { uint64_t irq; } irq;
        struct { uint64_t first : 16, last : 16, pad : 32; } ports;
        struct { uint64_t core; } sched_control;
        struct { uint64_t number; } zombie;            /* slots that may still hold something: 0..number-1 */
    };
};
_Static_assert(sizeof(struct cap) == 16, "capability is two words");

enum { ZOMBIE_TCB = 62, ZOMBIE_VCPU = 63 };

/* The derivation list. prev and next are addresses of struct cte. */
struct mdb {
    int64_t  prev         : 48;
    uint64_t pad          : 16;
    int64_t  next         : 48;
    uint64_t revocable    : 1;   /* children may follow */
    uint64_t first_badged : 1;   /* first with this badge: not a child of an equal badge before it */
    uint64_t pad2         : 14;
};

struct cte {
    struct cap cap;
    struct mdb mdb;
};
_Static_assert(sizeof(struct cte) == BIT(ABI_CNODE_SLOT_BITS), "slot size is ABI");

static inline void *cap_object(const struct cap *c) { return (void *)(intptr_t)c->object; }
static inline struct cte *mdb_next(const struct cte *s) { return (struct cte *)(intptr_t)s->mdb.next; }
static inline struct cte *mdb_prev(const struct cte *s) { return (struct cte *)(intptr_t)s->mdb.prev; }
static inline bool cap_is_arch(const struct cap *c) { return c->type >= CAP_ARCH_FIRST; }

#endif
