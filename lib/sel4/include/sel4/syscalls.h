// SPDX-License-Identifier: BSD-2-Clause
// System calls of the MCS kernel: IPC, signals, yield, VM entry.
// Register convention: abi/syscall.h. Message registers beyond the fourth travel in the IPC buffer.
#ifndef SEL4_SYSCALLS_H
#define SEL4_SYSCALLS_H

#include <abi/vmexit.h>
#include <sel4/types.h>

/* Each thread's IPC buffer; NULL until its start-up code has set it. */
extern __thread seL4_IPCBuffer *__sel4_ipc_buffer;

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void) { return __sel4_ipc_buffer; }
static inline void seL4_SetIPCBuffer(seL4_IPCBuffer *b) { __sel4_ipc_buffer = b; }
static inline seL4_Word seL4_GetMR(int i) { return seL4_GetIPCBuffer()->msg[i]; }
static inline void seL4_SetMR(int i, seL4_Word v) { seL4_GetIPCBuffer()->msg[i] = v; }
static inline seL4_Word seL4_GetUserData(void) { return seL4_GetIPCBuffer()->userData; }
static inline void seL4_SetUserData(seL4_Word v) { seL4_GetIPCBuffer()->userData = v; }
static inline seL4_Word seL4_GetBadge(int i) { return seL4_GetIPCBuffer()->caps_or_badges[i]; }
static inline seL4_CPtr seL4_GetCap(int i) { return seL4_GetIPCBuffer()->caps_or_badges[i]; }
static inline void seL4_SetCap(int i, seL4_CPtr c) { seL4_GetIPCBuffer()->caps_or_badges[i] = c; }
static inline void seL4_SetTag(seL4_MessageInfo_t t) { seL4_GetIPCBuffer()->tag = t; }

static inline void seL4_SetCapReceivePath(seL4_CPtr cnode, seL4_CPtr index, seL4_Word depth)
{
    seL4_IPCBuffer *b = seL4_GetIPCBuffer();
    b->receiveCNode = cnode;
    b->receiveIndex = index;
    b->receiveDepth = depth;
}

/* The four message registers of a call in flight. */
struct sel4_mrs { seL4_Word r[4]; };

/* The one place with the instruction. `dest` goes to r13, only NBSendRecv and NBSendWait look at it. */
static inline seL4_MessageInfo_t sel4_syscall(int64_t number, seL4_CPtr cptr, seL4_CPtr dest, seL4_CPtr reply,
                                              seL4_MessageInfo_t info, seL4_Word *badge, struct sel4_mrs *m)
{
    register seL4_Word r10 __asm__("r10") = m->r[0];
    register seL4_Word r8 __asm__("r8") = m->r[1];
    register seL4_Word r9 __asm__("r9") = m->r[2];
    register seL4_Word r15 __asm__("r15") = m->r[3];
    register seL4_Word r12 __asm__("r12") = reply;
    register seL4_Word r13 __asm__("r13") = dest;
    seL4_Word rdi = cptr, rsi = info.words[0];
    __asm__ volatile("syscall"
                     : "+D"(rdi), "+S"(rsi), "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r15)
                     : "d"(number), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    m->r[0] = r10;
    m->r[1] = r8;
    m->r[2] = r9;
    m->r[3] = r15;
    if (badge) {
        *badge = rdi;
    }
    info.words[0] = rsi;
    return info;
}

/* Calls without a message. */
static inline seL4_Word sel4_sys_simple(int64_t number, seL4_Word argument)
{
    seL4_Word rdi = argument, rsi = 0;
    __asm__ volatile("syscall"
                     : "+D"(rdi), "+S"(rsi)
                     : "d"(number)
                     : "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r15", "memory");
    return rdi;
}

static inline struct sel4_mrs sel4_mrs_load(seL4_MessageInfo_t info)
{
    const seL4_Word length = seL4_MessageInfo_get_length(info);
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    for (seL4_Word i = 0; i < 4 && i < length; i++) {
        m.r[i] = seL4_GetMR((int)i);
    }
    return m;
}

static inline void sel4_mrs_store(const struct sel4_mrs *m)
{
    seL4_IPCBuffer *b = seL4_GetIPCBuffer();
    b->msg[0] = m->r[0];
    b->msg[1] = m->r[1];
    b->msg[2] = m->r[2];
    b->msg[3] = m->r[3];
}

static inline struct sel4_mrs sel4_mrs_from(const seL4_Word *a, const seL4_Word *b, const seL4_Word *c,
                                            const seL4_Word *d)
{
    return (struct sel4_mrs){ { a ? *a : 0, b ? *b : 0, c ? *c : 0, d ? *d : 0 } };
}

static inline void sel4_mrs_to(const struct sel4_mrs *m, seL4_Word *a, seL4_Word *b, seL4_Word *c, seL4_Word *d)
{
    if (a) { *a = m->r[0]; }
    if (b) { *b = m->r[1]; }
    if (c) { *c = m->r[2]; }
    if (d) { *d = m->r[3]; }
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    sel4_syscall(ABI_SYS_SEND, dest, 0, 0, info, NULL, &m);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    sel4_syscall(ABI_SYS_NB_SEND, dest, 0, 0, info, NULL, &m);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    info = sel4_syscall(ABI_SYS_CALL, dest, 0, 0, info, NULL, &m);
    sel4_mrs_store(&m);
    return info;
}

static inline seL4_MessageInfo_t sel4_receive(int64_t number, seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    seL4_MessageInfo_t info = sel4_syscall(number, src, 0, reply, (seL4_MessageInfo_t){ { 0 } }, sender, &m);
    sel4_mrs_store(&m);
    return info;
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return sel4_receive(ABI_SYS_RECV, src, sender, reply);
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return sel4_receive(ABI_SYS_NB_RECV, src, sender, reply);
}

static inline seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(ABI_SYS_WAIT, src, sender, 0);
}

