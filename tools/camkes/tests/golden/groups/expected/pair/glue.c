// Made by camkes for the group pair: starts its members. Do not edit.
#include <rt/rt.h>

void camkes_in_left_pre_init(void);
void camkes_in_left_post_init(void);
int camkes_in_left_run(void);
void camkes_in_right_pre_init(void);
void camkes_in_right_post_init(void);
int camkes_in_right_run(void);

void pre_init(void)
{
    camkes_in_left_pre_init();
    camkes_in_right_pre_init();
}

void post_init(void)
{
    camkes_in_left_post_init();
    camkes_in_right_post_init();
}

int run(void) { return camkes_in_left_run(); }

static const struct rt_interface camkes__row_right
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "right", NULL, camkes_in_right_run };
