// Made by camkes for component Part: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CAMKES_GLUE             /* which sets them at the start */
extern const int number;
#endif

int m_lock(void);
int m_unlock(void);

/* done: emits Done, by seL4Notification */
void done_emit(void);
void done_emit_underlying(void);
void done__init(void);

/* shared: dataport Buf, by seL4SharedData */
extern Buf *shared;
size_t shared_get_size(void);
#define shared_size (shared_get_size())
void shared_acquire(void);
void shared_release(void);
int shared_cache_op(size_t start, size_t size, dma_cache_op_t op);
void shared__init(void);

#define get_instance_name() "left"

#ifdef __cplusplus
}
#endif

#endif
