// SPDX-License-Identifier: BSD-2-Clause
// Address spaces: programs become frames, frames get their contents and are mapped, page tables are made where the
// kernel misses them.
//
// Contents are copied through a window in our own address space. Pages of the archive that nobody may write are not
// copied: they are taken out of our own address space and shown to the component (a second user gets a copy of
// the capability). So all copying comes first, then all mapping.
#include "loader.h"

#include <string.h>

#define WINDOW 0x600000000000ull          /* of our own, 2 MiB aligned, nothing else near */

static uint8_t *given;                    /* by page of the image: its own capability is in use elsewhere */

/* ---- plans ---- */

/* How many pages of which size; what can be lent. Needs bytes, source*, may_lend. */
void frames_plan(struct frames *f, unsigned page_bits, bool large_allowed)
{
    uint64_t left = f->bytes;
    uint32_t page;
    if (f->may_lend && (f->lent_count = lendable_pages(f->source, f->source_bytes)) != 0) {
        image_page(f->source, &page);
        f->lent_page = page;
        left -= f->lent_count * PAGE;
        large_allowed = false;
    }
    if (page_bits == 21 || (page_bits == 0 && large_allowed)) {
        f->large_count = (uint32_t)(left / LARGE_PAGE);
        left %= LARGE_PAGE;
    }
    f->small_count = (uint32_t)(left / PAGE);
}

static void plan_segment(uint32_t component, const struct elf *e, const struct elf_segment *from)
{
    const struct spec_component *c = &loader.spec.component[component];
    const uint64_t start = from->vaddr & ~(PAGE - 1), end = (from->vaddr + from->memory_bytes + PAGE - 1) & ~(PAGE - 1);
    struct segment *g = arena(sizeof(*g));
    *g = (struct segment){
        .next = loader.segments, .vspace = c->vspace, .vaddr = start,
        .rights = ABI_RIGHT_READ | (from->flags & ELF_WRITE ? ABI_RIGHT_WRITE : 0),
        .attributes = from->flags & ELF_EXECUTE ? 0 : ABI_ATTR_EXECUTE_NEVER,
        .frames = { .bytes = end - start, .name = spec_text(&loader.spec, c->file), .source = e->data + from->offset,
                    .source_bytes = from->file_bytes, .dest = from->vaddr - start,
                    .may_lend = !(from->flags & ELF_WRITE) && from->vaddr == start },
    };
    frames_plan(&g->frames, 12, false);
    loader.segments = g;
}

void programs_plan(void)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        const struct elf *e = &loader.program[i];
        struct elf_segment segment;
        for (unsigned n = 0; e->data && elf_segment(e, n, &segment); n++) {
            plan_segment(i, e, &segment);
        }
    }
}

/* ---- frames by offset ---- */

seL4_CPtr frame_at(const struct frames *f, uint64_t offset, unsigned *bits)
{
    uint64_t page = offset / PAGE;
    *bits = 12;
    if (page < f->lent_count) {
        return loader.boot->userImageFrames.start + f->lent_page + page;
    }
    page -= f->lent_count;
    const uint64_t in_large = f->large_count * (LARGE_PAGE / PAGE);
    if (page < in_large) {
        *bits = 21;
        return f->large + page / (LARGE_PAGE / PAGE);
    }
    page -= in_large;
    return page < f->small_count ? f->small + page : seL4_CapNull;
}

/* ---- tables ---- */

static const struct level {
    seL4_Word type;
    seL4_Error (*map)(seL4_CPtr, seL4_CPtr, seL4_Word, seL4_Word);
    const char *name;
} levels[] = {                            /* from the leaf upwards */
    { seL4_X86_PageTableObject, seL4_X86_PageTable_Map, "page table" },
    { seL4_X86_PageDirectoryObject, seL4_X86_PageDirectory_Map, "page directory" },
    { seL4_X86_PDPTObject, seL4_X86_PDPT_Map, "PDPT" },
};

static seL4_Error make_table(unsigned level, seL4_CPtr vspace, uint64_t vaddr)
{
    const seL4_CPtr table = make_object(levels[level].type, 0, levels[level].name);
    seL4_Error e = levels[level].map(table, vspace, vaddr, 0);
    if (e == seL4_FailedLookup && level < 2) {
        e = make_table(level + 1, vspace, vaddr);
        if (e == seL4_NoError) {
            e = levels[level].map(table, vspace, vaddr, 0);
        }
    }
    return e;
}

static seL4_Error map_frame(seL4_CPtr frame, unsigned bits, seL4_CPtr vspace, uint64_t vaddr, seL4_Word rights,
                            seL4_Word attributes)
{
    const seL4_CapRights_t r = { { rights } };
    seL4_Error e = seL4_X86_Page_Map(frame, vspace, vaddr, r, attributes);
    if (e == seL4_FailedLookup) {
        e = make_table(bits == 21 ? 1 : 0, vspace, vaddr);
        if (e == seL4_NoError) {
            e = seL4_X86_Page_Map(frame, vspace, vaddr, r, attributes);
        }
    }
    return e;
}

/* ---- contents ---- */

static void window_failed(const struct frames *f, seL4_Error e)
{
    fatal("filling %s: mapping a frame: %s", f->name, sel4_error_name(e));
}

