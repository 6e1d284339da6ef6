// SPDX-License-Identifier: BSD-2-Clause
// One of two in an address space, each with an endpoint of its own.
#include <camkes.h>
#include <stdlib.h>
#include <string.h>

int grouped_add(int a, int b) { return a + b; }
char *grouped_echo(const char *text) { return strdup(get_instance_name()); }
int grouped_sender(void) { return (int)grouped_get_sender_id(); }

int run(void) { camkes_serve(); }
