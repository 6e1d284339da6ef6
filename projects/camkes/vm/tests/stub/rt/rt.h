// SPDX-License-Identifier: BSD-2-Clause
// For console_test: the two calls of the runtime that the console makes.
#ifndef RT_RT_H
#define RT_RT_H

#include <stdint.h>

uint64_t rt_tsc(void);
void seL4_Yield(void);

#endif
