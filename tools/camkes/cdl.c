// SPDX-License-Identifier: BSD-2-Clause
// A finished distribution as capDL text (the capDL language, revision 1.1, with the object types of the MCS
// kernel). Page tables, which the loader makes by need, are told too. What programs' ELF files bring with
// them (their segments and first instruction) is not in the distribution; comments name the files.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <abi/object.h>
#include <abi/syscall.h>
#include "back.h"
#include "mem.h"

#define LARGE (2ull << 20)

/* One slot, or several consecutive ones, of a page table, directory, ... of an address space. */
struct entry {
    uint32_t vspace;
    unsigned level;
    uint64_t table;
    uint32_t slot;
    const char *what;
}; /* level 0 = pt */
/* Frames of one object: `large` of 2 MiB, then the rest of 4 KiB, as the loader makes them. */
struct frames { uint64_t large, small; };

struct cdl {
    const struct spec *s;
    struct text *out;
    const char **name;                  /* by object */
    struct frames *frames;
    VEC(struct entry) entries;
};

static const char *const table_kind[] = { "pt", "pd", "pdpt", "pml4" };

static const char *rights(uint32_t r)
{
    return strf("%s%s%s%s", r & ABI_RIGHT_READ ? "R" : "", r & ABI_RIGHT_WRITE ? "W" : "",
                r & ABI_RIGHT_GRANT ? "G" : "", r & ABI_RIGHT_GRANT_REPLY ? "P" : "");
}

/* ---- names: identifiers, each once ---- */

static const char *identifier(const char *name)
{
    struct text t = { 0 };
    if (!isalpha((unsigned char)*name)) {
        text_put(&t, "o_");
    }
    for (; *name; name++) {
        text_add(&t, "%c", isalnum((unsigned char)*name) ? *name : '_');
    }
    return t.data;
}

static void give_names(struct cdl *d)
{
    struct map taken = { 0 };
    d->name = mem_new((d->s->count[SPEC_OBJECTS] + 1) * sizeof(*d->name));
    for (uint32_t i = 0; i < d->s->count[SPEC_OBJECTS]; i++) {
        const char *base = identifier(spec_object_name(d->s, i)), *name = base;
        for (unsigned n = 2; map_put(&taken, name, d); n++) {
            name = strf("%s_%u", base, n);
        }
        d->name[i] = name;
    }
}

/* ---- frames ---- */

static bool all_mapped_large(const struct spec *s, uint32_t object)
{
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &s->mapping[i];
        if (m->frames == object &&
            (m->vaddr % LARGE || m->offset || m->bytes != s->object[object].frames.bytes)) {
            return false;
        }
    }
    return true;
}

static void plan_frames(struct cdl *d)
{
    d->frames = mem_new((d->s->count[SPEC_OBJECTS] + 1) * sizeof(*d->frames));
    for (uint32_t i = 0; i < d->s->count[SPEC_OBJECTS]; i++) {
        const struct spec_object *o = &d->s->object[i];
        if (o->kind != SPEC_FRAMES) {
            continue;
        }
        const bool large =
            o->bits == 21 || (o->bits == 0 && !(o->flags & SPEC_DEVICE) && all_mapped_large(d->s, i));
        d->frames[i].large = large ? o->frames.bytes / LARGE : 0;
        d->frames[i].small = (o->frames.bytes - d->frames[i].large * LARGE) >> 12;
    }
}

static const char *frame_ref(const struct cdl *d, uint32_t object, bool large, uint64_t first, uint64_t count)
{
    const char *suffix = large && d->frames[object].small ? "_large" : "";
    return count == 1 ? strf("%s%s[%llu]", d->name[object], suffix, (unsigned long long)first)
                      : strf("%s%s[%llu..%llu]", d->name[object], suffix, (unsigned long long)first,
                             (unsigned long long)(first + count - 1));
}

/* ---- objects ---- */

