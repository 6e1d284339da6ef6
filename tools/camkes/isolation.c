// SPDX-License-Identifier: BSD-2-Clause
// Which component can reach which, by the capability distribution alone: connections of the assembly play no
// part here.
//
// A component holds what its CNode's slots, its address space and its threads give it. Two components are
// linked when they hold rights to one object that let something pass: from who sends to who receives, from
// who writes to who reads, from who controls to what is controlled. Links make paths. Not told: the kernel
// and the initial task (which every component depends on), caches, buses and time.
#include <stdlib.h>
#include <string.h>

#include <abi/syscall.h>
#include "back.h"
#include "mem.h"

enum { GIVES = 1, TAKES = 2 };                  /* what a hold lets its component do with the object */
struct hold { uint32_t component, object; unsigned flow; const char *giving, *taking; };
struct link { uint32_t from, to; const char *how; };

struct report {
    const struct spec *s;
    const struct isolation_query *q;
    struct text *out;
    uint32_t n;                                 /* components */
    VEC(struct hold) holds;
    VEC(struct link) links;
    bool *trusted;
    uint32_t *distance;                         /* [from * n + to]: links of the shortest path, 0 = none */
};

static const char *name_of(const struct report *r, uint32_t component)
{
    return spec_text(r->s, r->s->component[component].name);
}

uint32_t isolation_component(const struct spec *s, const char *name)
{
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        if (!strcmp(spec_text(s, s->component[i].name), name)) {
            return i;
        }
    }
    return SPEC_NONE;
}

/* ---- who holds what ---- */

static void hold(struct report *r, uint32_t component, uint32_t object, unsigned flow, const char *giving,
                 const char *taking)
{
    if (component != SPEC_NONE && flow) {
        *vec_add(&r->holds) = (struct hold){ component, object, flow, giving, taking };
    }
}

static uint32_t owner(const struct report *r, uint32_t object, bool vspace)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if ((vspace ? r->s->component[i].vspace : r->s->component[i].cnode) == object) {
            return i;
        }
    }
    return SPEC_NONE;
}

static unsigned read_write(uint32_t rights)
{
    return (rights & ABI_RIGHT_WRITE ? GIVES : 0) | (rights & ABI_RIGHT_READ ? TAKES : 0);
}

/* What a capability lets its holder do. Objects without a row give nothing to others (schedule control of a
 * CPU works on the holder's own contexts only; a reply object is its thread's). */
static void hold_cap(struct report *r, const struct spec_cap *c)
{
    const uint32_t who = owner(r, c->cnode, false), o = c->object;
    const struct spec_object *object = &r->s->object[o];
    const bool grant = c->rights & ABI_RIGHT_GRANT,
               answered = c->rights & (ABI_RIGHT_GRANT | ABI_RIGHT_GRANT_REPLY);
    switch (object->kind) {
    case SPEC_ENDPOINT:
        hold(r, who, o, read_write(c->rights),
             grant ? "calls and passes capabilities by" : answered ? "calls" : "sends to", "receives");
        break;
    case SPEC_NOTIFICATION: hold(r, who, o, read_write(c->rights), "signals", "waits"); break;
    case SPEC_FRAMES: hold(r, who, o, read_write(c->rights), "writes", "reads"); break;
    case SPEC_UNTYPED:
    case SPEC_REPLY:
    case SPEC_SCHED_CONTEXT:
    case SPEC_VCPU:
    case SPEC_EPT_ROOT:
    case SPEC_ASID_POOL:
    case SPEC_PORTS:
        hold(r, who, o, GIVES | TAKES, "uses", "uses");
        break;
    case SPEC_IRQ:
        hold(r, who, o, GIVES | TAKES, "handles", "handles");
        if (object->irq.notification != SPEC_NONE) {
            hold(r, who, object->irq.notification, GIVES, "handles the interrupt behind", "");
        }
        break;
    case SPEC_TCB: case SPEC_CNODE: case SPEC_VSPACE: hold(r, who, o, GIVES, "controls", ""); break;
    default: break;
    }
}

