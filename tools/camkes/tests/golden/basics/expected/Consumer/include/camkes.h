// Made by camkes for component Consumer: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <stdint.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ready: consumes Ready, by seL4Notification */
void ready_wait(void);
int ready_poll(void);
int ready_reg_callback(void (*callback)(void *), void *arg);
void ready__init(void);

/* in_data: dataport Buf, by seL4SharedData */
extern void *in_data;
size_t in_data_get_size(void);
#define in_data_size (in_data_get_size())
void in_data_acquire(void);
void in_data_release(void);
int in_data_cache_op(size_t start, size_t size, dma_cache_op_t op);
void in_data__init(void);

/* other: not connected */
void other_wait(void) __attribute__((weak));
int other_poll(void) __attribute__((weak));
int other_reg_callback(void (*callback)(void *), void *arg) __attribute__((weak));
seL4_CPtr other_notification(void) __attribute__((weak));
seL4_Word other_notification_badge(void) __attribute__((weak));

/* p: not connected */
static inline camkes_error_handler_t p_register_error_handler(camkes_error_handler_t handler)
{
    (void)handler;
    return 0;
}
static void *const p_buf __attribute__((unused)) = 0;
void *p_get_buf(void) __attribute__((weak));
size_t p_get_size(void) __attribute__((weak));
void p_wait(void) __attribute__((weak));
int p_poll(void) __attribute__((weak));
int p_reg_callback(void (*callback)(void *), void *arg) __attribute__((weak));
seL4_CPtr p_notification(void) __attribute__((weak));
seL4_Word p_notification_badge(void) __attribute__((weak));
void p_f(int x, char **s) __attribute__((weak));

/* nothing: not connected */
extern Buf *nothing;                          /* NULL */
static inline size_t nothing_get_size(void) { return 0; }
#define nothing_size ((size_t)0)
static inline void nothing_acquire(void) { }
static inline void nothing_release(void) { }

#ifdef __cplusplus
}
#endif

#endif
