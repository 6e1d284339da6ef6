// SPDX-License-Identifier: BSD-2-Clause
// Faults of real instructions and accesses, and what their handler can do about them.
#include "kt.h"

static seL4_CPtr faults, reply;
static volatile uint64_t after;

/* Waits for the fault of the thread and answers nothing yet. */
static seL4_MessageInfo_t fault(void)
{
    seL4_Word badge;

    return seL4_Recv(faults, &badge, reply);
}

static struct thread faulty(void (*fn)(void *), void *arg)
{
    after = 0;
    return START(fn, arg, .priority = MY_PRIORITY - 1, .fault = faults);
}

/* ---- page faults ---- */

static void touch(void *p)
{
    after = 100 + *(volatile uint64_t *)p;
}

static void test_demand_paging(void)
{
    seL4_Word va = kt_place(12);
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0);
    struct thread t = faulty(touch, (void *)(va + 16));
    seL4_MessageInfo_t info = fault();

    EQUAL("page fault: label", seL4_Fault_VMFault, seL4_MessageInfo_get_label(info));
    EQUAL("page fault: length", seL4_VMFault_Length, seL4_MessageInfo_get_length(info));
    EQUAL("page fault: address", va + 16, seL4_GetMR(seL4_VMFault_Addr));
    EQUAL("page fault: no fetch", 0, seL4_GetMR(seL4_VMFault_PrefetchFault));
    EQUAL("page fault: user, read, not present", 4, seL4_GetMR(seL4_VMFault_FSR));
    kt_must(seL4_X86_Page_Map(frame, VSPACE, va, seL4_AllRights, 0), "map");
    seL4_Send(reply, msg(0, 0));
    CHECK("page fault: mapped, the access succeeds", (seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), after == 100));
    kt_stop(t);
    kt_must(seL4_X86_Page_Unmap(frame), "unmap");
    t = faulty(touch, (void *)va);
    fault();
    CHECK("page fault: unmapped, it faults again", after == 0);
    kt_stop(t);
}

static void scribble(void *p)
{
    *(volatile uint64_t *)p = 5;
    after = 1;
}

static void test_read_only(void)
{
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0);
    seL4_Word va = kt_place(12);

    kt_must(seL4_X86_Page_Map(frame, VSPACE, va, seL4_CanRead, 0), "map");
    struct thread t = faulty(scribble, (void *)va);

    fault();
    EQUAL("read-only page: write fault", 7, seL4_GetMR(seL4_VMFault_FSR));
    kt_must(seL4_X86_Page_Map(frame, VSPACE, va, seL4_ReadWrite, 0), "map for writing");
    seL4_Send(reply, msg(0, 0));
    kt_must(seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), "priority");
    EQUAL("read-only page: writable now", 1, after);
    kt_stop(t);
}

static void jump(void *p)
{
    ((void (*)(void))p)();
    after = 1;
}

static void test_no_execute(void)
{
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0);
    seL4_Word va = kt_place(12);

    kt_must(seL4_X86_Page_Map(frame, VSPACE, va, seL4_AllRights, seL4_X86_ExecuteNever), "map");
    *(volatile uint8_t *)va = 0xc3;
    struct thread t = faulty(jump, (void *)va);

    fault();
    EQUAL("execute-never: fetch fault", 1, seL4_GetMR(seL4_VMFault_PrefetchFault));
    kt_stop(t);
}

static void test_kernel_memory(void)
{
    static const seL4_Word places[] = { 0xffffffff80100000ul, 0xffff800000000000ul, 0xffffffffffffff00ul };

    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct thread t = faulty(touch, (void *)places[i]);

        EQUAL("kernel memory: read faults", seL4_Fault_VMFault, seL4_MessageInfo_get_label(fault()));
        kt_stop(t);
        t = faulty(scribble, (void *)places[i]);
        EQUAL("kernel memory: write faults", seL4_Fault_VMFault, seL4_MessageInfo_get_label(fault()));
        kt_stop(t);
    }
}

/* ---- exceptions ---- */

