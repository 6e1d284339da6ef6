// Made by camkes for component To: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>
#include <camkes/msgqueue.h>

static struct camkes_event camkes__plain;
static struct camkes_event camkes__native;
static struct camkes_global camkes__bound_signal;
static struct camkes_event_queue camkes__counted;
static struct camkes_queue_source camkes__counted_sources[1];
static struct camkes_event camkes__call;
static seL4_CPtr camkes__call_endpoint;
static struct camkes_global camkes__global_signal;
static struct camkes_dataport camkes__page;
static struct camkes_dataport camkes__pages;
static struct camkes_dataport camkes__frames;
static struct camkes_dataport camkes__device;
static struct camkes_msgqueue camkes__numbers;
static struct camkes_clients camkes__keys_clients;
static struct camkes_virtqueue camkes__blocks;
static struct camkes_global camkes__blocks_signal;

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

/* ---- native: consumes E, by seL4NotificationNative ---- */

void native_wait(void) { camkes_event_wait(&camkes__native); }
int native_poll(void) { return camkes_event_poll(&camkes__native); }
seL4_CPtr native_notification(void) { return camkes__native.notification; }
extern __typeof__(native__init) native__init __attribute__((weak));
static const struct rt_interface camkes__row_native
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "native", native__init, NULL };

/* ---- bound: consumes E, by seL4NotificationBind ---- */

void bound_wait(void) { camkes_global_wait(&camkes__bound_signal); }
int bound_poll(void) { return camkes_global_poll(&camkes__bound_signal); }
seL4_CPtr bound_notification(void) { return camkes_global_notification(); }
seL4_Word bound_notification_badge(void) { return camkes__bound_signal.badge; }
extern __typeof__(bound__init) bound__init __attribute__((weak));
static const struct rt_interface camkes__row_bound
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "bound", bound__init, NULL };

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

/* ---- call: consumes E, by seL4RPCEvent ---- */

void call_wait(void) { camkes_event_wait(&camkes__call); }
int call_poll(void) { return camkes_event_poll(&camkes__call); }
int call_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_endpoint_reg_callback(&camkes__call, callback, arg);
}
static int camkes__call_thread(void)
{
    return camkes_event_endpoint_thread(&camkes__call, camkes__call_endpoint);
}
extern __typeof__(call__init) call__init __attribute__((weak));
static const struct rt_interface camkes__row_call
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "call", call__init, camkes__call_thread };

/* ---- global: consumes E, by seL4GlobalAsynchCallback ---- */

void global_wait(void) { camkes_global_wait(&camkes__global_signal); }
int global_poll(void) { return camkes_global_poll(&camkes__global_signal); }
int global_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_global_reg_callback(&camkes__global_signal, callback, arg);
}
seL4_CPtr global_notification(void) { return camkes_global_notification(); }
seL4_Word global_notification_badge(void) { return camkes__global_signal.badge; }
extern __typeof__(global__init) global__init __attribute__((weak));
static const struct rt_interface camkes__row_global
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "global", global__init, NULL };

/* ---- page: dataport Buf, by seL4SharedData ---- */

Buf *page;
size_t page_get_size(void) { return camkes__page.size; }
void page_acquire(void) { camkes_dataport_acquire(); }
void page_release(void) { camkes_dataport_release(); }
int page_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(page__init) page__init __attribute__((weak));
static const struct rt_interface camkes__row_page
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "page", page__init, NULL };

/* ---- pages: dataport Buf, by seL4SharedData ---- */

void *pages;
size_t pages_get_size(void) { return camkes__pages.size; }
void pages_acquire(void) { camkes_dataport_acquire(); }
void pages_release(void) { camkes_dataport_release(); }
int pages_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(pages__init) pages__init __attribute__((weak));
static const struct rt_interface camkes__row_pages
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "pages", pages__init, NULL };

/* ---- frames: dataport Buf, by seL4SharedDataWithCaps ---- */

