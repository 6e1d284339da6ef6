// SPDX-License-Identifier: BSD-2-Clause
// What a person types: who gets it, and the escape menu. No hardware, no IPC, so that it is tested on the
// host.
//
// `@` is an escape only after CR, LF, Ctrl-C, Ctrl-Z, a menu command, or at the very start:
//     @?  help     @0 ... @9 @: @;  select a client     @m  several clients (digits, then Enter; no digit = all)
//     @@  one @    @d  state of the server              @s  scheduler dump (debug kernels)
#ifndef SERIAL_MENU_H
#define SERIAL_MENU_H

#include <stdbool.h>
#include <stdint.h>

#define SERIAL_MAX_CLIENTS 12            /* digits '0'..'9', then ':' and ';' */
#define SERIAL_ESCAPE '@'

enum menu_state { MENU_TEXT, MENU_ESCAPED, MENU_MULTI };

struct serial_menu {
    unsigned clients;                    /* how many exist: digits below this are valid */
    const char *const *names;            /* of the clients */
    uint32_t selected;                   /* bit n: client n gets what is typed */
    enum menu_state state;
    bool line_start;                     /* an escape is recognised now */
    uint32_t picked;                     /* while in MENU_MULTI */
    /* What the menu does to the world; `say` gets whole lines without an end. */
    void (*deliver)(void *ctx, unsigned client, uint8_t c);
    void (*say)(void *ctx, const char *text);
    void (*debug)(void *ctx, char what);           /* 'd' or 's' */
    void *ctx;
};

void serial_menu_init(struct serial_menu *, unsigned clients, const char *const *names);
/* One byte from the person. */
void serial_menu_input(struct serial_menu *, uint8_t c);

#endif
