// Made by camkes for component Client: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <stdint.h>
#ifdef CAMKES_GLUE
#include <camkes/rpc.h>
#endif
#include <camkes/global.h>

#ifdef __cplusplus
extern "C" {
#endif

/* words: uses Words, by seL4RPCCall */
int words_add(int a, int b);
void words_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t words_register_error_handler(camkes_error_handler_t handler);
void words__init(void);

/* bytes: uses Bytes, by seL4RPCOverMultiSharedData */
struct Pair {
    int left;
    bool right;
};
char *bytes_join(size_t list_sz, char **list, struct Pair *first, size_t *numbers_sz, uint16_t **numbers);
camkes_error_handler_t bytes_register_error_handler(camkes_error_handler_t handler);
extern void *bytes_buf;                           /* shared with the server alone */
size_t bytes_get_size(void);
void *bytes_get_buf(void);
#define bytes_buf_size bytes_get_size()
void bytes__init(void);

/* mail: uses Words, by seL4RPCDataportSignal */
int mail_add(int a, int b);
void mail_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t mail_register_error_handler(camkes_error_handler_t handler);
extern void *mail_buf;                           /* shared with the server alone */
size_t mail_get_size(void);
void *mail_get_buf(void);
#define mail_buf_size mail_get_size()
void mail_wait(void);
int mail_poll(void);
int mail_reg_callback(void (*callback)(void *), void *arg);
seL4_CPtr mail_notification(void);
seL4_Word mail_notification_badge(void);
void mail__init(void);

/* served: uses Words, by seL4RPCNoThreads */
int served_add(int a, int b);
void served_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t served_register_error_handler(camkes_error_handler_t handler);
void served__init(void);

#ifdef __cplusplus
}
#endif

#endif
