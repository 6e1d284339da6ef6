// SPDX-License-Identifier: BSD-2-Clause
// Sink: takes ticks by waiting or by callback, as its attribute says; the first also takes items and buttons.
#include <camkes.h>
#include <stdio.h>

static int ticks;

static void got_tick(const char *how)
{
    printf("%s: tick %d, by %s\n", get_instance_name(), ++ticks, how);
    ack_emit();
}

/* A callback is called once; it registers itself for the next event. */
static void on_tick(void *argument)
{
    if (tick_reg_callback(on_tick, argument) != 0) {
        printf("%s: callback refused\n", get_instance_name());
    }
    got_tick(argument);
}

static void take_items(void)
{
    int items = 1;
    item_wait();
    while (item_poll()) {
        items++;
    }
    printf("%s: %d items\n", get_instance_name(), items);
    ack_emit();
}

/* Both buttons were pressed before anybody looked: one signal, with both badges. */
static void take_buttons(void)
{
    seL4_Word badge;
    seL4_Wait(buttons_notification(), &badge);
    printf("%s: buttons%s%s, more %d\n", get_instance_name(), badge & 1 ? " left" : "",
           badge & 2 ? " right" : "", buttons_poll());
    ack_emit();
}

static void on_baton(void *unused)
{
    static int batons;
    baton_reg_callback(on_baton, NULL);
    printf("%s: baton %d\n", get_instance_name(), ++batons);
}

int run(void)
{
    if (use_callbacks) {
        if (baton_reg_callback) {         /* `maybe` interfaces are there when they are connected */
            baton_reg_callback(on_baton, NULL);
        }
        return tick_reg_callback(on_tick, "callback");
    }
    while (ticks < 3) {
        tick_wait();
        got_tick("waiting");
    }
    if (item_wait) {
        take_items();
        take_buttons();
    }
    return 0;
}
