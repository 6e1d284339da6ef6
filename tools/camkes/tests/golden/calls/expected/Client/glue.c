// Made by camkes for component Client: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <stdlib.h>
#include <string.h>
#include <camkes/event.h>

static struct camkes_rpc camkes__words;
static const char *const camkes__words_methods[] = { "add", "mix" };
static struct camkes_rpc camkes__bytes;
static const char *const camkes__bytes_methods[] = { "join" };
static size_t camkes__bytes_bytes;
static struct camkes_rpc camkes__mail;
static const char *const camkes__mail_methods[] = { "add", "mix" };
static size_t camkes__mail_bytes;
static struct camkes_global camkes__mail_signal;
static struct camkes_rpc camkes__served;
static const char *const camkes__served_methods[] = { "add", "mix" };

/* ---- words: uses Words, by seL4RPCCall ---- */

camkes_error_handler_t words_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__words.handler;
    camkes__words.handler = handler;
    return before;
}

int words_add(int a, int b)
{
    seL4_Word _w[4] = { (seL4_Word)a, (seL4_Word)b };
    camkes_rpc_words(&camkes__words, 0, 2, _w, 1);
    return (int)_w[0];
}

void words_mix(double *x, const bool *sure, char *c)
{
    seL4_Word _w[4] = { camkes_word_of_real(*x), (seL4_Word)*sure };
    camkes_rpc_words(&camkes__words, 1, 2, _w, 2);
    *x = (double)camkes_real_of_word(_w[0]);
    *c = (char)_w[1];
}

extern __typeof__(words__init) words__init __attribute__((weak));
static const struct rt_interface camkes__row_words
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "words", words__init, NULL };

/* ---- bytes: uses Bytes, by seL4RPCOverMultiSharedData ---- */

camkes_error_handler_t bytes_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__bytes.handler;
    camkes__bytes.handler = handler;
    return before;
}

void *bytes_buf;
void *bytes_get_buf(void) { return bytes_buf; }
size_t bytes_get_size(void) { return camkes__bytes_bytes; }

char *bytes_join(size_t list_sz, char **list, struct Pair *first, size_t *numbers_sz, uint16_t **numbers)
{
    struct camkes_message _m;
    camkes_message_begin(&_m, &camkes__bytes, 0);
    camkes_put_strings(&_m, list_sz, list);
    camkes_put_array(&_m, *numbers_sz, *numbers, sizeof(uint16_t), _Alignof(uint16_t));
    camkes_message_call(&_m);
    char *_result = camkes_take_string(&_m);
    camkes_get(&_m, first, sizeof(struct Pair));
    camkes_fix_bools(first, 1, sizeof(struct Pair), offsetof(struct Pair, right));
    free(*numbers);
    *numbers = camkes_take_array(&_m, numbers_sz, sizeof(uint16_t), _Alignof(uint16_t));
    if (!camkes_message_end(&_m)) {
        free(_result);
        _result = NULL;
        memset(first, 0, sizeof(struct Pair));
        free(*numbers);
        *numbers = NULL;
        *numbers_sz = 0;
    }
    return _result;
}

extern __typeof__(bytes__init) bytes__init __attribute__((weak));
static const struct rt_interface camkes__row_bytes
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "bytes", bytes__init, NULL };

/* ---- mail: uses Words, by seL4RPCDataportSignal ---- */

camkes_error_handler_t mail_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__mail.handler;
    camkes__mail.handler = handler;
    return before;
}

void *mail_buf;
void *mail_get_buf(void) { return mail_buf; }
size_t mail_get_size(void) { return camkes__mail_bytes; }

int mail_add(int a, int b)
{
    seL4_Word _w[4] = { (seL4_Word)a, (seL4_Word)b };
    camkes_rpc_words(&camkes__mail, 0, 2, _w, 1);
    return (int)_w[0];
}

void mail_mix(double *x, const bool *sure, char *c)
{
    seL4_Word _w[4] = { camkes_word_of_real(*x), (seL4_Word)*sure };
    camkes_rpc_words(&camkes__mail, 1, 2, _w, 2);
    *x = (double)camkes_real_of_word(_w[0]);
    *c = (char)_w[1];
}

void mail_wait(void) { camkes_global_wait(&camkes__mail_signal); }
int mail_poll(void) { return camkes_global_poll(&camkes__mail_signal); }
int mail_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_global_reg_callback(&camkes__mail_signal, callback, arg);
}
seL4_CPtr mail_notification(void) { return camkes_global_notification(); }
seL4_Word mail_notification_badge(void) { return camkes__mail_signal.badge; }
extern __typeof__(mail__init) mail__init __attribute__((weak));
static const struct rt_interface camkes__row_mail
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "mail", mail__init, NULL };

/* ---- served: uses Words, by seL4RPCNoThreads ---- */

camkes_error_handler_t served_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__served.handler;
    camkes__served.handler = handler;
    return before;
}

int served_add(int a, int b)
{
    seL4_Word _w[4] = { (seL4_Word)a, (seL4_Word)b };
    camkes_rpc_words(&camkes__served, 0, 2, _w, 1);
    return (int)_w[0];
}

void served_mix(double *x, const bool *sure, char *c)
{
    seL4_Word _w[4] = { camkes_word_of_real(*x), (seL4_Word)*sure };
    camkes_rpc_words(&camkes__served, 1, 2, _w, 2);
    *x = (double)camkes_real_of_word(_w[0]);
    *c = (char)_w[1];
}

extern __typeof__(served__init) served__init __attribute__((weak));
static const struct rt_interface camkes__row_served
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "served", served__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_rpc_init(&camkes__words, "words", camkes__words_methods);
    camkes_rpc_init_buffer(&camkes__words);
    camkes_rpc_init(&camkes__bytes, "bytes", camkes__bytes_methods);
    camkes_rpc_init_buffer(&camkes__bytes);
    bytes_buf = rt_dataport("bytes", &camkes__bytes_bytes);
    camkes_rpc_init(&camkes__mail, "mail", camkes__mail_methods);
    mail_buf = rt_dataport("mail", &camkes__mail_bytes);
    camkes_global_init(&camkes__mail_signal, "mail", "rt.global");
    camkes_rpc_init(&camkes__served, "served", camkes__served_methods);
    camkes_rpc_init_buffer(&camkes__served);
}