static void declare_frames(const struct cdl *d, uint32_t i)
{
    const struct spec_object *o = &d->s->object[i];
    const char *paddr =
        o->flags & SPEC_DEVICE ? strf(", paddr: 0x%llx", (unsigned long long)o->frames.paddr) : "";
    const struct frames *f = &d->frames[i];
    if (f->large) {
        text_add(d->out, "    %s%s[%llu] = frame (2M%s)\n", d->name[i], f->small ? "_large" : "",
                 (unsigned long long)f->large, paddr);
    }
    if (f->small) {
        text_add(d->out, "    %s[%llu] = frame (4k%s)%s\n", d->name[i], (unsigned long long)f->small, paddr,
                 o->flags & SPEC_CONTIGUOUS ? "  -- contiguous" : "");
    }
    for (uint32_t n = 0; n < d->s->count[SPEC_FILLS]; n++) {
        const struct spec_fill *fill = &d->s->fill[n];
        if (fill->frames == i && fill->kind == SPEC_FILL_FILE) {
            text_add(d->out, "    -- filled with %llu bytes of the file \"%s\"\n",
                     (unsigned long long)fill->bytes, spec_text(d->s, fill->file));
        }
    }
}

static const struct spec_thread *thread_of(const struct spec *s, uint32_t object, bool sc)
{
    for (uint32_t i = 0; i < s->count[SPEC_THREADS]; i++) {
        if ((sc ? s->thread[i].sched_context : s->thread[i].tcb) == object) {
            return &s->thread[i];
        }
    }
    return NULL;
}

static void declare_tcb(const struct cdl *d, uint32_t i)
{
    const struct spec_thread *t = thread_of(d->s, i, false);
    if (!t) {
        text_add(d->out, "    %s%s = tcb\n", d->name[i],
                 d->s->object[i].count > 1 ? strf("[%u]", d->s->object[i].count) : "");
        return;
    }
    text_add(
        d->out,
        "    %s = tcb (addr: 0x%llx, sp: 0x%llx, prio: %u, max_prio: %u, affinity: %u, init: [0x%llx, %llu])"
        "  -- \"%s\"\n",
        d->name[i], (unsigned long long)t->ipc_vaddr, (unsigned long long)t->stack, t->priority,
        t->max_priority, t->core, (unsigned long long)t->argument[0], (unsigned long long)t->argument[1],
        spec_text(d->s, d->s->component[t->component].file));
}

static void declare(const struct cdl *d, uint32_t i)
{
    static const char *const plain[SPEC_KIND_COUNT] = {
        [SPEC_ENDPOINT] = "ep",       [SPEC_NOTIFICATION] = "notification", [SPEC_REPLY] = "rtreply",
        [SPEC_VSPACE] = "pml4",       [SPEC_ASID_POOL] = "asid_pool",       [SPEC_VCPU] = "vcpu",
        [SPEC_EPT_ROOT] = "ept_pml4",
    };
    const struct spec_object *o = &d->s->object[i];
    const char *count = o->count > 1 ? strf("[%u]", o->count) : "";
    const struct spec_thread *t;
    switch (o->kind) {
    case SPEC_FRAMES: declare_frames(d, i); break;
    case SPEC_TCB: declare_tcb(d, i); break;
    case SPEC_UNTYPED:
        text_add(d->out, "    %s%s = ut (%u bits%s)\n", d->name[i], count, o->bits,
                 !(o->flags & SPEC_DEVICE) ? ""
                                           : strf(", paddr: 0x%llx", (unsigned long long)o->untyped.paddr));
        break;
    case SPEC_CNODE: text_add(d->out, "    %s = cnode (%u bits)\n", d->name[i], o->bits); break;
    case SPEC_SCHED_CONTEXT:
        t = thread_of(d->s, i, true);
        text_add(d->out, "    %s%s = sc%s\n", d->name[i], count,
                 !t ? ""
                    : strf(" (period: %llu, budget: %llu)", (unsigned long long)t->period,
                           (unsigned long long)t->budget));
        break;
    case SPEC_IRQ:
        text_add(
            d->out,
            "    %s = ioapic_irq (ioapic_id: %u, ioapic_pin: %u, level: %u, polarity: %u)  -- vector %u\n",
            d->name[i], o->irq.ioapic, o->irq.pin, o->irq.level, o->irq.polarity, o->irq.vector);
        break;
    case SPEC_PORTS:
        text_add(d->out, "    %s = io_ports (ports: [0x%x..0x%x])\n", d->name[i], o->ports.first,
                 o->ports.last);
        break;
    case SPEC_SCHED_CONTROL:
        text_add(d->out, "    %s = sched_control (core: %u)\n", d->name[i], o->sched_control.core);
        break;
    default: text_add(d->out, "    %s%s = %s\n", d->name[i], count, plain[o->kind]); break;
    }
}

/* ---- address spaces ---- */

