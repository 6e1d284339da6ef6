// SPDX-License-Identifier: BSD-2-Clause
// Opening and checking a spec; see spec/read.h. Runs freestanding in the loader and on the host.
#include <spec/read.h>

#include <abi/object.h>
#include <abi/syscall.h>
#include <string.h>

#define PAGE 4096ull
#define LARGE_PAGE (2ull << 20)
#define MAX_RADIX 24u                     /* 2^24 slots = 512 MiB: more is a mistake */
#define MAX_BYTES (1ull << 40)
#define MAX_CONTIGUOUS (1ull << 30)
#define USER_END (1ull << 47)

static const char *const kind_names[SPEC_KIND_COUNT] = {
#define X(name, text) [SPEC_##name] = text,
    SPEC_OBJECT_LIST(X)
#undef X
};

static const struct { const char *name; uint32_t entry; } sections[SPEC_SECTION_COUNT] = {
    [SPEC_OBJECTS] = { "objects", sizeof(struct spec_object) },
    [SPEC_CAPS] = { "capabilities", sizeof(struct spec_cap) },
    [SPEC_MAPPINGS] = { "mappings", sizeof(struct spec_mapping) },
    [SPEC_FILLS] = { "fills", sizeof(struct spec_fill) },
    [SPEC_THREADS] = { "threads", sizeof(struct spec_thread) },
    [SPEC_COMPONENTS] = { "components", sizeof(struct spec_component) },
    [SPEC_STRINGS] = { "strings", 1 },
    [SPEC_BYTES] = { "bytes", 1 },
};

const char *spec_kind_name(uint32_t kind) { return kind < SPEC_KIND_COUNT ? kind_names[kind] : "?"; }
const char *spec_section_name(uint32_t s) { return s < SPEC_SECTION_COUNT ? sections[s].name : "file"; }

const char *spec_object_name(const struct spec *s, uint32_t object)
{
    if (object >= s->count[SPEC_OBJECTS]) {
        return "?";
    }
    const char *name = spec_text(s, s->object[object].name);
    return *name ? name : kind_names[s->object[object].kind];
}

/* ---- small questions; each check function returns NULL or what is wrong ---- */

static int text_ok(const struct spec *s, uint32_t name) { return name < s->count[SPEC_STRINGS]; }

static int is_kind(const struct spec *s, uint32_t object, enum spec_kind kind)
{
    return object < s->count[SPEC_OBJECTS] && s->object[object].kind == kind;
}

static int none_or_kind(const struct spec *s, uint32_t object, enum spec_kind kind)
{
    return object == SPEC_NONE || is_kind(s, object, kind);
}

static int pages(uint64_t n) { return n % PAGE == 0; }

/* [at, at + bytes) lies in [0, limit). */
static int range_ok(uint64_t at, uint64_t bytes, uint64_t limit) { return at <= limit && bytes <= limit - at; }

static const char *check_frames(const struct spec_object *o)
{
    const uint64_t page = o->bits == 21 ? LARGE_PAGE : PAGE;
    if (o->bits != 0 && o->bits != 12 && o->bits != 21) {
        return "frame size is none of 0, 12, 21";
    }
    if (o->frames.bytes == 0 || o->frames.bytes % page || o->frames.bytes > MAX_BYTES) {
        return "frames: bytes are no multiple of the page size, or out of range";
    }
    if (o->flags & SPEC_DEVICE && (o->frames.paddr % page || o->frames.paddr > MAX_BYTES)) {
        return "frames: bad physical address";
    }
    if (o->flags & SPEC_CONTIGUOUS && (o->bits != 12 || o->flags & SPEC_DEVICE || o->frames.bytes > MAX_CONTIGUOUS)) {
        return "frames: contiguous ones are 4 KiB of RAM each, 1 GiB together at most";
    }
    return o->count == 1 ? NULL : "frames: count is not 1";
}

static const char *check_irq(const struct spec *s, const struct spec_object *o)
{
    if (o->irq.pin > 255 || o->irq.ioapic > 15 || o->irq.level > 1 || o->irq.polarity > 1 || o->irq.vector > 107) {
        return "irq: I/O APIC, pin, level, polarity or vector out of range";
    }
    return none_or_kind(s, o->irq.notification, SPEC_NOTIFICATION) ? NULL : "irq: no such notification";
}

