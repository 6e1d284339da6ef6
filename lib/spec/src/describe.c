// SPDX-License-Identifier: BSD-2-Clause
// Describing systems of components; see spec/describe.h. Host only.
//
// A system is a list of instances over one spec_writer. An instance hands out its slots and addresses upwards and
// keeps the entries of its information page in an array; spec_system_finish turns those into pages.
#include <spec/describe.h>
#include <spec/info.h>
#include <spec/layout.h>
#include <spec/read.h>

#include <abi/object.h>
#include <abi/syscall.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096ull
#define LARGE (2ull << 20)
#define PAGES_UP(n) (((n) + PAGE - 1) & ~(PAGE - 1))
#define LARGE_UP(n) (((n) + LARGE - 1) & ~(LARGE - 1))
#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)
#define DEFAULT_STACK 0x10000u
#define DEFAULT_PRIORITY 254u
#define DEFAULT_TIMESLICE 10000u

/* The provider's side of an RPC interface or an event: one object however many connections. */
struct port { char *name; uint32_t object; uint64_t next_badge; struct port *next; };

struct thread { uint32_t spec; char *name; };       /* index in the writer */

struct spec_instance {
    struct spec_system *system;
    struct spec_instance *next;
    char *name;
    uint32_t component, cnode, vspace, ipc_frames;
    uint32_t name_text, type_text;
    uint32_t next_slot, free_slots, fixed_bits;
    uint64_t next_stack, next_port, next_large;
    uint64_t heap;
    uint8_t  priority, max_priority;
    uint16_t core;
    uint64_t budget, period;
    struct thread *threads;
    unsigned thread_count;
    struct port *rpc, *events;

    struct info_entry *entries;
    size_t entry_count, entry_room;
    char *strings;
    size_t string_bytes, string_room;
};

struct spec_system {
    struct spec_writer *w;
    struct spec_instance *first, **last;
};

/* ---- memory that cannot fail quietly ---- */

static void *grown(struct spec_system *s, void *array, size_t bytes)
{
    void *p = realloc(array, bytes);
    if (!p) {
        spec_writer_fail(s->w, "out of memory");
    }
    return p;
}

/* "vm0.heap", in a buffer of the caller. */
static const char *joined(char *to, size_t size, const char *a, const char *b)
{
    snprintf(to, size, "%s.%s", a, b);
    return to;
}
#define JOINED(a, b) joined((char[160]){ 0 }, 160, (a), (b))

/* ---- the information page ---- */

static uint32_t info_text(struct spec_instance *i, const char *text)
{
    const size_t n = strlen(text) + 1;
    for (size_t at = 0; at < i->string_bytes; at += strlen(i->strings + at) + 1) {
        if (!strcmp(i->strings + at, text)) {
            return (uint32_t)at;
        }
    }
    if (i->string_bytes + n > i->string_room) {
        const size_t room = (i->string_bytes + n) * 2 + 64;
        char *p = grown(i->system, i->strings, room);
        if (!p) {
            return 0;
        }
        i->strings = p;
        i->string_room = room;
    }
    memcpy(i->strings + i->string_bytes, text, n);
    i->string_bytes += n;
    return (uint32_t)(i->string_bytes - n);
}

static struct info_entry *info_add(struct spec_instance *i, enum info_kind kind, const char *name)
{
    static struct info_entry nowhere;
    const uint32_t text = info_text(i, name);
    if (i->entry_count == i->entry_room) {
        const size_t room = i->entry_room * 2 + 16;
        struct info_entry *p = grown(i->system, i->entries, room * sizeof(*p));
        if (!p) {
            return &nowhere;
        }
        i->entries = p;
        i->entry_room = room;
    }
    struct info_entry *e = &i->entries[i->entry_count++];
    *e = (struct info_entry){ .kind = kind, .name = text };
    return e;
}

static struct info_entry *info_find(struct spec_instance *i, enum info_kind kind, const char *name)
{
    for (size_t n = 0; n < i->entry_count; n++) {
        if (i->entries[n].kind == kind && !strcmp(i->strings + i->entries[n].name, name)) {
            return &i->entries[n];
        }
    }
    return NULL;
}

