// SPDX-License-Identifier: BSD-2-Clause
// Messages to the author of an assembly: file, line, column, the line itself with a caret, a hint.
//
//   vm_tutorial.camkes:12:9: error: component 'Init0' has no interface 'putcha'
//      12 |         vm0.putcha
//         |             ^~~~~~
//      hint: did you mean 'putchar'?
//
// All errors of one run are told (in the order of the passes); a pass that cannot go on after errors calls
// diag_stop.
#ifndef CAMKES_DIAG_H
#define CAMKES_DIAG_H

#include <stdbool.h>
#include <stdint.h>

struct source;                          /* a file as it was read (front end) */
struct loc { const struct source *source; uint32_t line, column, length; };  /* from 1; no source: nowhere */
#define LOC_NONE ((struct loc){ 0 })

#define DIAG_PRINTF(a, b) __attribute__((format(printf, a, b)))
void diag_error(struct loc, const char *format, ...) DIAG_PRINTF(2, 3);
/* `name`: what -W and -Wno- say, e.g. "unused-setting"; -Werror makes them errors. */
void diag_warning(struct loc, const char *name, const char *format, ...) DIAG_PRINTF(3, 4);
/* A line below the last message: a hint, or another place ("first declared here"). */
void diag_hint(const char *format, ...) DIAG_PRINTF(1, 2);
void diag_note(struct loc, const char *format, ...) DIAG_PRINTF(2, 3);
/* The candidate nearest to `word` ("did you mean"), or NULL when none is near enough. */
const char *diag_nearest(const char *word, const char *const *candidates, unsigned count);

unsigned diag_errors(void);
/* Ends the program with status 1 when there were errors. */
void diag_stop(void);
/* Ends it with status 2: what has nothing to do with the text (files that cannot be written, no memory). */
_Noreturn void diag_fatal(const char *format, ...) DIAG_PRINTF(1, 2);
/* -W options; false = there is no such warning. `diag_warning_names` lists them for --help. */
bool diag_option(const char *name);
const char *diag_warning_names(void);   /* a line each */

#endif
