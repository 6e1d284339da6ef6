// Made by camkes for component Callee: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>

/* ---- near: provides Words, by seL4DirectCall ---- */

int camkes_in_callee_near_add(int a, int b);
int camkes_in_callee_near_add(int a, int b)
{
    return near_add(a, b);
}

void camkes_in_callee_near_mix(double *x, const bool *sure, char *c);
void camkes_in_callee_near_mix(double *x, const bool *sure, char *c)
{
    near_mix(x, sure, c);
}

extern __typeof__(near__init) near__init __attribute__((weak));
static const struct rt_interface camkes__row_near
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "callee.near", near__init, NULL };

/* ---- what the group's program calls ---- */

extern __typeof__(pre_init) pre_init __attribute__((weak));
void camkes_in_callee_pre_init(void);
void camkes_in_callee_pre_init(void) { if (pre_init) { pre_init(); } }
extern __typeof__(post_init) post_init __attribute__((weak));
void camkes_in_callee_post_init(void);
void camkes_in_callee_post_init(void) { if (post_init) { post_init(); } }
extern __typeof__(run) run __attribute__((weak));
int camkes_in_callee_run(void);
int camkes_in_callee_run(void) { return run ? run() : 0; }
