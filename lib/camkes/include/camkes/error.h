// SPDX-License-Identifier: BSD-2-Clause
// Errors in connectors: what glue code found wrong, and what the author's handler wants done about it.
//
// A handler is set for the whole component (camkes_register_error_handler) or for one interface
// (<interface>_register_error_handler, generated), which wins. Without any, the error is printed and the thread is
// stopped for good; but a server that got a bad call refuses it, its client hears of it, and the server goes on.
#ifndef CAMKES_ERROR_H
#define CAMKES_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CE_NO_ERROR,
    CE_BUFFER_LENGTH_EXCEEDED,          /* a call's arguments or results do not fit into its buffer */
    CE_INVALID_METHOD_INDEX,            /* a client calls a method that does not exist */
    CE_MALFORMED_RPC_PAYLOAD,           /* a message that is not what the interface says */
    CE_SYSCALL_FAILED,                  /* the kernel refused */
    CE_ALLOCATION_FAILURE,              /* no memory for an array or string */
    CE_OVERFLOW,                        /* a counter is full (event queues) */
} camkes_error_type_t;

typedef struct {
    camkes_error_type_t type;
    const char *instance;               /* where it was found */
    const char *interface;
    const char *description;
    union {
        struct { size_t current_length, target_length; };                  /* CE_BUFFER_LENGTH_EXCEEDED */
        struct { uint64_t lower_bound, upper_bound, invalid_index; };      /* CE_INVALID_METHOD_INDEX */
        struct { size_t length, current_index; };                          /* CE_MALFORMED_RPC_PAYLOAD */
        struct { int syscall, error; };                                    /* CE_SYSCALL_FAILED: enum seL4_Error */
        struct { size_t alloc_bytes; };                                    /* CE_ALLOCATION_FAILURE */
    };
} camkes_error_t;

typedef enum {
    CEA_DISCARD = 1,                    /* drop the transaction: the call returns zeros, a server waits for the next */
    CEA_IGNORE,                         /* go on; calls cannot, for them it is the same as CEA_DISCARD */
    CEA_ABORT,                          /* end this thread */
    CEA_HALT,                           /* end the component */
} camkes_error_action_t;

typedef camkes_error_action_t (*camkes_error_handler_t)(camkes_error_t *);

/* Returns the handler before. NULL = none. */
camkes_error_handler_t camkes_register_error_handler(camkes_error_handler_t);

/* Glue: reports to `handler`, else to the component's; ends thread or component when that says so. Otherwise returns
 * CEA_DISCARD or CEA_IGNORE. */
camkes_error_action_t camkes_error(camkes_error_handler_t handler, camkes_error_t *);
/* The same for what a client did wrong: without any handler the call is refused, and its server goes on. */
camkes_error_action_t camkes_client_error(camkes_error_handler_t handler, camkes_error_t *);

#ifdef __cplusplus
}
#endif

#endif