static void hold_thread(struct report *r, const struct spec_thread *t)
{
    hold(r, t->component, t->tcb, TAKES, "", "is controlled");
    hold(r, t->component, t->cnode, GIVES | TAKES, "lives in", "lives there");
    hold(r, t->component, t->vspace, GIVES | TAKES, "lives in", "lives there");
    if (t->sched_context != SPEC_NONE) {
        hold(r, t->component, t->sched_context, TAKES, "", "runs on");
    }
    if (t->notification != SPEC_NONE) {
        hold(r, t->component, t->notification, TAKES, "", "waits");
    }
    if (t->fault_endpoint != SPEC_NONE) {
        hold(r, t->component, t->fault_endpoint, GIVES, "faults into", "");
    }
}

static void find_holds(struct report *r)
{
    for (uint32_t i = 0; i < r->s->count[SPEC_CAPS]; i++) {
        hold_cap(r, &r->s->cap[i]);
    }
    for (uint32_t i = 0; i < r->s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &r->s->mapping[i];
        hold(r, owner(r, m->vspace, true), m->frames, read_write(m->rights), "writes", "reads");
    }
    for (uint32_t i = 0; i < r->s->count[SPEC_THREADS]; i++) {
        hold_thread(r, &r->s->thread[i]);
    }
}

/* ---- links ---- */

static void link(struct report *r, uint32_t from, uint32_t to, const char *how)
{
    for (size_t i = 0; i < r->links.count; i++) {
        const struct link *l = &r->links.at[i];
        if (l->from == from && l->to == to && !strcmp(l->how, how)) {
            return;
        }
    }
    *vec_add(&r->links) = (struct link){ from, to, how };
}

static const char *object_text(const struct report *r, uint32_t object)
{
    return strf("%s %s", spec_kind_name(r->s->object[object].kind), spec_object_name(r->s, object));
}

static int by_object(const void *a, const void *b)
{
    const struct hold *x = a, *y = b;
    return x->object < y->object ? -1 : x->object > y->object;
}

static void link_holders(struct report *r, const struct hold *a, const struct hold *b)
{
    if (a->component == b->component || !(a->flow & GIVES) || !(b->flow & TAKES)) {
        return;
    }
    link(r, a->component, b->component,
         strf("%s %s, %s %s", a->giving, object_text(r, a->object), name_of(r, b->component), b->taking));
    /* who answers a call can put something into the answer */
    if (r->s->object[a->object].kind == SPEC_ENDPOINT && !strncmp(a->giving, "calls", 5)) {
        link(r, b->component, a->component, strf("answers calls at %s", object_text(r, a->object)));
    }
}

/* The same device memory or ports under two objects. */
static bool overlap(const struct spec_object *a, const struct spec_object *b)
{
    if (a->kind == SPEC_PORTS && b->kind == SPEC_PORTS) {
        return a->ports.first <= b->ports.last && b->ports.first <= a->ports.last;
    }
    if (!(a->flags & b->flags & SPEC_DEVICE)) {
        return false;
    }
    const uint64_t p = a->kind == SPEC_FRAMES ? a->frames.paddr : a->untyped.paddr;
    const uint64_t q = b->kind == SPEC_FRAMES ? b->frames.paddr : b->untyped.paddr;
    const uint64_t m = a->kind == SPEC_FRAMES ? a->frames.bytes : (uint64_t)a->count << a->bits;
    const uint64_t n = b->kind == SPEC_FRAMES ? b->frames.bytes : (uint64_t)b->count << b->bits;
    return p < q + n && q < p + m;
}

static void link_devices(struct report *r, const struct hold *a, const struct hold *b)
{
    if (a->component != b->component && a->object != b->object &&
        overlap(&r->s->object[a->object], &r->s->object[b->object])) {
        const char *how = strf("uses the device behind %s, which is that of %s", object_text(r, a->object),
                               object_text(r, b->object));
        link(r, a->component, b->component, how);
    }
}

