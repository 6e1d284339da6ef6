// SPDX-License-Identifier: BSD-2-Clause
// What writer and readers have in common.
#ifndef TABLE_H
#define TABLE_H

#include <camkes/dataport.h>
#include <stdint.h>

#define ROWS 200

typedef struct {
    uint32_t rows;
    struct { int32_t key; char text[28]; } row[ROWS];
    dataport_ptr_t message;               /* a place in another dataport */
    uint64_t device_paddr;                /* where the device's memory is for the device */
} table_t;

#endif
