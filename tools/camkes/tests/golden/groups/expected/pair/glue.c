// Made by camkes for the group pair: starts its members. Do not edit.
#include <rt/rt.h>

void camkes_left_pre_init(void);
void camkes_left_post_init(void);
int camkes_left_run(void);
void camkes_right_pre_init(void);
void camkes_right_post_init(void);
int camkes_right_run(void);

void pre_init(void)
{
    camkes_left_pre_init();
    camkes_right_pre_init();
}

void post_init(void)
{
    camkes_left_post_init();
    camkes_right_post_init();
}

int run(void) { return camkes_left_run(); }

static const struct rt_interface camkes_row_right
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "right", NULL, camkes_right_run };
