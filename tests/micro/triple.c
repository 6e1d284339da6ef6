// SPDX-License-Identifier: BSD-2-Clause
// A guest that dies of a triple fault: no interrupt table, then an exception.

#include "micro.h"

void micro_main(void)
{
    struct { uint16_t limit; word_t base; } __attribute__((packed)) none = { 0, 0 };
    print("triple: about to triple-fault\n");
    __asm__ volatile("lidt %0; int3" :: "m"(none));
    print("FAIL still alive after a triple fault\n");
    micro_exit(1);
}