static void undefined(void *p) { __asm__ volatile("ud2"); after = 1; }
static void divide(void *p) { __asm__ volatile("xor %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx"); }
static void halt(void *p) { __asm__ volatile("hlt"); }
static void disable(void *p) { __asm__ volatile("cli"); }
static void port(void *p) { __asm__ volatile("in $0x60, %%al" ::: "eax"); }
static void read_msr(void *p) { __asm__ volatile("rdmsr" :: "c"(0xc0000080) : "eax", "edx"); }
static void breakpoint(void *p) { __asm__ volatile("int3"); }
static void soft_int(void *p) { __asm__ volatile("int $0x80"); }
static void non_canonical(void *p) { after = *(volatile uint8_t *)0x8000000000000000ul; }
static void bad_return(void *p)
{
    __asm__ volatile("mov $0x8000000000000000, %%rax; jmp *%%rax" ::: "rax");
}

static void test_exceptions(void)
{
    static const struct { const char *name; void (*main)(void *); unsigned vector; } row[] = {
        { "exception: ud2", undefined, 6 }, { "exception: division by zero", divide, 0 },
        { "exception: hlt", halt, 13 }, { "exception: cli", disable, 13 }, { "exception: in", port, 13 },
        { "exception: rdmsr", read_msr, 13 }, { "exception: int3", breakpoint, 3 },
        { "exception: int 0x80", soft_int, 13 }, { "exception: non-canonical data", non_canonical, 13 },
        { "exception: non-canonical jump", bad_return, 13 },
    };

    for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct thread t = faulty(row[i].main, NULL);
        seL4_MessageInfo_t info = fault();

        EQUAL(row[i].name, seL4_Fault_UserException, seL4_MessageInfo_get_label(info));
        EQUAL(row[i].name, row[i].vector, seL4_GetMR(seL4_UserException_Number));
        kt_stop(t);
    }
}

/* The handler steps over the instruction by answering with another ip. */
static void test_step_over(void)
{
    struct thread t = faulty(undefined, NULL);

    fault();
    seL4_SetMR(seL4_UserException_FaultIP, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    seL4_Send(reply, msg(0, seL4_UserException_Length));
    kt_must(seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), "priority");
    EQUAL("exception: stepped over", 1, after);
    kt_stop(t);
    t = faulty(undefined, NULL);
    fault();
    seL4_Send(reply, msg(1, 0));
    kt_must(seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), "priority");
    EQUAL("exception: not restarted", 0, after);
    kt_stop(t);
}

/* ---- system calls ---- */

static void odd_call(void *p)
{
    int64_t number = 0x1234;
    seL4_Word rax = 7;

    __asm__ volatile("syscall" : "+a"(rax), "+d"(number) :: "rcx", "r11", "memory");
    after = rax;
}

static void test_unknown_syscall(void)
{
    struct thread t = faulty(odd_call, NULL);
    seL4_MessageInfo_t info = fault();

    EQUAL("unknown system call: label", seL4_Fault_UnknownSyscall, seL4_MessageInfo_get_label(info));
    EQUAL("unknown system call: number", 0x1234, seL4_GetMR(seL4_UnknownSyscall_Syscall));
    EQUAL("unknown system call: rax", 7, seL4_GetMR(seL4_UnknownSyscall_RAX));
    seL4_SetMR(seL4_UnknownSyscall_RAX, 99);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    seL4_Send(reply, msg(0, seL4_UnknownSyscall_Length));
    kt_must(seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), "priority");
    EQUAL("unknown system call: emulated", 99, after);
    kt_stop(t);
}

static void bad_cap(void *p) { seL4_Send(0x7777777777ul, msg(0, 0)); }
static void bad_recv(void *p) { seL4_Word badge; seL4_Recv(ME, &badge, reply); }

