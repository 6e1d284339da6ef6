// SPDX-License-Identifier: BSD-2-Clause
// The world in which both ends of generated calls run in one program, and the values they exchange: every
// value follows from a key that both ends know. `hostile`: messages are damaged on their way; then nothing is
// known about values, but all of them are looked at, for the sanitizers to find what must not be there.
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern unsigned round_now;              /* part of every key */
extern bool hostile;
extern unsigned longest;                /* elements in an array */
extern volatile uint64_t seen;          /* what is looked at ends here */

uint64_t key_mix(uint64_t key);
/* A value's key: interface, method, parameter, and whether it is on its way out. */
static inline uint64_t key_of(unsigned interface, unsigned method, unsigned parameter, unsigned out)
{
    return key_mix(((uint64_t)round_now << 32) + interface * 100000u + method * 1000u + parameter * 2u + out);
}
static inline size_t key_count(uint64_t key) { return key_mix(key + 77) % (longest + 1); }

_Noreturn void wrong(const char *what);
/* What a nested call or malloc's lock would do to the messages of this thread. */
void scribble_ipc_buffer(void);
void test_run(void);                    /* one round of all calls (generated) */
void test_expect(const char *interface, unsigned method);      /* for messages about failures */

/* fill_T, check_T, touch_T, free_T of a plain type. */
#define PLAIN_VALUE(sfx, T, expression)                                                                      \
    static inline T value_##sfx(uint64_t key) { return (T)(expression); }                                    \
    static inline void fill_##sfx(T *x, uint64_t key) { *x = value_##sfx(key); }                             \
    static inline void check_##sfx(const T *x, uint64_t key)                                                 \
    {                                                                                                        \
        if (*x != value_##sfx(key)) {                                                                        \
            wrong(#T);                                                                                       \
        }                                                                                                    \
    }                                                                                                        \
    static inline void touch_##sfx(const T *x) { seen += (uint64_t)(*x != 0); }                              \
    static inline void free_##sfx(T *x) {}

PLAIN_VALUE(int, int, key_mix(key))
PLAIN_VALUE(unsigned, unsigned, key_mix(key))
PLAIN_VALUE(char, char, key_mix(key))
PLAIN_VALUE(boolean, bool, key_mix(key) & 1)
PLAIN_VALUE(int8_t, int8_t, key_mix(key))
PLAIN_VALUE(int16_t, int16_t, key_mix(key))
PLAIN_VALUE(int32_t, int32_t, key_mix(key))
PLAIN_VALUE(int64_t, int64_t, key_mix(key))
PLAIN_VALUE(uint8_t, uint8_t, key_mix(key))
PLAIN_VALUE(uint16_t, uint16_t, key_mix(key))
PLAIN_VALUE(uint32_t, uint32_t, key_mix(key))
PLAIN_VALUE(uint64_t, uint64_t, key_mix(key))
PLAIN_VALUE(size_t, size_t, key_mix(key))
PLAIN_VALUE(long_long, long long, key_mix(key))
PLAIN_VALUE(unsigned_short, unsigned short, key_mix(key))
PLAIN_VALUE(float, float, (float)(int32_t)key_mix(key) / 7)
PLAIN_VALUE(double, double, (double)(int64_t)key_mix(key) / 7)

/* Types that the compiler only knows the names of. */
typedef struct { uint8_t b[13]; } blob_t;
typedef struct { _Alignas(16) uint32_t w[4]; } wide_t;
typedef enum { RED, GREEN, BLUE } color_t;
typedef uint32_t handle_t;
PLAIN_VALUE(handle_t, handle_t, key_mix(key))
PLAIN_VALUE(color_t, color_t, key_mix(key) % 3)
#define ARRAY_VALUE(sfx, T, member, count)                                                                   \
    static inline void fill_##sfx(T *x, uint64_t key)                                                        \
    {                                                                                                        \
        for (unsigned i = 0; i < count; i++) {                                                               \
            x->member[i] = (__typeof__(x->member[0]))key_mix(key + i);                                       \
        }                                                                                                    \
    }                                                                                                        \
    static inline void check_##sfx(const T *x, uint64_t key)                                                 \
    {                                                                                                        \
        T y;                                                                                                 \
        fill_##sfx(&y, key);                                                                                 \
        if (memcmp(x, &y, sizeof(y))) {                                                                      \
            wrong(#T);                                                                                       \
        }                                                                                                    \
    }                                                                                                        \
    static inline void touch_##sfx(const T *x)                                                               \
    {                                                                                                        \
        for (unsigned i = 0; i < count; i++) {                                                               \
            seen += x->member[i];                                                                            \
        }                                                                                                    \
    }                                                                                                        \
    static inline void free_##sfx(T *x) {}
ARRAY_VALUE(blob_t, blob_t, b, 13)
ARRAY_VALUE(wide_t, wide_t, w, 4)

static inline void fill_string(char **x, uint64_t key)
{
    const size_t length = key_mix(key + 3) % 13;
    *x = malloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        (*x)[i] = (char)(key_mix(key + 5 + i) % 255 + 1);
    }
    (*x)[length] = 0;
}
static inline void check_string(char *const *x, uint64_t key)
{
    char *y;
    fill_string(&y, key);
    if (strcmp(*x, y)) {
        wrong("string");
    }
    free(y);
}
static inline void touch_string(char *const *x) { seen += *x ? strlen(*x) : 0; }
static inline void free_string(char **x) { free(*x); }

#define FILL_ARRAY(sfx, T, count, array, key)                                                                \
    do {                                                                                                     \
        const uint64_t _key = (key);                                                                         \
        (count) = key_count(_key);                                                                           \
        (array) = (count) ? malloc((count) * sizeof(T)) : NULL;                                              \
        for (size_t _i = 0; _i < (count); _i++) {                                                            \
            fill_##sfx(&(array)[_i], _key + _i);                                                             \
        }                                                                                                    \
    } while (0)
#define FREE_ARRAY(sfx, count, array)                                                                        \
    do {                                                                                                     \
        for (size_t _i = 0; _i < (count); _i++) {                                                            \
            free_##sfx(&(array)[_i]);                                                                        \
        }                                                                                                    \
        free(array);                                                                                         \
    } while (0)
/* Looks at what arrived: it is what the key says, or anything that is a value. */
#define SEE(sfx, x, key)                                                                                     \
    do {                                                                                                     \
        if (hostile) {                                                                                       \
            touch_##sfx(x);                                                                                  \
        } else {                                                                                             \
            check_##sfx(x, key);                                                                             \
        }                                                                                                    \
    } while (0)
#define SEE_ARRAY(sfx, count, array, key)                                                                    \
    do {                                                                                                     \
        const uint64_t _key = (key);                                                                         \
        if (!hostile && (count) != key_count(_key)) {                                                        \
            wrong("count of " #sfx);                                                                         \
        }                                                                                                    \
        for (size_t _i = 0; _i < (count); _i++) {                                                            \
            SEE(sfx, &(array)[_i], _key + _i);                                                               \
        }                                                                                                    \
    } while (0)

#endif
