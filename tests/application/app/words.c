// SPDX-License-Identifier: BSD-2-Clause
// A user's own library, floating point included.
#include <places.h>
#include <stdio.h>

void write_word(char *board, int place, const char *word, double weight)
{
    snprintf(board + place * 64, 64, "%s:%.2f", word, weight * 1.5);
}