/* An attribute under that name, new or to be replaced: int and text share one name space. */
static struct info_entry *attribute(struct spec_instance *i, enum info_kind kind, const char *name)
{
    struct info_entry *e = info_find(i, INFO_INT, name);
    e = e ? e : info_find(i, INFO_TEXT, name);
    e = e ? e : info_add(i, kind, name);
    e->kind = kind;
    return e;
}

void spec_attr_int(struct spec_instance *i, const char *name, int64_t value)
{
    attribute(i, INFO_INT, name)->a = (uint64_t)value;
}

void spec_attr_str(struct spec_instance *i, const char *name, const char *value)
{
    const uint32_t text = info_text(i, value);
    struct info_entry *e = attribute(i, INFO_TEXT, name);
    e->a = text;
    e->b = strlen(value);
}

/* ---- systems and instances ---- */

struct spec_system *spec_system_new(void)
{
    struct spec_system *s = calloc(1, sizeof(*s));
    struct spec_writer *w = spec_writer_new();
    if (!s || !w) {
        free(s);
        spec_writer_free(w);
        return NULL;
    }
    s->w = w;
    s->last = &s->first;
    return s;
}

static void free_ports(struct port *p)
{
    while (p) {
        struct port *next = p->next;
        free(p->name);
        free(p);
        p = next;
    }
}

void spec_system_free(struct spec_system *s)
{
    if (!s) {
        return;
    }
    for (struct spec_instance *i = s->first, *next; i; i = next) {
        next = i->next;
        for (unsigned t = 0; t < i->thread_count; t++) {
            free(i->threads[t].name);
        }
        free_ports(i->rpc);
        free_ports(i->events);
        free(i->threads);
        free(i->entries);
        free(i->strings);
        free(i->name);
        free(i);
    }
    spec_writer_free(s->w);
    free(s);
}

struct spec_writer *spec_system_writer(struct spec_system *s) { return s->w; }
const char *spec_system_error(const struct spec_system *s) { return spec_writer_error(s->w); }
const char *spec_instance_name(const struct spec_instance *i) { return i->name; }
uint32_t spec_instance_cnode(const struct spec_instance *i) { return i->cnode; }
uint32_t spec_instance_vspace(const struct spec_instance *i) { return i->vspace; }

static uint32_t add_object(struct spec_instance *i, enum spec_kind kind, unsigned bits, const char *name)
{
    const struct spec_object o = { .kind = (uint8_t)kind, .bits = (uint8_t)bits, .component = i->component };
    return spec_add_object(i->system->w, JOINED(i->name, name), o);
}

static uint32_t add_frames(struct spec_instance *i, const char *name, uint64_t bytes, unsigned page_bits)
{
    const uint32_t o = add_object(i, SPEC_FRAMES, page_bits, name);
    if (!spec_system_error(i->system)) {
        spec_object_at(i->system->w, o)->frames.bytes = page_bits == 21 ? LARGE_UP(bytes) : PAGES_UP(bytes);
    }
    return o;
}

static uint64_t frames_bytes(struct spec_system *s, uint32_t frames)
{
    return spec_system_error(s) ? PAGE : spec_object_at(s->w, frames)->frames.bytes;
}

static void map(struct spec_instance *i, uint32_t frames, uint64_t vaddr, uint64_t bytes, uint32_t rights,
                uint32_t attributes)
{
    spec_add_mapping(i->system->w, (struct spec_mapping){ .vspace = i->vspace, .frames = frames, .vaddr = vaddr,
                                                          .bytes = bytes, .rights = rights,
                                                          .attributes = attributes });
}

/* The next stretch of one of the layout's areas. */
static uint64_t place(struct spec_instance *i, uint64_t *next, uint64_t end, uint64_t bytes, uint64_t align,
                      uint64_t gap, const char *what)
{
    const uint64_t at = (*next + align - 1) & ~(align - 1);
    if (at > end || bytes > end - at) {
        spec_writer_fail(i->system->w, "%s: no room in the address space for %s of %llu bytes", i->name, what,
                         (unsigned long long)bytes);
        return at;
    }
    *next = at + bytes + gap;
    return at;
}

static uint32_t take_slots(struct spec_instance *i, uint32_t count)
{
    const uint32_t at = i->next_slot;
    i->next_slot += count;
    return at;
}

