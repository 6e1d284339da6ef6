// SPDX-License-Identifier: BSD-2-Clause
// Writes the CPIO (newc) archive the file server serves: reproducible (no times, no owners).
#ifndef MKSYSTEM_ARCHIVE_H
#define MKSYSTEM_ARCHIVE_H

#include "plan.h"

/* PLAN_OK, or PLAN_BAD_INPUT after a message. *bytes: size of the archive. */
int archive_write(const char *path, const struct plan_file *, unsigned files, uint64_t *bytes);

#endif
