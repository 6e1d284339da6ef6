// SPDX-License-Identifier: BSD-2-Clause
// Dataports: pointers that can be sent, frames' capabilities; see camkes/dataport.h.
#include <camkes/dataport.h>
#include "internal.h"

static struct camkes_dataport *dataports;

void *camkes_dataport_init(struct camkes_dataport *d, const char *name, size_t least)
{
    d->base = rt_dataport(name, &d->size);
    d->id = (uint32_t)rt_attr_int(JOINED(name, "id"), 0);
    if (!d->base) {
        return NULL;                    /* a `maybe` one that is not connected */
    }
    if (d->size < least) {
        rt_fatal("dataport '%s': its type has %zu bytes, but it was made with %zu; set %s.%s_size", name,
                 least, d->size, rt_instance_name(), name);
    }
    d->next = dataports;
    dataports = d;
    return d->base;
}

dataport_ptr_t dataport_wrap_ptr(void *address)
{
    for (const struct camkes_dataport *d = dataports; d; d = d->next) {
        const uintptr_t offset = (uintptr_t)address - (uintptr_t)d->base;
        if (offset < d->size && d->id) {
            return (dataport_ptr_t){ d->id, offset };
        }
    }
    return DATAPORT_NULL;
}

void *dataport_unwrap_range(dataport_ptr_t p, size_t bytes)
{
    for (const struct camkes_dataport *d = dataports; d; d = d->next) {
        if (d->id == p.id && p.id) {
            return p.offset < d->size && bytes <= d->size - p.offset ? d->base + p.offset : NULL;
        }
    }
    return NULL;
}

void *dataport_unwrap_ptr(dataport_ptr_t p) { return dataport_unwrap_range(p, 1); }

void camkes_dataport_caps_init(dataport_caps_handle_t *h, const char *name)
{
    h->address = rt_dataport(name, &h->size);
    h->frames = rt_cap_array(JOINED(name, "frames"), &h->frame_count);
    h->frame_bits = h->frame_count && h->size / h->frame_count >= 1u << 21 ? 21 : 12;
}

void *dataport_caps_address(const dataport_caps_handle_t *h) { return h->address; }
size_t dataport_caps_size(const dataport_caps_handle_t *h) { return h->size; }
size_t dataport_caps_frame_count(const dataport_caps_handle_t *h) { return h->frame_count; }
size_t dataport_caps_frame_size(const dataport_caps_handle_t *h) { return (size_t)1 << h->frame_bits; }

seL4_CPtr dataport_caps_frame(const dataport_caps_handle_t *h, size_t n)
{
    return n < h->frame_count ? h->frames + n : seL4_CapNull;
}
