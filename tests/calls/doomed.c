// SPDX-License-Identifier: BSD-2-Clause
// A call that does not fit, and no handler for the error.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    static char text[1000];
    for (unsigned i = 0; i < sizeof(text) - 1; i++) {
        text[i] = 'x';
    }
    direct_echo(text);
    printf("FAIL: the call came back\n");
    return 0;
}
