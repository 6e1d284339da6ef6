// SPDX-License-Identifier: BSD-2-Clause
// Read by the assembly's preprocessor and by C.
#ifndef PLACES_H
#define PLACES_H

#define PLACES 3

#ifndef ASSEMBLY
void write_word(char *board, int place, const char *word, double weight);
#endif

#endif
