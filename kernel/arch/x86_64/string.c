// SPDX-License-Identifier: BSD-2-Clause
// The four functions that gcc may call by itself in a freestanding program (GCC manual, 2.1 "Language Standards").
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int value, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

void *memset(void *to, int value, size_t n)
{
    uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;
    void *at = to;
    size_t words = n / 8, rest = n % 8;
    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(pattern) : "memory");
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    void *at = to;
    size_t words = n / 8, rest = n % 8;
    __asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) :: "memory");
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(rest) :: "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    if ((uintptr_t)to - (uintptr_t)from >= n)
        return memcpy(to, from, n);
    for (size_t i = n; i > 0; i--)
        ((uint8_t *)to)[i - 1] = ((const uint8_t *)from)[i - 1];
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}