/* The part of the contents that is not lent. */
static void fill(const struct frames *f)
{
    uint64_t at = f->dest, source = 0;
    const uint64_t end = f->dest + f->source_bytes, lent = f->lent_count * PAGE;
    if (at < lent) {
        source = lent - at;
        at = lent;
    }
    while (at < end) {
        unsigned bits;
        const seL4_CPtr frame = frame_at(f, at, &bits);
        /* offsets of large frames count from the end of the lent pages */
        const uint64_t inside = bits == 21 ? (at - lent) % LARGE_PAGE : at % PAGE;
        const uint64_t room = (1ull << bits) - inside, n = end - at < room ? end - at : room;
        const uint64_t window = bits == 21 ? WINDOW + LARGE_PAGE : WINDOW;
        const seL4_Error e = map_frame(frame, bits, seL4_CapInitThreadVSpace, window, ABI_RIGHT_READ | ABI_RIGHT_WRITE,
                                       ABI_ATTR_EXECUTE_NEVER);
        if (e != seL4_NoError) {
            window_failed(f, e);
        }
        memcpy((uint8_t *)window + inside, f->source + source, n);
        seL4_X86_Page_Unmap(frame);
        at += n;
        source += n;
    }
}

void frames_fill_all(void)
{
    for (uint32_t i = 0; i < loader.spec.count[SPEC_OBJECTS]; i++) {
        if (loader.object[i].frames && loader.object[i].frames->source) {
            fill(loader.object[i].frames);
        }
    }
    for (const struct segment *g = loader.segments; g; g = g->next) {
        fill(&g->frames);
    }
}

/* ---- mapping ---- */

/* A capability to map the page with: the page's own for the first user, else a copy. */
static seL4_CPtr cap_to_map(struct frames *f, seL4_CPtr own, uint64_t offset)
{
    bool taken = f->mapped;
    if (offset < f->lent_count * PAGE) {
        uint8_t *flag = &given[f->lent_page + offset / PAGE];
        taken = *flag;
        *flag = 1;
        if (!taken) {
            seL4_X86_Page_Unmap(own);     /* out of our own address space */
        }
    }
    if (!taken) {
        return own;
    }
    const seL4_CPtr copy = slots(1);
    const seL4_Error e = seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, own, DEPTH, seL4_AllRights);
    if (e != seL4_NoError) {
        fatal("%s: copying a frame capability: %s", f->name, sel4_error_name(e));
    }
    return copy;
}

static void map_frames(struct frames *f, uint32_t vspace, uint64_t vaddr, uint64_t offset, uint64_t bytes,
                       seL4_Word rights, seL4_Word attributes)
{
    const uint64_t end = offset + bytes;
    while (offset < end) {
        unsigned bits;
        const seL4_CPtr own = frame_at(f, offset, &bits);
        const seL4_CPtr cap = cap_to_map(f, own, offset);
        const seL4_Error e = map_frame(cap, bits, loader.object[vspace].cap, vaddr, rights, attributes);
        if (e != seL4_NoError) {
            fatal("mapping %s at 0x%lx of %s: %s", f->name, vaddr, spec_object_name(&loader.spec, vspace),
                  e == seL4_DeleteFirst ? "something is mapped there already" : sel4_error_name(e));
        }
        offset += 1ull << bits;
        vaddr += 1ull << bits;
    }
    f->mapped = true;
}

void spaces_map(void)
{
    const struct spec *s = &loader.spec;
    const seL4_SlotRegion image = loader.boot->userImageFrames;
    given = arena(image.end - image.start);
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &s->mapping[i];
        map_frames(loader.object[m->frames].frames, m->vspace, m->vaddr, m->offset, m->bytes, m->rights, m->attributes);
    }
    for (struct segment *g = loader.segments; g; g = g->next) {
        map_frames(&g->frames, g->vspace, g->vaddr, 0, g->frames.bytes, g->rights, g->attributes);
    }
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        if (loader.program[i].data) {
            loader.object[s->component[i].vspace].entry = loader.program[i].entry;
        }
    }
}

/* ---- looking into a component ---- */

static const struct frames *find_page(uint32_t vspace, uint64_t vaddr, uint64_t *offset)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        const struct spec_mapping *m = &s->mapping[i];
        if (m->vspace == vspace && vaddr >= m->vaddr && vaddr - m->vaddr < m->bytes) {
            *offset = m->offset + (vaddr - m->vaddr);
            return s->object[m->frames].flags & SPEC_DEVICE ? NULL : loader.object[m->frames].frames;
        }
    }
    for (const struct segment *g = loader.segments; g; g = g->next) {
        if (g->vspace == vspace && vaddr >= g->vaddr && vaddr - g->vaddr < g->frames.bytes) {
            *offset = vaddr - g->vaddr;
            return &g->frames;
        }
    }
    return NULL;
}

bool space_read(uint32_t vspace, uint64_t vaddr, uint64_t *value)
{
    uint64_t offset = 0;
    unsigned bits;
    const struct frames *f = vaddr % 8 ? NULL : find_page(vspace, vaddr, &offset);
    const seL4_CPtr own = f ? frame_at(f, offset, &bits) : seL4_CapNull;
    if (!own) {
        return false;
    }
    const seL4_CPtr copy = slots(1);
    const uint64_t window = bits == 21 ? WINDOW + LARGE_PAGE : WINDOW;
    bool ok = seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, own, DEPTH, seL4_CanRead) == seL4_NoError;
    ok = ok && map_frame(copy, bits, seL4_CapInitThreadVSpace, window, ABI_RIGHT_READ,
                         ABI_ATTR_EXECUTE_NEVER) == seL4_NoError;
    if (ok) {
        *value = *(volatile uint64_t *)(window + vaddr % (1ull << bits));
    }
    seL4_CNode_Delete(ROOT, copy, DEPTH);
    slot_give_back(copy);
    return ok;
}
