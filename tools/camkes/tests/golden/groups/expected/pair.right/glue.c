// Made by camkes for component Part: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <camkes/sync.h>
#include <rt/rt.h>

int number;

static sync_mutex_t camkes__m;

int m_lock(void) { return sync_mutex_lock(&camkes__m); }
int m_unlock(void) { return sync_mutex_unlock(&camkes__m); }
Buf *shared;

/* ---- what the group's program calls ---- */

extern __typeof__(pre_init) pre_init __attribute__((weak));
void camkes_in_right_pre_init(void);
void camkes_in_right_pre_init(void) { if (pre_init) { pre_init(); } }
extern __typeof__(post_init) post_init __attribute__((weak));
void camkes_in_right_post_init(void);
void camkes_in_right_post_init(void) { if (post_init) { post_init(); } }
extern __typeof__(run) run __attribute__((weak));
int camkes_in_right_run(void);
int camkes_in_right_run(void) { return run ? run() : 0; }

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    number = (int)rt_attr_int("right.number", 0);
    sync_mutex_init(&camkes__m, rt_cap("right.m"));
}
