// SPDX-License-Identifier: BSD-2-Clause
// What generated glue says about calls between components, and the control thread's loop for interfaces that
// have no thread of their own (camkes_serve).
//
// A call's label is the method's number. Few plain numbers travel in message registers, a word each.
// Everything else is a row of bytes, in the IPC buffer or (where the connection has a buffer for it) in
// memory shared by the two; then the message is its length. An array is a 32-bit count, padding to the
// alignment of its type, its elements; a string a 32-bit count and that many characters, the last of them 0.
// The answer's label is 0, or the error the server found.
//
// Neither side trusts the other: what arrived is copied before it is looked at, every length is checked
// against it.
#ifndef CAMKES_RPC_H
#define CAMKES_RPC_H

#include <camkes/base.h>
#include <rt/sync.h>

enum { CAMKES_MESSAGE_BYTES = 120 * sizeof(seL4_Word) };          /* what an IPC buffer holds */

/* A message without capabilities. */
#define CAMKES_TAG(label, length) ((seL4_Word)(label) << ABI_TAG_LABEL_SHIFT | (length))

/* ---- a used interface ---- */

struct camkes_rpc {
    const char *name;
    const char *const *methods;         /* names, for messages */
    seL4_CPtr cap;
    camkes_error_handler_t handler;
    uint8_t *buffer;                    /* messages travel here; NULL = in the IPC buffer */
    size_t buffer_size;
    struct rt_mutex lock;               /* of the buffer */
};
void camkes_rpc_init(struct camkes_rpc *, const char *name, const char *const *methods);
/* The connection's buffer is for messages: dataport `name`, or the one that attribute "<name>.buffer" names.
 */
void camkes_rpc_init_buffer(struct camkes_rpc *);

/* A call of up to four words each way; on an error the results are 0. */
void camkes_rpc_failed(const struct camkes_rpc *, unsigned method, seL4_MessageInfo_t answer);
static inline void camkes_rpc_words(const struct camkes_rpc *r, unsigned method, unsigned in, seL4_Word w[4],
                                    unsigned out)
{
    const seL4_MessageInfo_t answer = seL4_CallWithMRs(
        r->cap, (seL4_MessageInfo_t){ { CAMKES_TAG(method, in) } }, &w[0], &w[1], &w[2], &w[3]);
    if (__builtin_expect(answer.words[0] != CAMKES_TAG(0, out), 0)) {
        camkes_rpc_failed(r, method, answer);
        w[0] = w[1] = w[2] = w[3] = 0;
    }
}

static inline seL4_Word camkes_word_of_real(double x)
{
    seL4_Word w;
    __builtin_memcpy(&w, &x, sizeof(w));
    return w;
}

static inline double camkes_real_of_word(seL4_Word w)
{
    double x;
    __builtin_memcpy(&x, &w, sizeof(x));
    return x;
}

/* ---- messages ---- */

struct camkes_message {
    uint8_t *start, *at, *end; /* of what arrived, or of the room for what is put; after an error at = end */
    size_t length;                      /* what arrived, or what did not fit */
    camkes_error_type_t error;
    struct camkes_rpc *rpc;             /* client's side */
    const struct camkes_rpc_server *server;
    unsigned method;
    uint8_t *shared;                    /* the buffer, or NULL */
    size_t shared_size;
    void *copy;                         /* what arrived in the buffer */
    bool answering;                     /* the answer has begun */
    bool told;                          /* of the error */
    _Alignas(16) uint8_t own[CAMKES_MESSAGE_BYTES];
};

/* Client: begin, put arguments, call, take results, end. False: there was an error, and the results are to be
 * dropped; what was not there came as 0 and NULL. */
void camkes_message_begin(struct camkes_message *, struct camkes_rpc *, unsigned method);
void camkes_message_call(struct camkes_message *);
bool camkes_message_end(struct camkes_message *);

void camkes_put_failed(struct camkes_message *, size_t bytes);
__attribute__((always_inline)) static inline void camkes_put(struct camkes_message *m, const void *from,
                                                             size_t bytes)
{
    if ((size_t)(m->end - m->at) >= bytes) {
        __builtin_memcpy(m->at, from, bytes);
        m->at += bytes;
    } else {
        camkes_put_failed(m, bytes);
    }
}
void camkes_put_array(struct camkes_message *, size_t count, const void *from, size_t size, size_t align);
void camkes_put_string(struct camkes_message *, const char *);                 /* NULL is sent as "" */
void camkes_put_strings(struct camkes_message *, size_t count, char *const *);

