// SPDX-License-Identifier: BSD-2-Clause
// Makes every object of the spec. First pass: what has to be made, as requests sorted into lists by size. Second pass:
// the lists, biggest first.
#include "loader.h"

#include <string.h>

struct request {
    struct request *next;
    seL4_Word type;
    unsigned user_bits;
    seL4_CPtr slot;
    uint32_t count;
    const char *name;
};

static struct request *by_size[64];

/* How the kinds that are plain kernel objects are made. Others have no row. */
static const struct { bool plain; seL4_Word type; } plain[SPEC_KIND_COUNT] = {
    [SPEC_UNTYPED] = { true, seL4_UntypedObject },
    [SPEC_CNODE] = { true, seL4_CapTableObject },
    [SPEC_TCB] = { true, seL4_TCBObject },
    [SPEC_ENDPOINT] = { true, seL4_EndpointObject },
    [SPEC_NOTIFICATION] = { true, seL4_NotificationObject },
    [SPEC_REPLY] = { true, seL4_ReplyObject },
    [SPEC_SCHED_CONTEXT] = { true, seL4_SchedContextObject },
    [SPEC_VSPACE] = { true, seL4_X64_PML4Object },
    [SPEC_VCPU] = { true, seL4_X86_VCPUObject },
    [SPEC_EPT_ROOT] = { true, seL4_X86_EPTPML4Object },
};

static seL4_CPtr request(seL4_Word type, unsigned user_bits, uint32_t count, const char *name)
{
    if (!count) {
        return seL4_CapNull;
    }
    const unsigned bits = object_bits(type, user_bits);
    struct request *r = arena(sizeof(*r));
    *r = (struct request){ by_size[bits], type, user_bits, slots(count), count, name };
    by_size[bits] = r;
    return r->slot;
}

/* One untyped that holds them all: make_special makes the frames of it, in order. */
static void request_contiguous(struct frames *f, struct object *o)
{
    unsigned bits = 12;
    while (1ull << bits < f->bytes) {
        bits++;
    }
    o->cap = request(seL4_UntypedObject, bits, 1, f->name);
    f->small_count = (uint32_t)(f->bytes / PAGE);
    f->small = slots(f->small_count);
    loader.frames_made += f->small_count;
}

static void make_contiguous(seL4_CPtr untyped, const struct frames *f)
{
    for (uint32_t n = 0; n < f->small_count; n += ABI_RETYPE_MAX_OBJECTS) {
        const uint32_t left = f->small_count - n;
        const seL4_Error e = seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT, 0, 0, f->small + n,
                                                 left < ABI_RETYPE_MAX_OBJECTS ? left : ABI_RETYPE_MAX_OBJECTS);
        if (e != seL4_NoError) {
            fatal("%s: making contiguous frames: %s", f->name, sel4_error_name(e));
        }
    }
}

static void request_frames(struct frames *f)
{
    f->large = request(seL4_X86_LargePageObject, 0, f->large_count, f->name);
    f->small = request(seL4_X86_4K, 0, f->small_count, f->name);
    loader.frames_made += f->large_count + f->small_count;
    loader.frames_lent += f->lent_count;
}

/* 2 MiB pages are for frames whose every mapping keeps addresses and offsets in step with 2 MiB. */
static bool large_fits(uint32_t object)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &s->mapping[i];
        if (m->frames == object && (m->vaddr % LARGE_PAGE || m->offset || m->bytes != s->object[object].frames.bytes)) {
            return false;
        }
    }
    return true;
}

/* Nobody may write, and one file fills it from the start. */
static bool may_lend(uint32_t object)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        if (s->mapping[i].frames == object && s->mapping[i].rights & ABI_RIGHT_WRITE) {
            return false;
        }
    }
    return s->object[object].bits == 0;
}

static void find_fill(struct frames *f, uint32_t object)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_FILLS]; i++) {
        const struct spec_fill *fill = &s->fill[i];
        struct file file = { s->bytes, s->count[SPEC_BYTES] };
        if (fill->frames != object) {
            continue;
        }
        if (f->source) {
            fatal("%s: filled twice", f->name);
        }
        if (fill->kind == SPEC_FILL_FILE) {
            if (!archive_find(spec_text(s, fill->file), &file)) {
                fatal("%s: file %s is not in the image", f->name, spec_text(s, fill->file));
            }
            if (fill->source > file.size || fill->bytes > file.size - fill->source) {
                fatal("%s: file %s has %lu bytes, %lu from %lu on are wanted", f->name, spec_text(s, fill->file),
                      file.size, fill->bytes, fill->source);
            }
        }
        f->source = file.data + fill->source;
        f->source_bytes = fill->bytes;
        f->dest = fill->dest;
        f->may_lend = fill->kind == SPEC_FILL_FILE && fill->dest == 0 && may_lend(object);
    }
}

