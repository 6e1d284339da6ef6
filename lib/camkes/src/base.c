// SPDX-License-Identifier: BSD-2-Clause
// What every component has: its name, its core, its output; see camkes/base.h.
#include <camkes/base.h>

static void (*put)(int c);

__attribute__((weak)) const char *get_instance_name(void) { return rt_instance_name(); }
__attribute__((weak)) int get_instance_affinity(void) { return (int)rt_core(); }

static void write_characters(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        put((unsigned char)text[i]);
    }
}

void set_putchar(void (*putchar_fn)(int c))
{
    put = putchar_fn;
    rt_set_write(put ? write_characters : NULL);
}
