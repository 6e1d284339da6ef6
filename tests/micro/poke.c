// SPDX-License-Identifier: BSD-2-Clause
// A guest whose monitor has a module (tests/systems/module/module.c): hypercalls that the assembly's author handles.
#include "micro.h"

enum { POKE = 4, ARM = 5, FIRED = 6, MISSING = 7 };

static char text[] = "greetings from the guest";

void micro_main(void)
{
    word_t r = 0;

    check_true("poke", hypercall(POKE, 20, 22, (word_t)text, &r));
    check_equal("poke adds", 42, r);
    check_true("no such hypercall", hypercall(MISSING, 0, 0, 0, &r) && (int)r == -1000);
    check_true("arm", hypercall(ARM, 20, 0, 0, &r));
    check_equal("not yet", 0, r);
    for (unsigned i = 0; i < 3000000 && r == 0; i++)
        hypercall(FIRED, 0, 0, 0, &r);
    check_equal("the monitor's timer fired", 1, r);
}
