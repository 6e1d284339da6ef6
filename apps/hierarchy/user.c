// SPDX-License-Identifier: BSD-2-Clause
// Sees two components, and not what they are made of.
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>

int run(void)
{
    char *one = quartet_convert("Pots and Pans"), *two = other_convert("Pots and Pans");
    printf("user: %s, %s\n", one, two);
    free(one);
    free(two);
    return 0;
}
