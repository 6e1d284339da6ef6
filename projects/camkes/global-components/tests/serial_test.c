// SPDX-License-Identifier: BSD-2-Clause
// Tests of the serial server's logic: escape menu, output lines and colours, shared queues, UART driver.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <global-components/byte_ring.h>
#include <global-components/getchar.h>
#include "../components/SerialServer/serial_menu.h"
#include "../components/SerialServer/serial_mux.h"
#include "../components/SerialServer/uart_hw.h"

/* ---------------------------------------------------- menu ---------------------------------------------------- */

static const char *const names[] = { "vm0", "vm1", "vm2", "vm3" };
static char got[4][64], said[1024], debugged[8];

static void deliver(void *ctx, unsigned client, uint8_t c)
{
    size_t n = strlen(got[client]);
    got[client][n] = (char)c;
    got[client][n + 1] = 0;
}

static void say(void *ctx, const char *text)
{
    strcat(strcat(said, text), "|");
}

static void debug(void *ctx, char what)
{
    debugged[strlen(debugged)] = what;
}

static struct serial_menu fresh(unsigned clients)
{
    struct serial_menu m;
    serial_menu_init(&m, clients, names);
    m.deliver = deliver;
    m.say = say;
    m.debug = debug;
    memset(got, 0, sizeof got);
    memset(said, 0, sizeof said);
    memset(debugged, 0, sizeof debugged);
    return m;
}

static void type(struct serial_menu *m, const char *text)
{
    for (; *text; text++)
        serial_menu_input(m, (uint8_t)*text);
}

static void plain_text_goes_to_first(void **state)
{
    struct serial_menu m = fresh(2);
    type(&m, "root\r");
    assert_string_equal(got[0], "root\r");
    assert_string_equal(got[1], "");
}

static void select_only_at_line_start(void **state)
{
    struct serial_menu m = fresh(2);
    type(&m, "@1");                              /* at the start */
    type(&m, "a@0b\r");                          /* in a line: text */
    assert_string_equal(got[1], "a@0b\r");
    type(&m, "@0x");                             /* after CR */
    assert_string_equal(got[0], "x");
    for (const char *end = "\n\003\032"; *end; end++) {
        m = fresh(2);
        char text[] = { 'q', *end, '@', '1', 'z', 0 };
        type(&m, text);
        assert_string_equal(got[1], "z");
    }
}

static void double_escape_sends_one(void **state)
{
    struct serial_menu m = fresh(2);
    type(&m, "@@1\r@@@1");                       /* after @@ the line has begun */
    assert_string_equal(got[0], "@1\r@@1");
}

static void commands_chain(void **state)
{
    struct serial_menu m = fresh(3);
    type(&m, "@d@s@2x");
    assert_string_equal(debugged, "ds");
    assert_string_equal(got[2], "x");
}

static void multi(void **state)
{
    struct serial_menu m = fresh(4);
    type(&m, "@m13\rls\r");
    assert_string_equal(got[0], "");
    assert_string_equal(got[1], "ls\r");
    assert_string_equal(got[3], "ls\r");
    type(&m, "@m\rx");                           /* all */
    assert_string_equal(got[0], "x");
    assert_string_equal(got[2], "x");
    type(&m, "\r@m1\003y");                      /* Ctrl-C keeps what was */
    assert_string_equal(got[0], "x\ry");
}

static void wrong_commands_are_named(void **state)
{
    struct serial_menu m = fresh(2);
    type(&m, "@7");
    assert_non_null(strstr(said, "there is no client 7"));
    type(&m, "@x");
    assert_non_null(strstr(said, "@x is not a command"));
    type(&m, "@?");
    assert_non_null(strstr(said, "@1 vm1"));
    assert_non_null(strstr(said, "@0 vm0  <- input"));
    assert_string_equal(got[0], "");
    serial_menu_input(&m, '@');
    serial_menu_input(&m, 0);                    /* no crash, no client */
    serial_menu_input(&m, 255);
    assert_int_equal((unsigned char)got[0][0], 255);
}

/* ---------------------------------------------------- rings --------------------------------------------------- */

static void ring_wraps(void **state)
{
    struct byte_ring_shared sh = { 0 };
    uint8_t data[16], in[16], out[16];
    struct byte_ring r = { &sh, data, 16 };
    uint8_t next_in = 0, next_out = 0;

    sh.head = sh.tail = UINT32_MAX - 20;         /* across the index's own wrap, too */
    for (int i = 0; i < 1000; i++) {
        size_t want = (size_t)rand() % 17;
        for (size_t k = 0; k < want; k++)
            in[k] = (uint8_t)(next_in + k);
        next_in += (uint8_t)byte_ring_put(&r, in, want);
        size_t n = byte_ring_get(&r, out, (size_t)rand() % 17);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(out[k], next_out++);
    }
}

