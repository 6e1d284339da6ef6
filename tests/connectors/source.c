// SPDX-License-Identifier: BSD-2-Clause
// Source: shoots.
#include <camkes.h>

int run(void)
{
    for (int i = 0; i < shots; i++) {
        shot_emit();
    }
    finished_emit();
    return 0;
}
