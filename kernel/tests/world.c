// SPDX-License-Identifier: BSD-2-Clause
// See world.h.
#include "world.h"
#include <stdlib.h>
#include <string.h>

struct world w;

static _Alignas(4096) char tcb_memory[4096];
static _Alignas(64) char sc_memory[1024];
static _Alignas(4096) char buffer_memory[4096], vspace_memory[4096];
static _Alignas(32) struct cte cnode_memory[BIT(WORLD_RADIX)];
static char *memory, *big_memory;

static void put(unsigned slot, struct cap cap)
{
    core_slot_insert_initial(&w.cnode[slot], cap);
}

static struct cap untyped_cap(void *at, unsigned bits, bool device)
{
    struct cap cap = { .type = CAP_UNTYPED, .size = bits, .object = (intptr_t)at };

    cap.untyped.is_device = device;
    return cap;
}

static void put_initial_caps(struct cap cnode, struct cap buffer)
{
    put(C_TCB, (struct cap){ .type = CAP_TCB, .object = (intptr_t)w.root });
    put(C_CNODE, cnode);
    put(C_VSPACE, (struct cap){ .type = CAP_VSPACE, .size = 12, .object = (intptr_t)vspace_memory });
    put(C_UNTYPED, untyped_cap(memory, WORLD_MEMORY_BITS, false));
    put(C_DEVICE, untyped_cap((void *)0x700000000000, 24, true));
    put(C_IRQ_CONTROL, (struct cap){ .type = CAP_IRQ_CONTROL });
    put(C_CONTROL0, (struct cap){ .type = CAP_SCHED_CONTROL, .sched_control = { 0 } });
    put(C_CONTROL1, (struct cap){ .type = CAP_SCHED_CONTROL, .sched_control = { 1 } });
    put(C_SC, (struct cap){ .type = CAP_SCHED_CONTEXT, .size = 10, .object = (intptr_t)sc_memory });
    put(C_BUFFER, buffer);
    put(C_DOMAIN, (struct cap){ .type = CAP_DOMAIN });
    put(C_BIG, untyped_cap(big_memory, 22, false));
}

void world_new(void)
{
    struct cap cnode = { .type = CAP_CNODE, .size = WORLD_RADIX, .object = (intptr_t)cnode_memory };
    struct cap buffer = { .type = CAP_FRAME, .size = 12, .rights = 3, .object = (intptr_t)buffer_memory };

    if (!memory) {
        memory = aligned_alloc(BIT(WORLD_MEMORY_BITS), BIT(WORLD_MEMORY_BITS));
        big_memory = aligned_alloc(BIT(22), BIT(22));
    }
    memset(memory, 0xa5, BIT(WORLD_MEMORY_BITS));       /* user memory is never clean */
    memset(tcb_memory, 0, sizeof tcb_memory);
    memset(sc_memory, 0, sizeof sc_memory);
    memset(cnode_memory, 0, sizeof cnode_memory);
    host_reset();
    cnode.cnode.guard_size = 64 - WORLD_RADIX;
    w.root = (struct tcb *)tcb_memory;
    w.cnode = cnode_memory;
    w.buffer = (struct abi_ipc_buffer *)buffer_memory;
    w.memory = memory;
    put_initial_caps(cnode, buffer);
    core_tcb_init(w.root, 0);
    w.root->priority = w.root->mcp = 255;
    w.root->ipc_buffer = 0x1000;
    slot_insert(&w.root->slot[TCB_CSPACE], cnode, &w.cnode[C_CNODE]);
    slot_insert(&w.root->slot[TCB_VSPACE], w.cnode[C_VSPACE].cap, &w.cnode[C_VSPACE]);
    slot_insert(&w.root->slot[TCB_IPC_BUFFER], buffer, &w.cnode[C_BUFFER]);
    core_sched_context_init((struct sched_context *)sc_memory, 10, 0, UINT64_MAX / 4, 0);
    core_sched_context_bind((struct sched_context *)sc_memory, w.root);
    core_resume(w.root);
    core_leave();
    assert_ptr_equal(current(), w.root);
}

/* ---- invocations ---- */