static void test_cap_faults(void)
{
    struct thread t = faulty(bad_cap, NULL);
    seL4_MessageInfo_t info = fault();

    EQUAL("capability fault: label", seL4_Fault_CapFault, seL4_MessageInfo_get_label(info));
    EQUAL("capability fault: address", 0x7777777777ul, seL4_GetMR(seL4_CapFault_Addr));
    EQUAL("capability fault: sending", 0, seL4_GetMR(seL4_CapFault_InRecvPhase));
    kt_stop(t);
    t = faulty(bad_recv, NULL);
    fault();
    EQUAL("capability fault: receiving", 1, seL4_GetMR(seL4_CapFault_InRecvPhase));
    EQUAL("capability fault: missing", seL4_MissingCapability, seL4_GetMR(seL4_CapFault_LookupFailureType));
    kt_stop(t);
}

/* Every register survives a system call and a fault. */
static void register_keeper(void *p)
{
    uint64_t ok;

    __asm__ volatile(
        "mov $0x11, %%rbx; mov $0x12, %%r14; mov $0x13, %%r13; mov $0x15, %%rax\n"
        "movq %%rax, %%xmm0; movq %%rbx, %%xmm15\n"
        "mov %1, %%rdx; xor %%edi, %%edi; syscall\n"        /* yield */
        "ud2\n"                                             /* the handler steps over */
        "xor %%ecx, %%ecx\n"
        "cmp $0x11, %%rbx; jne 1f; cmp $0x12, %%r14; jne 1f; cmp $0x13, %%r13; jne 1f; cmp $0x15, %%rax; jne 1f\n"
        "movq %%xmm0, %%rdx; cmp $0x15, %%rdx; jne 1f; movq %%xmm15, %%rdx; cmp $0x11, %%rdx; jne 1f\n"
        "inc %%ecx\n"
        "1: mov %%rcx, %0\n"
        : "=m"(ok) : "i"((int64_t)ABI_SYS_YIELD)
        : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
    after = ok;
}

static void test_registers(void)
{
    struct thread t = faulty(register_keeper, NULL), u;
    seL4_UserContext r;

    fault();
    kt_must(seL4_TCB_ReadRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r), "read registers");
    EQUAL("registers: read rbx", 0x11, r.rbx);
    EQUAL("registers: read r14", 0x12, r.r14);
    EQUAL("registers: flags hold IF", 0x200, r.rflags & 0x200);
    u = faulty(divide, NULL);                               /* somebody else uses the CPU meanwhile */
    seL4_Word badge;
    seL4_CPtr other = kt_make(seL4_ReplyObject, 0);
    seL4_Recv(faults, &badge, other);
    seL4_SetMR(0, r.rip + 2);
    seL4_Send(reply, msg(0, 1));
    kt_must(seL4_TCB_SetPriority(t.tcb, ME, MY_PRIORITY + 1), "priority");
    EQUAL("registers: general and SSE kept", 1, after);
    kt_stop(t);
    kt_stop(u);
}

/* What a thread may not give itself. */
static void test_harmless_registers(void)
{
    struct thread t = kt_new(undefined, NULL, (struct options){ .priority = MY_PRIORITY - 1, .fault = faults });
    seL4_UserContext r;

    kt_must(seL4_TCB_ReadRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r), "read registers");
    r.rflags = ~0ul;
    kt_must(seL4_TCB_WriteRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r), "write registers");
    kt_must(seL4_TCB_ReadRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r), "read registers");
    EQUAL("registers: no IOPL, VM, NT", 0, r.rflags & 0x27000);
    r.rflags = 0x202;
    r.rip = 0xffff800000000000ul;
    r.fs_base = 0x8000000000000000ul;
    kt_must(seL4_TCB_WriteRegisters(t.tcb, true, 0, sizeof r / sizeof(seL4_Word), &r), "write registers");
    seL4_MessageInfo_t info = fault();
    CHECK("registers: kernel ip only faults", seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault
          || seL4_MessageInfo_get_label(info) == seL4_Fault_UserException);
    kt_stop(t);
}

void test_faults(void)
{
    faults = kt_make(seL4_EndpointObject, 0);
    reply = kt_make(seL4_ReplyObject, 0);
    test_demand_paging();
    test_read_only();
    test_no_execute();
    test_kernel_memory();
    test_exceptions();
    test_step_over();
    test_unknown_syscall();
    test_cap_faults();
    test_registers();
    test_harmless_registers();
}
