// SPDX-License-Identifier: BSD-2-Clause
// C for the two ends of a method: a client's stub, a server's case of its dispatcher. The form of messages is
// described in lib/camkes (camkes/rpc.h).
#ifndef CAMKES_MARSHAL_H
#define CAMKES_MARSHAL_H

#include "connector.h"

/* Structs of the assembly that the methods use, declared once in the header. */
void marshal_structs(struct glue *, const struct procedure *);
/* "a, b_sz, b": the author's arguments, to hand them on. */
const char *marshal_arguments(const struct method *);
/* Few numbers each way: they travel in message registers. Other methods as a row of bytes. */
bool marshal_by_words(const struct method *);

/* The function the client's author calls; `camkes__<iface>` is its struct camkes_rpc. */
void marshal_stub(struct glue *, const struct port *, const struct method *, unsigned index);
/* The case of the switch over whole tags for a method by words: calls the server author's function. */
void marshal_words_case(struct text *, const struct port *, const struct method *, unsigned index);
/* The function camkes__<iface>_do_<method> of type camkes_dispatch_fn for any other. */
void marshal_bytes_function(struct text *, const struct port *, const struct method *);

/* Parameters that cannot be passed (pointers in structs), as located errors; once for each procedure. */
void marshal_check(const struct procedure *);

#endif
