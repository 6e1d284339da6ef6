// SPDX-License-Identifier: BSD-2-Clause
// Configures the threads as the spec says and starts them, all at the end: none runs before the system stands.
#include "loader.h"

static void check(seL4_Error e, uint32_t thread, const char *what)
{
    if (e != seL4_NoError) {
        fatal("thread %s: %s: %s", thread_label(thread), what, sel4_error_name(e));
    }
}

/* The fault handler: this task, with the thread's number + 1 as badge, unless the spec names another. */
static seL4_CPtr fault_handler(uint32_t i)
{
    const struct spec_thread *t = &loader.spec.thread[i];
    const seL4_Word rights = ABI_RIGHT_WRITE | ABI_RIGHT_GRANT_REPLY;
    return t->fault_endpoint == SPEC_NONE
        ? badged(loader.fault_endpoint, rights, i + 1, thread_label(i))
        : badged(loader.object[t->fault_endpoint].cap, rights, t->fault_badge, thread_label(i));
}

static seL4_CPtr sched_context(uint32_t i)
{
    const struct spec_thread *t = &loader.spec.thread[i];
    const seL4_SlotRegion cores = loader.boot->schedcontrol;
    if (t->sched_context == SPEC_NONE) {
        return seL4_CapNull;
    }
    if (t->core >= cores.end - cores.start) {
        fatal("thread %s: affinity %u, but the kernel runs on %lu CPU(s)", thread_label(i), t->core,
              cores.end - cores.start);
    }
    const seL4_CPtr sc = loader.object[t->sched_context].cap;
    check(seL4_SchedControl_ConfigureFlags(cores.start + t->core, sc, t->budget, t->period, 0, i + 1, 0), i,
          "configuring its scheduling context");
    return sc;
}

static void write_registers(uint32_t i)
{
    const struct spec_thread *t = &loader.spec.thread[i];
    seL4_UserContext r = {
        .rip = t->entry ? t->entry : loader.object[t->vspace].entry, .rsp = t->stack, .rflags = 0x202,
        .rdi = t->argument[0], .rsi = t->argument[1], .rdx = loader.boot->tscHz,
        .rcx = loader.boot->virtBackend | (seL4_Word)(loader.boot->debug != 0) << 8, .r8 = loader.boot->bootTsc,
    };
    if (!r.rip) {
        fatal("thread %s: no entry point: nothing is loaded into its address space", thread_label(i));
    }
    check(seL4_TCB_WriteRegisters(loader.object[t->tcb].cap, 0, 0, ABI_REG_COUNT, &r), i, "writing its registers");
}

static void configure(uint32_t i)
{
    const struct spec_thread *t = &loader.spec.thread[i];
    const seL4_CPtr tcb = loader.object[t->tcb].cap;
    unsigned unused;
    const seL4_CPtr buffer = frame_at(loader.object[t->ipc_frames].frames, t->ipc_page * PAGE, &unused);
    check(seL4_TCB_Configure(tcb, loader.object[t->cnode].cap, cnode_guard(t->cnode), loader.object[t->vspace].cap, 0,
                             t->ipc_vaddr, buffer), i, "configuring it");
    check(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, t->max_priority, t->priority, sched_context(i),
                                  fault_handler(i)), i, "scheduling parameters");
    if (t->notification != SPEC_NONE) {
        check(seL4_TCB_BindNotification(tcb, loader.object[t->notification].cap), i, "binding its notification");
    }
    write_registers(i);
    seL4_DebugNameThread(tcb, thread_label(i));
}

void threads_configure(void)
{
    for (uint32_t i = 0; i < loader.spec.count[SPEC_THREADS]; i++) {
        configure(i);
    }
}

void threads_start(void)
{
    for (uint32_t i = 0; i < loader.spec.count[SPEC_THREADS]; i++) {
        if (!(loader.spec.thread[i].flags & SPEC_THREAD_HELD)) {
            check(seL4_TCB_Resume(loader.object[loader.spec.thread[i].tcb].cap), i, "starting it");
        }
    }
}
