// SPDX-License-Identifier: BSD-2-Clause
// Words, capability pointers, message tags, rights, CNode data, the IPC buffer, user registers.
#ifndef SEL4_TYPES_H
#define SEL4_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <abi/error.h>
#include <abi/object.h>
#include <abi/syscall.h>

typedef unsigned long seL4_Word;
typedef seL4_Word seL4_CPtr;
typedef uint8_t seL4_Uint8;
typedef uint16_t seL4_Uint16;
typedef uint32_t seL4_Uint32;
typedef uint64_t seL4_Uint64;
typedef int8_t seL4_Int8;
typedef int16_t seL4_Int16;
typedef int32_t seL4_Int32;
typedef int64_t seL4_Int64;
typedef uint8_t seL4_Bool;
typedef uint64_t seL4_Time;              /* microseconds */
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
_Static_assert(sizeof(seL4_Word) == 8, "64-bit words");

typedef seL4_CPtr seL4_CNode, seL4_Untyped, seL4_TCB, seL4_Endpoint, seL4_Notification, seL4_Reply,
    seL4_SchedContext, seL4_SchedControl, seL4_IRQControl, seL4_IRQHandler, seL4_DomainSet,
    seL4_X86_Page, seL4_X86_PageTable, seL4_X86_PageDirectory, seL4_X86_PDPT, seL4_X64_PML4,
    seL4_X86_ASIDControl, seL4_X86_ASIDPool, seL4_X86_IOPort, seL4_X86_IOPortControl,
    seL4_X86_IOSpace, seL4_X86_IOPageTable, seL4_X86_VCPU, seL4_X86_EPTPML4, seL4_X86_EPTPDPT,
    seL4_X86_EPTPD, seL4_X86_EPTPT;

typedef seL4_Word seL4_X86_VMAttributes;
typedef seL4_Word seL4_X86_EPT_VMAttributes;

/* Message tag. */
typedef struct { seL4_Word words[1]; } seL4_MessageInfo_t;

static inline seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Word label, seL4_Word caps_unwrapped,
                                                      seL4_Word extra_caps, seL4_Word length)
{
    return (seL4_MessageInfo_t){ { label << ABI_TAG_LABEL_SHIFT |
                                   (caps_unwrapped & 7) << ABI_TAG_UNWRAPPED_SHIFT |
                                   (extra_caps & 3) << ABI_TAG_EXTRA_SHIFT | (length & 0x7f) } };
}

static inline seL4_Word seL4_MessageInfo_get_label(seL4_MessageInfo_t m)
{
    return m.words[0] >> ABI_TAG_LABEL_SHIFT;
}

static inline seL4_Word seL4_MessageInfo_get_capsUnwrapped(seL4_MessageInfo_t m)
{
    return m.words[0] >> ABI_TAG_UNWRAPPED_SHIFT & 7;
}

static inline seL4_Word seL4_MessageInfo_get_extraCaps(seL4_MessageInfo_t m)
{
    return m.words[0] >> ABI_TAG_EXTRA_SHIFT & 3;
}

static inline seL4_Word seL4_MessageInfo_get_length(seL4_MessageInfo_t m) { return m.words[0] & 0x7f; }

