// SPDX-License-Identifier: BSD-2-Clause
// Object types of Untyped_Retype, their sizes, and the numbers of all invocations.
// Facts: seL4 Reference Manual, chapter 10 (API reference) and appendix of object sizes (x86-64, MCS).
#ifndef ABI_OBJECT_H
#define ABI_OBJECT_H

/* X(name, size in address bits; 0 = the caller chooses) */
#define ABI_OBJECT_LIST(X)                                                                         \
    X(UNTYPED, 0)                                                                                  \
    X(TCB, 12)                                                                                     \
    X(ENDPOINT, 4)                                                                                 \
    X(NOTIFICATION, 6)                                                                             \
    X(CNODE, 0)            /* user size: slots = 2^size; memory = size + 5 bits */                 \
    X(SCHED_CONTEXT, 0)    /* at least ABI_SCHED_CONTEXT_MIN_BITS */                               \
    X(REPLY, 5)                                                                                    \
    X(PDPT, 12)                                                                                    \
    X(PML4, 12)                                                                                    \
    X(HUGE_PAGE, 30)                                                                               \
    X(SMALL_PAGE, 12)                                                                              \
    X(LARGE_PAGE, 21)                                                                              \
    X(PAGE_TABLE, 12)                                                                              \
    X(PAGE_DIRECTORY, 12)                                                                          \
    X(IO_PAGE_TABLE, 12)                                                                           \
    X(VCPU, 14)                                                                                    \
    X(EPT_PML4, 12)                                                                                \
    X(EPT_PDPT, 12)                                                                                \
    X(EPT_PD, 12)                                                                                  \
    X(EPT_PT, 12)

enum abi_object {
#define X(name, bits) ABI_OBJ_##name,
    ABI_OBJECT_LIST(X)
#undef X
    ABI_OBJ_COUNT
};

#define ABI_CNODE_SLOT_BITS 5
#define ABI_UNTYPED_MIN_BITS 4
#define ABI_UNTYPED_MAX_BITS 47
#define ABI_SCHED_CONTEXT_MIN_BITS 7
#define ABI_RETYPE_MAX_OBJECTS 256
#define ABI_ASID_POOL_BITS 12      /* made by ASIDControl_MakePool from an untyped of this size */
#define ABI_ASID_POOL_ENTRIES 512

#define ABI_PRIORITY_MAX 255

/* Attributes of Page_Map and of the page-table Map calls; 0 is ordinary write-back memory. */
enum {
    ABI_ATTR_DEFAULT = 0,
    ABI_ATTR_WRITE_THROUGH = 1,
    ABI_ATTR_CACHE_DISABLED = 2,
    ABI_ATTR_WRITE_COMBINING = 4,
    ABI_ATTR_EXECUTE_NEVER = 1u << 30,
};
/* Attributes of MapEPT: memory type (SDM vol. 3, table 12-11 numbering). */
enum { ABI_EPT_UC = 0, ABI_EPT_WC = 1, ABI_EPT_WT = 4, ABI_EPT_WP = 5, ABI_EPT_WB = 6 };

/* Every invocation: the label of the message that invokes a capability. Arguments (mr = message
 * registers, in order; "cap:" = extra capabilities, in order) are part of the ABI. */
