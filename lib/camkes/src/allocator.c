// SPDX-License-Identifier: BSD-2-Clause
// Pools of kernel objects; see camkes/allocator.h.
#include <camkes/allocator.h>
#include "internal.h"

#include <spec/format.h>
#include <string.h>

#define MAX_OBJECTS 512u

static struct {
    seL4_Word type;
    seL4_CPtr cap;
    size_t size;
    unsigned attributes;
    bool taken;
} object[MAX_OBJECTS];
static unsigned count;
static bool ready;

static int add(seL4_Word type, seL4_CPtr cap, size_t size, unsigned attributes)
{
    if (count == MAX_OBJECTS || !cap) {
        return -1;
    }
    object[count].type = type;
    object[count].cap = cap;
    object[count].size = size;
    object[count].attributes = attributes;
    object[count++].taken = false;
    return 0;
}

/* What the assembly gave, by the names of its settings. */
static void init(void)
{
    static const struct { const char *name; seL4_Word type; } pools[] = {
        { "tcb_pool", seL4_TCBObject },
        { "ep_pool", seL4_EndpointObject },
        { "notification_pool", seL4_NotificationObject },
    };
    struct rt_cap_entry c;
    ready = true;
    for (unsigned i = 0; rt_cap_entry(i, &c); i++) {
        for (unsigned p = 0; p < sizeof(pools) / sizeof(pools[0]); p++) {
            for (size_t n = 0; !strcmp(c.name, pools[p].name) && n < c.count; n++) {
                add(pools[p].type, c.first + n, 0, 0);
            }
        }
        for (size_t n = 0; c.kind == SPEC_UNTYPED && !c.where && n < c.count; n++) {
            add(seL4_UntypedObject, c.first + n, (size_t)1 << c.bits, 0);
        }
    }
}

static void start(void)
{
    camkes_lock();
    if (!ready) {
        init();
    }
}

int camkes_provide(seL4_Word type, seL4_CPtr cap, size_t size, unsigned attributes)
{
    start();
    const int result = add(type, cap, size, attributes);
    camkes_unlock();
    return result;
}

seL4_CPtr camkes_alloc(seL4_Word type, size_t size, unsigned flags)
{
    seL4_CPtr cap = seL4_CapNull;
    start();
    for (unsigned i = 0; i < count && !cap; i++) {
        if (!object[i].taken && object[i].type == type && object[i].size == size &&
            (object[i].attributes & flags) == object[i].attributes) {
            object[i].taken = true;
            cap = object[i].cap;
        }
    }
    camkes_unlock();
    return cap;
}

void camkes_free(seL4_Word type, seL4_CPtr cap)
{
    start();
    for (unsigned i = 0; i < count; i++) {
        if (object[i].cap == cap && object[i].type == type) {
            object[i].taken = false;
        }
    }
    camkes_unlock();
}
