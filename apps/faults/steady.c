// SPDX-License-Identifier: BSD-2-Clause
// Steady: sends the others to their mistakes, one after the other, and tells that it is still there.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    void (*const go[])(void) = { go0_emit, go1_emit, go2_emit, go3_emit };
    for (unsigned i = 0; i < 4; i++) {
        board->content[i] = (char)('a' + i);
        go[i]();
        printf("steady: still here after mistake %u, the board says '%.4s'\n", i + 1, board->content);
    }
    return 0;
}
