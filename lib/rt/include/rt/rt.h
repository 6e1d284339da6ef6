// SPDX-License-Identifier: BSD-2-Clause
// The component runtime: what every component program is linked with. It starts the threads, reads the component
// information page (spec/info.h) and gives the component its capabilities, dataports and attributes by name.
//
// Life of a component: pre_init(), each interface's init(), post_init(), then run() in the control thread and each
// interface's run() in a thread of its own. A component defines what it has of these; run() it must have
// unless it only serves interfaces.
#ifndef RT_RT_H
#define RT_RT_H

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- defined by the component; all optional ---- */
int run(void);                           /* control thread; returning parks it, the other threads go on */
void pre_init(void);
void post_init(void);

/* One row a provided interface (or other thread): `name` as given to spec_thread. init or run may be NULL.
 *   RT_INTERFACE(putchar, NULL, putchar_run);                                                             */
struct rt_interface { const char *name; void (*init)(void); int (*run)(void); };
#define RT_INTERFACE(iface, init_fn, run_fn)                                                       \
    static const struct rt_interface rt_interface_##iface                                          \
        __attribute__((used, section("rt_interfaces"), aligned(8))) = { #iface, init_fn, run_fn }

/* ---- by name ---- */
const char *rt_instance_name(void);
const char *rt_type_name(void);
unsigned rt_core(void);                  /* the control thread's */
seL4_CPtr rt_cap(const char *name);                              /* seL4_CapNull = the spec gives none */
seL4_CPtr rt_cap_array(const char *name, size_t *count);         /* `count` capabilities in consecutive slots */
void *rt_dataport(const char *name, size_t *size);               /* NULL = none; size may be NULL */
bool rt_has_attr(const char *name);
int64_t rt_attr_int(const char *name, int64_t otherwise);
const char *rt_attr_str(const char *name, const char *otherwise);

/* Everything the spec gives, one after the other; false = there is no nth. */
struct rt_cap_entry {
    const char *name;
    seL4_CPtr first;                     /* `count` in consecutive slots */
    size_t count;
    unsigned kind, bits;                 /* enum spec_kind (spec/format.h); size of untyped memory, frames */
    uint64_t where;                      /* I/O ports: first | last << 16; device memory: its physical address */
};
struct rt_memory_entry { const char *name; uint8_t *address; size_t size; uint64_t paddr; bool writable; };
bool rt_cap_entry(unsigned n, struct rt_cap_entry *out);
bool rt_memory_entry(unsigned n, struct rt_memory_entry *out);   /* dataports; paddr 0 = not a device's */

/* Users of a provided interface, as the spec connects them. */
struct rt_client {
    const char *name;                    /* instance */
    seL4_Word badge;
    void *buffer;                        /* shared with that client, or NULL */
    size_t buffer_size;
};
unsigned rt_client_count(const char *interface);
bool rt_client(const char *interface, unsigned i, struct rt_client *out);
bool rt_client_by_badge(const char *interface, seL4_Word badge, struct rt_client *out);

/* ---- the current thread ---- */
unsigned rt_thread_index(void);          /* 0 = control thread */
const char *rt_thread_name(void);
seL4_CPtr rt_reply_cap(void);            /* its reply object, for Recv and ReplyRecv */
seL4_CPtr rt_tcb_cap(void);              /* where the spec gives it (spec_thread_tcb_cap), else seL4_CapNull */

/* ---- machine ---- */
static inline uint64_t rt_tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}
uint64_t rt_tsc_hz(void);
uint64_t rt_boot_tsc(void);              /* TSC when the kernel started */
uint64_t rt_time_ns(void);               /* since then */
unsigned rt_virt_backend(void);          /* enum abi_virt_backend */
bool rt_debug_kernel(void);

/* ---- output and files of the C library ---- */
/* stdout, stderr: by default the kernel's debug console. */
typedef void (*rt_write_fn)(const char *text, size_t bytes);
void rt_set_write(rt_write_fn);
/* open, read, lseek, close, fstat (size only) of the C library; descriptors from 3 on are passed as they are. Each
 * returns -errno on failure. Without hooks there are no files. */
struct rt_file_ops {
    int (*open)(const char *path, int flags);
    long (*read)(int fd, void *to, size_t bytes);
    long (*seek)(int fd, long offset, int whence);
    int (*close)(int fd);
    long (*size)(int fd);
};
void rt_set_file_ops(const struct rt_file_ops *);
/* Seconds since 1970 at boot, for time() and gettimeofday(). */
void rt_set_boot_time(int64_t seconds);

/* Ends the component: prints `name: ` and the message; the supervisor stops all its threads, nothing else. */
_Noreturn void rt_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The calling thread only, for ever. */
_Noreturn void rt_park(void);

/* Register contents by which the supervisor knows a wanted end (an undefined instruction with rax = this, rdi =
 * status) from a crash. */
#define RT_EXIT_MAGIC 0x74697865706d6f63ull
#define RT_PARK_MAGIC 0x6b726170706d6f63ull      /* the same for one thread that has nothing left to do */

#endif
