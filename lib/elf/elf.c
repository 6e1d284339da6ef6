// SPDX-License-Identifier: BSD-2-Clause
// ELF reader; see elf/elf.h.
#include <elf/elf.h>
#include <string.h>

enum {
    HEADER_BYTES = 64, SEGMENT_BYTES = 56, SECTION_BYTES = 64, SYMBOL_BYTES = 24,
    TYPE_EXECUTABLE = 2, MACHINE_X86_64 = 62, SEGMENT_LOAD = 1, SECTION_SYMBOLS = 2, SYMBOL_FUNCTION = 2,
};
#define MAX_SEGMENTS 64u
#define USER_END (1ull << 47)

/* Little-endian numbers at any alignment; the callers have checked the range. */
static uint64_t get(const struct elf *e, uint64_t at, unsigned bytes)
{
    uint64_t v = 0;
    memcpy(&v, e->data + at, bytes);
    return v;
}

static int inside(const struct elf *e, uint64_t at, uint64_t bytes)
{
    return at <= e->size && bytes <= e->size - at;
}

static void read_segment(const struct elf *e, unsigned i, uint32_t *type, struct elf_segment *s)
{
    const uint64_t at = e->segment_table + (uint64_t)i * SEGMENT_BYTES;
    *type = (uint32_t)get(e, at, 4);
    *s = (struct elf_segment){ .flags = (unsigned)get(e, at + 4, 4), .offset = get(e, at + 8, 8),
                               .vaddr = get(e, at + 16, 8), .file_bytes = get(e, at + 32, 8),
                               .memory_bytes = get(e, at + 40, 8) };
}

int elf_segment(const struct elf *e, unsigned n, struct elf_segment *out)
{
    for (unsigned i = 0; i < e->segment_count; i++) {
        uint32_t type;
        read_segment(e, i, &type, out);
        if (type == SEGMENT_LOAD && out->memory_bytes && n-- == 0) {
            return 1;
        }
    }
    return 0;
}

/* Symbols are a comfort: whatever is odd about them means there are none. */
static void find_symbols(struct elf *e, uint64_t table, unsigned count)
{
    if (!inside(e, table, (uint64_t)count * SECTION_BYTES)) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        const uint64_t at = table + (uint64_t)i * SECTION_BYTES;
        const uint64_t offset = get(e, at + 24, 8), bytes = get(e, at + 32, 8), link = get(e, at + 40, 4);
        if (get(e, at + 4, 4) != SECTION_SYMBOLS || link >= count || !inside(e, offset, bytes)) {
            continue;
        }
        const uint64_t names = table + link * SECTION_BYTES;
        e->names = get(e, names + 24, 8);
        e->name_bytes = get(e, names + 32, 8);
        if (inside(e, e->names, e->name_bytes) && e->name_bytes && !e->data[e->names + e->name_bytes - 1]) {
            e->symbols = offset;
            e->symbol_count = bytes / SYMBOL_BYTES;
        }
        return;
    }
}

const char *elf_open(struct elf *e, const void *data, uint64_t size)
{
    memset(e, 0, sizeof(*e));
    e->data = data;
    e->size = size;
    if (size < HEADER_BYTES || memcmp(data, "\177ELF\2\1", 6)) {
        return "this is no 64-bit little-endian ELF file";
    }
    if (get(e, 16, 2) != TYPE_EXECUTABLE || get(e, 18, 2) != MACHINE_X86_64) {
        return "this is no static x86-64 program";
    }
    e->entry = get(e, 24, 8);
    e->segment_table = get(e, 32, 8);
    e->segment_count = (unsigned)get(e, 56, 2);
    if (get(e, 54, 2) != SEGMENT_BYTES || !e->segment_count || e->segment_count > MAX_SEGMENTS ||
        !inside(e, e->segment_table, (uint64_t)e->segment_count * SEGMENT_BYTES)) {
        return "the ELF file's program headers are bad";
    }
    struct elf_segment s;
    unsigned n = 0;
    for (; elf_segment(e, n, &s); n++) {
        if (s.file_bytes > s.memory_bytes || !inside(e, s.offset, s.file_bytes)) {
            return "an ELF segment lies outside the file: the file is cut short";
        }
        if (s.vaddr < 4096 || s.vaddr >= USER_END || s.memory_bytes > USER_END - s.vaddr) {
            return "an ELF segment lies outside user memory";
        }
    }
    if (!n || e->entry >= USER_END) {
        return "the ELF file has nothing to load, or a bad entry";
    }
    if (get(e, 58, 2) == SECTION_BYTES) {
        find_symbols(e, get(e, 40, 8), (unsigned)get(e, 60, 2));
    }
    return NULL;
}

const char *elf_function_at(const struct elf *e, uint64_t address, uint64_t *distance)
{
    const char *best = NULL;
    for (uint64_t i = 0; i < e->symbol_count; i++) {
        const uint64_t at = e->symbols + i * SYMBOL_BYTES;
        const uint64_t name = get(e, at, 4), value = get(e, at + 8, 8), bytes = get(e, at + 16, 8);
        if ((e->data[at + 4] & 15) == SYMBOL_FUNCTION && name < e->name_bytes && address >= value &&
            address - value < (bytes ? bytes : 1)) {
            best = (const char *)e->data + e->names + name;
            *distance = address - value;
        }
    }
    return best;
}
