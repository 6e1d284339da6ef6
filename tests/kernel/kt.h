// SPDX-License-Identifier: BSD-2-Clause
// Common ground of the kernel's test task: checks, objects, threads.
#ifndef KT_H
#define KT_H

#include <sel4/sel4.h>
#include <sel4/task.h>
#include <stdbool.h>

#define CHECK(name, condition) kt_check((name), (condition), __LINE__)
#define EQUAL(name, expected, got) kt_equal((name), (uint64_t)(expected), (uint64_t)(got), __LINE__)
void kt_check(const char *name, bool ok, int line);
void kt_equal(const char *name, uint64_t expected, uint64_t got, int line);
void kt_must(seL4_Error, const char *what);            /* a failure ends everything */

extern const seL4_BootInfo *bi;
#define ME seL4_CapInitThreadTCB
#define CSPACE seL4_CapInitThreadCNode
#define VSPACE seL4_CapInitThreadVSpace
#define MY_PRIORITY 100

seL4_CPtr kt_slot(void);
seL4_CPtr kt_memory(unsigned bits);                    /* an untyped of this size */
seL4_CPtr kt_make(seL4_Word type, seL4_Word bits);
seL4_CPtr kt_copy(seL4_CPtr, seL4_CapRights_t);
seL4_CPtr kt_mint(seL4_CPtr, seL4_Word badge);
void kt_delete(seL4_CPtr);
seL4_Word kt_place(unsigned bits);                     /* a free stretch of address space, with all its tables */
void *kt_map(seL4_CPtr frame, unsigned bits);

/* Threads in this address space; main's return ends the thread (it suspends itself). */
struct thread { seL4_CPtr tcb, sc; unsigned index; };
struct options { unsigned priority, cpu; uint64_t budget, period; seL4_CPtr fault, timeout; bool passive; };
struct thread kt_start(void (*main)(void *), void *arg, struct options);
struct thread kt_new(void (*main)(void *), void *arg, struct options);   /* not started */
void kt_stop(struct thread);                           /* deletes it; its place can be used again */
#define START(main, arg, ...) kt_start((main), (arg), (struct options){ __VA_ARGS__ })

static inline uint64_t kt_tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}
static inline uint64_t kt_us(uint64_t us) { return us * (bi->tscHz / 1000000); }
static inline void kt_spin(uint64_t us)
{
    for (uint64_t until = kt_tsc() + kt_us(us); kt_tsc() < until; ) {
        __asm__ volatile("pause");
    }
}
bool kt_wait_for(volatile uint64_t *, uint64_t at_least, uint64_t us);   /* spins */

static inline seL4_MessageInfo_t msg(seL4_Word label, unsigned length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

void test_ipc(void);
void test_paging(void);
void test_faults(void);
void test_sched(void);
void test_devices(void);
void test_smp(void);

#endif