static inline seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(ABI_SYS_NB_WAIT, src, sender, 0);
}

static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender) { return seL4_NBWait(src, sender); }

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender,
                                                seL4_CPtr reply)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    info = sel4_syscall(ABI_SYS_REPLY_RECV, src, 0, reply, info, sender, &m);
    sel4_mrs_store(&m);
    return info;
}

static inline seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                 seL4_Word *sender, seL4_CPtr reply)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    info = sel4_syscall(ABI_SYS_NB_SEND_RECV, src, dest, reply, info, sender, &m);
    sel4_mrs_store(&m);
    return info;
}

static inline seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                 seL4_Word *sender)
{
    struct sel4_mrs m = sel4_mrs_load(info);
    info = sel4_syscall(ABI_SYS_NB_SEND_WAIT, src, dest, 0, info, sender, &m);
    sel4_mrs_store(&m);
    return info;
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    sel4_syscall(ABI_SYS_SEND, dest, 0, 0, (seL4_MessageInfo_t){ { 0 } }, NULL, &m);
}

static inline void seL4_Yield(void) { sel4_sys_simple(ABI_SYS_YIELD, 0); }

/* The same with the first four message registers in variables; pointers may be NULL. */

static inline void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                    seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    sel4_syscall(ABI_SYS_SEND, dest, 0, 0, info, NULL, &m);
}

static inline void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                      seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    sel4_syscall(ABI_SYS_NB_SEND, dest, 0, 0, info, NULL, &m);
}

static inline seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    info = sel4_syscall(ABI_SYS_CALL, dest, 0, 0, info, NULL, &m);
    sel4_mrs_to(&m, mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t sel4_receive_mrs(int64_t number, seL4_CPtr src, seL4_Word *sender,
                                                  seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                  seL4_Word *mr3, seL4_CPtr reply)
{
    struct sel4_mrs m = { { 0, 0, 0, 0 } };
    seL4_MessageInfo_t info = sel4_syscall(number, src, 0, reply, (seL4_MessageInfo_t){ { 0 } }, sender, &m);
    sel4_mrs_to(&m, mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3,
                                                  seL4_CPtr reply)
{
    return sel4_receive_mrs(ABI_SYS_RECV, src, sender, mr0, mr1, mr2, mr3, reply);
}

static inline seL4_MessageInfo_t seL4_NBRecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                    seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3,
                                                    seL4_CPtr reply)
{
    return sel4_receive_mrs(ABI_SYS_NB_RECV, src, sender, mr0, mr1, mr2, mr3, reply);
}

static inline seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return sel4_receive_mrs(ABI_SYS_WAIT, src, sender, mr0, mr1, mr2, mr3, 0);
}

static inline seL4_MessageInfo_t seL4_NBWaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                    seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return sel4_receive_mrs(ABI_SYS_NB_WAIT, src, sender, mr0, mr1, mr2, mr3, 0);
}

static inline seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info,
                                                       seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                       seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    info = sel4_syscall(ABI_SYS_REPLY_RECV, src, 0, reply, info, sender, &m);
    sel4_mrs_to(&m, mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_NBSendRecvWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                        seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    info = sel4_syscall(ABI_SYS_NB_SEND_RECV, src, dest, reply, info, sender, &m);
    sel4_mrs_to(&m, mr0, mr1, mr2, mr3);
    return info;
}

static inline seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src,
                                                        seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_mrs m = sel4_mrs_from(mr0, mr1, mr2, mr3);
    info = sel4_syscall(ABI_SYS_NB_SEND_WAIT, src, dest, 0, info, sender, &m);
    sel4_mrs_to(&m, mr0, mr1, mr2, mr3);
    return info;
}

/* Runs the caller's VCPU (abi/vmexit.h). Returns enum vm_enter_result; *badge is set for VM_ENTER_NOTIFICATION.
 * Everything else about an exit is in the VCPU's state page. */
static inline seL4_Word seL4_VMEnter(seL4_Word *badge)
{
    seL4_Word rdi = 0, rsi = 0;
    __asm__ volatile("syscall"
                     : "+D"(rdi), "+S"(rsi)
                     : "d"((int64_t)ABI_SYS_VM_ENTER)
                     : "rcx", "r8", "r9", "r10", "r11", "r15", "memory");
    if (badge) {
        *badge = rdi;
    }
    return rsi;
}

#endif
