// SPDX-License-Identifier: BSD-2-Clause
// Memory that stays: an arena of large blocks; vectors that double in it, maps with open addressing.
#include "mem.h"
#include <stdlib.h>
#include <string.h>
#include "diag.h"

enum { BLOCK = 64 * 1024, ALIGN = 16 };

/* Does it get a block of its own? Under AddressSanitizer all, which then sees who writes beyond a piece. */
static bool alone(size_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return bytes > BLOCK / 4;
#endif
}

struct block { struct block *next; _Alignas(16) char data[]; };
static struct block *blocks;
static char *free_at;
static size_t free_bytes;
static unsigned life;

static char *block_new(size_t bytes)
{
    struct block *b = calloc(1, sizeof *b + bytes);

    if (!b)
        diag_fatal("out of memory");
    b->next = blocks;
    blocks = b;
    return b->data;
}

void *mem_new(size_t bytes)
{
    char *at;

    if (alone(bytes))
        return block_new(bytes);
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (bytes > free_bytes) {
        free_at = block_new(BLOCK);
        free_bytes = BLOCK;
    }
    at = free_at;
    free_at += bytes;
    free_bytes -= bytes;
    return at;
}

const char *mem_text(const char *from, size_t length)
{
    return memcpy(mem_new(length + 1), from, length);
}

void mem_release(void)
{
    while (blocks) {
        struct block *next = blocks->next;

        free(blocks);
        blocks = next;
    }
    free_bytes = 0;
    life++;
}

unsigned mem_life(void) { return life; }

void *vec_room(void *at, size_t count, size_t *room, size_t bytes)
{
    void *more;

    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 4;
    more = mem_new(*room * bytes);
    if (count)
        memcpy(more, at, count * bytes);
    return more;
}

static size_t hash(const char *key)                         /* FNV-1a */
{
    uint64_t h = 14695981039346656037u;

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    return (size_t)h;
}

/* The slot where `key` is, or the free one where it would be. A slot holds the entry's index plus one. */
static uint32_t *slot_of(const struct map *map, const char *key)
{
    size_t i = hash(key);

    for (;; i++) {
        uint32_t *slot = &map->slots[i & (map->room - 1)];

        if (!*slot || strcmp(map->entries.at[*slot - 1].key, key) == 0)
            return slot;
    }
}

void *map_get(const struct map *map, const char *key)
{
    uint32_t *slot;

    if (!map->room)
        return NULL;
    slot = slot_of(map, key);
    return *slot ? map->entries.at[*slot - 1].value : NULL;
}

static void map_grow(struct map *map)
{
    map->room = map->room ? map->room * 2 : 16;
    map->slots = mem_new(map->room * sizeof *map->slots);
    for (uint32_t i = 0; i < map->entries.count; i++)
        *slot_of(map, map->entries.at[i].key) = i + 1;
}

void *map_put(struct map *map, const char *key, void *value)
{
    uint32_t *slot;

    if (map->entries.count * 2 >= map->room)
        map_grow(map);
    slot = slot_of(map, key);
    if (*slot)
        return map->entries.at[*slot - 1].value;
    *vec_add(&map->entries) = (struct map_entry){ key, value };
    *slot = (uint32_t)map->entries.count;
    return NULL;
}

const char *map_nearest(const struct map *map, const char *word)
{
    const char **keys = mem_new((map->entries.count + 1) * sizeof *keys);

    for (size_t i = 0; i < map->entries.count; i++)
        keys[i] = map->entries.at[i].key;
    return diag_nearest(word, keys, (unsigned)map->entries.count);
}