static uint32_t put_caps(struct spec_instance *i, uint32_t object, uint32_t count, uint32_t rights, uint64_t badge)
{
    const uint32_t slot = take_slots(i, count);
    spec_add_cap(i->system->w, (struct spec_cap){ .cnode = i->cnode, .slot = slot, .object = object, .count = count,
                                                  .rights = rights, .badge = badge });
    return slot;
}

static void name_cap(struct spec_instance *i, const char *name, uint32_t slot, uint32_t count, uint32_t object)
{
    if (info_find(i, INFO_CAP, name)) {
        spec_writer_fail(i->system->w, "%s: two capabilities are named '%s'", i->name, name);
    }
    struct info_entry *e = info_add(i, INFO_CAP, name);
    e->a = slot;
    e->b = count;
    if (!spec_system_error(i->system)) {
        const struct spec_object *o = spec_object_at(i->system->w, object);
        e->c = o->kind == SPEC_PORTS ? o->ports.first | (uint64_t)o->ports.last << 16
             : !(o->flags & SPEC_DEVICE) ? 0 : o->kind == SPEC_FRAMES ? o->frames.paddr : o->untyped.paddr;
        e->d = o->kind;
        e->e = o->bits;
    }
}

uint32_t spec_cap(struct spec_instance *i, const char *name, uint32_t object, uint32_t rights, uint64_t badge)
{
    const uint32_t slot = put_caps(i, object, 1, rights, badge);
    name_cap(i, name, slot, 1, object);
    return slot;
}

uint32_t spec_cap_row(struct spec_instance *i, const char *name, const uint32_t *objects, const uint64_t *badges,
                      unsigned count, uint32_t rights)
{
    const uint32_t first = i->next_slot;
    for (unsigned n = 0; n < count; n++) {
        put_caps(i, objects[n], 1, rights, badges[n]);
    }
    if (count) {
        name_cap(i, name, first, count, objects[0]);
    }
    return first;
}

struct spec_instance *spec_instance(struct spec_system *s, const struct spec_instance_args *a)
{
    struct spec_instance *i = calloc(1, sizeof(*i));
    if (!i) {
        spec_writer_fail(s->w, "out of memory");
        return NULL;
    }
    for (const struct spec_instance *other = s->first; other; other = other->next) {
        if (!strcmp(other->name, a->name)) {
            spec_writer_fail(s->w, "two instances are named '%s'", a->name);
        }
    }
    *s->last = i;
    s->last = &i->next;
    i->system = s;
    i->name = strdup(a->name);
    i->priority = a->priority ? a->priority : DEFAULT_PRIORITY;
    i->max_priority = a->max_priority ? a->max_priority : i->priority;
    i->core = a->core;
    i->budget = a->budget ? a->budget : DEFAULT_TIMESLICE;
    i->period = a->period ? a->period : i->budget;
    i->next_slot = 1;
    i->free_slots = a->free_slots;
    i->next_stack = LAYOUT_STACKS + PAGE;
    i->next_port = LAYOUT_DATAPORTS;
    i->next_large = LAYOUT_LARGE;
    info_text(i, "");
    i->name_text = info_text(i, a->name);
    i->type_text = info_text(i, a->type ? a->type : a->name);

    struct spec_component c = { .name = spec_add_text(s->w, a->name),
                                .type = spec_add_text(s->w, a->type ? a->type : a->name),
                                .file = spec_add_text(s->w, a->elf ? a->elf : "") };
    c.cnode = spec_add_object(s->w, JOINED(a->name, "cnode"), (struct spec_object){ .kind = SPEC_CNODE, .bits = 1,
                                                                                   .component = SPEC_NONE });
    c.vspace = spec_add_object(s->w, JOINED(a->name, "vspace"), (struct spec_object){ .kind = SPEC_VSPACE,
                                                                                     .component = SPEC_NONE });
    i->cnode = c.cnode;
    i->vspace = c.vspace;
    i->component = spec_add_component(s->w, c);
    i->ipc_frames = add_frames(i, "ipc", PAGE, 12);
    spec_heap(i, a->heap);
    spec_thread(i, "", &(struct spec_thread_args){ .stack = a->stack });
    return i;
}

