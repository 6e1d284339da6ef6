// SPDX-License-Identifier: BSD-2-Clause
// Half: passes a number to the other half and back, through memory and events inside one address space.
#include <camkes.h>
#include <stdio.h>

#define ROUNDS 200

int run(void)
{
    volatile int *number = (volatile int *)mine->content;
    if (first) {
        *number = 0;
        pass_emit();
    }
    for (int i = 0; i < ROUNDS; i++) {
        turn_wait();
        ++*number;
        pass_emit();
    }
    printf("%s: %s\n", get_instance_name(), *number >= 2 * ROUNDS - 1 ? "there and back" : "FAIL");
    report_emit();
    return 0;
}
