// SPDX-License-Identifier: BSD-2-Clause
// Careless: makes the mistake that its attribute names, some calls deep, in its event's thread.
#include <camkes.h>
#include <string.h>

static volatile int zero;

__attribute__((noipa)) static int write_through(volatile int *place)
{
    *place = 42;
    return *place;
}

__attribute__((noipa)) static int divide(int a, int b) { return a / b; }

__attribute__((noipa)) static int jump_to(unsigned long address) { return ((int (*)(void))address)(); }

__attribute__((noipa)) static int make_mistake(const char *which)
{
    int result = 0;
    if (!strcmp(which, "null pointer")) {
        result = write_through((volatile int *)(unsigned long)zero);
    } else if (!strcmp(which, "division by zero")) {
        result = divide(1000, zero);
    } else if (!strcmp(which, "wild jump")) {
        result = jump_to(0x123456789000 + (unsigned long)zero);
    } else if (!strcmp(which, "read-only memory")) {
        result = write_through((volatile int *)board->content);
    }
    return result + zero;                 /* not a tail call: the backtrace names us */
}

static void on_go(void *argument) { zero = make_mistake(mistake); }

void post_init(void) { go_reg_callback(on_go, NULL); }
