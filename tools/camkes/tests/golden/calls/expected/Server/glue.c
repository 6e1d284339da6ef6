// Made by camkes for component Server: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <stdlib.h>
#include <string.h>
#include <camkes/event.h>

static struct camkes_rpc_server camkes__words;
static const char *const camkes__words_methods[] = { "add", "mix" };
static seL4_Word camkes__words_sender;
static struct camkes_rpc_server camkes__bytes;
static const char *const camkes__bytes_methods[] = { "join" };
static seL4_Word camkes__bytes_sender;
static struct camkes_rpc_server camkes__mail;
static const char *const camkes__mail_methods[] = { "add", "mix" };
static seL4_Word camkes__mail_sender;
static struct camkes_clients camkes__mail_clients;
static struct camkes_rpc_server camkes__served;
static const char *const camkes__served_methods[] = { "add", "mix" };
static seL4_Word camkes__served_sender;
static struct camkes_served camkes__served_served;

/* ---- words: provides Words, by seL4RPCCall ---- */

camkes_error_handler_t words_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__words.handler;
    camkes__words.handler = handler;
    return before;
}

static seL4_MessageInfo_t camkes__words_dispatch(seL4_MessageInfo_t _info, seL4_Word _client, seL4_Word _w[4])
{
    camkes__words_sender = _client;
    switch (_info.words[0]) {
    case CAMKES_TAG(0, 2):                       /* add */
        _w[0] = (seL4_Word)words_add((int)_w[0], (int)_w[1]);
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 1) } };
    case CAMKES_TAG(1, 2): {                     /* mix */
        double x = (double)camkes_real_of_word(_w[0]);
        bool sure = (bool)_w[1];
        char c = 0;
        words_mix(&x, &sure, &c);
        _w[0] = camkes_word_of_real(x);
        _w[1] = (seL4_Word)c;
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 2) } };
    }
    }
    return camkes_rpc_refuse(&camkes__words, _info);
}

seL4_Word words_get_sender_id(void) { return camkes__words_sender; }
unsigned words_num_badges(void) { return camkes__words.client_count; }
seL4_Word words_enumerate_badge(unsigned n) { return camkes_rpc_badge(&camkes__words, n); }
seL4_Word words_largest_badge(void) { return camkes_rpc_largest_badge(&camkes__words); }
static int camkes__words_serve(void) { camkes_rpc_serve(camkes__words.endpoint, camkes__words_dispatch); }
extern __typeof__(words__init) words__init __attribute__((weak));
static const struct rt_interface camkes__row_words
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "words", words__init, camkes__words_serve };

/* ---- bytes: provides Bytes, by seL4RPCOverMultiSharedData ---- */

camkes_error_handler_t bytes_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__bytes.handler;
    camkes__bytes.handler = handler;
    return before;
}

static seL4_MessageInfo_t camkes__bytes_do_join(seL4_MessageInfo_t _info, seL4_Word _client, seL4_Word _w[4])
{
    struct camkes_message _m;
    camkes_message_receive(&_m, &camkes__bytes, _client, _info, _w);
    size_t list_sz = 0;
    char **list = camkes_view_strings(&_m, &list_sz);
    struct Pair first;
    memset(&first, 0, sizeof(struct Pair));
    size_t numbers_sz = 0;
    uint16_t *numbers = camkes_take_array(&_m, &numbers_sz, sizeof(uint16_t), _Alignof(uint16_t));
    if (camkes_message_arrived(&_m)) {
        char *_result = bytes_join(list_sz, list, &first, &numbers_sz, &numbers);
        camkes_message_answer(&_m);
        camkes_put_string(&_m, _result);
        free(_result);
        camkes_put(&_m, &first, sizeof(struct Pair));
        camkes_put_array(&_m, numbers_sz, numbers, sizeof(uint16_t), _Alignof(uint16_t));
    }
    free(list);
    free(numbers);
    return camkes_message_reply(&_m, _w);
}

static seL4_MessageInfo_t camkes__bytes_dispatch(seL4_MessageInfo_t _info, seL4_Word _client, seL4_Word _w[4])
{
    camkes__bytes_sender = _client;
    switch (seL4_MessageInfo_get_label(_info)) {
    case 0: return camkes__bytes_do_join(_info, _client, _w);
    }
    return camkes_rpc_refuse(&camkes__bytes, _info);
}

seL4_Word bytes_get_sender_id(void) { return camkes__bytes_sender; }
unsigned bytes_num_badges(void) { return camkes__bytes.client_count; }
seL4_Word bytes_enumerate_badge(unsigned n) { return camkes_rpc_badge(&camkes__bytes, n); }
seL4_Word bytes_largest_badge(void) { return camkes_rpc_largest_badge(&camkes__bytes); }
void *bytes_buf(seL4_Word badge) { return camkes_rpc_buffer(&camkes__bytes, badge); }
size_t bytes_buf_size(seL4_Word badge) { return camkes_rpc_buffer_size(&camkes__bytes, badge); }
static int camkes__bytes_serve(void) { camkes_rpc_serve(camkes__bytes.endpoint, camkes__bytes_dispatch); }
extern __typeof__(bytes__init) bytes__init __attribute__((weak));
static const struct rt_interface camkes__row_bytes
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "bytes", bytes__init, camkes__bytes_serve };

