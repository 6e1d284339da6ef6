// SPDX-License-Identifier: BSD-2-Clause
// Start of a component's threads: thread-local storage, IPC buffer, then the component's functions in their order
// (rt/rt.h).
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reent.h>

__thread seL4_IPCBuffer *__sel4_ipc_buffer;

static __thread unsigned thread_index;
static __thread const struct info_entry *thread_entry;
static __thread struct _reent thread_reent;

extern const char __tls_image[], __tls_file_bytes[], __tls_memory_bytes[];
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);
extern const struct rt_interface __start_rt_interfaces[], __stop_rt_interfaces[];

__attribute__((weak)) int run(void);
__attribute__((weak)) void pre_init(void);
__attribute__((weak)) void post_init(void);

static struct { uint64_t tsc_hz, boot_tsc, ns_mult; unsigned backend; bool debug; } machine;

/* newlib asks for the thread's own state. */
struct _reent *__getreent(void);
struct _reent *__getreent(void) { return &thread_reent; }

unsigned rt_thread_index(void) { return thread_index; }
const char *rt_thread_name(void) { return rt_info_text(thread_entry->name); }
seL4_CPtr rt_reply_cap(void) { return thread_entry->e; }
seL4_CPtr rt_tcb_cap(void) { return thread_entry->d; }
uint64_t rt_tsc_hz(void) { return machine.tsc_hz; }
uint64_t rt_boot_tsc(void) { return machine.boot_tsc; }
unsigned rt_virt_backend(void) { return machine.backend; }
bool rt_debug_kernel(void) { return machine.debug; }

uint64_t rt_time_ns(void)
{
    return (uint64_t)((unsigned __int128)(rt_tsc() - machine.boot_tsc) * machine.ns_mult >> 32);
}

void rt_trap(uint64_t magic, uint64_t status)
{
    for (;;) {
        __asm__ volatile("ud2" : : "a"(magic), "D"(status) : "memory");
    }
}

void rt_park(void) { rt_trap(RT_PARK_MAGIC, 0); }

void rt_fatal(const char *format, ...)
{
    static bool again;
    if (!again) {
        again = true;
        char text[256];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        fflush(stdout);
        rt_write(rt_instance_name(), strlen(rt_instance_name()));
        rt_write(": ", 2);
        rt_write(text, strlen(text));
        rt_write("\n", 1);
    }
    rt_trap(RT_EXIT_MAGIC, 1);
}

/* x86-64 ABI, variant II: variables end where FS points, and the word there holds its own address. */
static void set_tls(char *area)
{
    const size_t variables = ((size_t)__tls_memory_bytes + 63) & ~63ul;
    char *thread = area + variables;
    memset(area, 0, variables + 64);
    memcpy(area, __tls_image, (size_t)__tls_file_bytes);
    *(void **)thread = thread;
    seL4_SetTLSBase((seL4_Word)thread);
}

static const struct info_entry *nth_thread(unsigned n)
{
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (e[i].kind == INFO_THREAD && n-- == 0) {
            return &e[i];
        }
    }
    return NULL;
}

static void control_thread(void)
{
    for (void (*const *f)(void) = __init_array_start; f != __init_array_end; f++) {
        (*f)();
    }
    if (pre_init) {
        pre_init();
    }
    for (const struct rt_interface *i = __start_rt_interfaces; i != __stop_rt_interfaces; i++) {
        if (i->init) {
            i->init();
        }
    }
    if (post_init) {
        post_init();
    }
    if (rt_info->thread_count > 1) {
        seL4_Signal(rt_cap(INFO_CAP_START));
    }
    if (run) {
        run();
        fflush(stdout);
    }
}

/* Waits for the component to be ready and passes the word on to the next. */
static void interface_thread(void)
{
    const seL4_CPtr start = rt_cap(INFO_CAP_START);
    seL4_Wait(start, NULL);
    seL4_Signal(start);
    for (const struct rt_interface *i = __start_rt_interfaces; i != __stop_rt_interfaces; i++) {
        if (!strcmp(i->name, rt_thread_name())) {
            if (i->run) {
                i->run();
                fflush(stdout);
            }
            return;
        }
    }
    rt_fatal("nothing serves '%s': no RT_INTERFACE row of that name", rt_thread_name());
}

_Noreturn void rt_start(const struct info_head *info, unsigned index, uint64_t tsc_hz, uint64_t flags,
                        uint64_t boot_tsc, char *tls_area);

_Noreturn void rt_start(const struct info_head *info, unsigned index, uint64_t tsc_hz, uint64_t flags,
                        uint64_t boot_tsc, char *tls_area)
{
    set_tls(tls_area);
    rt_info = info;
    if (index == 0) {
        machine.tsc_hz = tsc_hz ? tsc_hz : 1000000000;
        machine.ns_mult = (1000000000ull << 32) / machine.tsc_hz;
        machine.boot_tsc = boot_tsc;
        machine.backend = flags & 0xff;
        machine.debug = flags >> 8 & 1;
    }
    thread_index = index;
    thread_entry = nth_thread(index);
    seL4_SetIPCBuffer((seL4_IPCBuffer *)thread_entry->c);
    _REENT_INIT_PTR(&thread_reent);
    if (index == 0) {
        control_thread();
    } else {
        interface_thread();
    }
    rt_park();
}
