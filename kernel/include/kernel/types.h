// SPDX-License-Identifier: BSD-2-Clause
// Base types of the kernel: typed physical addresses, intrusive lists, small helpers.
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;
typedef struct { uint64_t raw; } paddr_t;        /* a host-physical address; never dereferenced as it is */

static inline paddr_t paddr(uint64_t raw) { return (paddr_t){ raw }; }

#define BIT(n) (1ull << (n))
#define MASK(bits) ((bits) >= 64 ? ~0ull : BIT(bits) - 1)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ROUND_DOWN(x, bits) ((x) & ~MASK(bits))
#define ROUND_UP(x, bits) (((x) + MASK(bits)) & ~MASK(bits))
#define IS_ALIGNED(x, bits) (((x) & MASK(bits)) == 0)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define must_check __attribute__((warn_unused_result))

/* kprintf: %d %u %x %lx %lu %p %s %c with width and zero padding. panic: "unsafe to continue"; never
 * reachable from outside input. */
int kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define CHECK(cond) do { if (unlikely(!(cond))) panic("%s:%d: %s", __FILE__, __LINE__, #cond); } while (0)

#endif
