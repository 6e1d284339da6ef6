// SPDX-License-Identifier: BSD-2-Clause
// The component information page: lookups by name. The page is the loader's, read-only and trusted.
#include "internal.h"

#include <string.h>

const struct info_head *rt_info;

const struct info_entry *rt_info_entries(void)
{
    return (const struct info_entry *)((const char *)rt_info + rt_info->entry_offset);
}

const char *rt_info_text(uint32_t offset) { return (const char *)rt_info + rt_info->string_offset + offset; }

const struct info_entry *rt_info_find(enum info_kind kind, const char *name)
{
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (e[i].kind == kind && !strcmp(rt_info_text(e[i].name), name)) {
            return &e[i];
        }
    }
    return NULL;
}

const char *rt_instance_name(void) { return rt_info_text(rt_info->name); }
const char *rt_type_name(void) { return rt_info_text(rt_info->type); }
unsigned rt_core(void) { return rt_info->core; }

seL4_CPtr rt_cap_array(const char *name, size_t *count)
{
    const struct info_entry *e = rt_info_find(INFO_CAP, name);
    if (count) {
        *count = e ? e->b : 0;
    }
    return e ? e->a : seL4_CapNull;
}

seL4_CPtr rt_cap(const char *name) { return rt_cap_array(name, NULL); }

void *rt_dataport(const char *name, size_t *size)
{
    const struct info_entry *e = rt_info_find(INFO_DATAPORT, name);
    if (size) {
        *size = e ? e->b : 0;
    }
    return e ? (void *)e->a : NULL;
}

bool rt_has_attr(const char *name) { return rt_info_find(INFO_INT, name) || rt_info_find(INFO_TEXT, name); }

int64_t rt_attr_int(const char *name, int64_t otherwise)
{
    const struct info_entry *e = rt_info_find(INFO_INT, name);
    return e ? (int64_t)e->a : otherwise;
}

const char *rt_attr_str(const char *name, const char *otherwise)
{
    const struct info_entry *e = rt_info_find(INFO_TEXT, name);
    return e ? rt_info_text((uint32_t)e->a) : otherwise;
}

static const struct info_entry *nth(enum info_kind kind, unsigned n)
{
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (e[i].kind == kind && n-- == 0) {
            return &e[i];
        }
    }
    return NULL;
}

bool rt_cap_entry(unsigned n, struct rt_cap_entry *out)
{
    const struct info_entry *e = nth(INFO_CAP, n);
    if (e) {
        *out = (struct rt_cap_entry){ .name = rt_info_text(e->name), .first = e->a, .count = e->b, .kind = e->d,
                                      .bits = e->e, .where = e->c };
    }
    return e;
}

bool rt_memory_entry(unsigned n, struct rt_memory_entry *out)
{
    const struct info_entry *e = nth(INFO_DATAPORT, n);
    if (e) {
        *out = (struct rt_memory_entry){ .name = rt_info_text(e->name), .address = (uint8_t *)e->a, .size = e->b,
                                         .paddr = e->c, .writable = e->d & ABI_RIGHT_WRITE };
    }
    return e;
}

static void fill_client(const struct info_entry *e, struct rt_client *out)
{
    *out = (struct rt_client){ .name = rt_info_text((uint32_t)e->b), .badge = e->a, .buffer = (void *)e->c,
                               .buffer_size = e->d };
}

static bool is_client(const struct info_entry *e, const char *interface)
{
    return e->kind == INFO_CLIENT && !strcmp(rt_info_text(e->name), interface);
}

unsigned rt_client_count(const char *interface)
{
    const struct info_entry *e = rt_info_entries();
    unsigned n = 0;
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        n += is_client(&e[i], interface);
    }
    return n;
}

bool rt_client(const char *interface, unsigned which, struct rt_client *out)
{
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (is_client(&e[i], interface) && which-- == 0) {
            fill_client(&e[i], out);
            return true;
        }
    }
    return false;
}

bool rt_client_by_badge(const char *interface, seL4_Word badge, struct rt_client *out)
{
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (is_client(&e[i], interface) && e[i].a == badge) {
            fill_client(&e[i], out);
            return true;
        }
    }
    return false;
}
