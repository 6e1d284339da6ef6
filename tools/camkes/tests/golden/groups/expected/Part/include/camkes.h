// Made by camkes for component Part: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CAMKES_GLUE             /* which sets them at the start */
extern const int number;
#endif

int m_lock(void);
int m_unlock(void);

/* done: not connected */
void done_emit(void) __attribute__((weak));
void done_emit_underlying(void) __attribute__((weak));

/* shared: not connected */
extern Buf *shared;                          /* NULL */
static inline size_t shared_get_size(void) { return 0; }
#define shared_size ((size_t)0)
static inline void shared_acquire(void) { }
static inline void shared_release(void) { }

#ifdef __cplusplus
}
#endif

#endif
