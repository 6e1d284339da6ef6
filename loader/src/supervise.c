// SPDX-License-Identifier: BSD-2-Clause
// After the start the initial task waits for faults. Each thread's fault capability carries the thread's number, so the
// report names component and thread; then that component's threads are stopped and everything else goes on.
#include "loader.h"

#include <rt/rt.h>

#define BACKTRACE_MAX 16

/* The program loaded where a thread lives, for names of functions. */
static const struct elf *program_of(const struct spec_thread *t)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        if (s->component[i].vspace == t->vspace && loader.program[i].data) {
            return &loader.program[i];
        }
    }
    return NULL;
}

static void say_place(const struct spec_thread *t, uint64_t address, const char *note)
{
    const struct elf *e = program_of(t);
    uint64_t distance = 0;
    const char *name = e ? elf_function_at(e, address, &distance) : NULL;
    if (name) {
        say("    0x%lx %.60s+0x%lx%s", address, name, distance, note);
    } else {
        say("    0x%lx", address);
    }
}

/* A function without a frame of its own (a leaf, or one at its first instruction) has its return address on top of the
 * stack: tell it, with a question mark, when it looks like one. */
static void say_leaf_caller(const struct spec_thread *t, const seL4_UserContext *r)
{
    const struct elf *e = program_of(t);
    uint64_t top, next, distance;
    if (!e || !space_read(t->vspace, r->rsp, &top) || !elf_function_at(e, top, &distance)) {
        return;
    }
    if (!space_read(t->vspace, r->rbp + 8, &next) || next != top) {
        say_place(t, top, " ?");
    }
}

/* Frame pointers form a list upwards the stack: [rbp] = the caller's, [rbp + 8] = where it goes on. */
static void say_backtrace(const struct spec_thread *t, const seL4_UserContext *r)
{
    uint64_t frame = r->rbp;
    say("  called from:");
    say_place(t, r->rip, "");
    say_leaf_caller(t, r);
    for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
        uint64_t next, place;
        if (!space_read(t->vspace, frame, &next) || !space_read(t->vspace, frame + 8, &place) || !place) {
            break;
        }
        say_place(t, place, "");
        if (next <= frame) {
            break;
        }
        frame = next;
    }
}

static void say_registers(const seL4_UserContext *r)
{
    say("  rip %016lx rsp %016lx rflags %08lx", r->rip, r->rsp, r->rflags);
    say("  rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
    say("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi, r->rbp, r->r8);
    say("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
    say("  r13 %016lx r14 %016lx r15 %016lx fs  %016lx", r->r13, r->r14, r->r15, r->fs_base);
}

static const char *exception_name(uint64_t vector)
{
    static const char *const names[32] = {
        "divide error", "debug", "NMI", "breakpoint", "overflow", "bound range", "invalid instruction",
        "no FPU", "double fault", "", "invalid TSS", "segment not present", "stack fault",
        "general protection", "page fault", "", "x87 error", "alignment check", "machine check", "SIMD error",
    };
    return vector < 32 && names[vector] ? names[vector] : "exception";
}

/* The first line: what happened. The words are the fault message's. */
static void say_fault(uint32_t thread, seL4_Word label)
{
    const char *who = thread_label(thread);
    const seL4_Word a = seL4_GetMR(0), b = seL4_GetMR(1), c = seL4_GetMR(2), d = seL4_GetMR(3);
    switch (label) {
    case seL4_Fault_VMFault:
        say("%s: page fault: %s address 0x%lx, at 0x%lx (code 0x%lx)%s", who,
            c ? "fetching from" : d & 2 ? "writing to" : "reading from", b, a, d, b < PAGE ? ": null pointer?" : "");
        break;
    case seL4_Fault_UserException:
        say("%s: CPU exception %lu (%s), error code 0x%lx, at 0x%lx", who, d, exception_name(d), seL4_GetMR(4), a);
        break;
    case seL4_Fault_CapFault:
        say("%s: capability fault: pointer 0x%lx %s, at 0x%lx", who, b, c ? "received from" : "sent to", a);
        break;
    case seL4_Fault_UnknownSyscall:
        say("%s: unknown system call %ld, at 0x%lx", who, (long)seL4_GetMR(seL4_UnknownSyscall_Syscall),
            seL4_GetMR(seL4_UnknownSyscall_FaultIP));
        break;
    case seL4_Fault_Timeout:
        say("%s: budget used up (%lu us)", who, b);
        break;
    default:
        say("%s: %s (label %lu)", who, sel4_fault_name(label), label);
        break;
    }
}

static void stop_component(uint32_t component)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_THREADS]; i++) {
        if (s->thread[i].component == component) {
            (void)seL4_TCB_Suspend(loader.object[s->thread[i].tcb].cap);
        }
    }
}

/* A thread that says by itself that it has ended (rt/rt.h). */
static bool wanted_end(uint32_t thread, seL4_Word label, const seL4_UserContext *r)
{
    const struct spec_thread *t = &loader.spec.thread[thread];
    const char *name = spec_text(&loader.spec, loader.spec.component[t->component].name);
    if (label != seL4_Fault_UserException || seL4_GetMR(3) != 6) {
        return false;
    }
    if (r->rax == RT_PARK_MAGIC) {
        (void)seL4_TCB_Suspend(loader.object[t->tcb].cap);
        return true;
    }
    if (r->rax == RT_EXIT_MAGIC) {
        stop_component(t->component);
        say("%s: ended with status %ld", name, (long)r->rdi);
        return true;
    }
    return false;
}

static void handle(uint32_t thread, seL4_Word label)
{
    const struct spec_thread *t = &loader.spec.thread[thread];
    const char *component = spec_text(&loader.spec, loader.spec.component[t->component].name);
    seL4_Word words[5];
    seL4_UserContext r = { 0 };
    for (int i = 0; i < 5; i++) {
        words[i] = seL4_GetMR(i);
    }
    const seL4_Error e = seL4_TCB_ReadRegisters(loader.object[t->tcb].cap, 0, 0, ABI_REG_COUNT, &r);
    for (int i = 0; i < 5; i++) {
        seL4_SetMR(i, words[i]);          /* the message again: the call above has used the buffer */
    }
    if (e == seL4_NoError && wanted_end(thread, label, &r)) {
        return;
    }
    say_fault(thread, label);
    if (e == seL4_NoError) {
        say_registers(&r);
        say_backtrace(t, &r);
    }
    stop_component(t->component);
    say("%s is stopped; everything else goes on", component);
}

_Noreturn void supervise(void)
{
    for (;;) {
        seL4_Word badge;
        const seL4_MessageInfo_t info = seL4_Recv(loader.fault_endpoint, &badge, loader.reply);
        if (badge && badge <= loader.spec.count[SPEC_THREADS]) {
            handle((uint32_t)badge - 1, seL4_MessageInfo_get_label(info));
        }
    }
}
