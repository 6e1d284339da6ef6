// SPDX-License-Identifier: BSD-2-Clause
// What the runtime's own files share.
#ifndef RT_INTERNAL_H
#define RT_INTERNAL_H

#include <rt/rt.h>
#include <spec/info.h>

extern const struct info_head *rt_info;

/* The entry of that kind and name, or NULL. */
const struct info_entry *rt_info_find(enum info_kind kind, const char *name);
const struct info_entry *rt_info_entries(void);
const char *rt_info_text(uint32_t offset);

/* Output below the C library's buffers. */
void rt_write(const char *text, size_t bytes);

/* Hands the thread to the supervisor for good. */
_Noreturn void rt_trap(uint64_t magic, uint64_t status);

#endif
