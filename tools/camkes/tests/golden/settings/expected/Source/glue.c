// Made by camkes for component Source: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>

static struct camkes_emitter camkes__tick;

/* ---- tick: emits Tick, by seL4Notification ---- */

void tick_emit_underlying(void) { camkes_emit(&camkes__tick); }
void tick_emit(void) { tick_emit_underlying(); }
extern __typeof__(tick__init) tick__init __attribute__((weak));
static const struct rt_interface camkes__row_tick
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "tick", tick__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes_emitter_init(&camkes__tick, "tick");
}
