// SPDX-License-Identifier: BSD-2-Clause
// Ends badly in the way its attribute "how" says: the loader has to tell of it and everything else has to go on.
#include <rt/rt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static void innermost(uintptr_t where)
{
    *(volatile int *)where = 3;
    __asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) static void outer(uintptr_t where)
{
    innermost(where);
    __asm__ volatile("" : : : "memory");
}

int run(void)
{
    if (!strcmp(rt_attr_str("how", ""), "exit")) {
        exit(3);
    }
    outer((uintptr_t)rt_attr_int("where", 16));
    return 0;
}
