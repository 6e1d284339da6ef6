// SPDX-License-Identifier: BSD-2-Clause
// Book-keeping for the untyped memory a VMM component is given: which untyped still has room for what.
// No capabilities are invoked here; the caller retypes and tells nothing back but failure.
#ifndef INIT_POOL_H
#define INIT_POOL_H

#include <stdint.h>

#define POOL_MAX 256

struct pool_untyped {
    uint64_t cap;
    uint64_t used;                     /* bytes from its start, as the kernel counts: retype only goes upwards */
    uint8_t bits;
};

struct pool {
    unsigned count;
    struct pool_untyped untyped[POOL_MAX];
};

/* Adds an untyped of 2^bits bytes that nothing was made of yet. 0, or -1 when the table is full. */
int pool_add(struct pool *, uint64_t cap, unsigned bits);

/* Finds room for up to `want` objects of 2^bits bytes in one untyped, the tightest that has any, and takes it.
 * Returns the untyped's capability and the number in *got; *got = 0 when there is no room at all. */
uint64_t pool_take(struct pool *, unsigned bits, unsigned want, unsigned *got);

uint64_t pool_bytes(const struct pool *);          /* all of it */
uint64_t pool_room(const struct pool *, unsigned bits);     /* how many objects of 2^bits bytes still fit */

/* How a piece of guest RAM is backed: 4 KiB, 2 MiB or 1 GiB frames (12, 21, 30 bits), the largest that alignment of
 * `at` and the `left` bytes allow and the pool has. 0 when nothing fits. */
unsigned pool_frame_bits(const struct pool *, uint64_t at, uint64_t left, unsigned largest);

/* Memory for page tables when `bytes` of RAM at `gpa` are mapped once (own address space) and once for the guest. */
uint64_t pool_table_bytes(uint64_t gpa, uint64_t bytes, unsigned frame_bits);

#endif