enum abi_error invoke_by(struct tcb *t, word_t cptr, word_t label, unsigned words, const word_t *word,
                         unsigned caps, const word_t *cap)
{
    struct abi_ipc_buffer *buffer = arch_ipc_buffer(t, true);
    unsigned restarts;

    assert_ptr_equal(current(), t);
    do {
        restarts = t->arch.restarts;
        for (unsigned i = 0; i < caps; i++) {
            buffer->caps_or_badges[i] = cap[i];
        }
        for (unsigned i = 0; i < words; i++) {
            ipc_set_mr(t, buffer, i, word[i]);
        }
        t->arch.cap = cptr;
        t->arch.tag = tag_make(label, 0, caps, words);
        core_syscall(ABI_SYS_CALL);
    } while (t->arch.restarts != restarts && current() == t);
    return (enum abi_error)tag_label(t->arch.tag);
}

word_t reply_word(unsigned i) { return i < ABI_MSG_REGISTERS ? w.root->arch.mr[i] : w.buffer->msg[i]; }
unsigned reply_words(void) { return tag_length(w.root->arch.tag); }

enum abi_error retype(word_t untyped, word_t type, word_t size_bits, word_t slot, word_t count)
{
    return INVOKE(untyped, UNTYPED_RETYPE, WORDS(type, size_bits, 0, 0, slot, count), C_CNODE);
}

enum abi_error copy(word_t dest, word_t src, word_t rights)
{
    return INVOKE(C_CNODE, CNODE_COPY, WORDS(dest, 64, src, 64, rights), C_CNODE);
}

enum abi_error mint(word_t dest, word_t src, word_t rights, word_t badge)
{
    return INVOKE(C_CNODE, CNODE_MINT, WORDS(dest, 64, src, 64, rights, badge), C_CNODE);
}

enum abi_error delete(word_t slot) { return INVOKE0(C_CNODE, CNODE_DELETE, WORDS(slot, 64)); }
enum abi_error revoke(word_t slot) { return INVOKE0(C_CNODE, CNODE_REVOKE, WORDS(slot, 64)); }
void *object(word_t slot) { return cap_object(&w.cnode[slot].cap); }
struct cap *cap_at(word_t slot) { return &w.cnode[slot].cap; }

/* ---- threads ---- */

struct tcb *thread_new(word_t slot, unsigned priority, bool passive)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_TCB, 0, slot, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SMALL_PAGE, 0, slot + 2, 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE(slot, TCB_CONFIGURE, WORDS(0, 0, 0x2000), C_CNODE, C_VSPACE, slot + 2), ABI_NO_ERROR);
    if (!passive) {
        assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SCHED_CONTEXT, 8, slot + 1, 1), ABI_NO_ERROR);
        assert_int_equal(INVOKE(C_CONTROL0, SCHED_CONTROL_CONFIGURE, WORDS(10000, 10000, 0, 0, 0), slot + 1),
                         ABI_NO_ERROR);
    }
    assert_int_equal(INVOKE(slot, TCB_SET_SCHED_PARAMS, WORDS(255, priority), C_TCB, passive ? C_NULL : slot + 1,
                            C_NULL), ABI_NO_ERROR);
    return object(slot);
}

struct abi_ipc_buffer *buffer_of(const struct tcb *t) { return arch_ipc_buffer(t, true); }

void start(struct tcb *t)
{
    tcb_resume(t);
}

void settle(void)
{
    core_leave();
}

void run(struct tcb *t)
{
    struct cpu *cpu = &host.cpu[0];

    settle();
    if (cpu->current == t) {
        return;
    }
    if (t->state == TS_INACTIVE) {
        t->state = TS_RUNNING;
    }
    assert_true(tcb_runnable(t));
    sched_remove(t);
    if (cpu->current != cpu->idle && tcb_runnable(cpu->current) && cpu->current->sc) {
        sched_put_ready(cpu->current, true);
    }
    cpu->reschedule = false;
    sched_switch(cpu, t);
}

/* ---- system calls ---- */

void sys(int64_t number, word_t cap, word_t tag, word_t reply, const word_t *mr, unsigned words)
{
    struct tcb *t = current();

    t->arch.cap = cap;
    t->arch.tag = tag;
    t->arch.reply = reply;
    for (unsigned i = 0; i < words; i++) {
        ipc_set_mr(t, arch_ipc_buffer(t, true), i, mr[i]);
    }
    core_syscall(number);
}