static void find_links(struct report *r)
{
    if (r->holds.count) {
        qsort(r->holds.at, r->holds.count, sizeof(*r->holds.at), by_object);
    }
    for (size_t i = 0; i < r->holds.count; i++) {
        for (size_t k = i + 1; k < r->holds.count && r->holds.at[k].object == r->holds.at[i].object; k++) {
            link_holders(r, &r->holds.at[i], &r->holds.at[k]);
            link_holders(r, &r->holds.at[k], &r->holds.at[i]);
        }
        const struct spec_object *o = &r->s->object[r->holds.at[i].object];
        for (size_t k = 0; (o->kind == SPEC_PORTS || o->flags & SPEC_DEVICE) && k < r->holds.count; k++) {
            link_devices(r, &r->holds.at[i], &r->holds.at[k]);
        }
    }
}

static int by_ends(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to < y->to ? -1 : x->to > y->to ? 1 : strcmp(x->how, y->how);
}

/* ---- paths ---- */

static bool linked(const struct report *r, uint32_t from, uint32_t to)
{
    return r->distance[from * r->n + to] == 1;
}

/* Breadth first from each component; trusted ones are not led through. */
static void measure(struct report *r, uint32_t from)
{
    uint32_t *distance = &r->distance[from * r->n], *queue = mem_new(r->n * sizeof(*queue)), head = 0,
             tail = 0;
    queue[tail++] = from;
    while (head < tail) {
        const uint32_t at = queue[head++];
        if (at != from && r->trusted[at]) {
            continue;
        }
        for (size_t i = 0; i < r->links.count; i++) {
            const struct link *l = &r->links.at[i];
            if (l->from == at && l->to != from && !distance[l->to]) {
                distance[l->to] = (at == from ? 0 : distance[at]) + 1;
                queue[tail++] = l->to;
            }
        }
    }
}

struct walk { struct report *r; uint32_t to, *path, depth, limit, told; bool *seen, titled; };
enum { SHORTEST_TOLD = 8, ALL_TOLD = 1000 };

static void tell_path(struct walk *w)
{
    if (!w->titled) {
        text_put(w->r->out, w->r->q->all_paths ? "    indirectly:\n" : "    only indirectly, shortest:\n");
        w->titled = true;
    }
    text_put(w->r->out, "        ");
    for (uint32_t i = 0; i <= w->depth; i++) {
        text_add(w->r->out, "%s%s", i ? " > " : "", name_of(w->r, w->path[i]));
    }
    text_put(w->r->out, "\n");
}

/* Paths of at most `limit` links from path[depth] on, without repetition. */
static void walk(struct walk *w)
{
    const struct report *r = w->r;
    const uint32_t at = w->path[w->depth], most = w->r->q->all_paths ? ALL_TOLD : SHORTEST_TOLD;
    if (at == w->to) {
        if (w->told++ < most && w->depth > 1) {
            tell_path(w);
        }
        return;
    }
    if (w->told > most || (w->depth && r->trusted[at])) {
        return;
    }
    for (uint32_t next = 0; next < r->n; next++) {
        const uint32_t left = next == w->to ? 0 : r->distance[next * r->n + w->to];
        if (!linked(r, at, next) || w->seen[next] || (next != w->to && !left) ||
            w->depth + 1 + left > w->limit) {
            continue;
        }
        w->seen[next] = true;
        w->path[++w->depth] = next;
        walk(w);
        w->depth--;
        w->seen[next] = false;
    }
}

static void tell_indirect(struct report *r, uint32_t from, uint32_t to)
{
    const uint32_t shortest = r->distance[from * r->n + to];
    if (shortest == 1 && !r->q->all_paths) {
        return;
    }
    struct walk w = { .r = r, .to = to, .path = mem_new((r->n + 1) * sizeof(uint32_t)), .seen = mem_new(r->n),
                      .limit = r->q->all_paths ? r->n : shortest };
    const uint32_t most = r->q->all_paths ? ALL_TOLD : SHORTEST_TOLD;
    w.path[0] = from;
    w.seen[from] = true;
    walk(&w);
    if (w.told > most) {
        text_put(r->out, "        and more\n");
    }
}

