// SPDX-License-Identifier: BSD-2-Clause
// Prints the size of each file at each server; -1 = it has none of that name.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    static const char *const names[] = { "first", "two.txt", "made" };

    for (int i = 0; i < 3; i++) {
        int l = left_open(names[i], 0), r = right_open(names[i], 0);
        printf("%s: %d %d\n", names[i], l < 0 ? -1 : (int)left_size(l), r < 0 ? -1 : (int)right_size(r));
    }
    printf("all files seen\n");
    return 0;
}
