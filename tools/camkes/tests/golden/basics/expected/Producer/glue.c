// Made by camkes for component Producer: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <camkes/sync.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

int count;
const char *greeting;
int64_t big;
const struct point where = { .x = 1, .y = 2, .label = { "q" } };
const char *const names[2] = { "a", "b" };
const double ratio = 1.5;

static sync_mutex_t camkes__m;
static sync_sem_t camkes__s;
static sync_bin_sem_t camkes__b;
static struct camkes_emitter camkes__ready;
static struct camkes_dataport camkes__mem;

int m_lock(void) { return sync_mutex_lock(&camkes__m); }
int m_unlock(void) { return sync_mutex_unlock(&camkes__m); }
int s_wait(void) { return sync_sem_wait(&camkes__s); }
int s_trywait(void) { return sync_sem_trywait(&camkes__s); }
int s_post(void) { return sync_sem_post(&camkes__s); }
int b_wait(void) { return sync_bin_sem_wait(&camkes__b); }
int b_post(void) { return sync_bin_sem_post(&camkes__b); }

/* ---- ready: emits Ready, by seL4Notification ---- */

void ready_emit_underlying(void) { camkes_emit(&camkes__ready); }
void ready_emit(void) { ready_emit_underlying(); }
extern __typeof__(ready__init) ready__init __attribute__((weak));
static const struct rt_interface camkes__row_ready
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "ready", ready__init, NULL };

/* ---- mem: dataport Buf, by seL4SharedData ---- */

Buf *mem;
size_t mem_get_size(void) { return camkes__mem.size; }
void mem_acquire(void) { camkes_dataport_acquire(); }
void mem_release(void) { camkes_dataport_release(); }
int mem_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(mem__init) mem__init __attribute__((weak));
static const struct rt_interface camkes__row_mem
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "mem", mem__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    count = (int)rt_attr_int("count", 0);
    greeting = rt_attr_str("greeting", "");
    big = (int64_t)rt_attr_int("big", 0);
    sync_mutex_init(&camkes__m, rt_cap("m"));
    sync_sem_init(&camkes__s, rt_cap("s"), (int)rt_attr_int("s_value", 1));
    sync_bin_sem_init(&camkes__b, rt_cap("b"), (int)rt_attr_int("b_value", 0));
    camkes_emitter_init(&camkes__ready, "ready");
    mem = camkes_dataport_init(&camkes__mem, "mem", sizeof(Buf));
}