/* ---- the report ---- */

static bool tell_pair(struct report *r, uint32_t from, uint32_t to)
{
    const uint32_t distance = r->distance[from * r->n + to];
    text_add(r->out, "\n%s > %s: %s\n", name_of(r, from), name_of(r, to),
             distance ? "can reach" : "isolated");
    for (size_t i = 0; i < r->links.count; i++) {
        if (r->links.at[i].from == from && r->links.at[i].to == to) {
            text_add(r->out, "    %s\n", r->links.at[i].how);
        }
    }
    if (distance) {
        tell_indirect(r, from, to);
    }
    return distance;
}

static void tell_matrix(const struct report *r)
{
    text_put(r->out,
             "\nRow reaches column: 1 = directly, 2 ... = by that many steps, - = isolated.\n\n      ");
    for (uint32_t to = 0; to < r->n; to++) {
        text_add(r->out, "%4u", to + 1);
    }
    text_put(r->out, "\n");
    for (uint32_t from = 0; from < r->n; from++) {
        text_add(r->out, "%4u  ", from + 1);
        for (uint32_t to = 0; to < r->n; to++) {
            const uint32_t distance = r->distance[from * r->n + to];
            text_add(r->out, "%4s", from == to ? "." : distance ? strf("%u", distance) : "-");
        }
        text_add(r->out, "  %s\n", name_of(r, from));
    }
}

static uint32_t component_or_die(const struct spec *s, const char *name)
{
    const uint32_t i = isolation_component(s, name);
    if (i == SPEC_NONE) {
        VEC(const char *) names = { 0 };
        for (uint32_t n = 0; n < s->count[SPEC_COMPONENTS]; n++) {
            *vec_add(&names) = spec_text(s, s->component[n].name);
        }
        const char *near = diag_nearest(name, names.at, (unsigned)names.count);
        diag_fatal("there is no component '%s' in the distribution%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return i;
}

bool isolation_text(const struct spec *s, const struct isolation_query *q, struct text *out)
{
    struct report r = { .s = s, .q = q, .out = out, .n = s->count[SPEC_COMPONENTS] };
    bool any = false;
    r.trusted = mem_new(r.n + 1);
    r.distance = mem_new(((size_t)r.n * r.n + 1) * sizeof(*r.distance));
    for (unsigned i = 0; i < q->trusted_count; i++) {
        r.trusted[component_or_die(s, q->trusted[i])] = true;
    }
    find_holds(&r);
    find_links(&r);
    if (r.links.count) {
        qsort(r.links.at, r.links.count, sizeof(*r.links.at), by_ends);
    }
    for (uint32_t i = 0; i < r.n; i++) {
        measure(&r, i);
    }
    text_put(out, "Who can reach whom, by the capabilities of the distribution.\n");
    if (q->trusted_count) {
        text_put(out, "Paths through these are left out:");
        for (unsigned i = 0; i < q->trusted_count; i++) {
            text_add(out, " %s", q->trusted[i]);
        }
        text_put(out, "\n");
    }
    if (q->from) {
        const uint32_t a = component_or_die(s, q->from), b = component_or_die(s, q->to);
        if (a == b) {
            text_add(out, "\n%s and %s live in one address space: not isolated\n", q->from, q->to);
            return true;
        }
        any = tell_pair(&r, a, b);
        return tell_pair(&r, b, a) || any;
    }
    tell_matrix(&r);
    for (uint32_t from = 0; from < r.n; from++) {
        for (uint32_t to = 0; to < r.n; to++) {
            any = (from != to && tell_pair(&r, from, to)) || any;
        }
    }
    return any;
}
