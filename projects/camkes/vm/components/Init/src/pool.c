// SPDX-License-Identifier: BSD-2-Clause
// Which untyped has room for what; see pool.h.
#include "pool.h"

int pool_add(struct pool *p, uint64_t cap, unsigned bits)
{
    if (p->count == POOL_MAX || bits > 47)
        return -1;
    p->untyped[p->count++] = (struct pool_untyped){ .cap = cap, .bits = (uint8_t)bits };
    return 0;
}

/* Objects are aligned to their size; what lies between `used` and the aligned start is lost. */
static uint64_t room_in(const struct pool_untyped *u, unsigned bits)
{
    uint64_t mask = (1ull << bits) - 1, size = 1ull << u->bits;
    uint64_t start = (u->used + mask) & ~mask;

    return start < size ? (size - start) >> bits : 0;
}

uint64_t pool_take(struct pool *p, unsigned bits, unsigned want, unsigned *got)
{
    struct pool_untyped *best = 0;
    uint64_t best_room = 0;

    for (unsigned i = 0; i < p->count; i++) {
        struct pool_untyped *u = &p->untyped[i];
        uint64_t room = room_in(u, bits);
        if (room && (!best || (1ull << u->bits) - u->used < (1ull << best->bits) - best->used)) {
            best = u;
            best_room = room;
        }
    }
    *got = 0;
    if (!best || !want)
        return 0;
    uint64_t mask = (1ull << bits) - 1;
    *got = best_room < want ? (unsigned)best_room : want;
    best->used = ((best->used + mask) & ~mask) + ((uint64_t)*got << bits);
    return best->cap;
}

uint64_t pool_bytes(const struct pool *p)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < p->count; i++)
        n += 1ull << p->untyped[i].bits;
    return n;
}

uint64_t pool_room(const struct pool *p, unsigned bits)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < p->count; i++)
        n += room_in(&p->untyped[i], bits);
    return n;
}

unsigned pool_frame_bits(const struct pool *p, uint64_t at, uint64_t left, unsigned largest)
{
    static const unsigned sizes[] = { 30, 21, 12 };

    for (unsigned i = 0; i < 3; i++) {
        uint64_t size = 1ull << sizes[i];
        if (sizes[i] <= largest && at % size == 0 && left >= size && pool_room(p, sizes[i]))
            return sizes[i];
    }
    return 0;
}

/* Tables needed at one level: each covers 2^bits bytes. */
static uint64_t tables(uint64_t gpa, uint64_t bytes, unsigned bits)
{
    return bytes ? ((gpa + bytes - 1) >> bits) - (gpa >> bits) + 1 : 0;
}

uint64_t pool_table_bytes(uint64_t gpa, uint64_t bytes, unsigned frame_bits)
{
    uint64_t n = tables(gpa, bytes, 39);               /* PDPTs */

    if (frame_bits < 30)
        n += tables(gpa, bytes, 30);                   /* page directories */
    if (frame_bits < 21)
        n += tables(gpa, bytes, 21);
    return 2 * n * 4096;
}
