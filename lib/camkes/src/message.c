// SPDX-License-Identifier: BSD-2-Clause
// Arguments and results as rows of bytes; see camkes/rpc.h for their form.
//
// After the first error nothing is read or written any more: getters give 0 and NULL, so that generated code
// goes straight on and asks once at the end.
#include <camkes/rpc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left becomes nothing, so that everything after fails too. */
static void fail(struct camkes_message *m, camkes_error_type_t error)
{
    if (m->error == CE_NO_ERROR) {
        m->error = error;
    }
    m->end = m->at;
}

/* ---- putting ---- */

static void start_put(struct camkes_message *m, uint8_t *own)
{
    m->start = m->at = m->shared ? m->shared : own;
    m->end = m->start + (m->shared ? m->shared_size : (size_t)CAMKES_MESSAGE_BYTES);
    m->length = 0;
}

void camkes_put_failed(struct camkes_message *m, size_t bytes)
{
    m->length += bytes;
    fail(m, CE_BUFFER_LENGTH_EXCEEDED);
}

static size_t put_length(const struct camkes_message *m) { return (size_t)(m->at - m->start); }

/* Zeros up to an aligned place. */
static void put_skip(struct camkes_message *m, size_t align)
{
    static const uint8_t zeros[64];
    camkes_put(m, zeros, -put_length(m) & (align - 1) & (sizeof(zeros) - 1));
}

static void put_count(struct camkes_message *m, size_t count)
{
    if (count > UINT32_MAX) {
        fail(m, CE_BUFFER_LENGTH_EXCEEDED);
    }
    const uint32_t n = (uint32_t)count;
    camkes_put(m, &n, sizeof(n));
}

void camkes_put_array(struct camkes_message *m, size_t count, const void *from, size_t size, size_t align)
{
    size_t bytes;
    put_count(m, count);
    if (__builtin_mul_overflow(count, size, &bytes)) {
        fail(m, CE_BUFFER_LENGTH_EXCEEDED);
    } else if (count && !from) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
    } else if (count) {
        put_skip(m, align);
        camkes_put(m, from, bytes);
    }
}

void camkes_put_string(struct camkes_message *m, const char *s)
{
    s = s ? s : "";
    camkes_put_array(m, strlen(s) + 1, s, 1, 1);
}

void camkes_put_strings(struct camkes_message *m, size_t count, char *const *list)
{
    put_count(m, count);
    if (count && !list) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        camkes_put_string(m, list[i]);
    }
}

/* ---- getting ---- */

void camkes_get_failed(struct camkes_message *m) { fail(m, CE_MALFORMED_RPC_PAYLOAD); }

/* The next `bytes` at an aligned place, NULL when they did not arrive. */
static uint8_t *arrived(struct camkes_message *m, size_t bytes, size_t align)
{
    const size_t skip = -(size_t)(m->at - m->start) & (align - 1);
    const size_t left = (size_t)(m->end - m->at);
    if (skip > left || bytes > left - skip) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
        return NULL;
    }
    uint8_t *from = m->at + skip;
    m->at = from + bytes;
    return from;
}

/* A count of things that have at least `size` bytes each. */
static size_t get_count(struct camkes_message *m, size_t size)
{
    uint32_t count;
    camkes_get(m, &count, sizeof(count));
    if (count > (size_t)(m->end - m->at) / size) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
        return 0;
    }
    return count;
}

void *camkes_view_array(struct camkes_message *m, size_t *count, size_t size, size_t align)
{
    *count = get_count(m, size);
    void *from = *count ? arrived(m, *count * size, align) : NULL;
    if (!from) {
        *count = 0;
    }
    return from;
}

static char *view_string(struct camkes_message *m, size_t *length)
{
    char *s = camkes_view_array(m, length, 1, 1);
    if (!s || s[*length - 1]) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
        return NULL;
    }
    return s;
}

char *camkes_view_string(struct camkes_message *m) { return view_string(m, &(size_t){ 0 }); }

static void *allocate(struct camkes_message *m, size_t bytes)
{
    void *p = malloc(bytes);
    if (!p) {
        fail(m, CE_ALLOCATION_FAILURE);
    }
    return p;
}

static void *keep(struct camkes_message *m, const void *from, size_t bytes)
{
    void *to = from && m->error == CE_NO_ERROR ? allocate(m, bytes) : NULL;
    return to ? memcpy(to, from, bytes) : NULL;
}

/* Strings by `one`, which gives views or copies. */
static char **get_strings(struct camkes_message *m, size_t *count, char *(*one)(struct camkes_message *))
{
    const size_t n = get_count(m, sizeof(uint32_t) + 1);
    char **list = n ? allocate(m, n * sizeof(*list)) : NULL;
    size_t i = 0;
    while (list && i < n && (list[i] = one(m))) {
        i++;
    }
    *count = i;
    return list;
}

