// SPDX-License-Identifier: BSD-2-Clause
// What client, worker and disk have in common.
#ifndef JOB_H
#define JOB_H

#include <stdint.h>

typedef struct { uint32_t number; uint64_t operand; char name[20]; } job_t;

/* The first piece of each chain that the disk gets; then a piece of data, to read or to write. */
typedef struct { uint32_t write, sector; } disk_request_t;
#define SECTOR 512u
#define SECTORS 64u

#endif
