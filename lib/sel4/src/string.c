// SPDX-License-Identifier: BSD-2-Clause
// Memory and string functions for programs without a C library. The compiler calls the mem* ones by itself.
#include <stdint.h>
#include <string.h>

/* Else the compiler sees what a loop does, and makes strlen call strlen. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    void *result = to;
    size_t words = n / 8, rest = n % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return result;
}

void *memmove(void *to, const void *from, size_t n)
{
    if ((uintptr_t)to - (uintptr_t)from >= n) {
        return memcpy(to, from, n);
    }
    char *d = to;
    const char *s = from;
    while (n--) {
        d[n] = s[n];
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    void *result = to;
    const uint64_t fill = 0x0101010101010101ull * (unsigned char)byte;
    size_t words = n / 8, rest = n % 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(fill) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(fill) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n]) {
        n++;
    }
    return n;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n]) {
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++) {
        if (*a != *b || !*a) {
            return (unsigned char)*a - (unsigned char)*b;
        }
    }
    return 0;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c) {
            return (char *)(uintptr_t)s;
        }
        if (!*s) {
            return NULL;
        }
    }
}

char *strstr(const char *s, const char *what)
{
    const size_t n = strlen(what);
    for (; strncmp(s, what, n); s++) {
        if (!*s) {
            return NULL;
        }
    }
    return (char *)(uintptr_t)s;
}
