// SPDX-License-Identifier: BSD-2-Clause
// Calls each method of the server, then writes on the board and rings.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    const char *me = get_instance_name();
    int quotient, rest, n = -1;

    printf("%s: 40 + 2 = %d\n", me, calc_add(40, 2));
    calc_divide(-17, 5, &quotient, &rest);
    printf("%s: -17 / 5 = %d, rest %d\n", me, quotient, rest);
    calc_bump(&n);
    printf("%s: -1 and one is %d\n", me, n);
    snprintf(board, 64, "%s was here", me);
    board_ring();
    return 0;
}
