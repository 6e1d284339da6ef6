// SPDX-License-Identifier: BSD-2-Clause
// System calls: numbers, register convention, message tag, IPC buffer.
// Shared by kernel and user level. Facts: seL4 Reference Manual (MCS), chapters 2 and 4, and the
// x86-64 calling convention it documents.
//
// Entry: `syscall` with
//   rdx  system call number           rdi  capability pointer          rsi  message tag
//   r10, r8, r9, r15  message registers 0..3                           r12  reply capability
//   r13  second capability of NBSendRecv/NBSendWait (where to send; rdi is where to receive)
// Exit: rdi = badge, rsi = tag, r10/r8/r9/r15 = message registers 0..3.
// rcx and r11 are destroyed by the instruction itself; every other register is preserved.
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

/* One list makes the enum, the kernel's dispatch table and its trace names. */
#define ABI_SYSCALL_LIST(X)                                                                        \
    X(CALL, -1)                                                                                    \
    X(REPLY_RECV, -2)                                                                              \
    X(NB_SEND_RECV, -3)                                                                            \
    X(NB_SEND_WAIT, -4)                                                                            \
    X(SEND, -5)                                                                                    \
    X(NB_SEND, -6)                                                                                 \
    X(RECV, -7)                                                                                    \
    X(NB_RECV, -8)                                                                                 \
    X(WAIT, -9)                                                                                    \
    X(NB_WAIT, -10)                                                                                \
    X(YIELD, -11)                                                                                  \
    X(DEBUG_PUT_CHAR, -12)       /* rdi = character, kernel console */                             \
    X(DEBUG_DUMP_SCHEDULER, -13)                                                                   \
    X(DEBUG_HALT, -14)           /* power the machine off where a way is known, else halt it */   \
    X(DEBUG_CAP_IDENTIFY, -15)   /* rdi = cap; rdi <- enum cap_type, 0 when empty */              \
    X(DEBUG_NAME_THREAD, -16)    /* rdi = TCB cap; name: bytes from message register 0 of the IPC buffer */ \
    X(VM_ENTER, -17)             /* run the caller's VCPU; see abi/vmexit.h */                     \
    X(SET_TLS_BASE, -18)         /* rdi = FS base of the caller */

enum abi_syscall {
#define X(name, nr) ABI_SYS_##name = (nr),
    ABI_SYSCALL_LIST(X)
#undef X
};
#define ABI_SYSCALL_MIN (-18)

/* Message tag: length 7 bits | extra caps 2 | caps unwrapped 3 | label 52. */
#define ABI_TAG_LENGTH_BITS 7
#define ABI_TAG_EXTRA_SHIFT 7
#define ABI_TAG_EXTRA_BITS 2
#define ABI_TAG_UNWRAPPED_SHIFT 9
#define ABI_TAG_UNWRAPPED_BITS 3
#define ABI_TAG_LABEL_SHIFT 12

#define ABI_MSG_MAX_LENGTH 120   /* words */
#define ABI_MSG_MAX_EXTRA_CAPS 3
#define ABI_MSG_REGISTERS 4      /* message registers that travel in CPU registers */

/* The IPC buffer: 1024 bytes, aligned to its size, inside one frame of the thread's choice.
 * msg[0..3] are not used by the kernel while they travel in registers. */
#define ABI_IPC_BUFFER_BITS 10
struct abi_ipc_buffer {
    unsigned long tag;
    unsigned long msg[ABI_MSG_MAX_LENGTH];
    unsigned long user_data;
    unsigned long caps_or_badges[ABI_MSG_MAX_EXTRA_CAPS];
    unsigned long receive_cnode;   /* where a received capability goes */
    unsigned long receive_index;
    unsigned long receive_depth;
};

/* Capability rights word, as in CNode Copy/Mint and Page Map. */
enum { ABI_RIGHT_WRITE = 1, ABI_RIGHT_READ = 2, ABI_RIGHT_GRANT = 4, ABI_RIGHT_GRANT_REPLY = 8 };

/* CNode data (guard), as in Mint/Mutate, TCB Configure: size in the low 6 bits, guard above. */
#define ABI_CNODE_GUARD_SIZE_BITS 6
#define ABI_WORD_BITS 64

#endif
