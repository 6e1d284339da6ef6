// SPDX-License-Identifier: BSD-2-Clause
// Output side of the serial server; see serial_mux.h.
#include "serial_mux.h"
#include <stdio.h>

/* SGR colours by client (ECMA-48, 8.3.117): bright for the guest, dim for its monitor. */
static const uint8_t client_colour[] = { 32, 33, 36, 35, 34, 31 };
#define MUX_MARGIN 24                    /* worst case of one step: reset, end of line, colour, CR LF */

struct sink {
    uint8_t *out;
    size_t n, room;
};

static void emit(struct sink *s, const char *bytes, size_t n)
{
    memcpy(s->out + s->n, bytes, n);
    s->n += n;
}

void serial_mux_init(struct serial_mux *m, bool colours, uint64_t hold)
{
    memset(m, 0, sizeof *m);
    m->colours = colours;
    m->hold = hold;
    m->current = -1;
    serial_mux_add(m, (struct byte_ring){ &m->own_shared, m->own_data, MUX_OWN_BYTES }, 0, true);
}

int serial_mux_add(struct serial_mux *m, struct byte_ring ring, unsigned client, bool log)
{
    if (m->count == MUX_MAX_STREAMS)
        return -1;
    m->stream[m->count] = (struct mux_stream){ .ring = ring, .client = (uint8_t)client, .log = log };
    return (int)m->count++;
}

void serial_mux_say(struct serial_mux *m, const char *text)
{
    struct byte_ring *own = &m->stream[0].ring;
    size_t n = strlen(text);

    if (byte_ring_free(own) > n) {
        byte_ring_put(own, text, n);
        byte_ring_put(own, "\n", 1);
    }
}

static void paint(struct serial_mux *m, struct sink *s)
{
    if (!m->colours || m->painted)
        return;
    char seq[16];
    const struct mux_stream *st = &m->stream[m->current];
    int n = m->current == 0 ? snprintf(seq, sizeof seq, "\033[1m")
                            : snprintf(seq, sizeof seq, "\033[%d;%dm", st->log ? 2 : 0,
                                       client_colour[st->client % sizeof client_colour]);
    emit(s, seq, (size_t)n);
    m->painted = true;
}

static void unpaint(struct serial_mux *m, struct sink *s)
{
    if (m->painted)
        emit(s, "\033[0m", 4);
    m->painted = false;
}

/* The next stream after the current one that has something, or -1. The server's own words go first. */
static int next_stream(const struct serial_mux *m)
{
    if (byte_ring_used(&m->stream[0].ring))
        return 0;
    for (unsigned i = 1; i <= m->count; i++) {
        unsigned k = (unsigned)(m->current < 0 ? 0 : m->current) + i;
        if (byte_ring_used(&m->stream[k % m->count].ring))
            return (int)(k % m->count);
    }
    return -1;
}

/* Makes a stream that has bytes the current one, if the rules allow it now. False: nothing to do (or to
 * wait). */
static bool choose(struct serial_mux *m, uint64_t now, struct sink *s, uint64_t *again)
{
    bool has = m->current >= 0 && byte_ring_used(&m->stream[m->current].ring);
    if (has && m->mid_line)
        return true;
    int next = next_stream(m);
    if (next < 0)
        return false;
    if (next != m->current && m->mid_line) {
        if (next != 0 && now - m->last_output < m->hold) {
            *again = m->last_output + m->hold;
            return false;
        }
        unpaint(m, s);
        emit(s, "\r\n", 2);
        m->mid_line = false;
    }
    if (next != m->current) {
        unpaint(m, s);
        m->after_cr = false;
    }
    m->current = next;
    return true;
}

static void step(struct serial_mux *m, struct sink *s, uint8_t c)
{
    struct mux_stream *st = &m->stream[m->current];

    st->bytes++;
    if (c == '\n') {
        unpaint(m, s);
        if (st->log && !m->after_cr)
            emit(s, "\r", 1);
        m->mid_line = false;
    } else if (c != '\r') {
        paint(m, s);
        m->mid_line = true;
    }
    m->after_cr = c == '\r';
    emit(s, (const char *)&c, 1);
}

/* Takes the current stream's bytes up to the end of a line, or what there is, or what fits. */
static void take_line(struct serial_mux *m, struct sink *s)
{
    struct byte_ring *ring = &m->stream[m->current].ring;
    const uint8_t *bytes;
    uint32_t have = byte_ring_peek(ring, &bytes), n = 0;
    uint8_t c = 0;

    while (n < have && c != '\n' && s->n + MUX_MARGIN <= s->room) {
        c = bytes[n++];                        /* read once: the client may change it under us */
        step(m, s, c);
    }
    byte_ring_skip(ring, n);
}

size_t serial_mux_take(struct serial_mux *m, uint64_t now, uint8_t *out, size_t room, uint64_t *again)
{
    struct sink s = { .out = out, .room = room };

    *again = 0;
    while (s.n + 2 * MUX_MARGIN <= room && choose(m, now, &s, again)) {
        take_line(m, &s);
        m->last_output = now;
    }
    return s.n;
}
