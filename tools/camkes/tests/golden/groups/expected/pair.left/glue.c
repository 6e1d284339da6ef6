// Made by camkes for component Part: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <camkes/sync.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

int number;

static sync_mutex_t camkes__m;
static struct camkes_emitter camkes__done;
static struct camkes_dataport camkes__shared;

int m_lock(void) { return sync_mutex_lock(&camkes__m); }
int m_unlock(void) { return sync_mutex_unlock(&camkes__m); }

/* ---- done: emits Done, by seL4Notification ---- */

void done_emit_underlying(void) { camkes_emit(&camkes__done); }
void done_emit(void) { done_emit_underlying(); }
extern __typeof__(done__init) done__init __attribute__((weak));
static const struct rt_interface camkes__row_done
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "left.done", done__init, NULL };

/* ---- shared: dataport Buf, by seL4SharedData ---- */

Buf *shared;
size_t shared_get_size(void) { return camkes__shared.size; }
void shared_acquire(void) { camkes_dataport_acquire(); }
void shared_release(void) { camkes_dataport_release(); }
int shared_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(shared__init) shared__init __attribute__((weak));
static const struct rt_interface camkes__row_shared
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "left.shared", shared__init, NULL };

/* ---- what the group's program calls ---- */

extern __typeof__(pre_init) pre_init __attribute__((weak));
void camkes_in_left_pre_init(void);
void camkes_in_left_pre_init(void) { if (pre_init) { pre_init(); } }
extern __typeof__(post_init) post_init __attribute__((weak));
void camkes_in_left_post_init(void);
void camkes_in_left_post_init(void) { if (post_init) { post_init(); } }
extern __typeof__(run) run __attribute__((weak));
int camkes_in_left_run(void);
int camkes_in_left_run(void) { return run ? run() : 0; }

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    number = (int)rt_attr_int("left.number", 0);
    sync_mutex_init(&camkes__m, rt_cap("left.m"));
    camkes_emitter_init(&camkes__done, "left.done");
    shared = camkes_dataport_init(&camkes__shared, "left.shared", sizeof(Buf));
}