static void plan_frames(uint32_t i)
{
    const struct spec_object *o = &loader.spec.object[i];
    struct frames *f = arena(sizeof(*f));
    f->bytes = o->frames.bytes;
    f->name = spec_object_name(&loader.spec, i);
    loader.object[i].frames = f;
    if (o->flags & SPEC_DEVICE) {
        const unsigned bits = o->bits == 21 ? 21 : 12;
        const uint32_t count = (uint32_t)(f->bytes >> bits);
        const seL4_CPtr slot = slots(count);
        make_device(bits == 21 ? seL4_X86_LargePageObject : seL4_X86_4K, bits, o->frames.paddr, slot, count, f->name);
        *(bits == 21 ? &f->large : &f->small) = slot;
        *(bits == 21 ? &f->large_count : &f->small_count) = count;
        return;
    }
    if (o->flags & SPEC_CONTIGUOUS) {
        request_contiguous(f, &loader.object[i]);
        return;
    }
    find_fill(f, i);
    frames_plan(f, o->bits, large_fits(i));
    request_frames(f);
}

static void check_error(seL4_Error e, uint32_t i, const char *what)
{
    if (e != seL4_NoError) {
        fatal("%s: %s: %s", spec_object_name(&loader.spec, i), what, sel4_error_name(e));
    }
}

/* Objects that come from a control capability instead of memory. */
static void make_special(uint32_t i)
{
    const struct spec_object *o = &loader.spec.object[i];
    const seL4_SlotRegion cores = loader.boot->schedcontrol;
    struct object *to = &loader.object[i];
    switch (o->kind) {
    case SPEC_FRAMES:
        if (o->flags & SPEC_CONTIGUOUS) {
            make_contiguous(to->cap, to->frames);
        }
        break;
    case SPEC_PORTS:
        to->cap = slots(1);
        check_error(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, o->ports.first, o->ports.last, ROOT, to->cap, DEPTH),
                    i, "I/O ports");
        break;
    case SPEC_SCHED_CONTROL:
        if (o->sched_control.core >= cores.end - cores.start) {
            fatal("%s: the machine has no CPU %u (kernel runs on %lu)", spec_object_name(&loader.spec, i),
                  o->sched_control.core, cores.end - cores.start);
        }
        to->cap = cores.start + o->sched_control.core;
        break;
    case SPEC_ASID_POOL: {
        const seL4_CPtr memory = to->cap;
        to->cap = slots(1);
        check_error(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, memory, ROOT, to->cap, DEPTH), i, "ASID pool");
        break;
    }
    case SPEC_VSPACE: case SPEC_EPT_ROOT:
        check_error(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, to->cap), i, "assigning an ASID");
        break;
    default: break;
    }
}

/* Earlier stages need low addresses first within each device untyped. */
static void plan_devices(void)
{
    const struct spec *s = &loader.spec;
    uint64_t above = 0;
    for (bool more = true, first = true; more; first = false) {
        uint64_t next = UINT64_MAX;
        more = false;
        for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
            const struct spec_object *o = &s->object[i];
            const bool frames = o->kind == SPEC_FRAMES && o->flags & SPEC_DEVICE;
            if (frames && !loader.object[i].frames && (first || o->frames.paddr >= above) && o->frames.paddr < next) {
                next = o->frames.paddr;
                more = true;
            }
        }
        for (uint32_t i = 0; more && i < s->count[SPEC_OBJECTS]; i++) {
            const struct spec_object *o = &s->object[i];
            if (o->kind == SPEC_FRAMES && o->flags & SPEC_DEVICE && o->frames.paddr == next && !loader.object[i].frames) {
                plan_frames(i);
            }
        }
        above = next;
    }
}

static void plan_objects(void)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        const struct spec_object *o = &s->object[i];
        unsigned bits = o->bits;
        if (o->kind == SPEC_SCHED_CONTEXT && bits == 0) {
            bits = seL4_MinSchedContextBits;
        }
        if (o->kind == SPEC_FRAMES) {
            if (!(o->flags & SPEC_DEVICE)) {
                plan_frames(i);
            }
        } else if (o->kind == SPEC_UNTYPED && o->flags & SPEC_DEVICE) {
            loader.object[i].cap = slots(o->count);
            make_device(seL4_UntypedObject, bits, o->untyped.paddr, loader.object[i].cap, o->count,
                        spec_object_name(s, i));
        } else if (o->kind == SPEC_ASID_POOL) {
            loader.object[i].cap = request(seL4_UntypedObject, ABI_ASID_POOL_BITS, 1, spec_object_name(s, i));
        } else if (plain[o->kind].plain) {
            loader.object[i].cap = request(plain[o->kind].type, bits, o->count, spec_object_name(s, i));
        }
    }
}

void objects_make(void)
{
    const struct spec *s = &loader.spec;
    loader.object = arena(s->count[SPEC_OBJECTS] * sizeof(struct object));
    plan_devices();
    plan_objects();
    for (struct segment *g = loader.segments; g; g = g->next) {
        request_frames(&g->frames);
    }
    loader.fault_endpoint = request(seL4_EndpointObject, 0, 1, "fault endpoint");
    loader.reply = request(seL4_ReplyObject, 0, 1, "fault reply");
    for (unsigned bits = 64; bits--;) {
        for (const struct request *r = by_size[bits]; r; r = r->next) {
            make_objects(r->type, r->user_bits, r->slot, r->count, r->name);
        }
    }
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        make_special(i);
    }
}
