// SPDX-License-Identifier: BSD-2-Clause
// What a client of the serial server shares with it: one region for each stream, an output and an input queue.
// The spec maps SERIAL_SHM_BYTES of zeroed memory into both.
#ifndef GLOBAL_COMPONENTS_SERIAL_SHM_H
#define GLOBAL_COMPONENTS_SERIAL_SHM_H

#include <global-components/byte_ring.h>

#define SERIAL_OUT_BYTES 8192u
#define SERIAL_IN_BYTES 1024u

struct serial_shm {
    struct byte_ring_shared out, in;
    uint8_t in_data[SERIAL_IN_BYTES];
    _Alignas(4096) uint8_t out_data[SERIAL_OUT_BYTES];
};
#define SERIAL_SHM_BYTES 12288u
_Static_assert(sizeof(struct serial_shm) == SERIAL_SHM_BYTES, "three pages");

static inline struct byte_ring serial_shm_out(struct serial_shm *s)
{
    return (struct byte_ring){ .shared = &s->out, .data = s->out_data, .size = SERIAL_OUT_BYTES };
}

static inline struct byte_ring serial_shm_in(struct serial_shm *s)
{
    return (struct byte_ring){ .shared = &s->in, .data = s->in_data, .size = SERIAL_IN_BYTES };
}

#endif
