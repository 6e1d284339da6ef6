// SPDX-License-Identifier: BSD-2-Clause
// Prints `BENCH name value`: the least of some rounds, less what reading the clock costs. Under `-icount
// shift=0` the time-stamp counter counts instructions.
#include <camkes.h>
#include <rt/rpc.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 32

static uint64_t least, empty;

#define MEASURE(name, expression)                                                                  \
    do {                                                                                           \
        least = UINT64_MAX;                                                                        \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            const uint64_t start = rt_tsc();                                                       \
            expression;                                                                            \
            const uint64_t took = rt_tsc() - start;                                                \
            least = took < least ? took : least;                                                   \
        }                                                                                          \
        printf("BENCH %s %llu\n", name, (unsigned long long)(least - empty));                      \
        empty = empty ? empty : least;                                                             \
    } while (0)

static void fill(void)
{
    size_t count;
    int *numbers;
    b_fill(100, &count, &numbers);
    free(numbers);
}

int run(void)
{
    static const int numbers[100];
    const seL4_CPtr cap = rt_cap("b");
    MEASURE("empty_loop", __asm__ volatile(""));
    MEASURE("rpc_bare_words", rt_call3(cap, 1, 1, 2, 3));
    MEASURE("rpc_nothing", b_nothing());
    MEASURE("rpc_three_words", b_add(1, 2, 3));
    MEASURE("rpc_five_words", b_five(1, 2, 3, 4, 5));
    MEASURE("rpc_string", b_length("sixteen letters."));
    MEASURE("rpc_array_in", b_sum(100, numbers));
    MEASURE("rpc_array_out", fill());
    printf("BENCH done 1\n");
    return 0;
}