static inline seL4_MessageInfo_t seL4_MessageInfo_set_label(seL4_MessageInfo_t m, seL4_Word label)
{
    m.words[0] = (m.words[0] & ((1ul << ABI_TAG_LABEL_SHIFT) - 1)) | label << ABI_TAG_LABEL_SHIFT;
    return m;
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_capsUnwrapped(seL4_MessageInfo_t m, seL4_Word v)
{
    m.words[0] = (m.words[0] & ~(7ul << ABI_TAG_UNWRAPPED_SHIFT)) | (v & 7) << ABI_TAG_UNWRAPPED_SHIFT;
    return m;
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_extraCaps(seL4_MessageInfo_t m, seL4_Word v)
{
    m.words[0] = (m.words[0] & ~(3ul << ABI_TAG_EXTRA_SHIFT)) | (v & 3) << ABI_TAG_EXTRA_SHIFT;
    return m;
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_length(seL4_MessageInfo_t m, seL4_Word v)
{
    m.words[0] = (m.words[0] & ~0x7ful) | (v & 0x7f);
    return m;
}

/* Rights. */
typedef struct { seL4_Word words[1]; } seL4_CapRights_t;

static inline seL4_CapRights_t seL4_CapRights_new(seL4_Word grant_reply, seL4_Word grant, seL4_Word read,
                                                  seL4_Word write)
{
    return (seL4_CapRights_t){ { (grant_reply ? ABI_RIGHT_GRANT_REPLY : 0) | (grant ? ABI_RIGHT_GRANT : 0) |
                                 (read ? ABI_RIGHT_READ : 0) | (write ? ABI_RIGHT_WRITE : 0) } };
}

static inline seL4_Word seL4_CapRights_get_capAllowWrite(seL4_CapRights_t r) { return r.words[0] & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowRead(seL4_CapRights_t r) { return r.words[0] >> 1 & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowGrant(seL4_CapRights_t r) { return r.words[0] >> 2 & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowGrantReply(seL4_CapRights_t r) { return r.words[0] >> 3 & 1; }

#define seL4_ReadWrite     seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights     seL4_CapRights_new(1, 1, 1, 1)
#define seL4_CanRead       seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite      seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant      seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite       seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead        seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights      seL4_CapRights_new(0, 0, 0, 0)

/* Guard of a CNode capability: the data word of Mint, Mutate and TCB_Configure. */
typedef struct { seL4_Word words[1]; } seL4_CNode_CapData_t;

static inline seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Word guard, seL4_Word guard_size)
{
    return (seL4_CNode_CapData_t){ { guard << ABI_CNODE_GUARD_SIZE_BITS | (guard_size & 63) } };
}

static inline seL4_Word seL4_CNode_CapData_get_guard(seL4_CNode_CapData_t d) { return d.words[0] >> 6; }
static inline seL4_Word seL4_CNode_CapData_get_guardSize(seL4_CNode_CapData_t d) { return d.words[0] & 63; }

#define seL4_NilData 0

/* The IPC buffer: struct abi_ipc_buffer under the manual's field names. */
typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag;
    seL4_Word msg[ABI_MSG_MAX_LENGTH];
    seL4_Word userData;
    seL4_Word caps_or_badges[ABI_MSG_MAX_EXTRA_CAPS];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} __attribute__((aligned(1 << ABI_IPC_BUFFER_BITS))) seL4_IPCBuffer;
#define SEL4_SAME_PLACE(ours, theirs) \
    _Static_assert(offsetof(seL4_IPCBuffer, ours) == offsetof(struct abi_ipc_buffer, theirs), #ours)
SEL4_SAME_PLACE(msg, msg);
SEL4_SAME_PLACE(userData, user_data);
SEL4_SAME_PLACE(caps_or_badges, caps_or_badges);
SEL4_SAME_PLACE(receiveCNode, receive_cnode);
SEL4_SAME_PLACE(receiveDepth, receive_depth);
#undef SEL4_SAME_PLACE

/* User registers, in the order of enum abi_register. */
typedef struct seL4_UserContext_ {
    seL4_Word rip, rsp, rflags, rax, rbx, rcx, rdx, rsi, rdi, rbp;
    seL4_Word r8, r9, r10, r11, r12, r13, r14, r15;
    seL4_Word fs_base, gs_base;
} seL4_UserContext;
_Static_assert(sizeof(seL4_UserContext) == ABI_REG_COUNT * sizeof(seL4_Word), "registers of the ABI");
_Static_assert(offsetof(seL4_UserContext, fs_base) == ABI_REG_FS_BASE * sizeof(seL4_Word), "idem");

#endif
