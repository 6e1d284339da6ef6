// SPDX-License-Identifier: BSD-2-Clause
// One function per invocation of abi/object.h. Names and argument order are the manual's.
// Each is a Call on `service`: up to four words in registers, the rest and the capabilities through the IPC
// buffer. After an error the message registers hold its details (abi/error.h), readable with seL4_GetMR.
#ifndef SEL4_INVOCATIONS_H
#define SEL4_INVOCATIONS_H

#include <sel4/constants.h>
#include <sel4/syscalls.h>

/* The call itself. *m carries the first four words in and the answer out. */
static inline seL4_Error sel4_invoke_mrs(seL4_CPtr service, enum abi_invocation label, unsigned caps,
                                         unsigned words, struct sel4_mrs *m)
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, caps, words);
    info = sel4_syscall(ABI_SYS_CALL, service, 0, 0, info, NULL, m);
    const seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(info);
    if (error != seL4_NoError) {
        sel4_mrs_store(m);
    }
    return error;
}

static inline seL4_Error sel4_invoke(seL4_CPtr service, enum abi_invocation label, unsigned caps,
                                     unsigned words, seL4_Word a, seL4_Word b, seL4_Word c, seL4_Word d)
{
    struct sel4_mrs m = { { a, b, c, d } };
    return sel4_invoke_mrs(service, label, caps, words, &m);
}

/* ---- Untyped ---- */

static inline seL4_Error seL4_Untyped_Retype(seL4_Untyped service, seL4_Word type, seL4_Word size_bits,
                                             seL4_CNode root, seL4_Word node_index, seL4_Word node_depth,
                                             seL4_Word node_offset, seL4_Word num_objects)
{
    seL4_SetCap(0, root);
    seL4_SetMR(4, node_offset);
    seL4_SetMR(5, num_objects);
    return sel4_invoke(service, ABI_INV_UNTYPED_RETYPE, 1, 6, type, size_bits, node_index, node_depth);
}

/* ---- TCB ---- */

static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB service, seL4_Bool suspend_source, seL4_Uint8 arch_flags,
                                                seL4_Word count, seL4_UserContext *regs)
{
    struct sel4_mrs m = { { (suspend_source & 1) | (seL4_Word)arch_flags << 8, count, 0, 0 } };
    const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_TCB_READ_REGISTERS, 0, 2, &m);
    if (error == seL4_NoError) {
        seL4_Word *to = (seL4_Word *)regs;
        sel4_mrs_store(&m);
        for (seL4_Word i = 0; i < count && i < ABI_REG_COUNT; i++) {
            to[i] = seL4_GetMR((int)i);
        }
    }
    return error;
}

static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB service, seL4_Bool resume_target, seL4_Uint8 arch_flags,
                                                 seL4_Word count, const seL4_UserContext *regs)
{
    const seL4_Word *from = (const seL4_Word *)regs;
    if (count > ABI_REG_COUNT) {
        count = ABI_REG_COUNT;
    }
    for (seL4_Word i = 2; i < count; i++) {
        seL4_SetMR((int)i + 2, from[i]);
    }
    return sel4_invoke(service, ABI_INV_TCB_WRITE_REGISTERS, 0, (unsigned)count + 2,
                       (resume_target & 1) | (seL4_Word)arch_flags << 8, count, count > 0 ? from[0] : 0,
                       count > 1 ? from[1] : 0);
}

