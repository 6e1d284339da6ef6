// Made by camkes for component Watcher: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

static struct camkes_event camkes__done;
static struct camkes_dataport camkes__shared;

/* ---- done: consumes Done, by seL4Notification ---- */

void done_wait(void) { camkes_event_wait(&camkes__done); }
int done_poll(void) { return camkes_event_poll(&camkes__done); }
int done_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes__done, callback, arg);
}
static int camkes__done_thread(void)
{
    return camkes_event_thread(&camkes__done);
}
extern __typeof__(done__init) done__init __attribute__((weak));
static const struct rt_interface camkes__row_done
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "done", done__init, camkes__done_thread };

/* ---- shared: dataport Buf, by seL4SharedData ---- */

Buf *shared;
size_t shared_get_size(void) { return camkes__shared.size; }
void shared_acquire(void) { camkes_dataport_acquire(); }
void shared_release(void) { camkes_dataport_release(); }
int shared_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(shared__init) shared__init __attribute__((weak));
static const struct rt_interface camkes__row_shared
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "shared", shared__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_event_init(&camkes__done, "done");
    shared = camkes_dataport_init(&camkes__shared, "shared", sizeof(Buf));
}
