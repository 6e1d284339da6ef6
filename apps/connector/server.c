// SPDX-License-Identifier: BSD-2-Clause
// Calculates for its callers (in the interface's thread), and reads the board whenever the bell rings (in run).
#include <camkes.h>
#include <stdio.h>

int calc_add(int a, int b) { return a + b; }

void calc_divide(int a, int b, int *quotient, int *rest)
{
    *quotient = b ? a / b : 0;
    *rest = b ? a % b : a;
}

void calc_bump(int *n) { ++*n; }

int run(void)
{
    for (;;) {
        board_wait();
        printf("server: the board says: %s\n", board);
    }
}
