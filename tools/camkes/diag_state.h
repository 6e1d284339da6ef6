// SPDX-License-Identifier: BSD-2-Clause
// For tests of messages: where they go, and a fresh start.
#ifndef CAMKES_DIAG_STATE_H
#define CAMKES_DIAG_STATE_H

#include "diag.h"
#include "text.h"

/* Messages go there (NULL: standard error); no errors so far, nothing said. */
void diag_capture(struct text *);

#endif
