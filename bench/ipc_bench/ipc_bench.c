// SPDX-License-Identifier: BSD-2-Clause
// Costs of the kernel's own operations, seen from user level: an initial task that prints `BENCH name value` lines.
// Under `-icount shift=0` the time-stamp counter counts instructions, so the values are exact and repeat.
//
// Client: this thread, priority 100. Servers and waiters: priority 200, so that the kernel switches directly.
// A server in another address space runs the same program image, mapped there a second time.
#include <sel4/sel4.h>
#include <sel4/task.h>

#define ROUNDS 64
#define PAGE 4096ul
enum { CLIENT_PRIORITY = 100, SERVER_PRIORITY = 200 };

struct partner {                         /* what a second thread needs; all of it in the program's own image */
    uint8_t stack[4 * PAGE] __attribute__((aligned(4096)));
    uint8_t ipc_buffer[PAGE] __attribute__((aligned(4096)));
    uint8_t tls[1024];
    seL4_CPtr endpoint, ready, reply, notification;
    seL4_CPtr tcb, sched_context;
};
static struct partner passive_far, passive_near, waiter;

static const seL4_BootInfo *bi;
static seL4_CPtr next_slot, memory;

/* Through the debug-exit device at port 0xf4 where there is one, else as the kernel can. */
static void leave(uint8_t status)
{
    if (seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0xf4, 0xf4, seL4_CapInitThreadCNode, next_slot,
                                     seL4_WordBits) == seL4_NoError)
        seL4_X86_IOPort_Out8(next_slot, 0xf4, status);
    seL4_DebugHalt();
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}

static void check(seL4_Error e, const char *what)
{
    if (e == seL4_NoError)
        return;
    sel4_printf("ipc_bench: %s: %s\n", what, sel4_error_name(e));
    sel4_printf("BENCH failed 1\n");
    leave(1);
}

static seL4_CPtr make(seL4_Word type, seL4_Word bits, const char *what)
{
    check(seL4_Untyped_Retype(memory, type, bits, seL4_CapInitThreadCNode, 0, 0, next_slot, 1), what);
    return next_slot++;
}

static seL4_CPtr copy(seL4_CPtr from)
{
    check(seL4_CNode_Copy(seL4_CapInitThreadCNode, next_slot, seL4_WordBits, seL4_CapInitThreadCNode, from, seL4_WordBits,
                          seL4_AllRights), "copy");
    return next_slot++;
}

static void find_memory(void)
{
    unsigned best = 0;

    for (seL4_Word i = 0; i < bi->untyped.end - bi->untyped.start; i++) {
        const seL4_UntypedDesc *u = &bi->untypedList[i];
        if (!u->isDevice && u->sizeBits > best && u->sizeBits < 48) {
            best = u->sizeBits;
            memory = bi->untyped.start + i;
        }
    }
    next_slot = bi->empty.start;
}

/* A second address space with this program's image in it at the same place, writable. */
static seL4_CPtr second_space(void)
{
    seL4_CPtr space = make(seL4_X64_PML4Object, 0, "PML4");
    seL4_Word at = bi->userImageVaddr, end = at + (bi->userImageFrames.end - bi->userImageFrames.start) * PAGE;

    check(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space), "assign ASID");
    check(seL4_X86_PDPT_Map(make(seL4_X86_PDPTObject, 0, "PDPT"), space, at, 0), "map PDPT");
    check(seL4_X86_PageDirectory_Map(make(seL4_X86_PageDirectoryObject, 0, "PD"), space, at, 0), "map PD");
    for (seL4_Word t = at & ~0x1ffffful; t < end; t += 0x200000)
        check(seL4_X86_PageTable_Map(make(seL4_X86_PageTableObject, 0, "PT"), space, t, 0), "map PT");
    for (seL4_CPtr f = bi->userImageFrames.start; f < bi->userImageFrames.end; f++, at += PAGE)
        check(seL4_X86_Page_Map(copy(f), space, at, seL4_ReadWrite, 0), "map image frame");
    return space;
}

static seL4_CPtr image_frame(const void *p)
{
    return bi->userImageFrames.start + ((seL4_Word)p - bi->userImageVaddr) / PAGE;
}

