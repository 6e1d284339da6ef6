// SPDX-License-Identifier: BSD-2-Clause
// What tests see of the fake architecture: its clock, its records of what the core asked for, its switches.
#ifndef HOST_H
#define HOST_H

#include <kernel/arch.h>

#define HOST_CPUS 2
#define HOST_TICKS_PER_US 10

struct host {
    struct cpu cpu[HOST_CPUS];
    struct tcb *idle[HOST_CPUS];
    unsigned self;                  /* the CPU that runs the kernel now */
    uint64_t now;                   /* ticks */
    uint64_t timer[HOST_CPUS];      /* last arch_set_timer, 0 = none since cleared */
    unsigned timer_sets, clock_reads, switches;
    unsigned kicks[HOST_CPUS], stalls[HOST_CPUS];
    bool irq_masked[IRQ_COUNT];
    unsigned irq_acks;
    unsigned irq_period;            /* arch_irq_pending is true every irq_period-th time; 0 = never */
    unsigned irq_polls;
    unsigned vm_wakes, vm_deadlines;
    word_t vm_badge;
    enum thread_state vm_next;      /* what VM_ENTER does with its thread */
    uint64_t vm_next_deadline;
    bool vm_refuses;
    bool quiet;                     /* debug output goes nowhere */
    char console[4096];
    unsigned console_length;
};

extern struct host host;
void host_reset(void);              /* clock at 1 s, two CPUs that run their idle threads, CPU 0 is self */

#endif
