// SPDX-License-Identifier: BSD-2-Clause
// For programs without a C library (initial tasks, kernel tests): what lib/sel4/src gives beside the stubs.
#ifndef SEL4_TASK_H
#define SEL4_TASK_H

#include <sel4/sel4.h>
#include <stdarg.h>

/* The task's own entry, called with TLS and IPC buffer in place; returning suspends the task. */
int main(seL4_BootInfo *bootinfo);

/* Thread-local storage for another thread: prepares `area` (of at least sel4_tls_bytes() + 63 bytes) with
 * the variables' initial values and `buffer` as the thread's IPC buffer. Returns what the thread's FS base has
 * to be (seL4_TCB_SetTLSBase or seL4_UserContext.fs_base); 0 when the area is too small. */
size_t sel4_tls_bytes(void);
seL4_Word sel4_tls_init(void *area, size_t bytes, seL4_IPCBuffer *buffer);

static inline void *sel4_thread_pointer(void)
{
    void *p;
    __asm__("movq %%fs:0, %0" : "=r"(p));
    return p;
}

/* printf to the kernel's debug console: %d %i %u %x %X %o %c %s %p %%, with flags 0 - + #, width, precision and
 * the lengths hh h l ll z j. */
int sel4_vsnprintf(char *to, size_t size, const char *format, va_list args);
int sel4_snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int sel4_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

const char *sel4_error_name(seL4_Word error);
const char *sel4_fault_name(seL4_Word label);

#endif
