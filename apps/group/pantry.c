// SPDX-License-Identifier: BSD-2-Clause
// Gives what is there, to callers inside the group and outside.
#include <camkes.h>
#include <stdio.h>
#include <string.h>

static int left;

static int take(const char *what, int how_many)
{
    lock_lock();
    const int given = strcmp(what, "egg") ? 0 : how_many < left ? how_many : left;
    left -= given;
    lock_unlock();
    return given;
}

int inside_take(const char *what, int how_many) { return take(what, how_many); }
int window_take(const char *what, int how_many) { return take(what, how_many); }

void pre_init(void) { left = stock; }

int run(void)
{
    printf("%s: open, with %d eggs\n", get_instance_name(), left);
    return 0;
}
