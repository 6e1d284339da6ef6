// Made by camkes for component Watcher: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* done: consumes Done, by seL4Notification */
void done_wait(void);
int done_poll(void);
int done_reg_callback(void (*callback)(void *), void *arg);
void done__init(void);

/* shared: dataport Buf, by seL4SharedData */
extern Buf *shared;
size_t shared_get_size(void);
#define shared_size (shared_get_size())
void shared_acquire(void);
void shared_release(void);
int shared_cache_op(size_t start, size_t size, dma_cache_op_t op);
void shared__init(void);

#ifdef __cplusplus
}
#endif

#endif
