// SPDX-License-Identifier: BSD-2-Clause
// What the library's own files share.
#ifndef CAMKES_INTERNAL_H
#define CAMKES_INTERNAL_H

#include <stdio.h>

/* "<name>.<what>": how the compiler names what belongs to an interface. Lives until the end of the block. */
static inline const char *camkes_joined(char *to, size_t size, const char *name, const char *what)
{
    snprintf(to, size, "%s.%s", name, what);
    return to;
}
#define JOINED(name, what) camkes_joined((char[160]){ 0 }, 160, (name), (what))

/* The library's one lock: short uses only. */
void camkes_lock(void);
void camkes_unlock(void);

#endif
