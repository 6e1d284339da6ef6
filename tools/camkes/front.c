// SPDX-License-Identifier: BSD-2-Clause
// The front end's passes in their order.
#include "front.h"
#include "program.h"

const struct model *front_try(const struct front_options *options)
{
    struct program *p = NEW(struct program);
    unsigned before = diag_errors();
    bool names_known;

    p->options = options;
    program_read(p);                    /* read, preprocess, parse, import, collect */
    if (diag_errors() > before)
        return NULL;                    /* what is missing would make errors of its own */
    program_declare(p);                 /* resolve types and procedures */
    program_flatten(p);                 /* merge assemblies, open composites, connect */
    names_known = diag_errors() == before;
    program_values(p);
    program_build(p);
    program_check(p, names_known);
    return diag_errors() > before ? NULL : p->model;
}

const struct model *front_compile(const struct front_options *options)
{
    const struct model *model = front_try(options);

    diag_stop();
    return model;
}
