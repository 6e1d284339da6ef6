// SPDX-License-Identifier: BSD-2-Clause
// A world on the build machine (lib/camkes/tests/fake/) that is what a distribution says: every name that an
// information page gives leads to the object whose capability, or frames whose mapping, the distribution puts
// there. So glue and distribution are tested against each other.
#include "glue_world.h"

#include <spec/info.h>
#include <spec/layout.h>
#include <spec/read.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static struct spec spec;
static unsigned notification_of[4096];              /* by object, + 1 */
static void *memory_of[4096];

static void *load(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct spec_problem problem;
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    const size_t bytes = (size_t)ftell(f);
    void *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
    rewind(f);
    if (fread(data, 1, bytes, f) != bytes || spec_open(&spec, data, bytes, &problem) != 0) {
        fprintf(stderr, "%s is no distribution\n", path);
        exit(2);
    }
    fclose(f);
    return data;
}

/* The information page of a component: what is filled into the frames that its address space shows there. */
static const struct info_head *info_of(const struct spec_component *c)
{
    for (uint32_t m = 0; m < spec.count[SPEC_MAPPINGS]; m++) {
        for (uint32_t f = 0; f < spec.count[SPEC_FILLS]; f++) {
            if (spec.mapping[m].vspace == c->vspace && spec.mapping[m].vaddr == LAYOUT_INFO &&
                spec.fill[f].frames == spec.mapping[m].frames) {
                return (const struct info_head *)(spec.bytes + spec.fill[f].source);
            }
        }
    }
    abort();
}

static const struct spec_cap *cap_in(uint32_t cnode, uint64_t slot)
{
    for (uint32_t i = 0; i < spec.count[SPEC_CAPS]; i++) {
        const struct spec_cap *c = &spec.cap[i];
        if (c->cnode == cnode && slot >= c->slot && slot < (uint64_t)c->slot + c->count) {
            return c;
        }
    }
    abort();
}

static unsigned notification(uint32_t object)
{
    if (!notification_of[object]) {
        notification_of[object] = fake_notification() + 1;
    }
    return notification_of[object] - 1;
}

static void add_cap(const struct spec_component *c, const char *name, const struct info_entry *e)
{
    unsigned objects[16];
    seL4_Word badges[16];
    if (e->d != SPEC_NOTIFICATION) {
        fake_other_cap(name, (unsigned)e->b, e->d, e->e, e->c);
        return;
    }
    for (unsigned i = 0; i < e->b && i < 16; i++) {
        const struct spec_cap *cap = cap_in(c->cnode, e->a + i);
        objects[i] = notification(cap->object);
        badges[i] = cap->badge;
    }
    fake_cap_row(name, objects, badges, (unsigned)e->b);
}

static void *memory_at(uint32_t vspace, uint64_t vaddr)
{
    for (uint32_t i = 0; i < spec.count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &spec.mapping[i];
        if (m->vspace == vspace && m->vaddr == vaddr) {
            void **memory = &memory_of[m->frames];
            if (!*memory) {
                *memory = aligned_alloc(4096, m->bytes);
                memset(*memory, 0, m->bytes);
            }
            return *memory;
        }
    }
    return NULL;
}

static void add_entry(const struct spec_component *c, const struct info_head *h, const struct info_entry *e)
{
    const char *texts = (const char *)h + h->string_offset, *name = texts + e->name;
    switch (e->kind) {
    case INFO_CAP: add_cap(c, name, e); break;
    case INFO_DATAPORT: fake_dataport(name, memory_at(c->vspace, e->a), e->b, e->c); break;
    case INFO_INT: fake_attr(name, (int64_t)e->a); break;
    case INFO_CLIENT:
        fake_client(name, &(struct rt_client){ .name = texts + e->b, .badge = e->a,
                                               .buffer = memory_at(c->vspace, e->c), .buffer_size = e->d });
        break;
    default: break;
    }
}

void world_make(const char *path)
{
    load(path);
    for (uint32_t i = 0; i < spec.count[SPEC_COMPONENTS]; i++) {
        const struct info_head *h = info_of(&spec.component[i]);
        const struct info_entry *e = (const struct info_entry *)((const char *)h + h->entry_offset);
        for (uint32_t n = 0; n < h->entry_count; n++) {
            add_entry(&spec.component[i], h, &e[n]);
        }
    }
}

bool world_has_thread(const char *name)
{
    for (uint32_t i = 0; i < spec.count[SPEC_THREADS]; i++) {
        if (!strcmp(spec_text(&spec, spec.thread[i].name), name)) {
            return true;
        }
    }
    return false;
}

void world_interrupt(void)
{
    for (uint32_t i = 0; i < spec.count[SPEC_OBJECTS]; i++) {
        const struct spec_object *o = &spec.object[i];
        if (o->kind == SPEC_IRQ) {
            fake_cap("test.interrupt", notification(o->irq.notification), o->irq.badge);
            seL4_Signal(rt_cap("test.interrupt"));
        }
    }
}
