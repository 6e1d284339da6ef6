// SPDX-License-Identifier: BSD-2-Clause
// The escape menu of the serial server; see serial_menu.h.
#include "serial_menu.h"
#include <stdio.h>

void serial_menu_init(struct serial_menu *m, unsigned clients, const char *const *names)
{
    *m = (struct serial_menu){
        .clients = clients < SERIAL_MAX_CLIENTS ? clients : SERIAL_MAX_CLIENTS,
        .names = names,
        .selected = 1,
        .line_start = true,
    };
}

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n' || c == 3 /* Ctrl-C */ || c == 26 /* Ctrl-Z */;
}

static void send(struct serial_menu *m, uint8_t c)
{
    for (unsigned i = 0; i < m->clients; i++)
        if (m->selected & 1u << i)
            m->deliver(m->ctx, i, c);
}

static void say_selected(struct serial_menu *m)
{
    char line[160];
    size_t n = (size_t)snprintf(line, sizeof line, "input goes to");

    for (unsigned i = 0; i < m->clients; i++)
        if ((m->selected & 1u << i) && n + 24 < sizeof line)
            n += (size_t)snprintf(line + n, sizeof line - n, " %.16s", m->names[i]);
    m->say(m->ctx, m->selected ? line : "input goes nowhere");
}

static void help(struct serial_menu *m)
{
    static const char *const text[] = {
        "@? this help            @@ sends one @         (@ counts only at the start of a line)",
        "@m several clients      @d state of the server @s scheduler dump",
    };
    char line[80];

    for (unsigned i = 0; i < sizeof text / sizeof *text; i++)
        m->say(m->ctx, text[i]);
    for (unsigned i = 0; i < m->clients; i++) {
        snprintf(line, sizeof line, "@%c %.16s%s", '0' + (int)i, m->names[i], m->selected & 1u << i ? "  <- input" : "");
        m->say(m->ctx, line);
    }
}

static void unknown(struct serial_menu *m, uint8_t c)
{
    char line[64];

    if (c >= '0' && c < '0' + SERIAL_MAX_CLIENTS)
        snprintf(line, sizeof line, "there is no client %c; @? lists them", c);
    else if (c > ' ' && c < 127)
        snprintf(line, sizeof line, "@%c is not a command; @? lists them", c);
    else
        snprintf(line, sizeof line, "not a command; @? lists them");
    m->say(m->ctx, line);
}

static void command(struct serial_menu *m, uint8_t c)
{
    m->state = MENU_TEXT;
    m->line_start = true;
    if (c >= '0' && c < '0' + m->clients) {
        m->selected = 1u << (c - '0');
        say_selected(m);
    } else if (c == SERIAL_ESCAPE) {
        m->line_start = false;
        send(m, c);
    } else if (c == '?' || c == 'h') {
        help(m);
    } else if (c == 'd' || c == 's') {
        m->debug(m->ctx, (char)c);
    } else if (c == 'm') {
        m->state = MENU_MULTI;
        m->picked = 0;
        m->say(m->ctx, "type the clients' digits, then Enter (no digit: all)");
    } else {
        unknown(m, c);
    }
}

static void pick(struct serial_menu *m, uint8_t c)
{
    if (c >= '0' && c < '0' + m->clients) {
        m->picked ^= 1u << (c - '0');
    } else if (is_line_end(c)) {
        if (c == '\r' || c == '\n')
            m->selected = m->picked ? m->picked : (1u << m->clients) - 1;
        m->state = MENU_TEXT;
        say_selected(m);
    } else {
        unknown(m, c);
    }
}

void serial_menu_input(struct serial_menu *m, uint8_t c)
{
    if (m->state == MENU_ESCAPED) {
        command(m, c);
    } else if (m->state == MENU_MULTI) {
        pick(m, c);
    } else if (c == SERIAL_ESCAPE && m->line_start) {
        m->state = MENU_ESCAPED;
    } else {
        m->line_start = is_line_end(c);
        send(m, c);
    }
}