static inline seL4_Error seL4_TCB_CopyRegisters(seL4_TCB service, seL4_TCB source, seL4_Bool suspend_source,
                                                seL4_Bool resume_target, seL4_Bool transfer_frame,
                                                seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    return sel4_invoke(service, ABI_INV_TCB_COPY_REGISTERS, 1, 1,
                       (suspend_source & 1u) | (resume_target & 1u) << 1 | (transfer_frame & 1u) << 2 |
                           (transfer_integer & 1u) << 3 | (seL4_Word)arch_flags << 8, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_Configure(seL4_TCB service, seL4_CNode cspace_root, seL4_Word cspace_root_data,
                                            seL4_CPtr vspace_root, seL4_Word vspace_root_data, seL4_Word buffer,
                                            seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    seL4_SetCap(2, bufferFrame);
    return sel4_invoke(service, ABI_INV_TCB_CONFIGURE, 3, 3, cspace_root_data, vspace_root_data, buffer, 0);
}

static inline seL4_Error seL4_TCB_SetPriority(seL4_TCB service, seL4_CPtr authority, seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return sel4_invoke(service, ABI_INV_TCB_SET_PRIORITY, 1, 1, priority, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_SetMCPriority(seL4_TCB service, seL4_CPtr authority, seL4_Word mcp)
{
    seL4_SetCap(0, authority);
    return sel4_invoke(service, ABI_INV_TCB_SET_MC_PRIORITY, 1, 1, mcp, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_SetSchedParams(seL4_TCB service, seL4_CPtr authority, seL4_Word mcp,
                                                 seL4_Word priority, seL4_CPtr sched_context, seL4_CPtr fault_ep)
{
    seL4_SetCap(0, authority);
    seL4_SetCap(1, sched_context);
    seL4_SetCap(2, fault_ep);
    return sel4_invoke(service, ABI_INV_TCB_SET_SCHED_PARAMS, 3, 2, mcp, priority, 0, 0);
}

static inline seL4_Error seL4_TCB_SetTimeoutEndpoint(seL4_TCB service, seL4_CPtr timeout_fault_ep)
{
    seL4_SetCap(0, timeout_fault_ep);
    return sel4_invoke(service, ABI_INV_TCB_SET_TIMEOUT_ENDPOINT, 1, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_SetIPCBuffer(seL4_TCB service, seL4_Word buffer, seL4_CPtr bufferFrame)
{
    seL4_SetCap(0, bufferFrame);
    return sel4_invoke(service, ABI_INV_TCB_SET_IPC_BUFFER, 1, 1, buffer, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_SetSpace(seL4_TCB service, seL4_CPtr fault_ep, seL4_CNode cspace_root,
                                           seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                           seL4_Word vspace_root_data)
{
    seL4_SetCap(0, fault_ep);
    seL4_SetCap(1, cspace_root);
    seL4_SetCap(2, vspace_root);
    return sel4_invoke(service, ABI_INV_TCB_SET_SPACE, 3, 2, cspace_root_data, vspace_root_data, 0, 0);
}

static inline seL4_Error seL4_TCB_Suspend(seL4_TCB service)
{
    return sel4_invoke(service, ABI_INV_TCB_SUSPEND, 0, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_Resume(seL4_TCB service)
{
    return sel4_invoke(service, ABI_INV_TCB_RESUME, 0, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_BindNotification(seL4_TCB service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return sel4_invoke(service, ABI_INV_TCB_BIND_NOTIFICATION, 1, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_UnbindNotification(seL4_TCB service)
{
    return sel4_invoke(service, ABI_INV_TCB_UNBIND_NOTIFICATION, 0, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_TCB_SetTLSBase(seL4_TCB service, seL4_Word tls_base)
{
    return sel4_invoke(service, ABI_INV_TCB_SET_TLS_BASE, 0, 1, tls_base, 0, 0, 0);
}

typedef struct { seL4_Error error; seL4_Word flags; } seL4_TCB_SetFlags_t;

static inline seL4_TCB_SetFlags_t seL4_TCB_SetFlags(seL4_TCB service, seL4_Word clear, seL4_Word set)
{
    struct sel4_mrs m = { { clear, set, 0, 0 } };
    const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_TCB_SET_FLAGS, 0, 2, &m);
    return (seL4_TCB_SetFlags_t){ error, m.r[0] };
}

static inline seL4_Error seL4_TCB_SetEPTRoot(seL4_TCB service, seL4_X86_EPTPML4 eptpml)
{
    seL4_SetCap(0, eptpml);
    return sel4_invoke(service, ABI_INV_TCB_SET_EPT_ROOT, 1, 0, 0, 0, 0, 0);
}

/* ---- CNode ---- */

static inline seL4_Error seL4_CNode_Revoke(seL4_CNode service, seL4_Word index, seL4_Uint8 depth)
{
    return sel4_invoke(service, ABI_INV_CNODE_REVOKE, 0, 2, index, depth, 0, 0);
}

static inline seL4_Error seL4_CNode_Delete(seL4_CNode service, seL4_Word index, seL4_Uint8 depth)
{
    return sel4_invoke(service, ABI_INV_CNODE_DELETE, 0, 2, index, depth, 0, 0);
}

static inline seL4_Error seL4_CNode_CancelBadgedSends(seL4_CNode service, seL4_Word index, seL4_Uint8 depth)
{
    return sel4_invoke(service, ABI_INV_CNODE_CANCEL_BADGED_SENDS, 0, 2, index, depth, 0, 0);
}

static inline seL4_Error seL4_CNode_Copy(seL4_CNode service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    return sel4_invoke(service, ABI_INV_CNODE_COPY, 1, 5, dest_index, dest_depth, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_Mint(seL4_CNode service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    seL4_SetMR(5, badge);
    return sel4_invoke(service, ABI_INV_CNODE_MINT, 1, 6, dest_index, dest_depth, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_Move(seL4_CNode service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                         seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_SetCap(0, src_root);
    return sel4_invoke(service, ABI_INV_CNODE_MOVE, 1, 4, dest_index, dest_depth, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_Mutate(seL4_CNode service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                           seL4_CNode src_root, seL4_Word src_index, seL4_Uint8 src_depth,
                                           seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, badge);
    return sel4_invoke(service, ABI_INV_CNODE_MUTATE, 1, 5, dest_index, dest_depth, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_Rotate(seL4_CNode service, seL4_Word dest_index, seL4_Uint8 dest_depth,
                                           seL4_Word dest_badge, seL4_CNode pivot_root, seL4_Word pivot_index,
                                           seL4_Uint8 pivot_depth, seL4_Word pivot_badge, seL4_CNode src_root,
                                           seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_SetCap(0, pivot_root);
    seL4_SetCap(1, src_root);
    seL4_SetMR(4, pivot_depth);
    seL4_SetMR(5, pivot_badge);
    seL4_SetMR(6, src_index);
    seL4_SetMR(7, src_depth);
    return sel4_invoke(service, ABI_INV_CNODE_ROTATE, 2, 8, dest_index, dest_depth, dest_badge, pivot_index);
}

/* ---- interrupts ---- */

static inline seL4_Error seL4_IRQControl_GetIOAPIC(seL4_IRQControl service, seL4_CNode root, seL4_Word index,
                                                   seL4_Uint8 depth, seL4_Word ioapic, seL4_Word pin,
                                                   seL4_Word level, seL4_Word polarity, seL4_Word vector)
{
    seL4_SetCap(0, root);
    seL4_SetMR(4, level);
    seL4_SetMR(5, polarity);
    seL4_SetMR(6, vector);
    return sel4_invoke(service, ABI_INV_IRQ_ISSUE_IOAPIC, 1, 7, index, depth, ioapic, pin);
}

static inline seL4_Error seL4_IRQControl_GetMSI(seL4_IRQControl service, seL4_CNode root, seL4_Word index,
                                                seL4_Uint8 depth, seL4_Word pci_bus, seL4_Word pci_dev,
                                                seL4_Word pci_func, seL4_Word handle, seL4_Word vector)
{
    seL4_SetCap(0, root);
    seL4_SetMR(4, pci_func);
    seL4_SetMR(5, handle);
    seL4_SetMR(6, vector);
    return sel4_invoke(service, ABI_INV_IRQ_ISSUE_MSI, 1, 7, index, depth, pci_bus, pci_dev);
}

/* Always refused here: x86-64 interrupts are had through the I/O APIC or as MSI. */
static inline seL4_Error seL4_IRQControl_Get(seL4_IRQControl service, seL4_Word irq, seL4_CNode root,
                                             seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return sel4_invoke(service, ABI_INV_IRQ_ISSUE, 1, 3, irq, index, depth, 0);
}

static inline seL4_Error seL4_IRQHandler_Ack(seL4_IRQHandler service)
{
    return sel4_invoke(service, ABI_INV_IRQ_ACK, 0, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_IRQHandler_SetNotification(seL4_IRQHandler service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return sel4_invoke(service, ABI_INV_IRQ_SET_NOTIFICATION, 1, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_IRQHandler_Clear(seL4_IRQHandler service)
{
    return sel4_invoke(service, ABI_INV_IRQ_CLEAR, 0, 0, 0, 0, 0, 0);
}

/* ---- domains, scheduling ---- */

static inline seL4_Error seL4_DomainSet_Set(seL4_DomainSet service, seL4_Uint8 domain, seL4_TCB thread)
{
    seL4_SetCap(0, thread);
    return sel4_invoke(service, ABI_INV_DOMAIN_SET, 1, 1, domain, 0, 0, 0);
}

static inline seL4_Error seL4_SchedControl_ConfigureFlags(seL4_SchedControl service, seL4_SchedContext sc,
                                                          seL4_Time budget, seL4_Time period,
                                                          seL4_Word extra_refills, seL4_Word badge,
                                                          seL4_Word flags)
{
    seL4_SetCap(0, sc);
    seL4_SetMR(4, flags);
    return sel4_invoke(service, ABI_INV_SCHED_CONTROL_CONFIGURE, 1, 5, budget, period, extra_refills, badge);
}

static inline seL4_Error seL4_SchedControl_Configure(seL4_SchedControl service, seL4_SchedContext sc,
                                                     seL4_Time budget, seL4_Time period,
                                                     seL4_Word extra_refills, seL4_Word badge)
{
    return seL4_SchedControl_ConfigureFlags(service, sc, budget, period, extra_refills, badge,
                                            seL4_SchedContext_NoFlag);
}

static inline seL4_Error seL4_SchedContext_Bind(seL4_SchedContext service, seL4_CPtr cap)
{
    seL4_SetCap(0, cap);
    return sel4_invoke(service, ABI_INV_SCHED_CONTEXT_BIND, 1, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_SchedContext_Unbind(seL4_SchedContext service)
{
    return sel4_invoke(service, ABI_INV_SCHED_CONTEXT_UNBIND, 0, 0, 0, 0, 0, 0);
}

static inline seL4_Error seL4_SchedContext_UnbindObject(seL4_SchedContext service, seL4_CPtr cap)
{
    seL4_SetCap(0, cap);
    return sel4_invoke(service, ABI_INV_SCHED_CONTEXT_UNBIND_OBJECT, 1, 0, 0, 0, 0, 0);
}

typedef struct { seL4_Error error; seL4_Time consumed; } seL4_SchedContext_Consumed_t;
typedef struct { seL4_Error error; seL4_Time consumed; } seL4_SchedContext_YieldTo_t;

static inline seL4_SchedContext_Consumed_t seL4_SchedContext_Consumed(seL4_SchedContext service)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_SCHED_CONTEXT_CONSUMED, 0, 0, &m);
    return (seL4_SchedContext_Consumed_t){ error, m.r[0] };
}

static inline seL4_SchedContext_YieldTo_t seL4_SchedContext_YieldTo(seL4_SchedContext service)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_SCHED_CONTEXT_YIELD_TO, 0, 0, &m);
    return (seL4_SchedContext_YieldTo_t){ error, m.r[0] };
}

/* ---- address spaces ---- */

/* X(function, label): the tables below a root; `root` is a PML4 or an EPT PML4. */
#define SEL4_TABLE_INVOCATIONS(X)                                                                  \
    X(seL4_X86_PDPT, ABI_INV_PDPT)                                                                 \
    X(seL4_X86_PageDirectory, ABI_INV_PAGE_DIRECTORY)                                              \
    X(seL4_X86_PageTable, ABI_INV_PAGE_TABLE)                                                      \
    X(seL4_X86_IOPageTable, ABI_INV_IO_PAGE_TABLE)                                                 \
    X(seL4_X86_EPTPDPT, ABI_INV_EPT_PDPT)                                                          \
    X(seL4_X86_EPTPD, ABI_INV_EPT_PD)                                                              \
    X(seL4_X86_EPTPT, ABI_INV_EPT_PT)

/* seL4_X86_PDPT_Map(service, root, vaddr, attr), seL4_X86_PDPT_Unmap(service), ... */
#define X(name, label)                                                                             \
    static inline seL4_Error name##_Map(seL4_CPtr service, seL4_CPtr root, seL4_Word vaddr, seL4_Word attr) \
    {                                                                                              \
        seL4_SetCap(0, root);                                                                      \
        return sel4_invoke(service, label##_MAP, 1, 2, vaddr, attr, 0, 0);                         \
    }                                                                                              \
    static inline seL4_Error name##_Unmap(seL4_CPtr service)                                       \
    {                                                                                              \
        return sel4_invoke(service, label##_UNMAP, 0, 0, 0, 0, 0, 0);                              \
    }
SEL4_TABLE_INVOCATIONS(X)
#undef X

static inline seL4_Error seL4_X86_Page_Map(seL4_X86_Page service, seL4_CPtr vspace, seL4_Word vaddr,
                                           seL4_CapRights_t rights, seL4_X86_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(service, ABI_INV_PAGE_MAP, 1, 3, vaddr, rights.words[0], attr, 0);
}

static inline seL4_Error seL4_X86_Page_MapEPT(seL4_X86_Page service, seL4_X86_EPTPML4 vspace, seL4_Word gpa,
                                              seL4_CapRights_t rights, seL4_X86_EPT_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(service, ABI_INV_PAGE_MAP_EPT, 1, 3, gpa, rights.words[0], attr, 0);
}

static inline seL4_Error seL4_X86_Page_MapIO(seL4_X86_Page service, seL4_X86_IOSpace iospace,
                                             seL4_CapRights_t rights, seL4_Word ioaddr)
{
    seL4_SetCap(0, iospace);
    return sel4_invoke(service, ABI_INV_PAGE_MAP_IO, 1, 2, rights.words[0], ioaddr, 0, 0);
}

static inline seL4_Error seL4_X86_Page_Unmap(seL4_X86_Page service)
{
    return sel4_invoke(service, ABI_INV_PAGE_UNMAP, 0, 0, 0, 0, 0, 0);
}

typedef struct { seL4_Error error; seL4_Word paddr; } seL4_X86_Page_GetAddress_t;

static inline seL4_X86_Page_GetAddress_t seL4_X86_Page_GetAddress(seL4_X86_Page service)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_PAGE_GET_ADDRESS, 0, 0, &m);
    return (seL4_X86_Page_GetAddress_t){ error, m.r[0] };
}

static inline seL4_Error seL4_X86_ASIDControl_MakePool(seL4_X86_ASIDControl service, seL4_Untyped untyped,
                                                       seL4_CNode root, seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return sel4_invoke(service, ABI_INV_ASID_CONTROL_MAKE_POOL, 2, 2, index, depth, 0, 0);
}

static inline seL4_Error seL4_X86_ASIDPool_Assign(seL4_X86_ASIDPool service, seL4_CPtr vspace)
{
    seL4_SetCap(0, vspace);
    return sel4_invoke(service, ABI_INV_ASID_POOL_ASSIGN, 1, 0, 0, 0, 0, 0);
}

/* ---- I/O ports ---- */

static inline seL4_Error seL4_X86_IOPortControl_Issue(seL4_X86_IOPortControl service, seL4_Word first_port,
                                                      seL4_Word last_port, seL4_CNode root, seL4_Word index,
                                                      seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return sel4_invoke(service, ABI_INV_IO_PORT_CONTROL_ISSUE, 1, 4, first_port, last_port, index, depth);
}

typedef struct { seL4_Error error; seL4_Uint8 result; } seL4_X86_IOPort_In8_t;
typedef struct { seL4_Error error; seL4_Uint16 result; } seL4_X86_IOPort_In16_t;
typedef struct { seL4_Error error; seL4_Uint32 result; } seL4_X86_IOPort_In32_t;

#define SEL4_PORT_WIDTHS(X) X(8) X(16) X(32)
#define X(bits)                                                                                    \
    static inline seL4_X86_IOPort_In##bits##_t seL4_X86_IOPort_In##bits(seL4_X86_IOPort service, seL4_Uint16 port) \
    {                                                                                              \
        struct sel4_mrs m = { { port, 0, 0, 0 } };                                                 \
        const seL4_Error error = sel4_invoke_mrs(service, ABI_INV_IO_PORT_IN##bits, 0, 1, &m);     \
        return (seL4_X86_IOPort_In##bits##_t){ error, (seL4_Uint##bits)m.r[0] };                   \
    }                                                                                              \
    static inline seL4_Error seL4_X86_IOPort_Out##bits(seL4_X86_IOPort service, seL4_Word port, seL4_Word data) \
    {                                                                                              \
        return sel4_invoke(service, ABI_INV_IO_PORT_OUT##bits, 0, 2, port, data, 0, 0);            \
    }
SEL4_PORT_WIDTHS(X)
#undef X

/* ---- virtual CPUs ---- */

static inline seL4_Error seL4_X86_VCPU_SetTCB(seL4_X86_VCPU service, seL4_TCB tcb)
{
    seL4_SetCap(0, tcb);
    return sel4_invoke(service, ABI_INV_VCPU_SET_TCB, 1, 0, 0, 0, 0, 0);
}

/* Ours: the page the VCPU shares with its monitor (struct vm_state); seL4_CapNull takes it away. */
static inline seL4_Error seL4_X86_VCPU_SetStatePage(seL4_X86_VCPU service, seL4_X86_Page frame)
{
    seL4_SetCap(0, frame);
    return sel4_invoke(service, ABI_INV_VCPU_SET_STATE_PAGE, 1, 0, 0, 0, 0, 0);
}

/* Ours: fills the groups (enum vm_group) of the state page that `valid` does not name yet. */
static inline seL4_Error seL4_X86_VCPU_ReadState(seL4_X86_VCPU service, seL4_Word groups)
{
    return sel4_invoke(service, ABI_INV_VCPU_READ_STATE, 0, 1, groups, 0, 0, 0);
}

#endif
