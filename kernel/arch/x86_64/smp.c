// SPDX-License-Identifier: BSD-2-Clause
// Several CPUs: bringing them up (INIT-SIPI-SIPI), the big lock's slow path, remote calls, stall and kick.
//
// Order: whoever makes a remote call or stalls holds the big lock, so there is one request at a time. The others are
// in user mode, a guest or idle (the interrupt gets them), on the way in or out (interrupts come next), or they wait
// for the lock (they look at `request` themselves). Every wait has PAUSE.
// Facts: Intel SDM vol. 3, 9.4 (MP initialisation protocol).
#include <lock.h>
#include <platform.h>

struct big_lock big_lock;
unsigned cpu_count = 1;

static struct { remote_fn fn; uint64_t a, b; uint64_t waiting_for; } call;
static struct cpu *cpus[CONFIG_MAX_NUM_NODES];

struct cpu *cpu_of(unsigned index) { return cpus[index]; }

/* ---- remote calls ---- */

void remote_serve(void)
{
    struct cpu *cpu = this_cpu();
    if (!__atomic_load_n(&cpu->arch.request, __ATOMIC_ACQUIRE))
        return;
    call.fn(call.a, call.b);
    cpu->arch.request = 0;
    __atomic_fetch_and(&call.waiting_for, ~BIT(cpu->index), __ATOMIC_RELEASE);
}

uint64_t cpu_mask_online(void) { return MASK(cpu_count); }

void remote_call(uint64_t cpu_mask, remote_fn fn, uint64_t a, uint64_t b)
{
    unsigned self = this_cpu()->index;
    uint64_t others = cpu_mask & cpu_mask_online() & ~BIT(self);
    if (others) {
        call.fn = fn;
        call.a = a;
        call.b = b;
        call.waiting_for = others;
        for (unsigned i = 0; i < cpu_count; i++) {
            if (!(others & BIT(i)))
                continue;
            __atomic_store_n(&cpus[i]->arch.request, 1, __ATOMIC_RELEASE);
            if (!cpus[i]->arch.waiting)
                apic_ipi(cpus[i]->arch.apic_id, VECTOR_REMOTE);
        }
    }
    if (cpu_mask & BIT(self))
        fn(a, b);
    while (others && __atomic_load_n(&call.waiting_for, __ATOMIC_ACQUIRE))
        cpu_pause();
}

/* ---- the lock when it is taken, stall ---- */

void kernel_lock_wait(struct cpu *cpu, uint32_t ticket, enum trap_kind kind)
{
    arch_bases_copy(cpu);                    /* the thread may go on elsewhere */
    cpu->arch.trap = kind;
    __atomic_store_n(&cpu->arch.waiting, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&big_lock.owner, __ATOMIC_ACQUIRE) != ticket) {
        remote_serve();
        cpu_pause();
    }
    cpu->arch.waiting = 0;
    remote_serve();
    if (cpu->arch.dropped)
        cpu->arch.bases_of = NULL;
}

void kernel_lock_vm(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu_count == 1)
        return;
    uint32_t ticket = __atomic_fetch_add(&big_lock.next, 1, __ATOMIC_RELAXED);
    if (__atomic_load_n(&big_lock.owner, __ATOMIC_ACQUIRE) != ticket)
        kernel_lock_wait(cpu, ticket, TRAP_NONE);
}

void kernel_unlock_vm(void) { kernel_unlock(); }

bool arch_trap_dropped(void)
{
    bool dropped = this_cpu()->arch.dropped;
    this_cpu()->arch.dropped = false;
    return dropped;
}

void arch_stall(unsigned index)
{
    struct cpu *cpu = cpus[index];
    if (cpu == this_cpu())
        return;
    if (!__atomic_load_n(&cpu->arch.waiting, __ATOMIC_ACQUIRE))
        apic_ipi(cpu->arch.apic_id, VECTOR_STALL);
    while (!__atomic_load_n(&cpu->arch.waiting, __ATOMIC_ACQUIRE))
        cpu_pause();
    if (!cpu->arch.dropped && cpu->arch.trap == TRAP_SYSCALL)
        arch_restart_syscall(cpu->current);
    cpu->arch.dropped = true;
}

void arch_kick(unsigned index)
{
    if (cpus[index] != this_cpu() && !cpus[index]->arch.waiting)
        apic_ipi(cpus[index]->arch.apic_id, VECTOR_RESCHEDULE);
}

/* ---- bring-up ---- */

extern const uint8_t ap_trampoline[], ap_trampoline_end[];
extern uint64_t ap_cr3, ap_stack, ap_cpu;    /* .boot: identity-mapped for the CPU that starts */

#define TRAMPOLINE_PAGE 8                    /* 0x8000: conventional memory, free once the loader is gone */

static void create_idle(struct cpu *cpu)
{
    struct tcb *idle = memory_alloc(12);
    core_tcb_init(idle, cpu->index);
    core_init_cpu(cpu, idle);
}

static bool start_one(struct cpu *cpu)
{
    uint64_t *low_cr3 = &ap_cr3, *low_stack = &ap_stack, *low_cpu = &ap_cpu;
    *(uint64_t *)ptr_of_paddr((uint64_t)low_cr3) = kernel_cr3();
    *(uint64_t *)ptr_of_paddr((uint64_t)low_stack) = cpu->arch.kernel_stack;
    *(uint64_t *)ptr_of_paddr((uint64_t)low_cpu) = (uint64_t)cpu;
    apic_init_sipi(cpu->arch.apic_id, true, 0);
    delay_us(10000);
    for (unsigned try = 0; try < 2; try++) {
        apic_init_sipi(cpu->arch.apic_id, false, TRAMPOLINE_PAGE);
        uint64_t until = arch_now() + ticks_from_us(try ? 1000000 : 200000);
        while (arch_now() < until) {
            if (__atomic_load_n(&cpu->arch.online, __ATOMIC_ACQUIRE))
                return true;
            cpu_pause();
        }
    }
    return false;
}

/* Before this the boot CPU runs alone. The others come up one after the other and then wait for the lock. */
void smp_start(void)
{
    struct cpu *self = this_cpu();
    cpus[0] = self;
    create_idle(self);
    unsigned limit = MIN(MIN(acpi.cpu_count, boot.max_cpus), CONFIG_MAX_NUM_NODES), started = 1;
    uint8_t *page = ptr_of_paddr(TRAMPOLINE_PAGE << 12);
    for (const uint8_t *p = ap_trampoline; p < ap_trampoline_end; p++)
        page[p - ap_trampoline] = *p;
    big_lock.next = 1;                       /* held by this CPU until its first thread leaves */
    for (unsigned i = 0; i < acpi.cpu_count && started < limit; i++) {
        if (acpi.apic_id[i] == self->arch.apic_id)
            continue;
        struct cpu *cpu = cpu_create(started, acpi.apic_id[i]);
        cpus[started] = cpu;
        create_idle(cpu);
        if (start_one(cpu))
            started++;
        else
            kprintf("cpu with APIC id %u does not start; left alone\n", acpi.apic_id[i]);
    }
    cpu_count = started;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void smp_ap_main(struct cpu *cpu)
{
    cpu_load(cpu);
    apic_init_cpu();
    fpu_init_cpu();
    virt_init_cpu(cpu);
    __atomic_store_n(&cpu->arch.online, true, __ATOMIC_RELEASE);
    uint32_t ticket = __atomic_fetch_add(&big_lock.next, 1, __ATOMIC_RELAXED);
    kernel_lock_wait(cpu, ticket, TRAP_IRQ);
    cpu->arch.dropped = false;
    core_kicked();
    trap_start();
}
