// SPDX-License-Identifier: BSD-2-Clause
// Writing a spec; see spec/write.h. Host only.
#include <spec/read.h>
#include <spec/write.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A growing array of one section. */
struct table { uint8_t *data; size_t entry, count, room; };

struct spec_writer {
    struct table table[SPEC_SECTION_COUNT];
    char error[256];
};

static const size_t entry_size[SPEC_SECTION_COUNT] = {
    [SPEC_OBJECTS] = sizeof(struct spec_object), [SPEC_CAPS] = sizeof(struct spec_cap),
    [SPEC_MAPPINGS] = sizeof(struct spec_mapping), [SPEC_FILLS] = sizeof(struct spec_fill),
    [SPEC_THREADS] = sizeof(struct spec_thread), [SPEC_COMPONENTS] = sizeof(struct spec_component),
    [SPEC_STRINGS] = 1, [SPEC_BYTES] = 1,
};

struct spec_writer *spec_writer_new(void)
{
    struct spec_writer *w = calloc(1, sizeof(*w));
    if (!w) {
        return NULL;
    }
    for (int i = 0; i < SPEC_SECTION_COUNT; i++) {
        w->table[i].entry = entry_size[i];
    }
    spec_add_text(w, "");
    return w;
}

void spec_writer_free(struct spec_writer *w)
{
    if (!w) {
        return;
    }
    for (int i = 0; i < SPEC_SECTION_COUNT; i++) {
        free(w->table[i].data);
    }
    free(w);
}

const char *spec_writer_error(const struct spec_writer *w) { return w->error[0] ? w->error : NULL; }

void spec_writer_fail(struct spec_writer *w, const char *format, ...)
{
    if (w->error[0]) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(w->error, sizeof(w->error), format, args);
    va_end(args);
}

/* Room for n more entries; NULL when memory or the 32-bit counts are used up. */
static void *grow(struct spec_writer *w, enum spec_section_id id, size_t n)
{
    struct table *t = &w->table[id];
    if (w->error[0]) {
        return NULL;
    }
    if (n > UINT32_MAX / 2 - t->count) {
        spec_writer_fail(w, "too many %s", spec_section_name(id));
        return NULL;
    }
    if (t->count + n > t->room) {
        const size_t room = (t->count + n) * 2 + 16;
        uint8_t *data = realloc(t->data, room * t->entry);
        if (!data) {
            spec_writer_fail(w, "out of memory for %s", spec_section_name(id));
            return NULL;
        }
        t->data = data;
        t->room = room;
    }
    void *at = t->data + t->count * t->entry;
    t->count += n;
    return at;
}

static uint32_t append(struct spec_writer *w, enum spec_section_id id, const void *entries, size_t n)
{
    const uint32_t at = (uint32_t)w->table[id].count;
    void *to = grow(w, id, n);
    if (!to) {
        return 0;
    }
    memcpy(to, entries, n * w->table[id].entry);
    return at;
}

uint32_t spec_add_text(struct spec_writer *w, const char *text)
{
    const struct table *t = &w->table[SPEC_STRINGS];
    const size_t n = strlen(text) + 1;
    for (size_t at = 0; at < t->count; at += strlen((const char *)t->data + at) + 1) {
        if (!strcmp((const char *)t->data + at, text)) {
            return (uint32_t)at;
        }
    }
    return append(w, SPEC_STRINGS, text, n);
}

uint32_t spec_add_bytes(struct spec_writer *w, const void *data, size_t bytes)
{
    static const uint8_t zeros[8];
    append(w, SPEC_BYTES, zeros, -w->table[SPEC_BYTES].count & 7);
    return append(w, SPEC_BYTES, data, bytes);
}

uint32_t spec_add_object(struct spec_writer *w, const char *name, struct spec_object o)
{
    o.name = spec_add_text(w, name ? name : "");
    o.count = o.count ? o.count : 1;
    return append(w, SPEC_OBJECTS, &o, 1);
}

uint32_t spec_add_cap(struct spec_writer *w, struct spec_cap c) { return append(w, SPEC_CAPS, &c, 1); }
uint32_t spec_add_mapping(struct spec_writer *w, struct spec_mapping m) { return append(w, SPEC_MAPPINGS, &m, 1); }
uint32_t spec_add_fill(struct spec_writer *w, struct spec_fill f) { return append(w, SPEC_FILLS, &f, 1); }
uint32_t spec_add_thread(struct spec_writer *w, struct spec_thread t) { return append(w, SPEC_THREADS, &t, 1); }

uint32_t spec_add_component(struct spec_writer *w, struct spec_component c)
{
    return append(w, SPEC_COMPONENTS, &c, 1);
}

struct spec_object *spec_object_at(struct spec_writer *w, uint32_t i)
{
    return (struct spec_object *)w->table[SPEC_OBJECTS].data + i;
}

struct spec_thread *spec_thread_at(struct spec_writer *w, uint32_t i)
{
    return (struct spec_thread *)w->table[SPEC_THREADS].data + i;
}

void *spec_writer_finish(struct spec_writer *w, size_t *bytes)
{
    struct spec_header h = { .magic = SPEC_MAGIC, .version = SPEC_VERSION, .section_count = SPEC_SECTION_COUNT };
    size_t total = sizeof(h);
    if (w->error[0]) {
        return NULL;
    }
    for (int i = 0; i < SPEC_SECTION_COUNT; i++) {
        h.section[i] = (struct spec_section){ (uint32_t)total, (uint32_t)w->table[i].count };
        total += (w->table[i].count * w->table[i].entry + 7) & ~7ul;
    }
    if (total > UINT32_MAX) {
        spec_writer_fail(w, "the description is larger than 4 GiB");
        return NULL;
    }
    uint8_t *file = calloc(1, total);
    if (!file) {
        spec_writer_fail(w, "out of memory");
        return NULL;
    }
    for (int i = 0; i < SPEC_SECTION_COUNT; i++) {
        if (w->table[i].count) {
            memcpy(file + h.section[i].offset, w->table[i].data, w->table[i].count * w->table[i].entry);
        }
    }
    h.bytes = (uint32_t)total;
    h.checksum = spec_checksum(file + sizeof(h), total - sizeof(h));
    memcpy(file, &h, sizeof(h));

    struct spec s;
    struct spec_problem p;
    if (spec_open(&s, file, total, &p)) {
        spec_writer_fail(w, "%s %ld: %s", spec_section_name(p.section),
                         p.index == SPEC_NONE ? -1 : (long)p.index, p.text);
        free(file);
        return NULL;
    }
    *bytes = total;
    return file;
}
