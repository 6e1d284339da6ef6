// Made by camkes for component Client: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <rt/rpc.h>

static seL4_CPtr calc_endpoint;

/* ---- calc: uses Calculator, by WordCall ---- */

int calc_add(int a, int b)
{
    struct rt_message m = { .label = 0 };
    m.word[m.length++] = (seL4_Word)a;
    m.word[m.length++] = (seL4_Word)b;
    rt_call(calc_endpoint, &m);
    unsigned at = 0;
    return (int)m.word[at];
}
void calc_divide(int a, int b, int *quotient, int *rest)
{
    struct rt_message m = { .label = 1 };
    m.word[m.length++] = (seL4_Word)a;
    m.word[m.length++] = (seL4_Word)b;
    rt_call(calc_endpoint, &m);
    unsigned at = 0;
    *quotient = (int)m.word[at++];
    *rest = (int)m.word[at++];
    (void)at;
}
void calc_bump(int *n)
{
    struct rt_message m = { .label = 2 };
    m.word[m.length++] = (seL4_Word)*n;
    rt_call(calc_endpoint, &m);
    unsigned at = 0;
    *n = (int)m.word[at++];
    (void)at;
}
extern __typeof__(calc__init) calc__init __attribute__((weak));
extern __typeof__(calc__run) calc__run __attribute__((weak));
static const struct rt_interface camkes__row_calc
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "calc", calc__init, calc__run };

/* ---- board: dataport Buf, by Doorbell ---- */

char *board;
void board_ring(void) { seL4_Signal(rt_cap("board.signal")); }
extern __typeof__(board__init) board__init __attribute__((weak));
extern __typeof__(board__run) board__run __attribute__((weak));
static const struct rt_interface camkes__row_board
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "board", board__init, board__run };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    calc_endpoint = rt_cap("calc");
    board = rt_dataport("board", NULL);
}
