// Made by camkes for component Part: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <camkes/sync.h>
#include <rt/rt.h>

int size;
const char *name;
const int list[2] = { 1, 2 };

static sync_mutex_t camkes__m;

int m_lock(void) { return sync_mutex_lock(&camkes__m); }
int m_unlock(void) { return sync_mutex_unlock(&camkes__m); }

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    size = (int)rt_attr_int("size", 0);
    name = rt_attr_str("name", "");
    sync_mutex_init(&camkes__m, rt_cap("m"));
}
