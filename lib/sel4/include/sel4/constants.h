// SPDX-License-Identifier: BSD-2-Clause
// Constants of the interface under the manual's names: object types and sizes, errors, faults, slots of the
// initial task, mapping attributes. The numbers are those of abi/abi/*.h.
#ifndef SEL4_CONSTANTS_H
#define SEL4_CONSTANTS_H

#include <sel4/types.h>

typedef enum {
    seL4_UntypedObject = ABI_OBJ_UNTYPED,
    seL4_TCBObject = ABI_OBJ_TCB,
    seL4_EndpointObject = ABI_OBJ_ENDPOINT,
    seL4_NotificationObject = ABI_OBJ_NOTIFICATION,
    seL4_CapTableObject = ABI_OBJ_CNODE,
    seL4_SchedContextObject = ABI_OBJ_SCHED_CONTEXT,
    seL4_ReplyObject = ABI_OBJ_REPLY,
    seL4_X86_PDPTObject = ABI_OBJ_PDPT,
    seL4_X64_PML4Object = ABI_OBJ_PML4,
    seL4_X64_HugePageObject = ABI_OBJ_HUGE_PAGE,
    seL4_X86_4K = ABI_OBJ_SMALL_PAGE,
    seL4_X86_LargePageObject = ABI_OBJ_LARGE_PAGE,
    seL4_X86_PageTableObject = ABI_OBJ_PAGE_TABLE,
    seL4_X86_PageDirectoryObject = ABI_OBJ_PAGE_DIRECTORY,
    seL4_X86_IOPageTableObject = ABI_OBJ_IO_PAGE_TABLE,
    seL4_X86_VCPUObject = ABI_OBJ_VCPU,
    seL4_X86_EPTPML4Object = ABI_OBJ_EPT_PML4,
    seL4_X86_EPTPDPTObject = ABI_OBJ_EPT_PDPT,
    seL4_X86_EPTPDObject = ABI_OBJ_EPT_PD,
    seL4_X86_EPTPTObject = ABI_OBJ_EPT_PT,
    seL4_ObjectTypeCount = ABI_OBJ_COUNT,
} seL4_ObjectType;

enum {
    seL4_WordBits = 64,
    seL4_WordSizeBits = 3,
    seL4_PageBits = 12,
    seL4_LargePageBits = 21,
    seL4_HugePageBits = 30,
    seL4_PageTableBits = 12,
    seL4_PageDirBits = 12,
    seL4_PDPTBits = 12,
    seL4_PML4Bits = 12,
    seL4_VSpaceBits = 12,
    seL4_IOPageTableBits = 12,
    seL4_SlotBits = ABI_CNODE_SLOT_BITS,
    seL4_TCBBits = 12,
    seL4_EndpointBits = 4,
    seL4_NotificationBits = 6,
    seL4_ReplyBits = 5,
    seL4_MinSchedContextBits = ABI_SCHED_CONTEXT_MIN_BITS,
    seL4_MinUntypedBits = ABI_UNTYPED_MIN_BITS,
    seL4_MaxUntypedBits = ABI_UNTYPED_MAX_BITS,
    seL4_ASIDPoolBits = ABI_ASID_POOL_BITS,
    seL4_ASIDPoolIndexBits = 9,
    seL4_VCPUBits = 14,
    seL4_X86_VCPUBits = 14,
    seL4_X86_EPTPML4Bits = 12,
    seL4_X86_EPTPDPTBits = 12,
    seL4_X86_EPTPDBits = 12,
    seL4_X86_EPTPTBits = 12,
    seL4_IPCBufferSizeBits = ABI_IPC_BUFFER_BITS,
    seL4_MinPrio = 0,
    seL4_MaxPrio = ABI_PRIORITY_MAX,
    seL4_MsgMaxLength = ABI_MSG_MAX_LENGTH,
    seL4_MsgMaxExtraCaps = ABI_MSG_MAX_EXTRA_CAPS,
    seL4_FastMessageRegisters = ABI_MSG_REGISTERS,
};

#define seL4_CapRightsBits 4
#define seL4_GuardSizeBits ABI_CNODE_GUARD_SIZE_BITS
#define seL4_MsgLengthBits ABI_TAG_LENGTH_BITS

typedef enum {
    seL4_NoError = ABI_NO_ERROR,
    seL4_InvalidArgument = ABI_INVALID_ARGUMENT,
    seL4_InvalidCapability = ABI_INVALID_CAPABILITY,
    seL4_IllegalOperation = ABI_ILLEGAL_OPERATION,
    seL4_RangeError = ABI_RANGE_ERROR,
    seL4_AlignmentError = ABI_ALIGNMENT_ERROR,
    seL4_FailedLookup = ABI_FAILED_LOOKUP,
    seL4_TruncatedMessage = ABI_TRUNCATED_MESSAGE,
    seL4_DeleteFirst = ABI_DELETE_FIRST,
    seL4_RevokeFirst = ABI_REVOKE_FIRST,
    seL4_NotEnoughMemory = ABI_NOT_ENOUGH_MEMORY,
} seL4_Error;