void sys_send(int64_t number, word_t cap, word_t label, word_t mr0)
{
    sys(number, cap, tag_make(label, 0, 0, 1), 0, &mr0, 1);
}

void sys_recv(int64_t number, word_t cap, word_t reply)
{
    sys(number, cap, 0, reply, NULL, 0);
}

void sys_reply_recv(word_t cap, word_t reply, word_t label, word_t mr0)
{
    sys(ABI_SYS_REPLY_RECV, cap, tag_make(label, 0, 0, 1), reply, &mr0, 1);
}

void advance(uint64_t us)
{
    uint64_t until = host.now + us * HOST_TICKS_PER_US;

    while (host.cpu[host.self].timer_armed <= until) {
        host.now = MAX(host.now, host.cpu[host.self].timer_armed);
        core_timer();
    }
    host.now = until;
}

/* ---- invariants ---- */

static void check_slot(const struct cte *slot)
{
    if (slot_is_empty(slot)) {
        assert_true(slot->mdb.prev == 0 && slot->mdb.next == 0);
        return;
    }
    if (mdb_next(slot)) {
        assert_ptr_equal(mdb_prev(mdb_next(slot)), slot);
        assert_int_not_equal(mdb_next(slot)->cap.type, CAP_NULL);
    }
    if (mdb_prev(slot)) {
        assert_ptr_equal(mdb_next(mdb_prev(slot)), slot);
    }
    if (slot->cap.type == CAP_CNODE) {
        assert_true(slot->cap.size + slot->cap.cnode.guard_size <= 64);
    }
    if (slot->cap.type == CAP_UNTYPED) {
        assert_true((uint64_t)slot->cap.untyped.free << 4 <= BIT(slot->cap.size));
    }
}

static void check_budget_sum(struct sched_context *sc)
{
    uint64_t sum = 0;
    unsigned at = sc->refill_head;

    for (unsigned i = 0; i < sc->refill_count; i++) {
        sum += sc->refills[at].amount;
        at = at + 1 == sc->refill_max ? 0 : at + 1;
    }
    assert_true(sc_round_robin(sc) ? sum <= sc->budget : sum == sc->budget);
    assert_in_range(sc->refill_count, 1, sc->refill_max);
}

static void check_cpu(struct cpu *cpu)
{
    for (unsigned p = 0; p < PRIORITIES; p++) {
        bool bit = cpu->ready_bits[p / 64] & BIT(p % 64);

        assert_int_equal(bit, cpu->ready[p].head != NULL);
        assert_int_equal(cpu->ready_bits[p / 64] != 0, (cpu->ready_words & BIT(p / 64)) != 0);
        for (struct tcb *t = cpu->ready[p].head; t; t = t->queue_next) {
            assert_true(t->in_ready && tcb_runnable(t) && t->sc && t->priority == p && t->core == cpu->index);
            assert_ptr_equal(t->queue_next ? t->queue_next->queue_prev : cpu->ready[p].tail, t);
        }
    }
    for (struct tcb *t = cpu->release_head; t; t = t->queue_next) {
        assert_true(t->in_release && !t->in_ready && t->sc);
        assert_true(!t->queue_next || refill_head(t->sc)->time <= refill_head(t->queue_next->sc)->time);
    }
    for (struct tcb *t = cpu->all_threads; t; t = t->all_next) {
        assert_true(!t->sc || t->sc->tcb == t);
        assert_true(!t->bound_notification || t->bound_notification->bound == t);
        assert_true(!t->reply || t->reply->tcb == t);
        assert_int_equal(t->state == TS_BLOCKED_REPLY, t->reply && t->state != TS_BLOCKED_RECV);
        if (t->sc && sc_active(t->sc)) {
            check_budget_sum(t->sc);
        }
    }
}

void world_check(void)
{
    for (unsigned i = 0; i < BIT(WORLD_RADIX); i++) {
        check_slot(&w.cnode[i]);
    }
    for (unsigned i = 0; i < HOST_CPUS; i++) {
        check_cpu(&host.cpu[i]);
    }
}
