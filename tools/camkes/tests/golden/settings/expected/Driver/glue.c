// Made by camkes for component Driver: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>

int simple_untyped21_pool;

static struct camkes_event camkes__tick;

/* ---- tick: consumes Tick, by seL4Notification ---- */

void tick_wait(void) { camkes_event_wait(&camkes__tick); }
int tick_poll(void) { return camkes_event_poll(&camkes__tick); }
int tick_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes__tick, callback, arg);
}
static int camkes__tick_thread(void)
{
    return camkes_event_thread(&camkes__tick);
}
extern __typeof__(tick__init) tick__init __attribute__((weak));
static const struct rt_interface camkes__row_tick
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "tick", tick__init, camkes__tick_thread };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    simple_untyped21_pool = (int)rt_attr_int("simple_untyped21_pool", 0);
    camkes_event_init(&camkes__tick, "tick");
}