static const char *check_object(const struct spec *s, uint32_t i)
{
    const struct spec_object *o = &s->object[i];
    if (o->kind >= SPEC_KIND_COUNT) {
        return "unknown kind of object";
    }
    if (!text_ok(s, o->name)) {
        return "name is outside the strings";
    }
    if (o->component != SPEC_NONE && o->component >= s->count[SPEC_COMPONENTS]) {
        return "no such component";
    }
    if (o->count == 0 || o->count > 1u << 20) {
        return "count out of range";
    }
    switch (o->kind) {
    case SPEC_UNTYPED:
        return o->bits >= ABI_UNTYPED_MIN_BITS && o->bits <= ABI_UNTYPED_MAX_BITS ? NULL : "untyped: bad size";
    case SPEC_CNODE:
        return o->bits >= 1 && o->bits <= MAX_RADIX ? NULL : "cnode: bad radix";
    case SPEC_SCHED_CONTEXT:
        return o->bits == 0 || (o->bits >= ABI_SCHED_CONTEXT_MIN_BITS && o->bits <= 12) ? NULL : "sc: bad size";
    case SPEC_FRAMES: return check_frames(o);
    case SPEC_IRQ: return check_irq(s, o);
    case SPEC_PORTS: return o->ports.first <= o->ports.last ? NULL : "io_ports: first is above last";
    case SPEC_SCHED_CONTROL: return o->sched_control.core < 64 ? NULL : "sched_control: bad core";
    default: return NULL;
    }
}

static uint64_t element_count(const struct spec_object *o)
{
    return o->kind == SPEC_FRAMES ? o->bits ? o->frames.bytes >> o->bits : 0 : o->count;
}

static const char *check_cap(const struct spec *s, uint32_t i)
{
    const struct spec_cap *c = &s->cap[i];
    if (!is_kind(s, c->cnode, SPEC_CNODE)) {
        return "not a cnode";
    }
    if (c->count == 0 || !range_ok(c->slot, c->count, 1ull << s->object[c->cnode].bits)) {
        return "slot is outside the cnode";
    }
    if (c->object >= s->count[SPEC_OBJECTS]) {
        return "no such object";
    }
    if (!range_ok(c->first, c->count, element_count(&s->object[c->object]))) {
        return "no such element of the object";
    }
    return c->rights <= 15 ? NULL : "unknown rights";
}

static const char *check_mapping(const struct spec *s, uint32_t i)
{
    const struct spec_mapping *m = &s->mapping[i];
    if (!is_kind(s, m->vspace, SPEC_VSPACE) || !is_kind(s, m->frames, SPEC_FRAMES)) {
        return "not an address space, or not frames";
    }
    const struct spec_object *o = &s->object[m->frames];
    const uint64_t page = o->bits == 21 ? LARGE_PAGE : PAGE;
    if (!range_ok(m->offset, m->bytes, o->frames.bytes) || m->bytes == 0) {
        return "outside the frames";
    }
    if (m->vaddr % page || m->offset % page || m->bytes % page) {
        return "not aligned to pages";
    }
    if (m->vaddr < PAGE || !range_ok(m->vaddr, m->bytes, USER_END)) {
        return "address is not the user's";
    }
    return m->rights && m->rights <= (ABI_RIGHT_READ | ABI_RIGHT_WRITE) ? NULL : "unknown rights";
}

static const char *check_fill(const struct spec *s, uint32_t i)
{
    const struct spec_fill *f = &s->fill[i];
    if (!is_kind(s, f->frames, SPEC_FRAMES) || s->object[f->frames].flags & SPEC_DEVICE) {
        return "not frames of RAM";
    }
    if (f->kind >= SPEC_FILL_KIND_COUNT || !text_ok(s, f->file)) {
        return "unknown kind of fill, or bad file name";
    }
    if (!range_ok(f->dest, f->bytes, s->object[f->frames].frames.bytes)) {
        return "outside the frames";
    }
    if (f->kind == SPEC_FILL_BYTES) {
        return range_ok(f->source, f->bytes, s->count[SPEC_BYTES]) ? NULL : "outside the bytes section";
    }
    return f->source <= MAX_BYTES && s->strings[f->file] ? NULL : "bad source";
}

static const char *check_thread(const struct spec *s, uint32_t i)
{
    const struct spec_thread *t = &s->thread[i];
    if (!text_ok(s, t->name) || t->component >= s->count[SPEC_COMPONENTS]) {
        return "bad name or component";
    }
    if (!is_kind(s, t->tcb, SPEC_TCB) || !is_kind(s, t->cnode, SPEC_CNODE) || !is_kind(s, t->vspace, SPEC_VSPACE)) {
        return "no such tcb, cnode or address space";
    }
    if (!none_or_kind(s, t->sched_context, SPEC_SCHED_CONTEXT) ||
        !none_or_kind(s, t->notification, SPEC_NOTIFICATION) ||
        !none_or_kind(s, t->fault_endpoint, SPEC_ENDPOINT)) {
        return "no such sc, notification or endpoint";
    }
    if (!is_kind(s, t->ipc_frames, SPEC_FRAMES) || s->object[t->ipc_frames].bits != 12 ||
        s->object[t->ipc_frames].flags & SPEC_DEVICE ||
        t->ipc_page >= s->object[t->ipc_frames].frames.bytes / PAGE || !pages(t->ipc_vaddr)) {
        return "bad IPC buffer";
    }
    if (t->entry >= USER_END || t->stack >= USER_END || t->ipc_vaddr >= USER_END) {
        return "address is not the user's";
    }
    if (t->sched_context != SPEC_NONE && (!t->budget || t->budget > t->period || t->period >> 40)) {
        return "bad budget or period";
    }
    return t->core < 64 ? NULL : "bad core";
}

