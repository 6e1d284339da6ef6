// SPDX-License-Identifier: BSD-2-Clause
// Guest console and log over the serial server's shared queues; see vm_console.h.
//
// A signal costs two thread switches, a byte in the queue costs nothing: the server is woken at the end of a line, or
// by a timer of the VM when a line stays unfinished (a prompt), or when the queue runs full.
#include "vm_console.h"
#include <string.h>

#define FLUSH_NS 2000000u                /* a prompt appears within 2 ms */
#define RETRY_NS 1000000u                /* input the guest had no room for */
#define PATIENCE_MS 200u                 /* how long a full queue may stop the guest before bytes are dropped */

static uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

static void wake(struct vm_stream *s)
{
    if (byte_ring_must_wake(&s->out))
        seL4_Signal(s->signal);
}

static void push(struct vm_console *c, struct vm_stream *s, const char *bytes, size_t n)
{
    if (!s->out.shared)
        return;
    size_t done = byte_ring_put(&s->out, bytes, n);
    if (done == n)
        return;
    uint64_t give_up = rdtsc() + c->tsc_hz / 1000 * PATIENCE_MS;
    while (done < n && rdtsc() < give_up) {
        seL4_Signal(s->signal);
        seL4_Yield();
        done += byte_ring_put(&s->out, bytes + done, n - done);
    }
    s->dropped += n - done;
}

static void flush(void *ctx, uint64_t now)
{
    wake(&((struct vm_console *)ctx)->guest);
}

static void retry(void *ctx, uint64_t now)
{
    vm_console_typed(ctx);
}

void vm_console_init(struct vm_console *c, struct serial_shm *guest, struct serial_shm *log, seL4_CPtr signal,
                     uint64_t tsc_hz)
{
    *c = (struct vm_console){ .tsc_hz = tsc_hz, .guest.signal = signal, .log.signal = signal };
    if (guest) {
        c->guest.out = serial_shm_out(guest);
        c->in = serial_shm_in(guest);
    }
    if (log)
        c->log.out = serial_shm_out(log);
    timer_init(&c->flush, flush, c);
    timer_init(&c->retry, retry, c);
}

void vm_console_attach(struct vm_console *c, struct vm *vm)
{
    c->vm = vm;
}

void vm_console_out(struct vm_console *c, unsigned port, const char *bytes, size_t n)
{
    if (port != 0 || n == 0 || !c->guest.out.shared)
        return;
    push(c, &c->guest, bytes, n);
    struct timer_queue *timers = c->vm ? vm_device_env(c->vm)->timers : NULL;
    if (!timers || memchr(bytes, '\n', n)) {
        if (timers && c->flush.armed)
            timer_cancel(timers, &c->flush);
        wake(&c->guest);
    } else if (!c->flush.armed) {
        timer_arm(timers, &c->flush, rdtsc() + timer_ticks_from_ns(timers, FLUSH_NS));
    }
}

void vm_console_log(struct vm_console *c, const char *line)
{
    size_t n = strlen(line);

    push(c, &c->log, line, n);
    if (n == 0 || line[n - 1] != '\n')
        push(c, &c->log, "\n", 1);
    if (c->log.out.shared)
        wake(&c->log);
}

void vm_console_typed(struct vm_console *c)
{
    while (c->vm && c->in.shared) {
        if (c->held_n == 0)
            c->held_n = byte_ring_get(&c->in, c->held, sizeof c->held);
        if (c->held_n == 0)
            return;
        size_t taken = vm_console_input(c->vm, 0, c->held, c->held_n);
        memmove(c->held, c->held + taken, c->held_n - taken);
        c->held_n -= taken;
        if (c->held_n) {                 /* the guest's FIFO is full */
            struct timer_queue *timers = vm_device_env(c->vm)->timers;
            timer_arm(timers, &c->retry, rdtsc() + timer_ticks_from_ns(timers, RETRY_NS));
            return;
        }
    }
}
