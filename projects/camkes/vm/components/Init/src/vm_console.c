// SPDX-License-Identifier: BSD-2-Clause
// Guest console over the serial server; see vm_console.h.
//
// A call costs two thread switches, a byte in the buffer costs nothing: the server is called at the end of a
// line, or by a timer of the VM when a line stays unfinished (a prompt), or when the buffer is full.
#include "vm_console.h"
#include <rt/rt.h>
#include <string.h>

#define FLUSH_NS 2000000u                /* a prompt appears within 2 ms */
#define RETRY_NS 1000000u                /* input the guest had no room for */
#define PATIENCE_MS 200u                 /* how long a slow line stops the guest before bytes are dropped */

static struct timer_queue *timers(struct vm_console *c)
{
    return c->vm ? vm_device_env(c->vm)->timers : NULL;
}

void vm_console_flush(struct vm_console *c)
{
    size_t done = putchar_write(c->batch, c->line, c->line_n);
    uint64_t give_up = rt_tsc() + c->tsc_hz / 1000 * PATIENCE_MS;

    while (done < c->line_n && rt_tsc() < give_up) {
        seL4_Yield();
        done += putchar_write(c->batch, c->line + done, c->line_n - done);
    }
    c->dropped += c->line_n - done;
    c->line_n = 0;
    if (c->flush.armed)
        timer_cancel(timers(c), &c->flush);
}

static void flush(void *ctx, uint64_t now)
{
    vm_console_flush(ctx);
}

static void retry(void *ctx, uint64_t now)
{
    vm_console_typed(ctx);
}

void vm_console_init(struct vm_console *c, putchar_batch_fn *batch, struct byte_ring in, uint64_t tsc_hz)
{
    *c = (struct vm_console){ .batch = batch, .in = in, .tsc_hz = tsc_hz };
    timer_init(&c->flush, flush, c);
    timer_init(&c->retry, retry, c);
}

void vm_console_attach(struct vm_console *c, struct vm *vm)
{
    c->vm = vm;
}

void vm_console_out(struct vm_console *c, unsigned port, const char *bytes, size_t n)
{
    bool line_ends = memchr(bytes, '\n', n) != NULL;

    if (port != 0 || !c->batch)
        return;
    while (n) {
        size_t k = n < sizeof c->line - c->line_n ? n : sizeof c->line - c->line_n;
        memcpy(c->line + c->line_n, bytes, k);
        c->line_n += k;
        bytes += k;
        n -= k;
        if (c->line_n == sizeof c->line)
            vm_console_flush(c);
    }
    if (line_ends || !timers(c))
        vm_console_flush(c);
    else if (c->line_n && !c->flush.armed)
        timer_arm(timers(c), &c->flush, rt_tsc() + timer_ticks_from_ns(timers(c), FLUSH_NS));
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
            timer_arm(timers(c), &c->retry, rt_tsc() + timer_ticks_from_ns(timers(c), RETRY_NS));
            return;
        }
    }
}
