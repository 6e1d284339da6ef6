// SPDX-License-Identifier: BSD-2-Clause
// Fake architecture for unit tests on the build machine. Frames and address spaces are opaque capabilities over
// the test's own memory; timers, kicks and stalls are recorded, not done.
#include <host.h>
#include <stdlib.h>
#include <string.h>

struct host host;
unsigned cpu_count = HOST_CPUS;

static _Alignas(4096) char idle_memory[HOST_CPUS][4096];

struct cpu *cpu_of(unsigned index) { return &host.cpu[index]; }
struct cpu *this_cpu(void) { return &host.cpu[host.self]; }

void host_reset(void)
{
    memset(&host, 0, sizeof host);
    memset(idle_memory, 0, sizeof idle_memory);
    host.now = HOST_TICKS_PER_US * 1000000ull;
    host.vm_next = TS_RUNNING_VM;
    for (unsigned i = 0; i < HOST_CPUS; i++) {
        host.cpu[i].index = i;
        host.idle[i] = (struct tcb *)idle_memory[i];
        core_tcb_init(host.idle[i], i);
        core_init_cpu(&host.cpu[i], host.idle[i]);
    }
}

/* ---- time ---- */

uint64_t arch_now(void)
{
    host.clock_reads++;
    return host.now;
}

void arch_set_timer(uint64_t when)
{
    host.timer[host.self] = when;
    host.timer_sets++;
}

uint64_t ticks_from_us(uint64_t us) { return us * HOST_TICKS_PER_US; }
uint64_t us_from_ticks(uint64_t ticks) { return ticks / HOST_TICKS_PER_US; }

/* ---- threads ---- */

void arch_tcb_init(struct tcb *t) { t->arch.reg[ABI_REG_RFLAGS] = 0x202; }
void arch_tcb_forget(struct tcb *t) { t->arch.forgotten++; }
void arch_switch_to(struct tcb *t) { host.switches++; }
uint64_t arch_get_reg(const struct tcb *t, enum abi_register r) { return t->arch.reg[r]; }
void arch_set_reg(struct tcb *t, enum abi_register r, uint64_t value) { t->arch.reg[r] = value; }
void arch_set_badge(struct tcb *t, word_t badge) { t->arch.cap = badge; }
void arch_set_tag(struct tcb *t, word_t tag) { t->arch.tag = tag; }
word_t arch_get_tag(const struct tcb *t) { return t->arch.tag; }
word_t arch_get_mr(const struct tcb *t, unsigned i) { return t->arch.mr[i]; }
void arch_set_mr(struct tcb *t, unsigned i, word_t value) { t->arch.mr[i] = value; }
word_t arch_get_cap_register(const struct tcb *t) { return t->arch.cap; }
word_t arch_get_reply_register(const struct tcb *t) { return t->arch.reply; }
word_t arch_get_dest_register(const struct tcb *t) { return t->arch.dest; }
void arch_restart_syscall(struct tcb *t) { t->arch.restarts++; }

/* ip, sp, and the words of the fault. */
unsigned arch_fault_message(struct tcb *from, struct tcb *to, unsigned at)
{
    to->arch.mr[at] = from->arch.reg[ABI_REG_RIP];
    to->arch.mr[at + 1] = from->arch.reg[ABI_REG_RSP];
    to->arch.mr[at + 2] = from->fault.word[0];
    return at + 3;
}

void arch_fault_reply(struct tcb *sender, struct tcb *faulter, unsigned length)
{
    if (length > 0) {
        faulter->arch.reg[ABI_REG_RIP] = sender->arch.mr[0];
    }
}

struct abi_ipc_buffer *arch_ipc_buffer(const struct tcb *t, bool write)
{
    const struct cap *frame = &t->slot[TCB_IPC_BUFFER].cap;
    word_t need = ABI_RIGHT_READ | (write ? ABI_RIGHT_WRITE : 0);

    if (frame->type != CAP_FRAME || (frame->rights & need) != need) {
        return NULL;
    }
    return (struct abi_ipc_buffer *)((char *)cap_object(frame) + (t->ipc_buffer & MASK(frame->size)));
}

/* ---- objects ---- */

struct retype_type arch_object_type(enum abi_object type, word_t user_size)
{
    switch (type) {
    case ABI_OBJ_SMALL_PAGE: return (struct retype_type){ 12, true, true };
    case ABI_OBJ_LARGE_PAGE: return (struct retype_type){ 21, true, true };
    case ABI_OBJ_PML4:
    case ABI_OBJ_PAGE_TABLE: return (struct retype_type){ 12, false, true };
    case ABI_OBJ_VCPU: return (struct retype_type){ 14, false, true };
    default: return (struct retype_type){ 0, false, false };
    }
}

