// SPDX-License-Identifier: BSD-2-Clause
// Memory that stays until the program ends, and the two containers built on it: vectors and maps by name.
#ifndef CAMKES_MEM_H
#define CAMKES_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *mem_new(size_t bytes);                                /* zeroed, aligned for anything */
const char *mem_text(const char *from, size_t length);      /* a copy with a zero at its end */
void mem_release(void);                                     /* all of it; for tests */
unsigned mem_life(void);                                    /* how often that was */

#define NEW(type) ((type *)mem_new(sizeof(type)))

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *at;                                                                                            \
        size_t count, room;                                                                                  \
    }
/* Room for one more; the pointer to it. */
#define vec_add(vec)                                                                                         \
    ((vec)->at = vec_room((vec)->at, (vec)->count, &(vec)->room, sizeof *(vec)->at),                         \
     &(vec)->at[(vec)->count++])
void *vec_room(void *at, size_t count, size_t *room, size_t bytes);

/* Names to pointers, in the order they came. Keys are not copied. */
struct map_entry { const char *key; void *value; };
struct map { VEC(struct map_entry) entries; uint32_t *slots; size_t room; };
void *map_get(const struct map *, const char *key);         /* NULL = none */
void *map_put(struct map *, const char *key, void *value);  /* NULL = put; else what is already there */
/* The key nearest to `word` (diag_nearest). */
const char *map_nearest(const struct map *, const char *word);

#endif
