// SPDX-License-Identifier: BSD-2-Clause
// ELF kernels: every field checked against the file and the RAM before it is used.
// Facts from: System V ABI, Object Files and Program Loading; Xen public/elfnote.h (note 18: PVH entry point).
#include "load.h"

#include <string.h>

#include "elf_format.h"

#define MAX_SEGMENTS 64
#define MAX_NOTES    0x10000
#define NOTE_PHYS32_ENTRY 18

typedef unsigned long long ull;

bool elf_is(const struct boot *b)
{
    return b->head_size >= ELF_IDENT && memcmp(b->head, "\177ELF", 4) == 0;
}

static int bad(struct boot *b, const char *what, uint64_t value)
{
    vm_log(b->vm, "%s: kernel \"%s\": bad ELF file: %s 0x%llx", b->vm->cfg.name, b->kernel.name, what, (ull)value);
    return -1;
}

/* The header in its 64-bit form, whichever it is. */
static int read_header(struct boot *b, struct elf64_header *h)
{
    if (b->head[ELF_CLASS] == ELF_CLASS64)
        return file_read(&b->kernel, 0, h, sizeof(*h), "ELF header");

    struct elf32_header h32;
    if (file_read(&b->kernel, 0, &h32, sizeof(h32), "ELF header") != 0)
        return -1;
    memcpy(h->ident, h32.ident, ELF_IDENT);
    h->type = h32.type;
    h->machine = h32.machine;
    h->entry = h32.entry;
    h->phoff = h32.phoff;
    h->phentsize = h32.phentsize;
    h->phnum = h32.phnum;
    return 0;
}

static int check_header(struct boot *b, const struct elf64_header *h)
{
    bool is64 = h->ident[ELF_CLASS] == ELF_CLASS64;

    if (!is64 && h->ident[ELF_CLASS] != ELF_CLASS32)
        return bad(b, "class", h->ident[ELF_CLASS]);
    if (h->ident[ELF_DATA] != ELF_LITTLE)
        return bad(b, "byte order", h->ident[ELF_DATA]);
    if (h->machine != ELF_386 && h->machine != ELF_X86_64)
        return bad(b, "machine", h->machine);
    if (h->type != ELF_EXEC && h->type != ELF_DYN)
        return bad(b, "type", h->type);
    if (h->phnum == 0 || h->phnum > MAX_SEGMENTS)
        return bad(b, "number of segments", h->phnum);
    if (h->phentsize != (is64 ? sizeof(struct elf64_segment) : sizeof(struct elf32_segment)))
        return bad(b, "program header size", h->phentsize);
    return 0;
}

static int read_segments(struct boot *b, const struct elf64_header *h, struct elf64_segment ph[MAX_SEGMENTS])
{
    struct elf32_segment ph32[MAX_SEGMENTS];

    if (h->ident[ELF_CLASS] == ELF_CLASS64)
        return file_read(&b->kernel, h->phoff, ph, h->phnum * sizeof(*ph), "program headers");
    if (file_read(&b->kernel, h->phoff, ph32, h->phnum * sizeof(*ph32), "program headers") != 0)
        return -1;
    for (unsigned i = 0; i < h->phnum; i++)
        ph[i] = (struct elf64_segment){ .type = ph32[i].type, .offset = ph32[i].offset, .vaddr = ph32[i].vaddr,
                              .paddr = ph32[i].paddr, .filesz = ph32[i].filesz, .memsz = ph32[i].memsz };
    return 0;
}

static int load_segment(struct boot *b, const struct elf64_segment *p)
{
    if (p->filesz > p->memsz)
        return bad(b, "segment larger in the file than in memory:", p->filesz);
    if (p->memsz == 0)
        return 0;
    if (boot_claim(b, p->paddr, p->memsz) != 0)
        return -1;
    if (p->filesz && file_read_guest(&b->kernel, p->offset, p->paddr, p->filesz, "a segment") != 0)
        return -1;
    memset((uint8_t *)guest_ptr(b->vm, p->paddr, p->memsz) + p->filesz, 0, p->memsz - p->filesz);
    return 0;
}

/* One note at a time: name size, descriptor size, type, then both padded to 4. */
static int read_notes(struct boot *b, const struct elf64_segment *p, uint64_t *pvh)
{
    uint64_t at = 0;

    if (p->filesz > MAX_NOTES)
        return bad(b, "note segment of size", p->filesz);
    while (p->filesz - at >= 12) {
        struct { uint32_t namesz, descsz, type; char name[4]; } n = { 0 };
        uint64_t value = 0;

        if (file_read(&b->kernel, p->offset + at, &n, 12, "notes") != 0)
            return -1;
        uint64_t desc = at + 12 + (((uint64_t)n.namesz + 3) & ~3ull), next = desc + (((uint64_t)n.descsz + 3) & ~3ull);
        if (desc + n.descsz > p->filesz)
            return bad(b, "note beyond its segment at", p->offset + at);
        if (n.namesz == 4 && file_read(&b->kernel, p->offset + at + 12, n.name, 4, "notes") != 0)
            return -1;
        if (n.type == NOTE_PHYS32_ENTRY && memcmp(n.name, "Xen", 4) == 0 && (n.descsz == 4 || n.descsz == 8)) {
            if (file_read(&b->kernel, p->offset + desc, &value, n.descsz, "notes") != 0)
                return -1;
            *pvh = value;
        }
        at = next < p->filesz ? next : p->filesz;
    }
    return 0;
}

/* Kernels name a physical entry point; others a virtual one inside a segment. */
static int find_entry(struct boot *b, const struct elf64_header *h, const struct elf64_segment ph[], uint64_t *entry)
{
    for (unsigned i = 0; i < h->phnum; i++)
        if (ph[i].type == ELF_LOAD && h->entry - ph[i].paddr < ph[i].memsz) {
            *entry = h->entry;
            return 0;
        }
    for (unsigned i = 0; i < h->phnum; i++)
        if (ph[i].type == ELF_LOAD && h->entry - ph[i].vaddr < ph[i].memsz) {
            *entry = h->entry - ph[i].vaddr + ph[i].paddr;
            return 0;
        }
    return bad(b, "no segment holds the entry point", h->entry);
}

int elf_load(struct boot *b, struct elf_image *image)
{
    struct elf64_header h = { 0 };
    struct elf64_segment ph[MAX_SEGMENTS];
    unsigned loaded = 0;

    *image = (struct elf_image){ 0 };
    if (read_header(b, &h) != 0 || check_header(b, &h) != 0 || read_segments(b, &h, ph) != 0)
        return -1;
    for (unsigned i = 0; i < h.phnum; i++) {
        if (ph[i].type == ELF_NOTE && read_notes(b, &ph[i], &image->pvh_entry) != 0)
            return -1;
        if (ph[i].type != ELF_LOAD)
            continue;
        if (load_segment(b, &ph[i]) != 0)
            return -1;
        loaded++;
    }
    if (!loaded)
        return bad(b, "nothing to load, segments:", h.phnum);
    image->is64 = h.ident[ELF_CLASS] == ELF_CLASS64 && h.machine == ELF_X86_64;
    return find_entry(b, &h, ph, &image->entry);
}
