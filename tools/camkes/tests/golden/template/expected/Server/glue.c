// Made by camkes for component Server: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <rt/rpc.h>
#include <stdio.h>

/* ---- calc: provides Calculator, by WordCall ---- */

static void calc_handle(void *context, seL4_Word badge, struct rt_message *m)
{
    unsigned at = 0;
    switch (m->label) {
    case 0: {
        int a = 0;
        a = (int)m->word[at++];
        int b = 0;
        b = (int)m->word[at++];
        int result = calc_add(a, b);
        at = 0;
        m->word[at++] = (seL4_Word)result;
        break;
    }
    case 1: {
        int a = 0;
        a = (int)m->word[at++];
        int b = 0;
        b = (int)m->word[at++];
        int quotient = 0;
        int rest = 0;
        calc_divide(a, b, &quotient, &rest);
        at = 0;
        m->word[at++] = (seL4_Word)quotient;
        m->word[at++] = (seL4_Word)rest;
        break;
    }
    case 2: {
        int n = 0;
        n = (int)m->word[at++];
        calc_bump(&n);
        at = 0;
        m->word[at++] = (seL4_Word)n;
        break;
    }
    default: break;
    }
    m->label = 0;
    m->length = at;
}

static int calc_serve(void)
{
    printf("%s: %u users of calc, an interface of type Calculator\n", rt_attr_str("calc_greeting", ""),
           rt_client_count("calc"));
    rt_serve(rt_cap("calc"), calc_handle, NULL);
}
extern __typeof__(calc__init) calc__init __attribute__((weak));
static const struct rt_interface camkes__row_calc
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "calc", calc__init, calc_serve };

/* ---- board: dataport Buf, by Doorbell ---- */

char *board;
void board_wait(void) { seL4_Wait(rt_cap("board.wait"), NULL); }
extern __typeof__(board__init) board__init __attribute__((weak));
extern __typeof__(board__run) board__run __attribute__((weak));
static const struct rt_interface camkes__row_board
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "board", board__init, board__run };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    board = rt_dataport("board", NULL);
}
