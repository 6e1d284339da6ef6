// SPDX-License-Identifier: BSD-2-Clause
// Types of the test assembly's dataports.
#ifndef GLUE_TYPES_H
#define GLUE_TYPES_H

#include <stdint.h>

typedef struct { uint64_t word[600]; } wide_t;
typedef struct { uint32_t number; char text[12]; } job_t;

#endif