void camkes_get_failed(struct camkes_message *);
__attribute__((always_inline)) static inline void camkes_get(struct camkes_message *m, void *to, size_t bytes)
{
    if ((size_t)(m->end - m->at) >= bytes) {
        __builtin_memcpy(to, m->at, bytes);
        m->at += bytes;
    } else {
        __builtin_memset(to, 0, bytes);
        camkes_get_failed(m);
    }
}
/* In the message itself: valid until the answer is begun. Of strings, the list is to be freed. */
void *camkes_view_array(struct camkes_message *, size_t *count, size_t size, size_t align);
char *camkes_view_string(struct camkes_message *);
char **camkes_view_strings(struct camkes_message *, size_t *count);
/* In memory from malloc. NULL = an empty array, or an error. */
void *camkes_take_array(struct camkes_message *, size_t *count, size_t size, size_t align);
char *camkes_take_string(struct camkes_message *);
char **camkes_take_strings(struct camkes_message *, size_t *count);
void camkes_free_strings(char **, size_t count);
/* What the other side says is a bool may be any byte: those at `offset` in each element become 0 or 1. */
void camkes_fix_bools(void *array, size_t count, size_t size, size_t offset);

/* ---- a provided interface ---- */

struct camkes_rpc_client { seL4_Word id; uint8_t *buffer; size_t buffer_size; };
struct camkes_rpc_server {
    const char *name;
    const char *const *methods;
    unsigned method_count;
    seL4_CPtr endpoint;
    camkes_error_handler_t handler;
    struct camkes_rpc_client *clients;
    unsigned client_count;
    bool messages_in_buffer;
};
/* `endpoint`: name of the capability to receive from. */
void camkes_rpc_server_init(struct camkes_rpc_server *, const char *name, const char *endpoint,
                            const char *const *methods, unsigned method_count, bool messages_in_buffer);
const struct camkes_rpc_client *camkes_rpc_client(const struct camkes_rpc_server *,
                                                  seL4_Word id);          /* NULL = none */
seL4_Word camkes_rpc_badge(const struct camkes_rpc_server *, unsigned n); /* of the nth client; -1 = none */
seL4_Word camkes_rpc_largest_badge(const struct camkes_rpc_server *);
void *camkes_rpc_buffer(const struct camkes_rpc_server *, seL4_Word id);       /* NULL = none */
size_t camkes_rpc_buffer_size(const struct camkes_rpc_server *, seL4_Word id);

/* Handles one message (its first words in `w`) of the client, leaves the answer in the same way. */
typedef seL4_MessageInfo_t (*camkes_dispatch_fn)(seL4_MessageInfo_t, seL4_Word client, seL4_Word w[4]);

/* Server: receive, get arguments, arrived; when true: the author's function, answer, put results. Then reply.
 */
void camkes_message_receive(struct camkes_message *, const struct camkes_rpc_server *, seL4_Word client,
                            seL4_MessageInfo_t, const seL4_Word w[4]);
bool camkes_message_arrived(struct camkes_message *);
void camkes_message_answer(struct camkes_message *);
seL4_MessageInfo_t camkes_message_reply(struct camkes_message *, seL4_Word w[4]);
/* The answer to what is no call of the interface. */
seL4_MessageInfo_t camkes_rpc_refuse(const struct camkes_rpc_server *, seL4_MessageInfo_t);

/* An interface's thread. */
__attribute__((always_inline)) static inline _Noreturn void camkes_rpc_serve(seL4_CPtr endpoint,
                                                                             camkes_dispatch_fn dispatch)
{
    const seL4_CPtr reply = rt_reply_cap();
    seL4_Word w[4], client;
    seL4_MessageInfo_t info = seL4_RecvWithMRs(endpoint, &client, &w[0], &w[1], &w[2], &w[3], reply);
    for (;;) {
        info = dispatch(info, client, w);
        info = seL4_ReplyRecvWithMRs(endpoint, info, &client, &w[0], &w[1], &w[2], &w[3], reply);
    }
}

/* ---- provided interfaces without a thread: the control thread serves them all, through one endpoint ---- */

/* Badges at that endpoint: a mark that no notification has, the interface, the client's id. */
#define CAMKES_SERVED_MARK (1ull << 63)
#define CAMKES_SERVED_SHIFT 48
#define CAMKES_SERVED_ID ((1ull << CAMKES_SERVED_SHIFT) - 1)

struct camkes_served {
    const struct camkes_rpc_server *server;
    camkes_dispatch_fn dispatch;
    unsigned interface;
    struct camkes_served *next;
};
void camkes_served_add(struct camkes_served *);
/* What <interface>_handle_message does: false = the message is for somebody else. */
bool camkes_served_message(const struct camkes_served *, seL4_MessageInfo_t *, seL4_Word badge);

#endif
