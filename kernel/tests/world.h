// SPDX-License-Identifier: BSD-2-Clause
// A small system for unit tests of the kernel's core: an initial thread with a CNode, untyped memory and the
// control capabilities, and calls in its name. Every test starts with world_new().
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <host.h>
#include <kernel/thread.h>

/* Slots of the initial thread's CNode (radix WORLD_RADIX, addressed with 64 bits, guard 0). */
enum {
    C_NULL, C_TCB, C_CNODE, C_VSPACE, C_UNTYPED, C_DEVICE, C_IRQ_CONTROL, C_CONTROL0, C_CONTROL1, C_SC, C_BUFFER,
    C_DOMAIN, C_BIG, C_FREE
};
#define WORLD_RADIX 10
#define WORLD_MEMORY_BITS 20

struct world {
    struct tcb *root;
    struct cte *cnode;
    struct abi_ipc_buffer *buffer;
    char *memory;                   /* of C_UNTYPED */
};
extern struct world w;

void world_new(void);
void world_check(void);             /* invariants of derivation list, queues and budgets; fails the test */

/* Runs an invocation by Call in the name of the initial thread, which must be current. Words, then caps. */
#define WORDS(...) (sizeof((word_t[]){ __VA_ARGS__ }) / sizeof(word_t)), (const word_t[]){ __VA_ARGS__ }
#define NO_WORDS 0, NULL
enum abi_error invoke_by(struct tcb *, word_t cptr, word_t label, unsigned words, const word_t *word,
                         unsigned caps, const word_t *cap);
#define INVOKE(cptr, label, words, ...)                                                             \
    invoke_by(w.root, (cptr), ABI_INV_##label, words,                                               \
              sizeof((word_t[]){ __VA_ARGS__ }) / sizeof(word_t), (const word_t[]){ __VA_ARGS__ })
#define INVOKE0(cptr, label, words) invoke_by(w.root, (cptr), ABI_INV_##label, words, 0, NULL)
word_t reply_word(unsigned i);      /* of the last invocation */
unsigned reply_words(void);

enum abi_error retype(word_t untyped, word_t type, word_t size_bits, word_t slot, word_t count);
enum abi_error copy(word_t dest, word_t src, word_t rights);
enum abi_error mint(word_t dest, word_t src, word_t rights, word_t badge);
enum abi_error delete(word_t slot);
enum abi_error revoke(word_t slot);
void *object(word_t slot);
struct cap *cap_at(word_t slot);

/* A thread with the initial thread's spaces, an IPC buffer and, unless passive, a context of its own in slot + 1.
 * TCB in `slot`, buffer frame in slot + 2. Not started. */
struct tcb *thread_new(word_t slot, unsigned priority, bool passive);
struct abi_ipc_buffer *buffer_of(const struct tcb *);
void start(struct tcb *);           /* resumes it; scheduling happens with the next system call */
void run(struct tcb *);             /* makes it the current thread of CPU 0, whatever the priorities say */
void settle(void);                  /* schedule as at the end of a trap */

/* System calls of the current thread. */
void sys(int64_t number, word_t cap, word_t tag, word_t reply, const word_t *mr, unsigned words);
void sys_send(int64_t number, word_t cap, word_t label, word_t mr0);
void sys_recv(int64_t number, word_t cap, word_t reply);
void sys_reply_recv(word_t cap, word_t reply, word_t label, word_t mr0);
void advance(uint64_t us);          /* lets time pass and the timer fire if it is due */
#define current() (host.cpu[host.self].current)

#endif