static void start(struct partner *p, void (*entry)(struct partner *), seL4_CPtr space)
{
    seL4_UserContext regs = { 0 };

    p->tcb = make(seL4_TCBObject, 0, "TCB");
    p->sched_context = make(seL4_SchedContextObject, 8, "scheduling context");
    p->reply = make(seL4_ReplyObject, 0, "reply");
    p->endpoint = make(seL4_EndpointObject, 0, "endpoint");
    p->ready = make(seL4_NotificationObject, 0, "notification");
    p->notification = make(seL4_NotificationObject, 0, "notification");
    check(seL4_SchedControl_Configure(bi->schedcontrol.start, p->sched_context, 10000, 10000, 0, 0), "configure");
    check(seL4_TCB_Configure(p->tcb, seL4_CapInitThreadCNode, 0, space, 0, (seL4_Word)p->ipc_buffer,
                             image_frame(p->ipc_buffer)), "configure TCB");
    check(seL4_TCB_SetSchedParams(p->tcb, seL4_CapInitThreadTCB, SERVER_PRIORITY, SERVER_PRIORITY, p->sched_context,
                                  seL4_CapNull), "scheduling parameters");
    regs.rip = (seL4_Word)entry;
    regs.rsp = (seL4_Word)p->stack + sizeof p->stack - 8;      /* as after a call */
    regs.rdi = (seL4_Word)p;
    regs.rflags = 0x202;
    regs.fs_base = sel4_tls_init(p->tls, sizeof p->tls, (seL4_IPCBuffer *)p->ipc_buffer);
    check(seL4_TCB_WriteRegisters(p->tcb, 1, 0, sizeof regs / sizeof(seL4_Word), &regs), "start");
    seL4_Wait(p->ready, NULL);
}

static void serve(struct partner *p)
{
    seL4_MessageInfo_t none = seL4_MessageInfo_new(0, 0, 0, 0);
    seL4_NBSendRecvWithMRs(p->ready, none, p->endpoint, NULL, NULL, NULL, NULL, NULL, p->reply);
    for (;;)
        seL4_ReplyRecvWithMRs(p->endpoint, none, NULL, NULL, NULL, NULL, NULL, p->reply);
}

static void wait_for_ever(struct partner *p)
{
    seL4_Signal(p->ready);
    for (;;)
        seL4_WaitWithMRs(p->notification, NULL, NULL, NULL, NULL, NULL);
}

static inline uint64_t now(void)
{
    uint32_t lo, hi;
    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

/* Least of ROUNDS, less what reading the counter twice costs: the rest of a run is a timer interrupt's doing. */
#define MEASURE(name, action)                                                                      \
    do {                                                                                           \
        uint64_t least = ~0ull, empty = ~0ull;                                                     \
        for (int i = 0; i < ROUNDS; i++) {                                                         \
            uint64_t a = now(), b = now();                                                         \
            empty = b - a < empty ? b - a : empty;                                                 \
            a = now();                                                                             \
            action;                                                                                \
            b = now();                                                                             \
            least = b - a < least ? b - a : least;                                                 \
        }                                                                                          \
        sel4_printf("BENCH %s %lu\n", name, (unsigned long)(least - empty));                       \
    } while (0)

static void call(const struct partner *p)
{
    seL4_CallWithMRs(p->endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL, NULL, NULL, NULL);
}

int main(seL4_BootInfo *bootinfo)
{
    bi = bootinfo;
    find_memory();
    check(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, CLIENT_PRIORITY), "own priority");

    start(&passive_far, serve, second_space());
    check(seL4_SchedContext_Unbind(passive_far.sched_context), "make passive");
    start(&passive_near, serve, seL4_CapInitThreadVSpace);
    check(seL4_SchedContext_Unbind(passive_near.sched_context), "make passive");
    start(&waiter, wait_for_ever, seL4_CapInitThreadVSpace);
    seL4_CPtr lonely = make(seL4_NotificationObject, 0, "notification");

    MEASURE("ipc_call_reply", call(&passive_far));
    MEASURE("ipc_call_reply_same_space", call(&passive_near));
    MEASURE("signal_wait", seL4_Signal(waiter.notification));
    MEASURE("signal_only", seL4_Signal(lonely));
    MEASURE("poll_notification", seL4_Poll(lonely, NULL));
    sel4_printf("BENCH done 1\n");
    leave(0);
    return 0;
}
