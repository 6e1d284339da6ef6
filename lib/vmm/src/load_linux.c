// SPDX-License-Identifier: BSD-2-Clause
// Linux: PVH for ELF kernels that have its note, else the boot protocol with its "zero page" (32-bit entry, or
// 64-bit entry for 64-bit kernels); and bzImage as it comes, whose own code then unpacks it.
// Facts from: Linux Documentation/x86/boot.rst and zero-page.rst (protocol 2.15); Xen public/arch-x86/hvm/start_info.h.
#include "load.h"

#include <string.h>

#define PVH_MAGIC 0x336ec578
#define CMDLINE_DEFAULT 2047             /* what kernels without a header to say so take */

/* ------------------------------------------------- PVH ------------------------------------------------------ */

struct pvh_start_info {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
};
struct pvh_module { uint64_t address, size, cmdline, reserved; };
struct pvh_memmap { uint64_t address, size; uint32_t type, reserved; };

struct pvh_page {                        /* all of it together at BOOT_INFO */
    struct pvh_start_info info;
    struct pvh_module module;
    struct pvh_memmap memmap[BOOT_MAX_E820];
};

static int enter_pvh(struct boot *b, uint64_t entry)
{
    struct pvh_page *p = boot_low(b, BOOT_INFO, sizeof(*p));

    if (entry >> 32 || entry >= b->kernel_end) {
        vm_log(b->vm, "%s: kernel \"%s\": PVH entry point 0x%llx lies outside it", b->vm->cfg.name, b->kernel.name,
               (unsigned long long)entry);
        return -1;
    }
    memset(p, 0, sizeof(*p));
    p->info = (struct pvh_start_info){
        .magic = PVH_MAGIC, .version = 1, .nr_modules = b->initrd_size ? 1 : 0,
        .modlist = b->initrd_size ? BOOT_INFO + offsetof(struct pvh_page, module) : 0,
        .cmdline = BOOT_CMDLINE, .rsdp = b->rsdp, .memmap = BOOT_INFO + offsetof(struct pvh_page, memmap),
        .memmap_entries = b->ne820,
    };
    p->module = (struct pvh_module){ .address = b->initrd, .size = b->initrd_size };
    for (unsigned i = 0; i < b->ne820; i++)
        p->memmap[i] = (struct pvh_memmap){ b->e820[i].base, b->e820[i].size, b->e820[i].type, 0 };
    boot_protected(b, entry);
    b->vm->cpu[0].s->gpr[VM_RBX] = BOOT_INFO;
    return 0;
}

/* ---------------------------------------------- the zero page ----------------------------------------------- */

/* Offsets in the zero page; from 0x1f1 on they are also offsets in a bzImage. */
enum zero_page {
    ZP_ACPI_RSDP = 0x070, ZP_ALT_MEM_K = 0x1e0, ZP_E820_ENTRIES = 0x1e8, ZP_SETUP_SECTS = 0x1f1, ZP_BOOT_FLAG = 0x1fe,
    ZP_JUMP = 0x200, ZP_MAGIC = 0x202, ZP_VERSION = 0x206, ZP_LOADER_TYPE = 0x210, ZP_LOADFLAGS = 0x211,
    ZP_CODE32_START = 0x214, ZP_RAMDISK = 0x218, ZP_RAMDISK_SIZE = 0x21c, ZP_CMDLINE = 0x228, ZP_INITRD_MAX = 0x22c,
    ZP_ALIGNMENT = 0x230, ZP_RELOCATABLE = 0x234, ZP_XLOADFLAGS = 0x236, ZP_CMDLINE_SIZE = 0x238,
    ZP_PREF_ADDRESS = 0x258, ZP_INIT_SIZE = 0x260, ZP_E820_TABLE = 0x2d0,
};
#define HDRS 0x53726448u                 /* "HdrS" */
#define LOADED_HIGH 1
#define XLF_KERNEL_64 1

static void put(uint8_t *page, unsigned at, uint64_t value, unsigned n) { memcpy(page + at, &value, n); }

static uint64_t get(const uint8_t *page, unsigned at, unsigned n)
{
    uint64_t value = 0;

    memcpy(&value, page + at, n);
    return value;
}

/* header: the setup header of a bzImage, 0x1f1 up to header_end; NULL for an ELF kernel. */
static void make_zero_page(struct boot *b, const uint8_t *header, unsigned header_end)
{
    uint8_t *page = boot_low(b, BOOT_ZERO_PAGE, 4096);
    uint64_t above_1m = (b->vm->ram[0].size - 0x100000) >> 10;

    memset(page, 0, 4096);
    if (header)
        memcpy(page + ZP_SETUP_SECTS, header + ZP_SETUP_SECTS, header_end - ZP_SETUP_SECTS);
    else {
        put(page, ZP_BOOT_FLAG, 0xaa55, 2);
        put(page, ZP_MAGIC, HDRS, 4);
        put(page, ZP_VERSION, 0x020f, 2);
        put(page, ZP_LOADFLAGS, LOADED_HIGH, 1);
        put(page, ZP_ALIGNMENT, 0x1000000, 4);
    }
    put(page, ZP_LOADER_TYPE, 0xff, 1);
    put(page, ZP_RAMDISK, b->initrd, 4);
    put(page, ZP_RAMDISK_SIZE, b->initrd_size, 4);
    put(page, ZP_CMDLINE, BOOT_CMDLINE, 4);
    put(page, ZP_ACPI_RSDP, b->rsdp, 8);
    put(page, ZP_ALT_MEM_K, above_1m, 4);
    put(page, ZP_E820_ENTRIES, b->ne820, 1);
    for (unsigned i = 0; i < b->ne820; i++) {
        put(page, ZP_E820_TABLE + 20 * i, b->e820[i].base, 8);
        put(page, ZP_E820_TABLE + 20 * i + 8, b->e820[i].size, 8);
        put(page, ZP_E820_TABLE + 20 * i + 16, b->e820[i].type, 4);
    }
}

