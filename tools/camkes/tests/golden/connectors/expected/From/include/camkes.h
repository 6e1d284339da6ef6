// Made by camkes for component From: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include "numbers.h"
#include <stdint.h>
#include <camkes/dataport.h>
#include <camkes/global.h>
#include <camkes/virtqueue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* plain: emits E, by seL4Notification */
void plain_emit(void);
void plain_emit_underlying(void);
void plain__init(void);

/* native: emits E, by seL4NotificationNative */
void native_emit(void);
void native_emit_underlying(void);
void native__init(void);

/* bound: emits E, by seL4NotificationBind */
void bound_emit(void);
void bound_emit_underlying(void);
void bound__init(void);

/* counted: emits E, by seL4NotificationQueue */
void counted_emit(void);
void counted_emit_underlying(void);
void counted__init(void);

/* call: emits E, by seL4RPCEvent */
void call_emit(void);
void call_emit_underlying(void);
void call__init(void);

/* global: emits E, by seL4GlobalAsynchCallback */
void global_emit(void);
void global_emit_underlying(void);
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
int numbers_send(const number_t *message);
size_t numbers_room(void);

/* keys: uses Typed, by seL4SerialServer */
extern void *keys_buf;
size_t keys_get_size(void);
void keys_wait(void);
int keys_poll(void);
int keys_reg_callback(void (*callback)(void *), void *arg);
seL4_CPtr keys_notification(void);
seL4_Word keys_notification_badge(void);
void keys__init(void);

/* blocks: uses Blocks, by seL4VirtQueues */
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