/* ---- mail: provides Words, by seL4RPCDataportSignal ---- */

camkes_error_handler_t mail_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__mail.handler;
    camkes__mail.handler = handler;
    return before;
}

static seL4_MessageInfo_t camkes__mail_dispatch(seL4_MessageInfo_t _info, seL4_Word _client, seL4_Word _w[4])
{
    camkes__mail_sender = _client;
    switch (_info.words[0]) {
    case CAMKES_TAG(0, 2):                       /* add */
        _w[0] = (seL4_Word)mail_add((int)_w[0], (int)_w[1]);
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 1) } };
    case CAMKES_TAG(1, 2): {                     /* mix */
        double x = (double)camkes_real_of_word(_w[0]);
        bool sure = (bool)_w[1];
        char c = 0;
        mail_mix(&x, &sure, &c);
        _w[0] = camkes_word_of_real(x);
        _w[1] = (seL4_Word)c;
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 2) } };
    }
    }
    return camkes_rpc_refuse(&camkes__mail, _info);
}

seL4_Word mail_get_sender_id(void) { return camkes__mail_sender; }
unsigned mail_num_badges(void) { return camkes__mail.client_count; }
seL4_Word mail_enumerate_badge(unsigned n) { return camkes_rpc_badge(&camkes__mail, n); }
seL4_Word mail_largest_badge(void) { return camkes_rpc_largest_badge(&camkes__mail); }
void *mail_buf(seL4_Word badge) { return camkes_rpc_buffer(&camkes__mail, badge); }
size_t mail_buf_size(seL4_Word badge) { return camkes_rpc_buffer_size(&camkes__mail, badge); }
void mail_emit(seL4_Word badge) { camkes_clients_emit(&camkes__mail_clients, badge); }
static int camkes__mail_serve(void) { camkes_rpc_serve(camkes__mail.endpoint, camkes__mail_dispatch); }
extern __typeof__(mail__init) mail__init __attribute__((weak));
static const struct rt_interface camkes__row_mail
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "mail", mail__init, camkes__mail_serve };

/* ---- served: provides Words, by seL4RPCNoThreads ---- */

camkes_error_handler_t served_register_error_handler(camkes_error_handler_t handler)
{
    const camkes_error_handler_t before = camkes__served.handler;
    camkes__served.handler = handler;
    return before;
}

static seL4_MessageInfo_t camkes__served_dispatch(seL4_MessageInfo_t _info, seL4_Word _client, seL4_Word _w[4])
{
    camkes__served_sender = _client;
    switch (_info.words[0]) {
    case CAMKES_TAG(0, 2):                       /* add */
        _w[0] = (seL4_Word)served_add((int)_w[0], (int)_w[1]);
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 1) } };
    case CAMKES_TAG(1, 2): {                     /* mix */
        double x = (double)camkes_real_of_word(_w[0]);
        bool sure = (bool)_w[1];
        char c = 0;
        served_mix(&x, &sure, &c);
        _w[0] = camkes_word_of_real(x);
        _w[1] = (seL4_Word)c;
        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, 2) } };
    }
    }
    return camkes_rpc_refuse(&camkes__served, _info);
}

seL4_Word served_get_sender_id(void) { return camkes__served_sender; }
unsigned served_num_badges(void) { return camkes__served.client_count; }
seL4_Word served_enumerate_badge(unsigned n) { return camkes_rpc_badge(&camkes__served, n); }
seL4_Word served_largest_badge(void) { return camkes_rpc_largest_badge(&camkes__served); }
unsigned served_num_clients(void) { return camkes__served.client_count; }
seL4_CPtr served_endpoint(void) { return camkes__served.endpoint; }
bool served_handle_message(seL4_MessageInfo_t *info, seL4_Word badge)
{
    return camkes_served_message(&camkes__served_served, info, badge);
}
extern __typeof__(served__init) served__init __attribute__((weak));
static const struct rt_interface camkes__row_served
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "served", served__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_rpc_server_init(&camkes__words, "words", "words", camkes__words_methods, 2, true);
    camkes_rpc_server_init(&camkes__bytes, "bytes", "bytes", camkes__bytes_methods, 1, true);
    camkes_rpc_server_init(&camkes__mail, "mail", "mail", camkes__mail_methods, 2, false);
    camkes_clients_init(&camkes__mail_clients, "mail");
    camkes_rpc_server_init(&camkes__served, "served", "camkes.serve", camkes__served_methods, 2, true);
    camkes__served_served = (struct camkes_served){ &camkes__served, camkes__served_dispatch, 3, NULL };
    camkes_served_add(&camkes__served_served);
}