void spec_heap(struct spec_instance *i, uint64_t bytes)
{
    if (bytes > LAYOUT_HEAP_END - LAYOUT_HEAP || i->heap + bytes > LAYOUT_HEAP_END - LAYOUT_HEAP) {
        spec_writer_fail(i->system->w, "%s: heap of %llu bytes is too large", i->name, (unsigned long long)bytes);
        return;
    }
    i->heap += PAGES_UP(bytes);
}

void spec_free_slots(struct spec_instance *i, uint32_t count) { i->free_slots += count; }
void spec_cnode_bits(struct spec_instance *i, unsigned bits) { i->fixed_bits = bits; }

bool spec_has_cap(const struct spec_instance *i, const char *name)
{
    return info_find((struct spec_instance *)(uintptr_t)i, INFO_CAP, name);
}

/* ---- threads ---- */

unsigned spec_thread(struct spec_instance *i, const char *name, const struct spec_thread_args *a)
{
    struct spec_writer *w = i->system->w;
    const unsigned index = i->thread_count;
    struct thread *threads = grown(i->system, i->threads, (index + 1) * sizeof(*threads));
    if (!threads) {
        return 0;
    }
    i->threads = threads;
    const char *own = *name ? name : "control";
    const uint64_t stack = PAGES_UP(a->stack ? a->stack : DEFAULT_STACK);
    const uint64_t bottom = place(i, &i->next_stack, LAYOUT_STACKS_END, stack, PAGE, PAGE, "the stack");
    const uint64_t ipc = LAYOUT_IPC + index * PAGE;
    if (ipc >= LAYOUT_IPC_END) {
        spec_writer_fail(w, "%s: too many threads", i->name);
    }
    map(i, add_frames(i, JOINED(own, "stack"), stack, 12), bottom, stack, RW, ABI_ATTR_EXECUTE_NEVER);
    const uint32_t reply = add_object(i, SPEC_REPLY, 0, JOINED(own, "reply"));
    struct spec_thread t = {
        .name = spec_add_text(w, name), .component = i->component,
        .tcb = add_object(i, SPEC_TCB, 0, JOINED(own, "tcb")), .cnode = i->cnode, .vspace = i->vspace,
        .sched_context = add_object(i, SPEC_SCHED_CONTEXT, 0, JOINED(own, "sc")),
        .ipc_frames = i->ipc_frames, .ipc_page = index, .ipc_vaddr = ipc, .stack = bottom + stack,
        .argument = { LAYOUT_INFO, index },
        .budget = a->budget ? a->budget : i->budget, .priority = a->priority ? a->priority : i->priority,
        .max_priority = a->max_priority ? a->max_priority : a->priority ? a->priority : i->max_priority,
        .core = a->core_plus_1 ? (uint16_t)(a->core_plus_1 - 1) : i->core,
        .notification = SPEC_NONE, .fault_endpoint = SPEC_NONE,
    };
    t.period = a->period ? a->period : a->budget ? a->budget : i->period;
    i->threads[index] = (struct thread){ .spec = spec_add_thread(w, t), .name = strdup(name) };
    i->thread_count++;

    const uint32_t reply_slot = put_caps(i, reply, 1, 15, 0);
    struct info_entry *e = info_add(i, INFO_THREAD, name);
    *e = (struct info_entry){ .kind = INFO_THREAD, .name = e->name, .a = bottom, .b = bottom + stack, .c = ipc,
                              .e = reply_slot };
    return index;
}

/* The nth INFO_THREAD entry. */
static struct info_entry *thread_entry(struct spec_instance *i, unsigned thread)
{
    for (size_t n = 0; n < i->entry_count; n++) {
        if (i->entries[n].kind == INFO_THREAD && thread-- == 0) {
            return &i->entries[n];
        }
    }
    return NULL;
}

uint32_t spec_thread_tcb_cap(struct spec_instance *i, unsigned thread)
{
    struct info_entry *e = thread_entry(i, thread);
    if (!e || spec_system_error(i->system)) {
        spec_writer_fail(i->system->w, "%s: no thread %u", i->name, thread);
        return 0;
    }
    if (!e->d) {
        const char *name = i->threads[thread].name;
        const uint32_t tcb = spec_thread_at(i->system->w, i->threads[thread].spec)->tcb;
        const uint32_t slot = spec_cap(i, *name ? JOINED(name, "tcb") : "tcb", tcb, 15, 0);
        thread_entry(i, thread)->d = slot;
        return slot;
    }
    return e->d;
}

