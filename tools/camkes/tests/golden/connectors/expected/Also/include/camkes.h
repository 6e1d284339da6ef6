// Made by camkes for component Also: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* plain: consumes E, by seL4Notification */
void plain_wait(void);
int plain_poll(void);
int plain_reg_callback(void (*callback)(void *), void *arg);
void plain__init(void);

/* counted: consumes E, by seL4NotificationQueue */
void counted_wait(void);
int counted_poll(void);
int counted_reg_callback(void (*callback)(void *), void *arg);
void counted__init(void);

/* page: dataport Buf, by seL4SharedData */
extern Buf *page;
size_t page_get_size(void);
#define page_size (page_get_size())
void page_acquire(void);
void page_release(void);
int page_cache_op(size_t start, size_t size, dma_cache_op_t op);
void page__init(void);

#ifdef __cplusplus
}
#endif

#endif