#define ABI_INVOCATION_LIST(X)                                                                     \
    X(UNTYPED_RETYPE)       /* type, size_bits, node_index, node_depth, node_offset, count; cap: root */ \
    X(TCB_READ_REGISTERS)   /* suspend(bit 0) | flags << 8, count -> registers */                  \
    X(TCB_WRITE_REGISTERS)  /* resume(bit 0) | flags << 8, count, registers */                     \
    X(TCB_COPY_REGISTERS)   /* suspend(0) resume(1) frame(2) integer(3); cap: source TCB */        \
    X(TCB_CONFIGURE)        /* cspace_data, vspace_data, buffer address; cap: cspace, vspace, buffer frame */ \
    X(TCB_SET_PRIORITY)     /* priority; cap: authority TCB */                                     \
    X(TCB_SET_MC_PRIORITY)  /* mcp; cap: authority TCB */                                          \
    X(TCB_SET_SCHED_PARAMS) /* mcp, priority; cap: authority TCB, sched context, fault endpoint */ \
    X(TCB_SET_TIMEOUT_ENDPOINT) /* cap: endpoint */                                                \
    X(TCB_SET_IPC_BUFFER)   /* address; cap: frame */                                              \
    X(TCB_SET_SPACE)        /* cspace_data, vspace_data; cap: fault endpoint, cspace, vspace */    \
    X(TCB_SUSPEND)                                                                                 \
    X(TCB_RESUME)                                                                                  \
    X(TCB_BIND_NOTIFICATION)   /* cap: notification */                                             \
    X(TCB_UNBIND_NOTIFICATION)                                                                     \
    X(TCB_SET_TLS_BASE)     /* address */                                                          \
    X(TCB_SET_FLAGS)        /* clear, set -> flags */                                              \
    X(CNODE_REVOKE)         /* index, depth */                                                     \
    X(CNODE_DELETE)         /* index, depth */                                                     \
    X(CNODE_CANCEL_BADGED_SENDS) /* index, depth */                                                \
    X(CNODE_COPY)           /* dest index, dest depth, src index, src depth, rights; cap: src root */ \
    X(CNODE_MINT)           /* dest index, dest depth, src index, src depth, rights, badge; cap: src root */ \
    X(CNODE_MOVE)           /* dest index, dest depth, src index, src depth; cap: src root */      \
    X(CNODE_MUTATE)         /* dest index, dest depth, src index, src depth, badge; cap: src root */ \
    X(CNODE_ROTATE)         /* dest, pivot (each index, depth, badge), src index, depth; caps: pivot and src root */ \
    X(IRQ_ISSUE)            /* (legacy Get; refused on this platform) */                           \
    X(IRQ_ACK)                                                                                     \
    X(IRQ_SET_NOTIFICATION) /* cap: notification */                                                \
    X(IRQ_CLEAR)                                                                                   \
    X(DOMAIN_SET)           /* domain; cap: TCB */                                                 \
    X(SCHED_CONTROL_CONFIGURE) /* budget us, period us, extra refills, badge, flags; cap: sched context */ \
    X(SCHED_CONTEXT_BIND)   /* cap: TCB or notification */                                         \
    X(SCHED_CONTEXT_UNBIND)                                                                        \
    X(SCHED_CONTEXT_UNBIND_OBJECT) /* cap: TCB or notification */                                  \
    X(SCHED_CONTEXT_CONSUMED) /* -> us */                                                          \
    X(SCHED_CONTEXT_YIELD_TO) /* -> us */                                                          \
    X(PDPT_MAP)             /* vaddr, attr; cap: vspace */                                         \
    X(PDPT_UNMAP)                                                                                  \
    X(PAGE_DIRECTORY_MAP)   /* vaddr, attr; cap: vspace */                                         \
    X(PAGE_DIRECTORY_UNMAP)                                                                        \
    X(PAGE_TABLE_MAP)       /* vaddr, attr; cap: vspace */                                         \
    X(PAGE_TABLE_UNMAP)                                                                            \
    X(IO_PAGE_TABLE_MAP)                                                                           \
    X(IO_PAGE_TABLE_UNMAP)                                                                         \
    X(PAGE_MAP)             /* vaddr, rights, attr; cap: vspace */                                 \
    X(PAGE_UNMAP)                                                                                  \
    X(PAGE_MAP_IO)                                                                                 \
    X(PAGE_GET_ADDRESS)     /* -> physical address */                                              \
    X(PAGE_MAP_EPT)         /* gpa, rights, attr; cap: EPT PML4 */                                 \
    X(ASID_CONTROL_MAKE_POOL) /* index, depth; cap: untyped, root */                               \
    X(ASID_POOL_ASSIGN)     /* cap: PML4 or EPT PML4 */                                            \
    X(IO_PORT_CONTROL_ISSUE) /* first, last, index, depth; cap: root */                            \
    X(IO_PORT_IN8)          /* port -> value */                                                    \
    X(IO_PORT_IN16)                                                                                \
    X(IO_PORT_IN32)                                                                                \
    X(IO_PORT_OUT8)         /* port, value */                                                      \
    X(IO_PORT_OUT16)                                                                               \
    X(IO_PORT_OUT32)                                                                               \
    X(IRQ_ISSUE_IOAPIC)     /* index, depth, ioapic, pin, level, polarity, vector; cap: root */    \
    X(IRQ_ISSUE_MSI)        /* index, depth, bus, dev, func, handle, vector; cap: root */          \
    X(TCB_SET_EPT_ROOT)     /* cap: EPT PML4 */                                                    \
    X(VCPU_SET_TCB)         /* cap: TCB */                                                         \
    X(VCPU_SET_STATE_PAGE)  /* cap: 4 KiB frame, read-write; empty cap takes it away */            \
    X(VCPU_READ_STATE)      /* groups; the kernel fills them in the state page */                  \
    X(EPT_PDPT_MAP)         /* gpa, attr; cap: EPT PML4 */                                         \
    X(EPT_PDPT_UNMAP)                                                                              \
    X(EPT_PD_MAP)                                                                                  \
    X(EPT_PD_UNMAP)                                                                                \
    X(EPT_PT_MAP)                                                                                  \
    X(EPT_PT_UNMAP)

enum abi_invocation {
    ABI_INV_INVALID = 0,
#define X(name) ABI_INV_##name,
    ABI_INVOCATION_LIST(X)
#undef X
    ABI_INV_COUNT
};

/* Registers of TCB_ReadRegisters/WriteRegisters, in this order. */
enum abi_register {
    ABI_REG_RIP, ABI_REG_RSP, ABI_REG_RFLAGS, ABI_REG_RAX, ABI_REG_RBX, ABI_REG_RCX, ABI_REG_RDX,
    ABI_REG_RSI, ABI_REG_RDI, ABI_REG_RBP, ABI_REG_R8, ABI_REG_R9, ABI_REG_R10, ABI_REG_R11,
    ABI_REG_R12, ABI_REG_R13, ABI_REG_R14, ABI_REG_R15, ABI_REG_FS_BASE, ABI_REG_GS_BASE,
    ABI_REG_COUNT
};

#endif
