// SPDX-License-Identifier: BSD-2-Clause
// The memory of a GetChar connection: a byte queue, the serial server puts, the client takes. Its data is the
// largest power of two that fits behind the indexes; nothing in it is trusted, see byte_ring.h.
#ifndef GLOBAL_COMPONENTS_GETCHAR_H
#define GLOBAL_COMPONENTS_GETCHAR_H

#include <global-components/byte_ring.h>

/* A queue in `memory`; one without memory (shared == NULL) when there is too little of it. */
static inline struct byte_ring getchar_ring(void *memory, size_t bytes)
{
    const size_t head = sizeof(struct byte_ring_shared);
    struct byte_ring ring = { .shared = memory, .data = (uint8_t *)memory + head, .size = 1u << 20 };

    while (ring.size && ring.size + head > bytes)
        ring.size /= 2;
    return memory && ring.size ? ring : (struct byte_ring){ 0 };
}

#endif
