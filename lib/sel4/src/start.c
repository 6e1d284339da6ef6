// SPDX-License-Identifier: BSD-2-Clause
// C start-up of a freestanding initial task: thread-local storage, IPC buffer, then main(bootinfo).
#include <sel4/sel4.h>
#include <sel4/task.h>
#include <string.h>

__thread seL4_IPCBuffer *__sel4_ipc_buffer;

/* From the linker script: the initial image of thread-local storage. */
extern const char __tls_image[], __tls_file_bytes[], __tls_memory_bytes[];

#define TLS_ALIGN 64ul
#define THREAD_HEAD 64ul         /* behind the variables: the self pointer %fs:0 */

static size_t tls_variables(void) { return ((size_t)__tls_memory_bytes + TLS_ALIGN - 1) & ~(TLS_ALIGN - 1); }

size_t sel4_tls_bytes(void) { return tls_variables() + THREAD_HEAD; }

/* x86-64 ABI, variant II: the variables end where FS points, and the word there holds its own address. */
seL4_Word sel4_tls_init(void *area, size_t bytes, seL4_IPCBuffer *buffer)
{
    uintptr_t base = ((uintptr_t)area + TLS_ALIGN - 1) & ~(TLS_ALIGN - 1);
    if (base + sel4_tls_bytes() > (uintptr_t)area + bytes) {
        return 0;
    }
    char *thread = (char *)base + tls_variables();
    char *image = thread - tls_variables();
    memset(image, 0, sel4_tls_bytes());
    memcpy(image, __tls_image, (size_t)__tls_file_bytes);
    *(void **)thread = thread;
    *(seL4_IPCBuffer **)(thread + ((char *)&__sel4_ipc_buffer - (char *)sel4_thread_pointer())) = buffer;
    return (seL4_Word)thread;
}

_Noreturn void sel4_start(seL4_BootInfo *bootinfo);

/* FS is not set yet: nothing here may touch a thread-local variable but through sel4_tls_init's result. */
__attribute__((noinline)) static void first_tls(seL4_BootInfo *bootinfo)
{
    static char area[4096] __attribute__((aligned(64)));
    memset(area, 0, sel4_tls_bytes() <= sizeof(area) ? sel4_tls_bytes() : sizeof(area));
    memcpy(area, __tls_image, (size_t)__tls_file_bytes);
    char *thread = area + tls_variables();
    *(void **)thread = thread;
    seL4_SetTLSBase((seL4_Word)thread);
    seL4_SetIPCBuffer(bootinfo->ipcBuffer);
}

_Noreturn void sel4_start(seL4_BootInfo *bootinfo)
{
    first_tls(bootinfo);
    main(bootinfo);
    for (;;) {
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    }
}