static void ring_survives_a_liar(void **state)
{
    struct byte_ring_shared sh = { 0 };
    uint8_t data[16], out[16];
    struct byte_ring r = { &sh, data, 16 };
    const uint8_t *p;

    sh.head = 1000;
    assert_int_equal(byte_ring_used(&r), 0);
    assert_int_equal(byte_ring_free(&r), 0);
    assert_int_equal(byte_ring_get(&r, out, 16), 0);
    assert_int_equal(byte_ring_put(&r, out, 16), 0);
    sh.head = sh.tail - 1;
    assert_int_equal(byte_ring_peek(&r, &p), 0);
}

static void ring_wakes_once(void **state)
{
    struct byte_ring_shared sh = { 0 };
    uint8_t data[16];
    struct byte_ring r = { &sh, data, 16 };

    assert_false(byte_ring_must_wake(&r));
    assert_true(byte_ring_ask_wake(&r));
    byte_ring_put(&r, "x", 1);
    assert_true(byte_ring_must_wake(&r));
    assert_false(byte_ring_must_wake(&r));
    assert_false(byte_ring_ask_wake(&r));
}

static void getchar_memory(void **state)
{
    static _Alignas(64) uint8_t memory[4096];
    struct byte_ring r = getchar_ring(memory, sizeof memory);
    uint8_t c = 0;

    assert_int_equal(r.size, 2048);
    assert_true(r.data + r.size <= memory + sizeof memory);
    assert_int_equal(byte_ring_put(&r, "k", 1), 1);
    assert_int_equal(byte_ring_get(&r, &c, 1), 1);
    assert_int_equal(c, 'k');
    assert_null(getchar_ring(memory, 100).shared);
    assert_null(getchar_ring(NULL, 4096).shared);
}

/* ----------------------------------------------------- mux ---------------------------------------------------- */

struct stream {
    struct byte_ring_shared shared;
    uint8_t data[8192];
    struct byte_ring ring;
};
static struct stream streams[4];
static char text[8192];

static void mux_fresh(struct serial_mux *m, bool colours)
{
    serial_mux_init(m, colours, 100);
    memset(streams, 0, sizeof streams);
    for (unsigned i = 0; i < 4; i++) {
        streams[i].ring = (struct byte_ring){ &streams[i].shared, streams[i].data, sizeof streams[i].data };
        serial_mux_add(m, streams[i].ring, i / 2, i % 2 == 0);      /* log, console, log, console */
    }
}

static void put(unsigned i, const char *s)
{
    byte_ring_put(&streams[i].ring, s, strlen(s));
}

static const char *take(struct serial_mux *m, uint64_t now, uint64_t *again)
{
    uint64_t ignored;
    size_t n = 0, k;
    while ((k = serial_mux_take(m, now, (uint8_t *)text + n, 64, again ? again : &ignored)))
        n += k;
    text[n] = 0;
    return text;
}

static void console_passes_unchanged(void **state)
{
    static struct serial_mux m;
    mux_fresh(&m, false);
    put(1, "a\nb\r\n\033[1mlogin: ");
    assert_string_equal(take(&m, 1, NULL), "a\nb\r\n\033[1mlogin: ");
    put(0, "late\nagain\r\n");
    assert_string_equal(take(&m, 500, NULL), "\r\nlate\r\nagain\r\n");
}

static void lines_stay_whole(void **state)
{
    static struct serial_mux m;
    uint64_t again;
    mux_fresh(&m, false);
    put(1, "first half");
    assert_string_equal(take(&m, 10, &again), "first half");
    put(3, "other\r\n");
    assert_string_equal(take(&m, 20, &again), "");
    assert_int_equal(again, 110);
    put(1, ", second\r\n");
    assert_string_equal(take(&m, 30, &again), ", second\r\nother\r\n");
    assert_int_equal(again, 0);
    put(1, "# ");
    take(&m, 40, &again);
    put(3, "x\r\n");
    assert_string_equal(take(&m, 140, &again), "\r\nx\r\n");
}

static void turns_are_taken(void **state)
{
    static struct serial_mux m;
    mux_fresh(&m, false);
    put(1, "a\r\na\r\n");
    put(3, "b\r\nb\r\n");
    assert_string_equal(take(&m, 10, NULL), "a\r\nb\r\na\r\nb\r\n");
}