void spec_bind_notification(struct spec_instance *i, unsigned thread, uint32_t notification)
{
    if (thread >= i->thread_count) {
        spec_writer_fail(i->system->w, "%s: no thread %u to bind a notification to", i->name, thread);
    } else if (!spec_system_error(i->system)) {
        struct spec_thread *t = spec_thread_at(i->system->w, i->threads[thread].spec);
        if (t->notification != SPEC_NONE && t->notification != notification) {
            spec_writer_fail(i->system->w, "%s: thread '%s' has a bound notification already", i->name,
                             i->threads[thread].name);
        }
        t->notification = notification;
    }
}

/* ---- objects ---- */

uint32_t spec_object(struct spec_system *s, enum spec_kind kind, const char *name)
{
    return spec_add_object(s->w, name, (struct spec_object){ .kind = (uint8_t)kind, .component = SPEC_NONE });
}

void spec_untyped_pool(struct spec_instance *i, unsigned bits, uint32_t count)
{
    char name[32];
    snprintf(name, sizeof(name), "untyped%u", bits);
    for (unsigned n = 2; info_find(i, INFO_CAP, name); n++) {
        snprintf(name, sizeof(name), "untyped%u.%u", bits, n);
    }
    const struct spec_object o = { .kind = SPEC_UNTYPED, .bits = (uint8_t)bits, .component = i->component,
                                   .count = count };
    const uint32_t object = spec_add_object(i->system->w, JOINED(i->name, name), o);
    name_cap(i, name, put_caps(i, object, count, 15, 0), count, object);
}

void spec_untyped_device(struct spec_instance *i, const char *name, uint64_t paddr, unsigned bits)
{
    const struct spec_object o = { .kind = SPEC_UNTYPED, .bits = (uint8_t)bits, .component = i->component, .count = 1,
                                   .flags = SPEC_DEVICE, .untyped.paddr = paddr };
    spec_cap(i, name, spec_add_object(i->system->w, JOINED(i->name, name), o), 15, 0);
}

uint32_t spec_object_pool(struct spec_instance *i, enum spec_kind kind, const char *name, uint32_t count)
{
    const struct spec_object o = { .kind = (uint8_t)kind, .component = i->component, .count = count };
    const uint32_t object = spec_add_object(i->system->w, JOINED(i->name, name), o);
    name_cap(i, name, put_caps(i, object, count, kind == SPEC_NOTIFICATION ? RW : 15, 0), count, object);
    return object;
}

void spec_asid_pool(struct spec_instance *i)
{
    spec_cap(i, INFO_CAP_ASIDS, add_object(i, SPEC_ASID_POOL, 0, "asid_pool"), 15, 0);
}

void spec_self_caps(struct spec_instance *i)
{
    spec_cap(i, INFO_CAP_CNODE, i->cnode, 15, 0);
    spec_cap(i, INFO_CAP_VSPACE, i->vspace, 15, 0);
}

void spec_sched_control(struct spec_instance *i, const char *name, unsigned core)
{
    const uint32_t o = add_object(i, SPEC_SCHED_CONTROL, 0, name);
    if (!spec_system_error(i->system)) {
        spec_object_at(i->system->w, o)->sched_control.core = core;
    }
    spec_cap(i, name, o, 15, 0);
}

void spec_io_ports(struct spec_instance *i, const char *name, uint16_t first, uint16_t last)
{
    const uint32_t o = add_object(i, SPEC_PORTS, 0, name);
    if (!spec_system_error(i->system)) {
        spec_object_at(i->system->w, o)->ports.first = first;
        spec_object_at(i->system->w, o)->ports.last = last;
    }
    spec_cap(i, name, o, 15, 0);
}

void spec_irq(struct spec_instance *i, const char *name, const struct spec_irq_args *a, uint32_t notification,
              uint64_t badge)
{
    const uint32_t o = add_object(i, SPEC_IRQ, 0, name);
    if (!spec_system_error(i->system)) {
        struct spec_object *irq = spec_object_at(i->system->w, o);
        irq->irq.ioapic = a->ioapic;
        irq->irq.pin = a->pin;
        irq->irq.level = a->level;
        irq->irq.polarity = a->active_low;
        irq->irq.vector = a->vector;
        irq->irq.notification = notification;
        irq->irq.badge = badge;
    }
    spec_cap(i, name, o, 15, 0);
}

