// SPDX-License-Identifier: BSD-2-Clause
// What every generated <camkes.h> includes first: standard types, the kernel interface, and the calls that
// every component has whatever its interfaces are. The author's library is described in
// docs/camkes-library.md.
#ifndef CAMKES_BASE_H
#define CAMKES_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {                            /* the two below are written for C only */
#endif

#include <sel4/sel4.h>
#include <rt/rt.h>

#include <camkes/error.h>

/* The type of `dataport Buf d`: one page. `dataport Buf(n) d` is a void *. */
typedef struct { char content[4096]; } Buf;

/* ---- defined by the author, all optional: run(), pre_init(), post_init() (declared in rt/rt.h) ---- */

/* The instance's name in the assembly ("outer.inner" when nested); the core its control thread runs on. */
const char *get_instance_name(void);
int get_instance_affinity(void);

/* stdout and stderr go to this function, a character at a time. NULL: back to the kernel's debug console. */
void set_putchar(void (*putchar_fn)(int c));

/* The control thread's loop: for ever serves the interfaces that have no thread of their own
 * (seL4RPCNoThreads and the like; where one is connected, <camkes.h> makes a macro of it) and runs the
 * callbacks of global connectors. */
_Noreturn void camkes_serve(void);
_Noreturn void camkes_serve_endpoint(const char *name);          /* what the macro calls */

/* CAMKES_CONST_ATTR(name): the attribute as a literal, for array sizes and #if. The build finds this word in
 * the component's sources and has the macros CAMKES_CONST_ATTR_<name> generated. */
#define CAMKES_CONST_ATTR(name) CAMKES_CONST_ATTR_##name

#ifdef __cplusplus
}
#endif

#endif
