// SPDX-License-Identifier: BSD-2-Clause
// Multiboot 1 kernels, so that small test guests run as they are: ELF or with load addresses in the header; command
// line, memory map, and the initrd as module.
// Facts from: Multiboot Specification version 0.6.96.
#include "load.h"

#include <string.h>

#define HEADER_MAGIC 0x1badb002u
#define BOOT_MAGIC   0x2badb002u
#define WANTS_VIDEO  (1u << 2)
#define HAS_ADDRESSES (1u << 16)
#define REQUIRED     0xffffu
#define UNDERSTOOD   (1u << 0 | 1u << 1 | WANTS_VIDEO)

struct mb_header { uint32_t magic, flags, checksum, header, load, load_end, bss_end, entry; };

struct mb_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length, mmap_addr,
        drives_length, drives_addr, config_table, loader_name;
};
struct mb_module { uint32_t start, end, string, reserved; };
struct mb_mmap { uint32_t size; uint64_t base, length; uint32_t type; } __attribute__((packed));

struct mb_page {
    struct mb_info info;
    struct mb_module module;
    struct mb_mmap mmap[BOOT_MAX_E820];
    char name[16];
};

long multiboot_header(const struct boot *b)
{
    struct mb_header h;

    for (uint32_t at = 0; at + 12 <= b->head_size; at += 4) {
        memcpy(&h, b->head + at, 12);
        if (h.magic == HEADER_MAGIC && h.magic + h.flags + h.checksum == 0)
            return at;
    }
    return -1;
}

static int bad(struct boot *b, const char *what, uint64_t value)
{
    vm_log(b->vm, "%s: kernel \"%s\": bad multiboot header: %s 0x%llx", b->vm->cfg.name, b->kernel.name, what,
           (unsigned long long)value);
    return -1;
}

/* The header says itself what goes where; load_end 0 means the rest of the file, bss_end 0 no bss. */
static int load_by_addresses(struct boot *b, long at, uint64_t *entry)
{
    struct mb_header h;

    if (file_read(&b->kernel, (uint64_t)at, &h, sizeof(h), "multiboot header") != 0)
        return -1;
    if (h.header < h.load || h.header - h.load > (uint64_t)at)
        return bad(b, "load address", h.load);
    uint64_t offset = (uint64_t)at - (h.header - h.load);
    uint64_t size = h.load_end ? h.load_end - (uint64_t)h.load : b->kernel.size - offset;
    if (h.load_end && h.load_end < h.load)
        return bad(b, "load end", h.load_end);
    uint64_t bss = h.bss_end ? h.bss_end : h.load + size;
    if (bss < h.load + size)
        return bad(b, "bss end", h.bss_end);
    if (boot_claim(b, h.load, bss - h.load) != 0 ||
        file_read_guest(&b->kernel, offset, h.load, size, "the image") != 0)
        return -1;
    memset((uint8_t *)guest_ptr(b->vm, h.load, bss - h.load) + size, 0, bss - h.load - size);
    *entry = h.entry;
    if (h.entry < h.load || h.entry >= bss)
        return bad(b, "entry point", h.entry);
    return 0;
}

static void make_info(struct boot *b)
{
    struct mb_page *p = boot_low(b, BOOT_INFO, sizeof(*p));
    const uint32_t at = BOOT_INFO;

    memset(p, 0, sizeof(*p));
    strcpy(p->name, "Bulkhead");
    p->info = (struct mb_info){
        .flags = 1u << 0 | 1u << 2 | 1u << 3 | 1u << 6 | 1u << 9,
        .mem_lower = LOW_MEMORY_END >> 10,
        .mem_upper = (uint32_t)((b->vm->ram[0].size - 0x100000) >> 10),
        .cmdline = BOOT_CMDLINE,
        .mods_count = b->initrd_size ? 1 : 0, .mods_addr = at + offsetof(struct mb_page, module),
        .mmap_length = (uint32_t)(b->ne820 * sizeof(struct mb_mmap)), .mmap_addr = at + offsetof(struct mb_page, mmap),
        .loader_name = at + offsetof(struct mb_page, name),
    };
    p->module = (struct mb_module){ (uint32_t)b->initrd, (uint32_t)(b->initrd + b->initrd_size),
                                    BOOT_CMDLINE + b->cmdline_len, 0 };
    for (unsigned i = 0; i < b->ne820; i++)
        p->mmap[i] = (struct mb_mmap){ sizeof(struct mb_mmap) - 4, b->e820[i].base, b->e820[i].size, b->e820[i].type };
}

int multiboot_load(struct boot *b, long at)
{
    struct elf_image image;
    uint64_t entry = 0;
    uint32_t flags;
    char prefix[64];

    memcpy(&flags, b->head + at + 4, 4);
    if (flags & REQUIRED & ~UNDERSTOOD)
        return bad(b, "wants features nobody knows, flags", flags);
    if (flags & HAS_ADDRESSES) {
        if (load_by_addresses(b, at, &entry) != 0)
            return -1;
    } else {
        if (!elf_is(b))
            return bad(b, "neither an ELF file nor load addresses, flags", flags);
        if (elf_load(b, &image) != 0)
            return -1;
        entry = image.entry;
    }
    if (entry >> 32)
        return bad(b, "entry point", entry);
    /* the first word of the command line is the kernel's name */
    strncpy(prefix, b->kernel.name, sizeof(prefix) - 2);
    prefix[sizeof(prefix) - 2] = 0;
    strcat(prefix, " ");
    if (boot_common(b, prefix, BOOT_CMDLINE_MAX - 1, INITRD_LIMIT) != 0)
        return -1;
    make_info(b);
    boot_protected(b, entry);
    b->vm->cpu[0].s->gpr[VM_RAX] = BOOT_MAGIC;
    b->vm->cpu[0].s->gpr[VM_RBX] = BOOT_INFO;
    return 0;
}
