// SPDX-License-Identifier: BSD-2-Clause
// Debug calls; a kernel without them ignores or faults them (bootinfo.debug tells).
#ifndef SEL4_DEBUG_H
#define SEL4_DEBUG_H

#include <sel4/syscalls.h>

static inline void seL4_DebugPutChar(char c) { sel4_sys_simple(ABI_SYS_DEBUG_PUT_CHAR, (unsigned char)c); }

static inline void seL4_DebugPutString(const char *s)
{
    while (*s) {
        seL4_DebugPutChar(*s++);
    }
}

static inline void seL4_DebugDumpScheduler(void) { sel4_sys_simple(ABI_SYS_DEBUG_DUMP_SCHEDULER, 0); }

static inline void seL4_DebugHalt(void) { sel4_sys_simple(ABI_SYS_DEBUG_HALT, 0); }

/* What kind of capability sits in a slot: 0 = none. */
static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    return (seL4_Uint32)sel4_sys_simple(ABI_SYS_DEBUG_CAP_IDENTIFY, cap);
}

static inline void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)&seL4_GetIPCBuffer()->msg[0];
    size_t i = 0;
    for (; name[i] && i < 31; i++) {
        to[i] = name[i];
    }
    to[i] = 0;
    sel4_sys_simple(ABI_SYS_DEBUG_NAME_THREAD, tcb);
}

static inline void seL4_SetTLSBase(seL4_Word base) { sel4_sys_simple(ABI_SYS_SET_TLS_BASE, base); }

#endif
