// SPDX-License-Identifier: BSD-2-Clause
// From files to a model. The passes are visible in front_try: read, declare, flatten, values, build, check.
#ifndef CAMKES_FRONT_H
#define CAMKES_FRONT_H

#include "model.h"

struct front_options {
    const char *file;
    const char *text;                                             /* instead of reading `file`; tests */
    const char *const *import_paths;  unsigned import_count;      /* where import <x> looks */
    bool cpp;                                                     /* run the C preprocessor first */
    const char *cpp_program;                                      /* "cpp" */
    const char *const *cpp_flags;     unsigned cpp_count;         /* -D..., -I... */
};

/* The model, or it has told all errors and ended the program (diag_stop). */
const struct model *front_compile(const struct front_options *);
/* The same, but NULL when there were errors. */
const struct model *front_try(const struct front_options *);

#endif
