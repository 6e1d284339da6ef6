// Made by camkes for component Also: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

static struct camkes_event camkes__plain;
static struct camkes_event_queue camkes__counted;
static struct camkes_queue_source camkes__counted_sources[1];
static struct camkes_dataport camkes__page;

/* ---- plain: consumes E, by seL4Notification ---- */

void plain_wait(void) { camkes_event_wait(&camkes__plain); }
int plain_poll(void) { return camkes_event_poll(&camkes__plain); }
int plain_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes__plain, callback, arg);
}
static int camkes__plain_thread(void)
{
    return camkes_event_thread(&camkes__plain);
}
extern __typeof__(plain__init) plain__init __attribute__((weak));
static const struct rt_interface camkes__row_plain
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "plain", plain__init, camkes__plain_thread };

/* ---- counted: consumes E, by seL4NotificationQueue ---- */

void counted_wait(void) { camkes_event_queue_wait(&camkes__counted); }
int counted_poll(void) { return camkes_event_queue_poll(&camkes__counted); }
int counted_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_queue_reg_callback(&camkes__counted, callback, arg);
}
static int camkes__counted_thread(void) { return camkes_event_queue_thread(&camkes__counted); }
extern __typeof__(counted__init) counted__init __attribute__((weak));
static const struct rt_interface camkes__row_counted
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "counted", counted__init, camkes__counted_thread };

/* ---- page: dataport Buf, by seL4SharedData ---- */

Buf *page;
size_t page_get_size(void) { return camkes__page.size; }
void page_acquire(void) { camkes_dataport_acquire(); }
void page_release(void) { camkes_dataport_release(); }
int page_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(page__init) page__init __attribute__((weak));
static const struct rt_interface camkes__row_page
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "page", page__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_event_init(&camkes__plain, "plain");
    camkes_event_queue_init(&camkes__counted, "counted", camkes__counted_sources, 1);
    page = camkes_dataport_init(&camkes__page, "page", sizeof(Buf));
}
