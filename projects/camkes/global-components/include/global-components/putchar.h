// SPDX-License-Identifier: BSD-2-Clause
// For users of interface PutChar: what one call takes, and printf through it.
#ifndef GLOBAL_COMPONENTS_PUTCHAR_H
#define GLOBAL_COMPONENTS_PUTCHAR_H

#include <stddef.h>
#include <stdint.h>

#define PUTCHAR_BATCH_MAX 512u

/* The generated <interface>_batch. */
typedef uint32_t putchar_batch_fn(size_t n, const char *bytes);

/* All of it, as long as the other side takes any. Returns how much that was. */
static inline size_t putchar_write(putchar_batch_fn *batch, const char *bytes, size_t n)
{
    size_t done = 0;

    while (done < n) {
        size_t k = n - done < PUTCHAR_BATCH_MAX ? n - done : PUTCHAR_BATCH_MAX;
        uint32_t took = batch(k, bytes + done);
        if (took == 0 || took > k)
            break;
        done += took;
    }
    return done;
}

/* In pre_init: stdout and stderr go to the interface, when it is connected.
 *     PUTCHAR_STDOUT(putchar)                                                                             */
#define PUTCHAR_STDOUT(iface)                                                                       \
    static void iface##_stdout(const char *text, size_t n) { putchar_write(iface##_batch, text, n); } \
    void pre_init(void)                                                                             \
    {                                                                                               \
        putchar_batch_fn *const connected = iface##_batch;                                          \
        if (connected)                                                                              \
            rt_set_write(iface##_stdout);                                                           \
    }

#endif
