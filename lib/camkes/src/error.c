// SPDX-License-Identifier: BSD-2-Clause
// Errors found by glue code; see camkes/error.h.
#include <camkes/base.h>

#include <stdio.h>

static camkes_error_handler_t component_handler;

camkes_error_handler_t camkes_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = component_handler;
    component_handler = handler;
    return before;
}

static camkes_error_action_t print_and_abort(camkes_error_t *e)
{
    printf("%s: error in interface '%s': %s\n", e->instance, e->interface, e->description);
    fflush(stdout);
    return CEA_ABORT;
}

camkes_error_action_t camkes_error(camkes_error_handler_t handler, camkes_error_t *e)
{
    handler = handler ? handler : component_handler;
    const camkes_error_action_t action = handler ? handler(e) : print_and_abort(e);
    switch (action) {
    case CEA_DISCARD:
    case CEA_IGNORE:
        return action;
    case CEA_HALT:
        rt_fatal("stopped by an error in interface '%s': %s", e->interface, e->description);
    case CEA_ABORT:
        break;
    }
    rt_park();
}

camkes_error_action_t camkes_client_error(camkes_error_handler_t handler, camkes_error_t *e)
{
    return handler || component_handler ? camkes_error(handler, e) : CEA_DISCARD;
}
