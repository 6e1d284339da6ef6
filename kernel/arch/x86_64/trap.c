// SPDX-License-Identifier: BSD-2-Clause
// Bodies of traps. entry.S has saved the user's registers in its TCB; what is returned is the thread to go on with.
#include <lock.h>
#include <platform.h>

enum { EXC_UNDEFINED = 6, EXC_DEVICE = 7, EXC_PAGE = 14, EXC_COUNT = 32 };
#define PF_FETCH (1u << 4)                   /* AMD APM vol. 2, 8.4.2 */

uint64_t irq_window(bool sleep);
struct tcb *trap_syscall(int64_t number);
struct tcb *trap_user(unsigned vector);
_Noreturn void trap_kernel_fault(const struct user_frame *);
void trap_nmi(const uint64_t *frame);
_Noreturn void trap_machine_check(const uint64_t *frame);
_Noreturn void return_to_user_of(struct tcb *);

static void handle_irq(unsigned vector)
{
    switch (vector) {
    case VECTOR_SPURIOUS:
        return;                              /* no EOI for these: Intel SDM vol. 3, 10.9 */
    case VECTOR_TIMER:
        core_timer();
        break;
    case VECTOR_REMOTE:
        remote_serve();
        break;
    case VECTOR_RESCHEDULE:
    case VECTOR_STALL:
        core_kicked();
        break;
    default:
        if (vector >= VECTOR_IRQ_BASE && vector < VECTOR_TIMER && irq_arrived(vector - VECTOR_IRQ_BASE)) {
            core_irq(vector - VECTOR_IRQ_BASE);   /* ends with arch_irq_ack */
            return;
        }
    }
    apic_eoi();
}

/* The thread is not one that simply goes on in user mode: idle, or its guest runs. */
static struct tcb *leave_otherwise(struct cpu *cpu)
{
    for (;;) {
        struct tcb *t = cpu->current;
        if (t->state == TS_RUNNING_VM) {
            vcpu_run(t);
        } else if (t->state == TS_IDLE) {
            kernel_unlock();
            apic_remind();
            uint64_t vector = irq_window(true);
            kernel_lock(cpu, TRAP_IRQ);
            if (vector)
                handle_irq((unsigned)vector);
        } else {
            break;
        }
    }
    arch_bases_load(cpu);
    fpu_leave_for(cpu, cpu->current);
    return cpu->current;
}

/* Every trap body of the core has ended with core_leave(): the next thread is chosen. */
static inline struct tcb *leave(struct cpu *cpu)
{
    struct tcb *t = cpu->current;
    if (unlikely(t->state == TS_RUNNING_VM || t->state == TS_IDLE))
        t = leave_otherwise(cpu);
    kernel_unlock();
    return t;
}

struct tcb *trap_syscall(int64_t number)
{
    struct cpu *cpu = this_cpu();
    if (likely(kernel_lock(cpu, TRAP_SYSCALL)))
        core_syscall(number);
    else
        core_kicked();
    return leave(cpu);
}

static void user_exception(struct tcb *t, unsigned vector, uint64_t cr2)
{
    const struct user_frame *f = &arch_of(t)->regs;
    struct fault fault = { .type = ABI_FAULT_USER_EXCEPTION, .word = { vector, f->error } };
    if (vector == EXC_PAGE)
        fault = (struct fault){ .type = ABI_FAULT_VM, .word = { f->rip, cr2, !!(f->error & PF_FETCH), f->error } };
    core_fault(t, fault);
}

struct tcb *trap_user(unsigned vector)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    if (vector == VECTOR_REMOTE) {           /* needs no lock, changes no thread */
        remote_serve();
        apic_eoi();
        return t;
    }
    if (vector < EXC_COUNT) {
        uint64_t cr2 = read_cr2();
        if ((vector == EXC_DEVICE && fpu_trap_fast(t)) || (vector == EXC_UNDEFINED && fpu_trap_undefined()))
            return t;
        if (!kernel_lock(cpu, TRAP_FAULT))
            core_kicked();
        else if (vector == EXC_DEVICE)
            fpu_trap(t);
        else
            user_exception(t, vector, cr2);
    } else {
        kernel_lock(cpu, TRAP_IRQ);
        handle_irq(vector);
    }
    return leave(cpu);
}

void arch_take_irqs(void)
{
    uint64_t vector;
    while ((vector = irq_window(false)) != 0)
        handle_irq((unsigned)vector);
}

void trap_start(void)
{
    core_leave();
    return_to_user_of(leave(this_cpu()));
}

/* ---- things that must not happen ---- */

static const char *const exception_name[EXC_COUNT] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode", "device not available",
    "double fault", "coprocessor", "invalid TSS", "segment not present", "stack", "general protection", "page fault",
    [16] = "x87", "alignment", "machine check", "SIMD", [21] = "control protection",
};

void trap_kernel_fault(const struct user_frame *f)
{
    const char *name = f->vector < EXC_COUNT ? exception_name[f->vector] : NULL;
    kprintf("\nkernel exception %lu (%s), error %lx, cr2 %lx, cpu %x\n", f->vector, name ? name : "reserved",
            f->error, read_cr2(), apic_id());
    kprintf("rip %lx rsp %lx rflags %lx cr3 %lx\n", f->rip, f->rsp, f->rflags, read_cr3());
    kprintf("rax %lx rbx %lx rcx %lx rdx %lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    kprintf("rsi %lx rdi %lx rbp %lx r8  %lx\n", f->rsi, f->rdi, f->rbp, f->r8);
    kprintf("r9  %lx r10 %lx r11 %lx r12 %lx\n", f->r9, f->r10, f->r11, f->r12);
    kprintf("r13 %lx r14 %lx r15 %lx\n", f->r13, f->r14, f->r15);
    panic("unexpected exception in the kernel");
}

void trap_nmi(const uint64_t *frame)
{
    kprintf("NMI at %lx, ignored\n", frame[0]);
}

void trap_machine_check(const uint64_t *frame)
{
    panic("machine check at %lx", frame[0]);
}
