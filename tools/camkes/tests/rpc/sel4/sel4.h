// SPDX-License-Identifier: BSD-2-Clause
// Stands in for <sel4/sel4.h> in the test of calls: messages between threads of the build machine; see
// world.c.
#ifndef SEL4_SEL4_H
#define SEL4_SEL4_H

#include <sel4/types.h>
#include <sel4/constants.h>
#include <sel4/bootinfo.h>

seL4_IPCBuffer *seL4_GetIPCBuffer(void);
static inline seL4_Word seL4_GetMR(int i) { return seL4_GetIPCBuffer()->msg[i]; }
static inline void seL4_SetMR(int i, seL4_Word w) { seL4_GetIPCBuffer()->msg[i] = w; }
void seL4_Signal(seL4_CPtr cap);
seL4_MessageInfo_t seL4_Wait(seL4_CPtr cap, seL4_Word *badge);
seL4_MessageInfo_t seL4_Call(seL4_CPtr cap, seL4_MessageInfo_t info);
seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *a, seL4_Word *b,
                                    seL4_Word *c, seL4_Word *d);
seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr cap, seL4_Word *badge, seL4_Word *a, seL4_Word *b, seL4_Word *c,
                                    seL4_Word *d, seL4_CPtr reply);
seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *badge,
                                         seL4_Word *a, seL4_Word *b, seL4_Word *c, seL4_Word *d,
                                         seL4_CPtr reply);

#endif
