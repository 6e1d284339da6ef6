// SPDX-License-Identifier: BSD-2-Clause
// A guest that reads, writes and modifies guest-physical addresses all over where there is no RAM, with many kinds of
// instruction, then runs into nowhere. Its monitor may stop it at that point; nothing else may be harmed.
// Long mode with 64 GiB mapped to themselves (MICRO_MAP_GIB).

#include "micro.h"

#define TOUCHES 4000

static uint64_t state = 0x9e3779b97f4a7c15ull;
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void touch(word_t a, unsigned how)
{
    volatile uint64_t *p = (volatile uint64_t *)a;
    uint64_t buf[4], v = next();
    word_t n = v % 16 + 1;
    void *to = (void *)a, *from = buf;
    switch (how % 10) {
    case 0: (void)*(volatile uint8_t *)a; break;
    case 1: *(volatile uint16_t *)a = (uint16_t)v; break;
    case 2: (void)*(volatile uint32_t *)a; break;
    case 3: *p = v; break;
    case 4: __asm__ volatile("lock xaddl %k0, %1" : "+r"(v), "+m"(*(volatile uint32_t *)a)); break;
    case 5: __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(1) : "memory"); break;
    case 6: __asm__ volatile("movsq" : "+D"(to), "+S"(from) :: "memory"); break;
    case 7: __asm__ volatile("xchg %0, %1" : "+r"(v), "+m"(*p)); break;
    case 8: __asm__ volatile("lock cmpxchg %2, %1" : "+a"(v), "+m"(*p) : "r"(v) : "memory"); break;
    default: __asm__ volatile("bts %1, %0" : "+m"(*p) : "r"(v % 64) : "memory"); break;
    }
}

/* A monitor may refuse an instruction by an exception: give the touch up and go on with the next. */
static void *resume[5];
static unsigned refused;
static void skip_fault(struct micro_frame *f)
{
    (void)f;
    refused++;
    __builtin_longjmp(resume, 1);
}

void micro_main(void)
{
    print("wild: %d touches of memory that is not there\n", TOUCHES);
    on_vector(6, skip_fault);
    on_vector(13, skip_fault);
    on_vector(18, skip_fault);
    word_t top = (word_t)MICRO_MAP_GIB << 30;
    for (volatile unsigned i = 0; i < TOUCHES; i++) {
        word_t a = (0x40000000ul + next() % (top - 0x40001000ul)) & ~63ul;    /* above 1 GiB; not the LAPIC's page */
        if (a >> 24 == 0xfe)
            a ^= 0x10000000;
        if (!__builtin_setjmp(resume))
            touch(a, i);
    }
    print("wild: %u instructions refused\n", refused);
    check_true("wild accesses", true);
    if (!__builtin_setjmp(resume))       /* SSE on memory that is not there: a monitor need not know it */
        __asm__ volatile("movups (%0), %%xmm0" :: "r"(0x80000000ul) : "memory");
    print("wild: jumping to nowhere\n");
    ((void (*)(void))0x80000000ul)();
    print("FAIL came back from nowhere\n");
    micro_exit(1);
}
