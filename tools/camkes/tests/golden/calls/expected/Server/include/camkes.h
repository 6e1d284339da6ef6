// Made by camkes for component Server: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <stdint.h>
#ifdef CAMKES_GLUE
#include <camkes/rpc.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* words: provides Words, by seL4RPCCall */
int words_add(int a, int b);
void words_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t words_register_error_handler(camkes_error_handler_t handler);
seL4_Word words_get_sender_id(void);               /* badge of the client being served */
unsigned words_num_badges(void);
seL4_Word words_enumerate_badge(unsigned n);
seL4_Word words_largest_badge(void);
void words__init(void);

/* bytes: provides Bytes, by seL4RPCOverMultiSharedData */
struct Pair {
    int left;
    bool right;
};
char *bytes_join(size_t list_sz, char **list, struct Pair *first, size_t *numbers_sz, uint16_t **numbers);
camkes_error_handler_t bytes_register_error_handler(camkes_error_handler_t handler);
seL4_Word bytes_get_sender_id(void);               /* badge of the client being served */
unsigned bytes_num_badges(void);
seL4_Word bytes_enumerate_badge(unsigned n);
seL4_Word bytes_largest_badge(void);
void *bytes_buf(seL4_Word badge);                 /* shared with that client; NULL = none */
size_t bytes_buf_size(seL4_Word badge);
void bytes__init(void);

/* mail: provides Words, by seL4RPCDataportSignal */
int mail_add(int a, int b);
void mail_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t mail_register_error_handler(camkes_error_handler_t handler);
seL4_Word mail_get_sender_id(void);               /* badge of the client being served */
unsigned mail_num_badges(void);
seL4_Word mail_enumerate_badge(unsigned n);
seL4_Word mail_largest_badge(void);
void *mail_buf(seL4_Word badge);                 /* shared with that client; NULL = none */
size_t mail_buf_size(seL4_Word badge);
void mail_emit(seL4_Word badge);             /* signals that client */
void mail__init(void);

/* served: provides Words, by seL4RPCNoThreads */
int served_add(int a, int b);
void served_mix(double *x, const bool *sure, char *c);
camkes_error_handler_t served_register_error_handler(camkes_error_handler_t handler);
seL4_Word served_get_sender_id(void);               /* badge of the client being served */
unsigned served_num_badges(void);
seL4_Word served_enumerate_badge(unsigned n);
seL4_Word served_largest_badge(void);
unsigned served_num_clients(void);
seL4_CPtr served_endpoint(void);
/* For a loop of your own: true = the message was for served, and *info and the message
 * registers are the answer. Otherwise call camkes_serve(): it serves all interfaces of
 * this kind and never returns. */
bool served_handle_message(seL4_MessageInfo_t *info, seL4_Word badge);
#define camkes_serve() camkes_serve_endpoint("camkes.serve")
void served__init(void);

#ifdef __cplusplus
}
#endif

#endif
