// SPDX-License-Identifier: BSD-2-Clause
// Attributes of components in C and in the information page. Integers and strings are filled at the start
// from the information page, so that their values are not part of any program; floating point, arrays and
// structs are constants.
#ifndef CAMKES_ATTRIBUTE_H
#define CAMKES_ATTRIBUTE_H

#include "connector.h"

/* Declarations, definitions and start of an instance's attributes. `literals`: CAMKES_CONST_ATTR_<name>
 * macros too. */
void attributes_write(struct glue *, bool literals);
/* What the start finds: one entry for each integer and string. */
void attributes_distribute(struct spec_instance *, const struct instance *);

#endif
