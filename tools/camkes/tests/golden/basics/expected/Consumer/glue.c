// Made by camkes for component Consumer: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

static struct camkes_event camkes__ready;
static struct camkes_dataport camkes__in_data;

/* ---- ready: consumes Ready, by seL4Notification ---- */

void ready_wait(void) { camkes_event_wait(&camkes__ready); }
int ready_poll(void) { return camkes_event_poll(&camkes__ready); }
int ready_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes__ready, callback, arg);
}
static int camkes__ready_thread(void)
{
    return camkes_event_thread(&camkes__ready);
}
extern __typeof__(ready__init) ready__init __attribute__((weak));
static const struct rt_interface camkes__row_ready
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "ready", ready__init, camkes__ready_thread };

/* ---- in_data: dataport Buf, by seL4SharedData ---- */

void *in_data;
size_t in_data_get_size(void) { return camkes__in_data.size; }
void in_data_acquire(void) { camkes_dataport_acquire(); }
void in_data_release(void) { camkes_dataport_release(); }
int in_data_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(in_data__init) in_data__init __attribute__((weak));
static const struct rt_interface camkes__row_in_data
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "in_data", in_data__init, NULL };
Buf *nothing;

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_event_init(&camkes__ready, "ready");
    in_data = camkes_dataport_init(&camkes__in_data, "in_data", 1);
}