static void own_words_go_first(void **state)
{
    static struct serial_mux m;
    mux_fresh(&m, false);
    put(1, "abc");
    take(&m, 1, NULL);
    put(1, "def");
    serial_mux_say(&m, "input goes to vm1");
    assert_string_equal(take(&m, 2, NULL), "def\r\ninput goes to vm1\r\n");
}

static void colours_end_with_the_line(void **state)
{
    static struct serial_mux m;
    mux_fresh(&m, true);
    put(1, "one\r\n\r\n");
    put(2, "two\n");
    assert_string_equal(take(&m, 1, NULL), "\033[0;32mone\r\033[0m\n\033[2;33mtwo\033[0m\r\n\r\n");
    put(1, "# ");
    take(&m, 2, NULL);
    put(3, "x");
    assert_string_equal(take(&m, 200, NULL), "\033[0m\r\n\033[0;33mx");
}

static void small_rooms(void **state)
{
    static struct serial_mux m;
    mux_fresh(&m, true);
    for (int i = 0; i < 400; i++) {
        put(1, "0123456789\n");
        put(2, "\n\n");
    }
    uint64_t again;
    size_t n;
    uint8_t *out = malloc(64);                   /* exact, for the sanitizer */
    while ((n = serial_mux_take(&m, 5, out, 64, &again)))
        assert_true(n <= 64);
    assert_int_equal(byte_ring_used(&streams[1].ring), 0);
    free(out);
}

/* ----------------------------------------------------- UART --------------------------------------------------- */

struct chip {
    uint8_t reg[8], fcr;
    bool dlab_seen, deaf;
    char sent[256];
    unsigned n, in_fifo, drained_by_lsr;
};

static uint8_t chip_in(void *ctx, unsigned reg)
{
    struct chip *c = ctx;
    if (c->deaf)
        return 0xff;
    if (reg == 2)
        return c->fcr & 1 ? 0xc1 : 0x01;
    if (reg == 5) {
        if (c->drained_by_lsr)
            c->in_fifo = 0;
        return c->in_fifo ? 0 : 0x60;
    }
    return c->reg[reg];
}

static void chip_out(void *ctx, unsigned reg, uint8_t v)
{
    struct chip *c = ctx;
    bool dlab = c->reg[3] & 0x80;
    if (reg == 0 && !dlab) {
        assert_true(c->in_fifo < 16);
        c->in_fifo++;
        c->sent[c->n++] = (char)v;
    } else if (reg == 2) {
        c->fcr = v;
    } else if (!(dlab && reg < 2)) {
        c->reg[reg] = v;
    }
}

static void uart_sends_in_fifo_loads(void **state)
{
    struct chip c = { .drained_by_lsr = 1 };
    struct uart_hw u = { chip_in, chip_out, &c };
    const char *s = "0123456789abcdef0123456789ABCDEF.";

    assert_true(uart_hw_init(&u));
    assert_int_equal(u.depth, 16);
    assert_int_equal(c.reg[1], 5);
    assert_int_equal(uart_hw_send(&u, (const uint8_t *)s, strlen(s)), strlen(s));
    assert_string_equal(c.sent, s);
    c.drained_by_lsr = 0;                        /* now a slow one: the rest waits for the interrupt */
    c.in_fifo = 0;
    assert_int_equal(uart_hw_send(&u, (const uint8_t *)s, strlen(s)), 16);
    assert_int_equal(c.reg[1], 7);
    c.in_fifo = 0;
    assert_int_equal(uart_hw_send(&u, (const uint8_t *)s, 3), 3);
    assert_int_equal(c.reg[1], 5);
}

static void uart_absent(void **state)
{
    struct chip c = { .deaf = true };
    struct uart_hw u = { chip_in, chip_out, &c };
    assert_false(uart_hw_init(&u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(getchar_memory),
        cmocka_unit_test(plain_text_goes_to_first), cmocka_unit_test(select_only_at_line_start),
        cmocka_unit_test(double_escape_sends_one), cmocka_unit_test(commands_chain), cmocka_unit_test(multi),
        cmocka_unit_test(wrong_commands_are_named), cmocka_unit_test(ring_wraps),
        cmocka_unit_test(ring_survives_a_liar), cmocka_unit_test(ring_wakes_once),
        cmocka_unit_test(console_passes_unchanged), cmocka_unit_test(lines_stay_whole),
        cmocka_unit_test(turns_are_taken), cmocka_unit_test(own_words_go_first),
        cmocka_unit_test(colours_end_with_the_line), cmocka_unit_test(small_rooms),
        cmocka_unit_test(uart_sends_in_fifo_loads), cmocka_unit_test(uart_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