/* ---- memory ---- */

uint32_t spec_frames(struct spec_system *s, const char *name, uint64_t bytes, unsigned page_bits)
{
    const struct spec_object o = { .kind = SPEC_FRAMES, .bits = (uint8_t)page_bits, .component = SPEC_NONE,
                                   .frames.bytes = page_bits == 21 ? LARGE_UP(bytes) : PAGES_UP(bytes) };
    return spec_add_object(s->w, name, o);
}

static uint64_t dataport(struct spec_instance *i, const char *name, uint32_t frames, uint64_t exact, uint32_t rights,
                         uint32_t attributes)
{
    const uint64_t bytes = frames_bytes(i->system, frames);
    const uint64_t at = bytes < LARGE
        ? place(i, &i->next_port, LAYOUT_DATAPORTS_END, bytes, PAGE, PAGE, name)
        : place(i, &i->next_large, LAYOUT_LARGE_END, bytes, LARGE, LARGE, name);
    map(i, frames, at, bytes, rights, attributes | ABI_ATTR_EXECUTE_NEVER);
    if (info_find(i, INFO_DATAPORT, name)) {
        spec_writer_fail(i->system->w, "%s: two dataports are named '%s'", i->name, name);
    }
    struct info_entry *e = info_add(i, INFO_DATAPORT, name);
    e->a = at;
    e->b = exact;
    e->d = rights;
    if (!spec_system_error(i->system) && spec_object_at(i->system->w, frames)->flags & SPEC_DEVICE) {
        e->c = spec_object_at(i->system->w, frames)->frames.paddr;
    }
    return at;
}

uint64_t spec_dataport(struct spec_instance *i, const char *name, uint32_t frames, uint32_t rights)
{
    return dataport(i, name, frames, frames_bytes(i->system, frames), rights, 0);
}

void spec_frame_caps(struct spec_instance *i, const char *name, uint32_t frames, uint32_t rights)
{
    if (spec_system_error(i->system)) {
        return;
    }
    const struct spec_object *o = spec_object_at(i->system->w, frames);
    if (o->kind != SPEC_FRAMES || !o->bits) {
        spec_writer_fail(i->system->w, "%s: '%s' needs frames of a fixed page size", i->name, name);
        return;
    }
    const uint32_t count = (uint32_t)(o->frames.bytes >> o->bits);
    name_cap(i, name, put_caps(i, frames, count, rights, 0), count, frames);
}

static uint32_t flagged_frames(struct spec_system *s, const char *name, uint64_t bytes, uint16_t flags, uint64_t paddr)
{
    return spec_add_object(s->w, name, (struct spec_object){ .kind = SPEC_FRAMES, .bits = 12, .component = SPEC_NONE,
        .flags = flags, .frames = { .bytes = PAGES_UP(bytes), .paddr = paddr } });
}

uint32_t spec_device_frames(struct spec_system *s, const char *name, uint64_t paddr, uint64_t bytes)
{
    return flagged_frames(s, name, bytes, SPEC_DEVICE, paddr);
}

uint32_t spec_dma_frames(struct spec_system *s, const char *name, uint64_t bytes)
{
    return flagged_frames(s, name, bytes, SPEC_CONTIGUOUS, 0);
}

uint64_t spec_device_dataport(struct spec_instance *i, const char *name, uint32_t frames, uint32_t rights, bool cached)
{
    return dataport(i, name, frames, frames_bytes(i->system, frames), rights,
                    cached ? 0 : ABI_ATTR_CACHE_DISABLED | ABI_ATTR_WRITE_THROUGH);
}

void spec_device(struct spec_instance *i, const char *name, uint64_t paddr, uint64_t bytes)
{
    const uint32_t o = add_frames(i, name, bytes, 12);
    if (!spec_system_error(i->system)) {
        spec_object_at(i->system->w, o)->flags = SPEC_DEVICE;
        spec_object_at(i->system->w, o)->frames.paddr = paddr;
    }
    dataport(i, name, o, frames_bytes(i->system, o), RW, ABI_ATTR_CACHE_DISABLED | ABI_ATTR_WRITE_THROUGH);
}

