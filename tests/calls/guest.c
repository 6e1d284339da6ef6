// SPDX-License-Identifier: BSD-2-Clause
// The other caller.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    printf("guest: met as %d\n", meeting_meet("guest"));
    printf("guest: known as 0x%x\n", direct_sender());
    printf("guest: in a group with %s\n", grouped_echo(""));
    return 0;
}
