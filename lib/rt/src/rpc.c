// SPDX-License-Identifier: BSD-2-Clause
// Calls between components; see rt/rpc.h.
#include <rt/rpc.h>

#define MAX_WORDS (sizeof(((struct rt_message *)0)->word) / sizeof(seL4_Word))

static seL4_MessageInfo_t put(const struct rt_message *m)
{
    const unsigned n = m->length < MAX_WORDS ? m->length : MAX_WORDS;
    for (unsigned i = 0; i < n; i++) {
        seL4_SetMR((int)i, m->word[i]);
    }
    return seL4_MessageInfo_new(m->label, 0, 0, n);
}

static void get(struct rt_message *m, seL4_MessageInfo_t info)
{
    const seL4_Word length = seL4_MessageInfo_get_length(info);
    m->label = seL4_MessageInfo_get_label(info);
    m->length = (unsigned)(length < MAX_WORDS ? length : MAX_WORDS);
    for (unsigned i = 0; i < MAX_WORDS; i++) {
        m->word[i] = i < m->length ? seL4_GetMR((int)i) : 0;
    }
}

void rt_call(seL4_CPtr cap, struct rt_message *m) { get(m, seL4_Call(cap, put(m))); }

void rt_serve_signals(seL4_CPtr endpoint, rt_serve_fn serve, seL4_Word signal_mask, rt_signal_fn signal,
                      void *context)
{
    const seL4_CPtr reply = rt_reply_cap();
    struct rt_message m;
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge, reply);
    for (;;) {
        if (badge & signal_mask) {
            signal(context, badge);
            info = seL4_Recv(endpoint, &badge, reply);
        } else {
            get(&m, info);
            serve(context, badge, &m);
            info = seL4_ReplyRecv(endpoint, put(&m), &badge, reply);
        }
    }
}

void rt_serve(seL4_CPtr endpoint, rt_serve_fn serve, void *context)
{
    rt_serve_signals(endpoint, serve, 0, NULL, context);
}