char **camkes_view_strings(struct camkes_message *m, size_t *count)
{
    return get_strings(m, count, camkes_view_string);
}

void *camkes_take_array(struct camkes_message *m, size_t *count, size_t size, size_t align)
{
    const void *from = camkes_view_array(m, count, size, align);
    void *to = keep(m, from, *count * size);
    if (!to) {
        *count = 0;
    }
    return to;
}

char *camkes_take_string(struct camkes_message *m)
{
    size_t length;
    const char *s = view_string(m, &length);
    return keep(m, s, length);
}

char **camkes_take_strings(struct camkes_message *m, size_t *count)
{
    return get_strings(m, count, camkes_take_string);
}

void camkes_free_strings(char **list, size_t count)
{
    for (size_t i = 0; list && i < count; i++) {
        free(list[i]);
    }
    free(list);
}

void camkes_fix_bools(void *array, size_t count, size_t size, size_t offset)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *b = (uint8_t *)array + i * size + offset;
        *b = *b != 0;
    }
}

/* ---- whole messages ---- */

static size_t words_of(size_t bytes) { return (bytes + sizeof(seL4_Word) - 1) / sizeof(seL4_Word); }

/* The tag of what was put: words of `own`, of which the last is filled up, or a length in the buffer. */
static seL4_MessageInfo_t finish_put(struct camkes_message *m, seL4_Word label)
{
    m->length = put_length(m);
    if (m->shared) {
        return (seL4_MessageInfo_t){ { CAMKES_TAG(label, 1) } };
    }
    const size_t left = (size_t)(m->end - m->at);
    if (left >= sizeof(seL4_Word)) {
        memset(m->at, 0, sizeof(seL4_Word));        /* a single store */
    } else {
        memset(m->at, 0, left);                     /* the message ends where a word does */
    }
    return (seL4_MessageInfo_t){ { CAMKES_TAG(label, words_of(m->length)) } };
}

/* Makes what arrived ours: in registers `w`, the IPC buffer, the shared buffer. */
static void start_get(struct camkes_message *m, const seL4_Word w[4], size_t words)
{
    const size_t bytes = w[0]; /* once: w may be the IPC buffer, which malloc's lock uses */
    m->start = m->at = m->end = m->own;
    if (!m->shared) {
        words = words < CAMKES_MESSAGE_BYTES / sizeof(*w) ? words : CAMKES_MESSAGE_BYTES / sizeof(*w);
        memcpy(m->own, w, 4 * sizeof(*w));
        if (words > 4) {
            memcpy(m->own + 4 * sizeof(*w), &seL4_GetIPCBuffer()->msg[4], (words - 4) * sizeof(*w));
        }
        m->end = m->own + words * sizeof(*w);
    } else if (words != 1 || bytes > m->shared_size) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
    } else if (bytes && (m->copy = allocate(m, bytes))) {
        m->start = m->at = memcpy(m->copy, m->shared, bytes);
        m->end = m->start + bytes;
    }
    m->length = (size_t)(m->end - m->start);
}

/* All of it was taken, but for what fills the last word. */
static void check_end(struct camkes_message *m)
{
    if ((size_t)(m->end - m->at) > (m->shared ? 0 : sizeof(seL4_Word) - 1)) {
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
    }
}

/* Numbers that go with an error. */
static void describe(const struct camkes_message *m, camkes_error_t *e)
{
    if (m->error == CE_BUFFER_LENGTH_EXCEEDED) {
        e->current_length = put_length(m) + m->length;
        e->target_length = m->shared ? m->shared_size : (size_t)CAMKES_MESSAGE_BYTES;
    } else if (m->error == CE_MALFORMED_RPC_PAYLOAD) {
        e->length = m->length;
        e->current_index = put_length(m);
    }
}

/* ---- client ---- */

void camkes_message_begin(struct camkes_message *m, struct camkes_rpc *r, unsigned method)
{
    m->error = CE_NO_ERROR;
    m->rpc = r;
    m->method = method;
    m->shared = r->buffer;
    m->shared_size = r->buffer_size;
    m->copy = NULL;
    m->answering = m->told = false;
    if (m->shared) {
        rt_mutex_lock(&r->lock);
    }
    start_put(m, (uint8_t *)seL4_GetIPCBuffer()->msg);      /* nothing else uses it before the call */
}