typedef enum {
    seL4_NoFailure = ABI_LOOKUP_OK,
    seL4_InvalidRoot = ABI_LOOKUP_INVALID_ROOT,
    seL4_MissingCapability = ABI_LOOKUP_MISSING_CAPABILITY,
    seL4_DepthMismatch = ABI_LOOKUP_DEPTH_MISMATCH,
    seL4_GuardMismatch = ABI_LOOKUP_GUARD_MISMATCH,
} seL4_LookupFailureType;

/* Faults: label of the message, then the place of each word in it. */
typedef enum {
    seL4_Fault_NullFault = ABI_FAULT_NULL,
    seL4_Fault_CapFault = ABI_FAULT_CAP,
    seL4_Fault_UnknownSyscall = ABI_FAULT_UNKNOWN_SYSCALL,
    seL4_Fault_UserException = ABI_FAULT_USER_EXCEPTION,
    seL4_Fault_DebugException = ABI_FAULT_DEBUG_EXCEPTION,
    seL4_Fault_Timeout = ABI_FAULT_TIMEOUT,
    seL4_Fault_VMFault = ABI_FAULT_VM,
} seL4_FaultType;

enum {
    seL4_CapFault_IP, seL4_CapFault_Addr, seL4_CapFault_InRecvPhase, seL4_CapFault_LookupFailureType,
    seL4_CapFault_BitsLeft, seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_GuardFound = seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_BitsFound,
};

enum {
    seL4_UnknownSyscall_RAX, seL4_UnknownSyscall_RBX, seL4_UnknownSyscall_RCX, seL4_UnknownSyscall_RDX,
    seL4_UnknownSyscall_RSI, seL4_UnknownSyscall_RDI, seL4_UnknownSyscall_RBP, seL4_UnknownSyscall_R8,
    seL4_UnknownSyscall_R9, seL4_UnknownSyscall_R10, seL4_UnknownSyscall_R11, seL4_UnknownSyscall_R12,
    seL4_UnknownSyscall_R13, seL4_UnknownSyscall_R14, seL4_UnknownSyscall_R15,
    seL4_UnknownSyscall_FaultIP, seL4_UnknownSyscall_SP, seL4_UnknownSyscall_FLAGS,
    seL4_UnknownSyscall_Syscall, seL4_UnknownSyscall_Length,
};

enum {
    seL4_UserException_FaultIP, seL4_UserException_SP, seL4_UserException_FLAGS,
    seL4_UserException_Number, seL4_UserException_Code, seL4_UserException_Length,
};

enum { seL4_Timeout_Data, seL4_Timeout_Consumed, seL4_Timeout_Length };

enum { seL4_VMFault_IP, seL4_VMFault_Addr, seL4_VMFault_PrefetchFault, seL4_VMFault_FSR, seL4_VMFault_Length };

/* Mapping attributes. */
enum {
    seL4_X86_Default_VMAttributes = ABI_ATTR_DEFAULT,
    seL4_X86_WriteBack = ABI_ATTR_DEFAULT,
    seL4_X86_WriteThrough = ABI_ATTR_WRITE_THROUGH,
    seL4_X86_CacheDisabled = ABI_ATTR_CACHE_DISABLED,
    seL4_X86_Uncacheable = ABI_ATTR_WRITE_THROUGH | ABI_ATTR_CACHE_DISABLED,
    seL4_X86_WriteCombining = ABI_ATTR_WRITE_COMBINING,
    seL4_X86_ExecuteNever = ABI_ATTR_EXECUTE_NEVER,            /* ours */
};
enum {
    seL4_X86_EPT_Uncacheable = ABI_EPT_UC,
    seL4_X86_EPT_WriteCombining = ABI_EPT_WC,
    seL4_X86_EPT_WriteThrough = ABI_EPT_WT,
    seL4_X86_EPT_WriteProtected = ABI_EPT_WP,
    seL4_X86_EPT_WriteBack = ABI_EPT_WB,
    seL4_X86_EPT_Default_VMAttributes = ABI_EPT_WB,
};

enum { seL4_SchedContext_NoFlag = 0, seL4_SchedContext_Sporadic = 1 };
enum { seL4_TCBFlag_NoFlag = 0, seL4_TCBFlag_fpuDisabled = 1 };

/* Words of a scheduling context: how many refills fit an object of 2^size_bits bytes. */
static inline seL4_Word seL4_MaxExtraRefills(seL4_Word size_bits)
{
    const seL4_Word core = 80, refill = 16;         /* bytes of the object's head, of one refill */
    return ((1ul << size_bits) - core) / refill - 2;
}

#endif
