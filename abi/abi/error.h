// SPDX-License-Identifier: BSD-2-Clause
// Errors of invocations, reasons of failed lookups, labels and layouts of fault messages.
// Facts: seL4 Reference Manual, chapter 6 (faults) and section "Errors" of chapter 10.
#ifndef ABI_ERROR_H
#define ABI_ERROR_H

/* The label of a reply to an invocation. What the reply's message registers hold beside it:
 *   INVALID_ARGUMENT    mr0 = index of the argument      INVALID_CAPABILITY  mr0 = index of the cap
 *   RANGE_ERROR         mr0 = least, mr1 = greatest      NOT_ENOUGH_MEMORY   mr0 = bytes available
 *   FAILED_LOOKUP       mr0 = 1 if the source failed, mr1.. = lookup failure below   */
enum abi_error {
    ABI_NO_ERROR = 0,
    ABI_INVALID_ARGUMENT,
    ABI_INVALID_CAPABILITY,
    ABI_ILLEGAL_OPERATION,
    ABI_RANGE_ERROR,
    ABI_ALIGNMENT_ERROR,
    ABI_FAILED_LOOKUP,
    ABI_TRUNCATED_MESSAGE,
    ABI_DELETE_FIRST,
    ABI_REVOKE_FIRST,
    ABI_NOT_ENOUGH_MEMORY,
};

enum abi_lookup_failure {
    ABI_LOOKUP_OK = 0,
    ABI_LOOKUP_INVALID_ROOT,       /* no words follow */
    ABI_LOOKUP_MISSING_CAPABILITY, /* bits left */
    ABI_LOOKUP_DEPTH_MISMATCH,     /* bits left, bits found */
    ABI_LOOKUP_GUARD_MISMATCH,     /* bits left, guard found, guard size */
};

enum abi_fault {                   /* label of a fault message */
    ABI_FAULT_NULL = 0,
    ABI_FAULT_CAP,                 /* ip, addr, in receive phase, lookup failure, up to 4 words */
    ABI_FAULT_UNKNOWN_SYSCALL,     /* rax rbx rcx rdx rsi rdi rbp r8..r15, ip, sp, flags, number */
    ABI_FAULT_USER_EXCEPTION,      /* ip, sp, flags, vector, error code */
    ABI_FAULT_DEBUG_EXCEPTION,
    ABI_FAULT_TIMEOUT,             /* data (badge of the scheduling context), consumed (us) */
    ABI_FAULT_VM,                  /* ip, address, instruction fetch?, page-fault error code */
};

#endif