void camkes_message_call(struct camkes_message *m)
{
    seL4_MessageInfo_t answer = { { 0 } };
    if (m->error == CE_NO_ERROR) {
        seL4_IPCBuffer *ipc = seL4_GetIPCBuffer();
        const seL4_MessageInfo_t info = finish_put(m, m->method);
        if (m->shared) {
            ipc->msg[0] = m->length;
        }
        answer = seL4_Call(m->rpc->cap, info);
        m->answering = true;
        if (!seL4_MessageInfo_get_label(answer)) {
            start_get(m, ipc->msg, seL4_MessageInfo_get_length(answer));
        }
    }
    if (m->shared) {
        rt_mutex_unlock(&m->rpc->lock);             /* before an error may stop this thread */
    }
    if (seL4_MessageInfo_get_label(answer)) {
        camkes_rpc_failed(m->rpc, m->method, answer);
        m->told = true;
        fail(m, CE_MALFORMED_RPC_PAYLOAD);
    }
}

static void report(const struct camkes_message *m)
{
    char text[160];
    const char *method = m->rpc->methods[m->method];
    camkes_error_t e = { .type = m->error, .instance = get_instance_name(), .interface = m->rpc->name,
                         .description = text };
    describe(m, &e);
    if (m->error == CE_BUFFER_LENGTH_EXCEEDED) {
        snprintf(text, sizeof(text), "%s: arguments of %llu bytes, room for %llu", method,
                 (unsigned long long)e.current_length, (unsigned long long)e.target_length);
    } else {
        snprintf(text, sizeof(text), "%s: %s", method,
                 m->error == CE_ALLOCATION_FAILURE ? "no memory for the results"
                 : m->answering                    ? "the answer is malformed"
                                                   : "an array is NULL");
    }
    camkes_error(m->rpc->handler, &e);
}

bool camkes_message_end(struct camkes_message *m)
{
    if (m->error == CE_NO_ERROR) {
        check_end(m);
    }
    if (m->copy) {
        free(m->copy);
    }
    if (m->error != CE_NO_ERROR && !m->told) {
        report(m);
    }
    return m->error == CE_NO_ERROR;
}

/* ---- server ---- */

void camkes_message_receive(struct camkes_message *m, const struct camkes_rpc_server *s, seL4_Word client,
                            seL4_MessageInfo_t info, const seL4_Word w[4])
{
    const struct camkes_rpc_client *c = s->messages_in_buffer ? camkes_rpc_client(s, client) : NULL;
    m->error = CE_NO_ERROR;
    m->server = s;
    m->method = (unsigned)seL4_MessageInfo_get_label(info);
    m->shared = c ? c->buffer : NULL;
    m->shared_size = c ? c->buffer_size : 0;
    m->copy = NULL;
    m->answering = false;
    start_get(m, w, seL4_MessageInfo_get_length(info));
}

bool camkes_message_arrived(struct camkes_message *m)
{
    check_end(m);
    return m->error == CE_NO_ERROR;
}

void camkes_message_answer(struct camkes_message *m)
{
    m->answering = true;
    start_put(m, m->own);
}

static seL4_MessageInfo_t refuse(struct camkes_message *m)
{
    char text[160];
    const char *what = m->error == CE_BUFFER_LENGTH_EXCEEDED ? "the results do not fit into the answer"
                       : m->answering                        ? "an array of the results is NULL"
                       : m->error == CE_ALLOCATION_FAILURE   ? "no memory for the arguments"
                                                             : "a malformed call";
    snprintf(text, sizeof(text), "%s: %s", m->server->methods[m->method], what);
    camkes_error_t e = { .type = m->error, .instance = get_instance_name(), .interface = m->server->name,
                         .description = text };
    describe(m, &e);
    camkes_client_error(m->server->handler, &e);
    return (seL4_MessageInfo_t){ { CAMKES_TAG(e.type, 0) } };
}

seL4_MessageInfo_t camkes_message_reply(struct camkes_message *m, seL4_Word w[4])
{
    const seL4_MessageInfo_t answer = m->error == CE_NO_ERROR ? finish_put(m, 0) : refuse(m);
    if (m->copy) {
        free(m->copy);                              /* first: malloc's lock uses the IPC buffer */
    }
    if (m->error != CE_NO_ERROR) {
        return answer;
    }
    if (m->shared) {
        w[0] = m->length;
        return answer;
    }
    const size_t words = words_of(m->length);
    memcpy(w, m->own, 4 * sizeof(*w));
    for (size_t i = words; i < 4; i++) {
        w[i] = 0;
    }
    if (words > 4) {
        memcpy(&seL4_GetIPCBuffer()->msg[4], m->own + 4 * sizeof(*w), (words - 4) * sizeof(*w));
    }
    return answer;
}