static unsigned shift_of(unsigned level) { return 12 + 9 * level; }

static const char *table_name(const struct cdl *d, uint32_t vspace, unsigned level, uint64_t base)
{
    return level == 3 ? d->name[vspace]
                      : strf("%s_%s_%llx", table_kind[level], d->name[vspace], (unsigned long long)base);
}

static void add_entry(struct cdl *d, uint32_t vspace, unsigned level, uint64_t vaddr, const char *what)
{
    const unsigned shift = shift_of(level);
    *vec_add(&d->entries) = (struct entry){ vspace, level, vaddr >> (shift + 9) << (shift + 9),
                                            (uint32_t)(vaddr >> shift) & 511, what };
}

/* Pages of one size, cut where a table ends. */
static void map_pages(struct cdl *d, const struct spec_mapping *m, bool large, uint64_t vaddr, uint64_t first,
                      uint64_t count)
{
    const unsigned level = large ? 1 : 0, shift = shift_of(level);
    const char *uncached = m->attributes & ~(uint32_t)ABI_ATTR_EXECUTE_NEVER ? ", uncached" : "";
    while (count) {
        const uint64_t slot = vaddr >> shift & 511, n = count < 512 - slot ? count : 512 - slot;
        const char *execute = m->attributes & ABI_ATTR_EXECUTE_NEVER ? "" : "X";
        add_entry(d, m->vspace, level, vaddr, strf("%s (%s%s%s)", frame_ref(d, m->frames, large, first, n),
                                                   rights(m->rights), execute, uncached));
        vaddr += n << shift;
        first += n;
        count -= n;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->vspace != y->vspace) {
        return x->vspace < y->vspace ? -1 : 1;
    }
    if (x->level != y->level) {
        return x->level < y->level ? -1 : 1;
    }
    if (x->table != y->table) {
        return x->table < y->table ? -1 : 1;
    }
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void sort_entries(struct cdl *d)
{
    if (d->entries.count) {
        qsort(d->entries.at, d->entries.count, sizeof(*d->entries.at), by_place);
    }
}

/* Whether entry i, of those sorted, is the first of its table. */
static bool begins_table(const struct cdl *d, size_t i)
{
    const struct entry *e = &d->entries.at[i];
    return i == 0 || e[-1].vspace != e->vspace || e[-1].level != e->level || e[-1].table != e->table;
}

/* The next level's entries: one for each table that this level's entries are in. */
static void add_tables(struct cdl *d, unsigned level)
{
    const size_t count = d->entries.count;
    for (size_t i = 0; i < count; i++) {
        const struct entry e = d->entries.at[i];
        if (e.level == level && begins_table(d, i)) {
            add_entry(d, e.vspace, level + 1, e.table, table_name(d, e.vspace, level, e.table));
        }
    }
    sort_entries(d);
}

static void plan_spaces(struct cdl *d)
{
    for (uint32_t i = 0; i < d->s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &d->s->mapping[i];
        const uint64_t in_large = d->frames[m->frames].large * LARGE;
        uint64_t large = m->offset >= in_large             ? 0
                         : in_large - m->offset < m->bytes ? in_large - m->offset
                                                           : m->bytes;
        if (large) {
            map_pages(d, m, true, m->vaddr, m->offset / LARGE, large / LARGE);
        }
        if (m->bytes > large) {
            map_pages(d, m, false, m->vaddr + large, (m->offset + large - in_large) >> 12,
                      (m->bytes - large) >> 12);
        }
    }
    sort_entries(d);
    for (unsigned level = 0; level < 3; level++) {
        add_tables(d, level);
    }
}

static void declare_tables(const struct cdl *d)
{
    for (size_t i = 0; i < d->entries.count; i++) {
        const struct entry *e = &d->entries.at[i];
        if (e->level < 3 && begins_table(d, i)) {
            text_add(d->out, "    %s = %s\n", table_name(d, e->vspace, e->level, e->table),
                     table_kind[e->level]);
        }
    }
}

static void write_tables(const struct cdl *d)
{
    for (size_t i = 0; i < d->entries.count; i++) {
        const struct entry *e = &d->entries.at[i];
        if (begins_table(d, i)) {
            text_add(d->out, "%s    %s {\n", i ? "    }\n" : "",
                     table_name(d, e->vspace, e->level, e->table));
        }
        text_add(d->out, "        0x%x: %s\n", e->slot, e->what);
    }
    text_put(d->out, d->entries.count ? "    }\n" : "");
}

/* ---- capabilities ---- */

static const char *cap_params(const struct cdl *d, const struct spec_cap *c)
{
    const uint64_t badge = c->badge;
    switch (d->s->object[c->object].kind) {
    case SPEC_ENDPOINT: case SPEC_NOTIFICATION:
        return badge ? strf(" (%s, badge: 0x%llx)", rights(c->rights), (unsigned long long)badge)
                     : strf(" (%s)", rights(c->rights));
    case SPEC_FRAMES: return strf(" (%s)", rights(c->rights & 3));
    case SPEC_CNODE: return strf(" (guard: 0, guard_size: %u)", 64u - d->s->object[c->object].bits);
    default: return "";
    }
}

static void write_cap(const struct cdl *d, const struct spec_cap *c)
{
    const struct spec_object *o = &d->s->object[c->object];
    const char *ref = d->name[c->object];
    if (o->kind == SPEC_FRAMES) {
        ref = frame_ref(d, c->object, o->bits == 21, c->first, c->count);
    } else if (o->count > 1) {
        ref = c->count == 1 ? strf("%s[%u]", ref, c->first)
                            : strf("%s[%u..%u]", ref, c->first, c->first + c->count - 1);
    }
    text_add(d->out, "        0x%x: %s%s\n", c->slot, ref, cap_params(d, c));
}

static void write_cnode(const struct cdl *d, uint32_t cnode)
{
    text_add(d->out, "    %s {\n", d->name[cnode]);
    for (uint32_t i = 0; i < d->s->count[SPEC_CAPS]; i++) {
        if (d->s->cap[i].cnode == cnode) {
            write_cap(d, &d->s->cap[i]);
        }
    }
    text_put(d->out, "    }\n");
}

static void write_thread(const struct cdl *d, const struct spec_thread *t)
{
    text_add(d->out, "    %s {\n        cspace: %s (guard: 0, guard_size: %u)\n        vspace: %s\n",
             d->name[t->tcb], d->name[t->cnode], 64u - d->s->object[t->cnode].bits, d->name[t->vspace]);
    text_add(d->out, "        ipc_buffer_slot: %s (RW)\n",
             frame_ref(d, t->ipc_frames, false, t->ipc_page, 1));
    if (t->sched_context != SPEC_NONE) {
        text_add(d->out, "        sc_slot: %s\n", d->name[t->sched_context]);
    }
    if (t->notification != SPEC_NONE) {
        text_add(d->out, "        bound_notification: %s\n", d->name[t->notification]);
    }
    if (t->fault_endpoint != SPEC_NONE) {
        text_add(d->out, "        fault_ep_slot: %s (WGP, badge: 0x%llx)\n", d->name[t->fault_endpoint],
                 (unsigned long long)t->fault_badge);
    }
    text_put(d->out, "    }\n");
}

static void write_irq(const struct cdl *d, uint32_t i)
{
    const struct spec_object *o = &d->s->object[i];
    if (o->irq.notification != SPEC_NONE) {
        text_add(d->out, "    %s {\n        0x0: %s (W, badge: 0x%llx)\n    }\n", d->name[i],
                 d->name[o->irq.notification], (unsigned long long)o->irq.badge);
    }
}

void cdl_text(const struct spec *s, struct text *out)
{
    struct cdl d = { .s = s, .out = out };
    give_names(&d);
    plan_frames(&d);
    plan_spaces(&d);
    text_put(out, "-- Made by camkes: the capability distribution, in capDL.\narch x86_64\n\nobjects {\n");
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        declare(&d, i);
    }
    declare_tables(&d);
    text_put(out, "}\n\ncaps {\n");
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        if (s->object[i].kind == SPEC_CNODE) {
            write_cnode(&d, i);
        } else if (s->object[i].kind == SPEC_IRQ) {
            write_irq(&d, i);
        }
    }
    for (uint32_t i = 0; i < s->count[SPEC_THREADS]; i++) {
        write_thread(&d, &s->thread[i]);
    }
    write_tables(&d);
    text_put(out, "}\n\nirq maps {\n");
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        if (s->object[i].kind == SPEC_IRQ) {
            text_add(out, "    %u: %s\n", s->object[i].irq.vector, d.name[i]);
        }
    }
    text_put(out, "}\n");
}
