// Made by camkes for component To: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include "numbers.h"
#include <stdint.h>
#include <camkes/global.h>
#include <camkes/dataport.h>
#include <camkes/virtqueue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* plain: consumes E, by seL4Notification */
void plain_wait(void);
int plain_poll(void);
int plain_reg_callback(void (*callback)(void *), void *arg);
void plain__init(void);

/* native: consumes E, by seL4NotificationNative */
void native_wait(void);
int native_poll(void);
seL4_CPtr native_notification(void);
void native__init(void);

/* bound: consumes E, by seL4NotificationBind */
void bound_wait(void);
int bound_poll(void);
seL4_CPtr bound_notification(void);
seL4_Word bound_notification_badge(void);
void bound__init(void);

/* counted: consumes E, by seL4NotificationQueue */
void counted_wait(void);
int counted_poll(void);
int counted_reg_callback(void (*callback)(void *), void *arg);
void counted__init(void);

/* call: consumes E, by seL4RPCEvent */
void call_wait(void);
int call_poll(void);
int call_reg_callback(void (*callback)(void *), void *arg);
void call__init(void);

/* global: consumes E, by seL4GlobalAsynchCallback */
void global_wait(void);
int global_poll(void);
int global_reg_callback(void (*callback)(void *), void *arg);
seL4_CPtr global_notification(void);
seL4_Word global_notification_badge(void);
void global__init(void);

/* page: dataport Buf, by seL4SharedData */
extern Buf *page;
size_t page_get_size(void);
#define page_size (page_get_size())
void page_acquire(void);
void page_release(void);
int page_cache_op(size_t start, size_t size, dma_cache_op_t op);
void page__init(void);

/* pages: dataport Buf, by seL4SharedData */
extern void *pages;
size_t pages_get_size(void);
#define pages_size (pages_get_size())
void pages_acquire(void);
void pages_release(void);
int pages_cache_op(size_t start, size_t size, dma_cache_op_t op);
void pages__init(void);

/* frames: dataport Buf, by seL4SharedDataWithCaps */
extern Buf *frames;
size_t frames_get_size(void);
#define frames_size (frames_get_size())
void frames_acquire(void);
void frames_release(void);
int frames_cache_op(size_t start, size_t size, dma_cache_op_t op);
void frames__init(void);
extern dataport_caps_handle_t frames_handle;

/* device: dataport Buf, by seL4DMASharedData */
extern Buf *device;
size_t device_get_size(void);
#define device_size (device_get_size())
void device_acquire(void);
void device_release(void);
int device_cache_op(size_t start, size_t size, dma_cache_op_t op);
void device__init(void);

/* numbers: dataport number_t, by seL4MessageQueue */
void numbers__init(void);
void numbers_receive(number_t *message);
int numbers_poll(number_t *message);

/* keys: provides Typed, by seL4SerialServer */
unsigned keys_num_badges(void);
seL4_Word keys_enumerate_badge(unsigned n);
void *keys_buf(seL4_Word badge);
size_t keys_buf_size(seL4_Word badge);
void keys_emit(seL4_Word badge);             /* signals that client */
void keys__init(void);

/* blocks: provides Blocks, by seL4VirtQueues */
void blocks_wait(void);
int blocks_poll(void);
int blocks_reg_callback(void (*callback)(void *), void *arg);
seL4_CPtr blocks_notification(void);
seL4_Word blocks_notification_badge(void);
void blocks__init(void);

#ifdef __cplusplus
}
#endif

#endif
