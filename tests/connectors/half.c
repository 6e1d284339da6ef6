// SPDX-License-Identifier: BSD-2-Clause
// Half: passes a number to the other half and back, through memory and events inside one address space.
#include <camkes.h>

#define ROUNDS 200

int run(void)
{
    volatile int *number = (volatile int *)mine->content;
    if (first) {
        pass_emit();
    }
    for (int i = 0; i < ROUNDS; i++) {
        turn_wait();
        ++*number;
        pass_emit();
    }
    report_emit();
    return 0;
}