static const char *check_component(const struct spec *s, uint32_t i)
{
    const struct spec_component *c = &s->component[i];
    if (!text_ok(s, c->name) || !text_ok(s, c->type) || !text_ok(s, c->file)) {
        return "bad name";
    }
    return is_kind(s, c->cnode, SPEC_CNODE) && is_kind(s, c->vspace, SPEC_VSPACE) ? NULL
                                                                                  : "no such cnode or address space";
}

static int refuse(struct spec_problem *p, const char *text, uint32_t section, uint32_t index)
{
    *p = (struct spec_problem){ text, section, index };
    return -1;
}

/* Header and the places of the sections. */
static int open_sections(struct spec *s, const uint8_t *data, size_t bytes, struct spec_problem *p)
{
    const struct spec_header *h = (const void *)data;
    if (bytes < sizeof(*h) || memcmp(h->magic, SPEC_MAGIC, sizeof(h->magic))) {
        return refuse(p, "this is no system description", SPEC_NONE, SPEC_NONE);
    }
    if (h->version != SPEC_VERSION || h->section_count != SPEC_SECTION_COUNT) {
        return refuse(p, "made for another version of the loader", SPEC_NONE, SPEC_NONE);
    }
    if (h->bytes > bytes || h->bytes < sizeof(*h)) {
        return refuse(p, "cut short", SPEC_NONE, SPEC_NONE);
    }
    if (spec_checksum(data + sizeof(*h), h->bytes - sizeof(*h)) != h->checksum) {
        return refuse(p, "checksum is wrong: the file is damaged", SPEC_NONE, SPEC_NONE);
    }
    for (uint32_t i = 0; i < SPEC_SECTION_COUNT; i++) {
        const struct spec_section *at = &h->section[i];
        if (at->offset % 8 || at->offset < sizeof(*h) ||
            !range_ok(at->offset, (uint64_t)at->count * sections[i].entry, h->bytes)) {
            return refuse(p, "section lies outside the file", i, SPEC_NONE);
        }
        s->count[i] = at->count;
    }
    const struct spec_section *at = h->section;
    s->header = h;
    s->object = (const void *)(data + at[SPEC_OBJECTS].offset);
    s->cap = (const void *)(data + at[SPEC_CAPS].offset);
    s->mapping = (const void *)(data + at[SPEC_MAPPINGS].offset);
    s->fill = (const void *)(data + at[SPEC_FILLS].offset);
    s->thread = (const void *)(data + at[SPEC_THREADS].offset);
    s->component = (const void *)(data + at[SPEC_COMPONENTS].offset);
    s->strings = (const void *)(data + at[SPEC_STRINGS].offset);
    s->bytes = data + at[SPEC_BYTES].offset;
    if (!s->count[SPEC_STRINGS] || s->strings[0] || s->strings[s->count[SPEC_STRINGS] - 1]) {
        return refuse(p, "texts are not terminated", SPEC_STRINGS, SPEC_NONE);
    }
    return 0;
}

int spec_open(struct spec *s, const void *data, size_t bytes, struct spec_problem *problem)
{
    static const struct { uint32_t section; const char *(*check)(const struct spec *, uint32_t); } checks[] = {
        { SPEC_OBJECTS, check_object }, { SPEC_CAPS, check_cap }, { SPEC_MAPPINGS, check_mapping },
        { SPEC_FILLS, check_fill }, { SPEC_THREADS, check_thread }, { SPEC_COMPONENTS, check_component },
    };
    memset(s, 0, sizeof(*s));
    if ((uintptr_t)data % 8) {
        return refuse(problem, "not aligned in memory", SPEC_NONE, SPEC_NONE);
    }
    if (open_sections(s, data, bytes, problem)) {
        return -1;
    }
    for (size_t c = 0; c < sizeof(checks) / sizeof(checks[0]); c++) {
        for (uint32_t i = 0; i < s->count[checks[c].section]; i++) {
            const char *wrong = checks[c].check(s, i);
            if (wrong) {
                return refuse(problem, wrong, checks[c].section, i);
            }
        }
    }
    return 0;
}