void spec_dma(struct spec_instance *i, const char *name, uint64_t bytes)
{
    const uint32_t o = add_frames(i, name, bytes, 12);
    if (!spec_system_error(i->system)) {
        spec_object_at(i->system->w, o)->flags = SPEC_CONTIGUOUS;
    }
    dataport(i, name, o, frames_bytes(i->system, o), RW, 0);
    name_cap(i, name, put_caps(i, o, 1, ABI_RIGHT_READ, 0), 1, o);
}

void spec_file(struct spec_instance *i, const char *name, const char *file, uint64_t bytes)
{
    struct spec_writer *w = i->system->w;
    const uint32_t o = add_frames(i, name, bytes ? bytes : 1, 0);
    spec_add_fill(w, (struct spec_fill){ .frames = o, .kind = SPEC_FILL_FILE, .file = spec_add_text(w, file),
                                         .bytes = bytes });
    dataport(i, name, o, bytes, ABI_RIGHT_READ, 0);
}

/* ---- connections ---- */

static struct port *port(struct spec_instance *i, struct port **list, const char *name, enum spec_kind kind)
{
    for (struct port *p = *list; p; p = p->next) {
        if (!strcmp(p->name, name)) {
            return p;
        }
    }
    struct port *p = calloc(1, sizeof(*p));
    if (!p) {
        spec_writer_fail(i->system->w, "out of memory");
        return NULL;
    }
    *p = (struct port){ .name = strdup(name), .object = add_object(i, kind, 0, name), .next_badge = 1, .next = *list };
    *list = p;
    spec_cap(i, name, p->object, ABI_RIGHT_READ, 0);
    return p;
}

void spec_client(struct spec_instance *to, const char *provider, const char *client, uint64_t badge, uint64_t buffer,
                 uint64_t bytes)
{
    const uint32_t name = info_text(to, client);
    struct info_entry *e = info_add(to, INFO_CLIENT, provider);
    e->a = badge;
    e->b = name;
    e->c = buffer;
    e->d = (uint32_t)bytes;
}

uint64_t spec_connect_rpc_args(struct spec_instance *from, const char *user, struct spec_instance *to,
                               const char *provider, const struct spec_rpc_args *a)
{
    struct port *p = port(to, &to->rpc, a->endpoint ? a->endpoint : provider, SPEC_ENDPOINT);
    if (!p) {
        return 0;
    }
    const uint64_t badge = a->badge ? a->badge : p->next_badge;
    p->next_badge = badge >= p->next_badge ? badge + 1 : p->next_badge;
    spec_cap(from, user, p->object, ABI_RIGHT_WRITE | ABI_RIGHT_GRANT_REPLY, badge | a->mark);

    uint64_t at = 0;
    if (a->bytes) {
        const uint32_t frames = add_frames(from, user, a->bytes, 0);
        spec_dataport(from, user, frames, RW);
        char name[320];
        snprintf(name, sizeof(name), "%s.%s.%s", provider, from->name, user);
        at = spec_dataport(to, name, frames, RW);
    }
    spec_client(to, provider, a->client ? a->client : from->name, badge, at, PAGES_UP(a->bytes));
    return badge;
}

uint64_t spec_connect_rpc_buffer(struct spec_instance *from, const char *user, struct spec_instance *to,
                                 const char *provider, uint64_t badge, uint64_t bytes)
{
    return spec_connect_rpc_args(from, user, to, provider, &(struct spec_rpc_args){ .badge = badge, .bytes = bytes });
}

uint64_t spec_connect_rpc(struct spec_instance *from, const char *user, struct spec_instance *to,
                          const char *provider, uint64_t badge)
{
    return spec_connect_rpc_buffer(from, user, to, provider, badge, 0);
}

uint32_t spec_notification_of(struct spec_instance *i, const char *consumes)
{
    struct port *p = port(i, &i->events, consumes, SPEC_NOTIFICATION);
    return p ? p->object : 0;
}

uint64_t spec_connect_notification(struct spec_instance *from, const char *emits, struct spec_instance *to,
                                   const char *consumes, uint64_t badge)
{
    struct port *p = port(to, &to->events, consumes, SPEC_NOTIFICATION);
    if (!p) {
        return 0;
    }
    if (!badge) {
        badge = p->next_badge;
        p->next_badge <<= 1;
        if (!badge) {
            spec_writer_fail(from->system->w, "%s.%s: more than 64 emitters", to->name, consumes);
        }
    }
    spec_cap(from, emits, p->object, ABI_RIGHT_WRITE, badge);
    return badge;
}

