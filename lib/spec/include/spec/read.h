// SPDX-License-Identifier: BSD-2-Clause
// Reading a spec. spec_open checks the whole file: every section in bounds, every reference to an existing thing of the
// right kind, every number in range, every text terminated. After it has said yes, users may index freely.
// No allocation, no copies, no C library: the loader uses it on its archive, tests and tools on the host.
#ifndef SPEC_READ_H
#define SPEC_READ_H

#include <stddef.h>
#include <spec/format.h>

struct spec {
    const struct spec_header *header;
    const struct spec_object *object;
    const struct spec_cap *cap;
    const struct spec_mapping *mapping;
    const struct spec_fill *fill;
    const struct spec_thread *thread;
    const struct spec_component *component;
    const char *strings;
    const uint8_t *bytes;
    uint32_t count[SPEC_SECTION_COUNT];
};

/* What is wrong: a constant text, the section and the entry (SPEC_NONE when it is not about an entry). */
struct spec_problem { const char *text; uint32_t section, index; };

/* 0, or -1 with *problem filled. `data` must be 8-byte aligned. */
int spec_open(struct spec *, const void *data, size_t bytes, struct spec_problem *problem);

static inline const char *spec_text(const struct spec *s, uint32_t name) { return s->strings + name; }
const char *spec_kind_name(uint32_t kind);
const char *spec_section_name(uint32_t section);
/* "vm0.heap"; objects without a name get their kind's. */
const char *spec_object_name(const struct spec *, uint32_t object);

#endif
