// Made by camkes for the group both: starts its members. Do not edit.
#include <rt/rt.h>

void camkes_in_caller_pre_init(void);
void camkes_in_caller_post_init(void);
int camkes_in_caller_run(void);
void camkes_in_callee_pre_init(void);
void camkes_in_callee_post_init(void);
int camkes_in_callee_run(void);

void pre_init(void)
{
    camkes_in_caller_pre_init();
    camkes_in_callee_pre_init();
}

void post_init(void)
{
    camkes_in_caller_post_init();
    camkes_in_callee_post_init();
}

int run(void) { return camkes_in_caller_run(); }

