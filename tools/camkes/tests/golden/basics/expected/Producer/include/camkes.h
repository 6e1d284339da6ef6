// Made by camkes for component Producer: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

struct point {
    int x;
    int y;
    const char *label[1];
};
#ifndef CAMKES_GLUE             /* which sets them at the start */
extern const int count;
extern const char *const greeting;
extern const int64_t big;
#endif
extern const struct point where;
extern const char *const names[2];
extern const double ratio;

int m_lock(void);
int m_unlock(void);
int s_wait(void);
int s_trywait(void);
int s_post(void);
int b_wait(void);
int b_post(void);

/* ready: emits Ready, by seL4Notification */
void ready_emit(void);
void ready_emit_underlying(void);
void ready__init(void);

/* mem: dataport Buf, by seL4SharedData */
extern Buf *mem;
size_t mem_get_size(void);
#define mem_size (mem_get_size())
void mem_acquire(void);
void mem_release(void);
int mem_cache_op(size_t start, size_t size, dma_cache_op_t op);
void mem__init(void);

#ifdef __cplusplus
}
#endif

#endif