struct cap arch_create_object(enum abi_object type, void *memory, word_t user_size, bool is_device)
{
    static const uint8_t types[ABI_OBJ_COUNT] = { [ABI_OBJ_SMALL_PAGE] = CAP_FRAME, [ABI_OBJ_LARGE_PAGE] = CAP_FRAME,
        [ABI_OBJ_PML4] = CAP_VSPACE, [ABI_OBJ_PAGE_TABLE] = CAP_PAGE_TABLE, [ABI_OBJ_VCPU] = CAP_VCPU };
    struct cap cap = { .type = types[type], .object = (intptr_t)memory,
                       .size = arch_object_type(type, user_size).size_bits };

    if (cap.type == CAP_FRAME) {
        cap.rights = ABI_RIGHT_READ | ABI_RIGHT_WRITE;
        cap.frame.is_device = is_device;
    }
    return cap;
}

enum abi_error arch_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out)
{
    if (in->type == CAP_PAGE_TABLE && in->table.mapped == FRAME_UNMAPPED) {
        return ABI_ILLEGAL_OPERATION;
    }
    *out = *in;
    if (in->type == CAP_FRAME) {
        out->frame.mapped = FRAME_UNMAPPED;
    }
    return ABI_NO_ERROR;
}

struct cap arch_cap_with_rights(struct cap cap, word_t rights)
{
    if (cap.type == CAP_FRAME) {
        cap.rights &= rights;
    }
    return cap;
}

struct cap arch_cap_with_data(struct cap cap, bool preserve, word_t data) { return cap; }

bool arch_same_region(const struct cap *parent, const struct cap *child)
{
    return parent->type == child->type && parent->object == child->object && parent->size == child->size;
}

bool arch_same_object(const struct cap *a, const struct cap *b) { return arch_same_region(a, b); }

struct cap arch_finalise_cap(struct cap cap, bool final)
{
    if (cap.type == CAP_VCPU && final) {
        return (struct cap){ .type = CAP_ZOMBIE, .size = ZOMBIE_VCPU, .object = cap.object, .zombie.number = 1 };
    }
    return (struct cap){ .type = CAP_NULL };
}

/* The only arch invocations here: issuing an IRQ handler (index, depth, -, irq; cap: root), and Page_GetAddress. */
enum abi_error arch_invoke(struct invocation *inv)
{
    enum abi_error err;
    struct cte *dest;
    unsigned irq;

    if (inv->label == ABI_INV_PAGE_GET_ADDRESS && inv->cap.type == CAP_FRAME) {
        inv_reply(inv, 0, (word_t)inv->cap.object);
        return ABI_NO_ERROR;
    }
    if (inv->label != ABI_INV_IRQ_ISSUE_IOAPIC || inv->cap.type != CAP_IRQ_CONTROL) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (inv->length < 4 || inv->extra_count < 1) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = cspace_lookup_slot(inv, &inv->extra[0]->cap, inv_arg(inv, 0), inv_arg(inv, 1), &dest);
    if (err) {
        return err;
    }
    irq = (unsigned)inv_arg(inv, 3);
    if (irq >= IRQ_COUNT) {
        return inv_bad_range(inv, 0, IRQ_COUNT - 1);
    }
    if (irq_is_active(irq)) {
        return inv_fail(inv, ABI_REVOKE_FIRST);
    }
    if (!slot_is_empty(dest)) {
        return inv_fail(inv, ABI_DELETE_FIRST);
    }
    irq_issue(irq, inv->slot, dest);
    return ABI_NO_ERROR;
}

bool arch_valid_ipc_buffer(const struct cap *frame, word_t vaddr)
{
    return frame->type == CAP_FRAME && !frame->frame.is_device;
}

bool arch_valid_vspace(const struct cap *cap) { return cap->type == CAP_VSPACE; }
bool arch_valid_ept_root(const struct cap *cap) { return cap->type == CAP_EPT_ROOT; }

/* ---- CPUs, interrupts, console ---- */

void arch_stall(unsigned cpu) { host.stalls[cpu]++; }
void arch_kick(unsigned cpu) { host.kicks[cpu]++; }
void arch_irq_mask(unsigned irq, bool masked) { host.irq_masked[irq] = masked; }
void arch_irq_ack(unsigned irq) { host.irq_acks++; }

bool arch_irq_pending(void)
{
    return host.irq_period != 0 && ++host.irq_polls % host.irq_period == 0;
}

void arch_debug_putc(char c)
{
    if (!host.quiet && host.console_length < sizeof host.console - 1) {
        host.console[host.console_length++] = c;
    }
}

void arch_halt(void)
{
    abort();
}

/* ---- virtual CPUs ---- */

void vcpu_wake(struct tcb *t, word_t badge)
{
    host.vm_wakes++;
    host.vm_badge = badge;
}

void vcpu_deadline(struct tcb *t) { host.vm_deadlines++; }

bool vm_enter_syscall(struct tcb *t)
{
    word_t badge;

    if (host.vm_refuses) {
        return false;
    }
    if (notification_poll_bound(t, &badge)) {
        arch_set_badge(t, badge);
        return false;
    }
    t->vm_deadline = host.vm_next_deadline;
    t->state = (uint8_t)host.vm_next;
    return true;
}
