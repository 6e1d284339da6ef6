// Made by camkes for component Reader: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/dataport.h>

static struct camkes_dataport camkes__d;

/* ---- d: dataport Buf, by seL4SharedData ---- */

Buf *d;
size_t d_get_size(void) { return camkes__d.size; }
void d_acquire(void) { camkes_dataport_acquire(); }
void d_release(void) { camkes_dataport_release(); }
int d_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(d__init) d__init __attribute__((weak));
static const struct rt_interface camkes__row_d
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "d", d__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    d = camkes_dataport_init(&camkes__d, "d", sizeof(Buf));
}
