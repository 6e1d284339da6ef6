// Made by camkes for component Reader: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* d: dataport Buf, by seL4SharedData */
extern Buf *d;
size_t d_get_size(void);
#define d_size (d_get_size())
void d_acquire(void);
void d_release(void);
int d_cache_op(size_t start, size_t size, dma_cache_op_t op);
void d__init(void);

#ifdef __cplusplus
}
#endif

#endif