Buf *frames;
size_t frames_get_size(void) { return camkes__frames.size; }
void frames_acquire(void) { camkes_dataport_acquire(); }
void frames_release(void) { camkes_dataport_release(); }
int frames_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(frames__init) frames__init __attribute__((weak));
static const struct rt_interface camkes__row_frames
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "frames", frames__init, NULL };
dataport_caps_handle_t frames_handle;

/* ---- device: dataport Buf, by seL4DMASharedData ---- */

Buf *device;
size_t device_get_size(void) { return camkes__device.size; }
void device_acquire(void) { camkes_dataport_acquire(); }
void device_release(void) { camkes_dataport_release(); }
int device_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(device__init) device__init __attribute__((weak));
static const struct rt_interface camkes__row_device
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "device", device__init, NULL };

/* ---- numbers: dataport number_t, by seL4MessageQueue ---- */

extern __typeof__(numbers__init) numbers__init __attribute__((weak));
static const struct rt_interface camkes__row_numbers
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "numbers", numbers__init, NULL };
void numbers_receive(number_t *message) { camkes_msgqueue_receive(&camkes__numbers, message); }
int numbers_poll(number_t *message) { return camkes_msgqueue_poll(&camkes__numbers, message); }

/* ---- keys: provides Typed, by seL4SerialServer ---- */

void keys_emit(seL4_Word badge) { camkes_clients_emit(&camkes__keys_clients, badge); }
unsigned keys_num_badges(void) { return (unsigned)camkes__keys_clients.count; }
seL4_Word keys_enumerate_badge(unsigned n) { return camkes_clients_badge(&camkes__keys_clients, n); }
void *keys_buf(seL4_Word badge) { return camkes_clients_buf(&camkes__keys_clients, badge); }
size_t keys_buf_size(seL4_Word badge)
{
    return camkes_clients_buf_size(&camkes__keys_clients, badge);
}
extern __typeof__(keys__init) keys__init __attribute__((weak));
static const struct rt_interface camkes__row_keys
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "keys", keys__init, NULL };

/* ---- blocks: provides Blocks, by seL4VirtQueues ---- */

void blocks_wait(void) { camkes_global_wait(&camkes__blocks_signal); }
int blocks_poll(void) { return camkes_global_poll(&camkes__blocks_signal); }
int blocks_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_global_reg_callback(&camkes__blocks_signal, callback, arg);
}
seL4_CPtr blocks_notification(void) { return camkes_global_notification(); }
seL4_Word blocks_notification_badge(void) { return camkes__blocks_signal.badge; }
extern __typeof__(blocks__init) blocks__init __attribute__((weak));
static const struct rt_interface camkes__row_blocks
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "blocks", blocks__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_event_init(&camkes__plain, "plain");
    camkes_event_init(&camkes__native, "native");
    camkes_global_init(&camkes__bound_signal, "bound", "rt.global");
    camkes_event_queue_init(&camkes__counted, "counted", camkes__counted_sources, 1);
    camkes_event_init(&camkes__call, "call");
    camkes__call_endpoint = rt_cap("call.endpoint");
    camkes_global_init(&camkes__global_signal, "global", "rt.global");
    page = camkes_dataport_init(&camkes__page, "page", sizeof(Buf));
    pages = camkes_dataport_init(&camkes__pages, "pages", 1);
    frames = camkes_dataport_init(&camkes__frames, "frames", sizeof(Buf));
    camkes_dataport_caps_init(&frames_handle, "frames");
    device = camkes_dataport_init(&camkes__device, "device", sizeof(Buf));
    camkes_msgqueue_init(&camkes__numbers, "numbers", sizeof(number_t));
    camkes_clients_init(&camkes__keys_clients, "keys");
    camkes_virtqueue_add(&camkes__blocks, "blocks", false);
    camkes_global_init(&camkes__blocks_signal, "blocks", "rt.global");
}
