// SPDX-License-Identifier: BSD-2-Clause
// A world as a distribution describes it; see glue_world.c.
#ifndef GLUE_WORLD_H
#define GLUE_WORLD_H

#include <stdbool.h>

void world_make(const char *spec_file);
/* The distribution has a thread of that name. */
bool world_has_thread(const char *name);
/* Every interrupt comes once. */
void world_interrupt(void);

#endif
