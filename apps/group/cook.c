// SPDX-License-Identifier: BSD-2-Clause
// Wants eggs from a shelf; does not know whether that is a function call or a message.
#include <camkes.h>
#include <stdio.h>

static int got;                          /* each instance has its own, in a group too */

void pre_init(void) { printf("%s: wants %d eggs for an %s\n", get_instance_name(), eggs, dish); }

int run(void)
{
    got += shelf_take("egg", eggs);
    printf("%s: got %d of %d eggs for the %s\n", get_instance_name(), got, eggs, dish);
    return 0;
}
