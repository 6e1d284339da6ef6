// Made by camkes for component From: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>
#include <camkes/msgqueue.h>

static struct camkes_emitter camkes__plain;
static struct camkes_emitter camkes__native;
static struct camkes_emitter camkes__bound;
static struct camkes_emitter camkes__counted;
static seL4_CPtr camkes__call;
static struct camkes_emitter camkes__global;
static struct camkes_dataport camkes__page;
static struct camkes_dataport camkes__pages;
static struct camkes_dataport camkes__frames;
static struct camkes_dataport camkes__device;
static struct camkes_msgqueue camkes__numbers;
static size_t camkes__keys_size;
static struct camkes_global camkes__keys_signal;
static struct camkes_virtqueue camkes__blocks;
static struct camkes_global camkes__blocks_signal;

/* ---- plain: emits E, by seL4Notification ---- */

void plain_emit_underlying(void) { camkes_emit(&camkes__plain); }
void plain_emit(void) { plain_emit_underlying(); }
extern __typeof__(plain__init) plain__init __attribute__((weak));
static const struct rt_interface camkes__row_plain
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "plain", plain__init, NULL };

/* ---- native: emits E, by seL4NotificationNative ---- */

void native_emit_underlying(void) { camkes_emit(&camkes__native); }
void native_emit(void) { native_emit_underlying(); }
extern __typeof__(native__init) native__init __attribute__((weak));
static const struct rt_interface camkes__row_native
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "native", native__init, NULL };

/* ---- bound: emits E, by seL4NotificationBind ---- */

void bound_emit_underlying(void) { camkes_emit(&camkes__bound); }
void bound_emit(void) { bound_emit_underlying(); }
extern __typeof__(bound__init) bound__init __attribute__((weak));
static const struct rt_interface camkes__row_bound
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "bound", bound__init, NULL };

/* ---- counted: emits E, by seL4NotificationQueue ---- */

void counted_emit_underlying(void) { camkes_emit(&camkes__counted); }
void counted_emit(void) { counted_emit_underlying(); }
extern __typeof__(counted__init) counted__init __attribute__((weak));
static const struct rt_interface camkes__row_counted
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "counted", counted__init, NULL };

/* ---- call: emits E, by seL4RPCEvent ---- */

void call_emit_underlying(void) { camkes_event_call(camkes__call); }
void call_emit(void) { call_emit_underlying(); }
extern __typeof__(call__init) call__init __attribute__((weak));
static const struct rt_interface camkes__row_call
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "call", call__init, NULL };

/* ---- global: emits E, by seL4GlobalAsynchCallback ---- */

void global_emit_underlying(void) { camkes_emit(&camkes__global); }
void global_emit(void) { global_emit_underlying(); }
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
int numbers_send(const number_t *message) { return camkes_msgqueue_send(&camkes__numbers, message); }
size_t numbers_room(void) { return camkes_msgqueue_room(&camkes__numbers); }

/* ---- keys: uses Typed, by seL4SerialServer ---- */

void *keys_buf;
size_t keys_get_size(void) { return camkes__keys_size; }
void keys_wait(void) { camkes_global_wait(&camkes__keys_signal); }
int keys_poll(void) { return camkes_global_poll(&camkes__keys_signal); }
int keys_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_global_reg_callback(&camkes__keys_signal, callback, arg);
}
seL4_CPtr keys_notification(void) { return camkes_global_notification(); }
seL4_Word keys_notification_badge(void) { return camkes__keys_signal.badge; }
extern __typeof__(keys__init) keys__init __attribute__((weak));
static const struct rt_interface camkes__row_keys
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "keys", keys__init, NULL };

/* ---- blocks: uses Blocks, by seL4VirtQueues ---- */

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
    camkes_emitter_init(&camkes__plain, "plain");
    camkes_emitter_init(&camkes__native, "native");
    camkes_emitter_init(&camkes__bound, "bound");
    camkes_emitter_init(&camkes__counted, "counted");
    camkes__call = rt_cap("call");
    camkes_emitter_init(&camkes__global, "global");
    page = camkes_dataport_init(&camkes__page, "page", sizeof(Buf));
    pages = camkes_dataport_init(&camkes__pages, "pages", 1);
    frames = camkes_dataport_init(&camkes__frames, "frames", sizeof(Buf));
    camkes_dataport_caps_init(&frames_handle, "frames");
    device = camkes_dataport_init(&camkes__device, "device", sizeof(Buf));
    camkes_msgqueue_init(&camkes__numbers, "numbers", sizeof(number_t));
    keys_buf = rt_dataport("keys", &camkes__keys_size);
    camkes_global_init(&camkes__keys_signal, "keys", "rt.global");
    camkes_virtqueue_add(&camkes__blocks, "blocks", true);
    camkes_global_init(&camkes__blocks_signal, "blocks", "rt.global");
}