int linux_elf_load(struct boot *b)
{
    struct elf_image image;

    if (elf_load(b, &image) != 0 || boot_common(b, "", CMDLINE_DEFAULT, INITRD_LIMIT) != 0)
        return -1;
    if (image.pvh_entry)
        return enter_pvh(b, image.pvh_entry);
    make_zero_page(b, NULL, 0);
    if (image.is64)
        boot_long(b, image.entry);
    else
        boot_protected(b, image.entry);
    b->vm->cpu[0].s->gpr[VM_RSI] = BOOT_ZERO_PAGE;
    return 0;
}

/* ------------------------------------------------ bzImage --------------------------------------------------- */

bool bzimage_is(const struct boot *b)
{
    return b->head_size >= ZP_INIT_SIZE + 4 && get(b->head, ZP_BOOT_FLAG, 2) == 0xaa55 &&
           get(b->head, ZP_MAGIC, 4) == HDRS;
}

struct bzimage {
    unsigned header_end, version;
    uint64_t body, body_size;            /* of the protected-mode part, in the file */
    uint64_t load, initrd_limit;
    uint32_t cmdline_max;
    bool is64;
};

static int bad(struct boot *b, const char *what, uint64_t value)
{
    vm_log(b->vm, "%s: kernel \"%s\": bad bzImage: %s 0x%llx", b->vm->cfg.name, b->kernel.name, what,
           (unsigned long long)value);
    return -1;
}

static int read_bzimage_header(struct boot *b, struct bzimage *z)
{
    const uint8_t *h = b->head;
    uint64_t sects = get(h, ZP_SETUP_SECTS, 1);

    z->version = (unsigned)get(h, ZP_VERSION, 2);
    z->header_end = ZP_MAGIC + (unsigned)get(h, ZP_JUMP + 1, 1);
    if (z->version < 0x206)
        return bad(b, "needs boot protocol 0x206 or later, has", z->version);
    if (z->header_end < ZP_CMDLINE_SIZE + 4 || z->header_end > ZP_E820_TABLE || z->header_end > b->head_size)
        return bad(b, "setup header ends at", z->header_end);
    if (!(get(h, ZP_LOADFLAGS, 1) & LOADED_HIGH))
        return bad(b, "a zImage for low memory, loadflags", get(h, ZP_LOADFLAGS, 1));
    z->body = ((sects ? sects : 4) + 1) * 512;
    if (z->body >= b->kernel.size)
        return bad(b, "setup code is all there is, size", b->kernel.size);
    z->body_size = b->kernel.size - z->body;
    z->load = KERNEL_LOWEST;
    z->cmdline_max = (uint32_t)get(h, ZP_CMDLINE_SIZE, 4);
    uint64_t max = get(h, ZP_INITRD_MAX, 4);
    z->initrd_limit = max && max + 1 < INITRD_LIMIT ? max + 1 : INITRD_LIMIT;
    z->is64 = z->version >= 0x20c && (get(h, ZP_XLOADFLAGS, 2) & XLF_KERNEL_64);
    return 0;
}

/* The room the kernel unpacks itself into: from its preferred address on, as large as it says. */
static int claim_bzimage(struct boot *b, struct bzimage *z)
{
    if (boot_claim(b, z->load, z->body_size) != 0)
        return -1;
    if (z->version < 0x20a)
        return boot_claim(b, z->load, z->body_size * 4);
    uint64_t preferred = get(b->head, ZP_PREF_ADDRESS, 8), size = get(b->head, ZP_INIT_SIZE, 4);
    if (preferred < KERNEL_LOWEST || preferred >> 32)
        return bad(b, "preferred address", preferred);
    return boot_claim(b, preferred, size);
}

int bzimage_load(struct boot *b)
{
    struct bzimage z = { 0 };

    if (read_bzimage_header(b, &z) != 0 || claim_bzimage(b, &z) != 0 ||
        file_read_guest(&b->kernel, z.body, z.load, z.body_size, "protected-mode code") != 0 ||
        boot_common(b, "", z.cmdline_max, z.initrd_limit) != 0)
        return -1;
    make_zero_page(b, b->head, z.header_end);
    put(boot_low(b, BOOT_ZERO_PAGE, 4096), ZP_CODE32_START, z.load, 4);
    if (z.is64)
        boot_long(b, z.load + 0x200);
    else
        boot_protected(b, z.load);
    b->vm->cpu[0].s->gpr[VM_RSI] = BOOT_ZERO_PAGE;
    return 0;
}