void spec_connect_dataport(struct spec_instance *a, const char *name_a, uint32_t rights_a, struct spec_instance *b,
                           const char *name_b, uint32_t rights_b, uint64_t bytes)
{
    const uint32_t frames = add_frames(a, name_a, bytes, 0);
    spec_dataport(a, name_a, frames, rights_a);
    spec_dataport(b, name_b, frames, rights_b);
}

/* ---- finishing ---- */

static void put_info(struct spec_instance *i)
{
    struct spec_writer *w = i->system->w;
    struct info_head h = {
        .magic = INFO_MAGIC, .entry_offset = sizeof(h), .entry_count = (uint32_t)i->entry_count,
        .string_bytes = (uint32_t)i->string_bytes, .name = i->name_text, .type = i->type_text,
        .thread_count = i->thread_count, .heap_vaddr = i->heap ? LAYOUT_HEAP : 0, .heap_bytes = i->heap,
        .free_vaddr = LAYOUT_FREE, .free_vaddr_end = LAYOUT_FREE_END, .free_slot = i->next_slot,
        .free_slot_count = i->free_slots, .core = i->core,
    };
    h.cnode_bits = spec_object_at(w, i->cnode)->bits;
    const size_t entry_bytes = i->entry_count * sizeof(struct info_entry);
    h.string_offset = (uint32_t)(sizeof(h) + entry_bytes);
    h.bytes = h.string_offset + h.string_bytes;
    if (h.bytes > LAYOUT_INFO_END - LAYOUT_INFO) {
        spec_writer_fail(w, "%s: more than 1 MiB of attributes and names", i->name);
        return;
    }
    const uint32_t at = spec_add_bytes(w, &h, sizeof(h));
    spec_add_bytes(w, i->entries, entry_bytes);
    spec_add_bytes(w, i->strings, i->string_bytes);
    const uint32_t frames = add_frames(i, "info", h.bytes, 12);
    spec_add_fill(w, (struct spec_fill){ .frames = frames, .kind = SPEC_FILL_BYTES, .source = at, .bytes = h.bytes });
    map(i, frames, LAYOUT_INFO, PAGES_UP(h.bytes), ABI_RIGHT_READ, ABI_ATTR_EXECUTE_NEVER);
}

static void finish_instance(struct spec_instance *i)
{
    struct spec_writer *w = i->system->w;
    if (i->thread_count > 1) {
        spec_cap(i, INFO_CAP_START, add_object(i, SPEC_NOTIFICATION, 0, INFO_CAP_START), 3, 0);
        spec_cap(i, INFO_CAP_LOCK, add_object(i, SPEC_NOTIFICATION, 0, INFO_CAP_LOCK), 3, 0);
    }
    if (i->heap) {
        map(i, add_frames(i, "heap", i->heap, 0), LAYOUT_HEAP, i->heap, RW, ABI_ATTR_EXECUTE_NEVER);
    }
    unsigned bits = 1;
    while (1ull << bits < (uint64_t)i->next_slot + i->free_slots) {
        bits++;
    }
    if (i->fixed_bits && 1ull << i->fixed_bits < i->next_slot) {
        spec_writer_fail(w, "%s: a capability table of %u bits is too small: it needs %u slots", i->name, i->fixed_bits,
                         i->next_slot);
    }
    if (i->fixed_bits) {
        bits = i->fixed_bits;
        i->free_slots = (1u << bits) - i->next_slot;
    }
    if (spec_writer_error(w)) {
        return;
    }
    spec_object_at(w, i->cnode)->bits = (uint8_t)bits;
    spec_object_at(w, i->ipc_frames)->frames.bytes = i->thread_count * PAGE;
    map(i, i->ipc_frames, LAYOUT_IPC, i->thread_count * PAGE, RW, ABI_ATTR_EXECUTE_NEVER);
    put_info(i);
}

void *spec_system_finish(struct spec_system *s, size_t *bytes)
{
    for (struct spec_instance *i = s->first; i && !spec_writer_error(s->w); i = i->next) {
        finish_instance(i);
    }
    return spec_writer_finish(s->w, bytes);
}
