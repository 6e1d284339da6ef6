// SPDX-License-Identifier: BSD-2-Clause
// Writes its word at its place and tells that it did.
#include <camkes.h>
#include <places.h>

int generated(void);

int run(void)
{
#ifdef THIRD
    write_word(board, turn, "extended", generated() + EXTRA);
#else
    write_word(board, turn, word, generated());
#endif
    board_release();
    told_emit();
    return 0;
}
