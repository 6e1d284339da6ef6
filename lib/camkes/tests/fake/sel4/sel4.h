// SPDX-License-Identifier: BSD-2-Clause
// Stands in for <sel4/sel4.h> in host tests: notifications over threads of the build machine; see fake.h.
#ifndef SEL4_SEL4_H
#define SEL4_SEL4_H

#include <sel4/types.h>
#include <sel4/bootinfo.h>
#include <sel4/constants.h>

void seL4_Signal(seL4_CPtr cap);
seL4_MessageInfo_t seL4_Wait(seL4_CPtr cap, seL4_Word *badge);
seL4_MessageInfo_t seL4_Poll(seL4_CPtr cap, seL4_Word *badge);

typedef struct { seL4_Error error; seL4_Word paddr; } seL4_X86_Page_GetAddress_t;
seL4_X86_Page_GetAddress_t seL4_X86_Page_GetAddress(seL4_CPtr cap);

typedef struct { seL4_Error error; seL4_Uint8 result; } seL4_X86_IOPort_In8_t;
typedef struct { seL4_Error error; seL4_Uint16 result; } seL4_X86_IOPort_In16_t;
typedef struct { seL4_Error error; seL4_Uint32 result; } seL4_X86_IOPort_In32_t;
seL4_X86_IOPort_In8_t seL4_X86_IOPort_In8(seL4_CPtr cap, seL4_Word port);
seL4_X86_IOPort_In16_t seL4_X86_IOPort_In16(seL4_CPtr cap, seL4_Word port);
seL4_X86_IOPort_In32_t seL4_X86_IOPort_In32(seL4_CPtr cap, seL4_Word port);
seL4_Error seL4_X86_IOPort_Out8(seL4_CPtr cap, seL4_Word port, seL4_Word value);
seL4_Error seL4_X86_IOPort_Out16(seL4_CPtr cap, seL4_Word port, seL4_Word value);
seL4_Error seL4_X86_IOPort_Out32(seL4_CPtr cap, seL4_Word port, seL4_Word value);
seL4_Error seL4_IRQHandler_Ack(seL4_CPtr cap);

#endif
