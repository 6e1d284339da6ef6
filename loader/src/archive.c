// SPDX-License-Identifier: BSD-2-Clause
// The archive linked into our image: system description, programs, files.
#include "loader.h"

#include <cpio/cpio.h>
#include <string.h>

extern const uint8_t __archive_start[], __archive_end[];

bool archive_find(const char *name, struct file *out)
{
    struct cpio_entry e;
    if (cpio_find(__archive_start, (uint64_t)(__archive_end - __archive_start), name, &e)) {
        return false;
    }
    *out = (struct file){ e.data, e.size };
    return true;
}

bool image_page(const void *address, uint32_t *page)
{
    const uint64_t at = (uintptr_t)address - loader.boot->userImageVaddr;
    const seL4_SlotRegion r = loader.boot->userImageFrames;
    *page = (uint32_t)(at / PAGE);
    return (uintptr_t)address >= loader.boot->userImageVaddr && at / PAGE < r.end - r.start;
}

uint32_t lendable_pages(const uint8_t *data, uint64_t bytes)
{
    uint32_t page;
    if (!data || (uintptr_t)data % PAGE || bytes < PAGE || !image_page(data, &page)) {
        return 0;
    }
    return (uint32_t)(bytes / PAGE);
}

static void open_spec(void)
{
    struct file f;
    struct spec_problem p;
    if (!archive_find(SPEC_FILE_NAME, &f)) {
        fatal("the image holds no %s (archive of %lu bytes)", SPEC_FILE_NAME,
              (unsigned long)(__archive_end - __archive_start));
    }
    /* newc aligns to 4 bytes; mkimage aligns to pages, but do not count on it */
    if ((uintptr_t)f.data % 8) {
        uint8_t *copy = arena(f.size);
        memcpy(copy, f.data, f.size);
        f.data = copy;
    }
    if (spec_open(&loader.spec, f.data, f.size, &p)) {
        if (p.index == SPEC_NONE) {
            fatal("%s: %s: %s", SPEC_FILE_NAME, spec_section_name(p.section), p.text);
        }
        fatal("%s: %s, entry %u: %s", SPEC_FILE_NAME, spec_section_name(p.section), p.index, p.text);
    }
}

static void open_programs(void)
{
    const struct spec *s = &loader.spec;
    loader.program = arena(s->count[SPEC_COMPONENTS] * sizeof(struct elf));
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        const char *name = spec_text(s, s->component[i].file);
        struct file f;
        if (!*name) {
            continue;
        }
        if (!archive_find(name, &f)) {
            fatal("%s: its program %s is not in the image", spec_text(s, s->component[i].name), name);
        }
        const char *wrong = elf_open(&loader.program[i], f.data, f.size);
        if (wrong) {
            fatal("%s: program %s: %s", spec_text(s, s->component[i].name), name, wrong);
        }
    }
}

void archive_open(void)
{
    open_spec();
    open_programs();
}
