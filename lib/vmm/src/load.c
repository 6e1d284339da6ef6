// SPDX-License-Identifier: BSD-2-Clause
// Loads a guest: finds out what the kernel file is and hands it to its boot protocol; files, memory map, command
// line and initrd, which all protocols share, are here.
#include "load.h"

#include <string.h>
#include <vmm/x86.h>

typedef unsigned long long ull;

/* -------------------------------------------------- files --------------------------------------------------- */

int file_open(struct file *f, struct vm *vm, const char *what, const char *name)
{
    *f = (struct file){ .vm = vm, .what = what, .name = name, .handle = -1 };
    f->handle = vm->host.file_open(vm->host.platform.ctx, name, &f->size);
    if (f->handle < 0) {
        vm_log(vm, "%s: %s \"%s\": no such file", vm->cfg.name, what, name);
        return -1;
    }
    return 0;
}

void file_close(struct file *f)
{
    if (f->handle >= 0)
        f->vm->host.file_close(f->vm->host.platform.ctx, f->handle);
    f->handle = -1;
}

int file_read(const struct file *f, uint64_t offset, void *to, uint64_t n, const char *part)
{
    struct vm *vm = f->vm;

    if (offset > f->size || n > f->size - offset) {
        vm_log(vm, "%s: %s \"%s\" is truncated: %s needs bytes 0x%llx to 0x%llx, the file has 0x%llx", vm->cfg.name,
               f->what, f->name, part, (ull)offset, (ull)(offset + n), (ull)f->size);
        return -1;
    }
    for (uint64_t done = 0; done < n;) {
        long got = vm->host.file_read(vm->host.platform.ctx, f->handle, offset + done, (uint8_t *)to + done, n - done);

        if (got <= 0 || (uint64_t)got > n - done) {
            vm_log(vm, "%s: %s \"%s\": reading %s at 0x%llx failed", vm->cfg.name, f->what, f->name, part,
                   (ull)(offset + done));
            return -1;
        }
        done += (uint64_t)got;
    }
    return 0;
}

int file_read_guest(const struct file *f, uint64_t offset, uint64_t gpa, uint64_t n, const char *part)
{
    void *to = gpa >= KERNEL_LOWEST ? guest_ptr(f->vm, gpa, n) : NULL;

    if (!to) {
        vm_log(f->vm, "%s: %s \"%s\": %s wants memory 0x%llx to 0x%llx, RAM is %llu MiB", f->vm->cfg.name, f->what,
               f->name, part, (ull)gpa, (ull)(gpa + n), (ull)f->vm->cfg.ram_mb);
        return -1;
    }
    return file_read(f, offset, to, n, part);
}

/* ---------------------------------------------- memory plan ------------------------------------------------- */

void *boot_low(struct boot *b, uint64_t gpa, uint64_t n)
{
    return guest_ptr(b->vm, gpa, n);
}

int boot_claim(struct boot *b, uint64_t gpa, uint64_t n)
{
    if (gpa < KERNEL_LOWEST || !guest_ptr(b->vm, gpa, n)) {
        vm_log(b->vm, "%s: kernel \"%s\" wants memory 0x%llx to 0x%llx; a guest with %llu MiB has 0x%x to 0x%llx",
               b->vm->cfg.name, b->kernel.name, (ull)gpa, (ull)(gpa + n), (ull)b->vm->cfg.ram_mb, KERNEL_LOWEST,
               (ull)b->vm->ram[0].size);
        return -1;
    }
    if (gpa + n > b->kernel_end)
        b->kernel_end = gpa + n;
    return 0;
}

static void add_e820(struct boot *b, uint64_t base, uint64_t end, enum e820_type type)
{
    b->e820[b->ne820++] = (struct e820_entry){ base, end - base, type };
}

static void make_e820(struct boot *b)
{
    const struct vm *vm = b->vm;

    b->ne820 = 0;
    add_e820(b, 0, LOW_MEMORY_END, E820_RAM);
    add_e820(b, LOW_MEMORY_END, 0xa0000, E820_RESERVED);
    add_e820(b, ACPI_TABLES, 0x100000, E820_RESERVED);
    add_e820(b, 0x100000, vm->ram[0].size, E820_RAM);
    for (int i = 1; i < vm->nregions; i++)
        add_e820(b, vm->ram[i].gpa, vm->ram[i].gpa + vm->ram[i].size, E820_RAM);
}

/* BIOS data area: where kernels look for the end of conventional memory and the first serial port. */
static void make_bios_data(struct boot *b)
{
    const uint16_t com1 = 0x3f8, ebda = LOW_MEMORY_END >> 4, base_kib = LOW_MEMORY_END >> 10;
    uint8_t *bda = boot_low(b, 0x400, 0x100);

    memset(bda, 0, 0x100);
    memcpy(bda + 0x00, &com1, 2);
    memcpy(bda + 0x0e, &ebda, 2);
    memcpy(bda + 0x13, &base_kib, 2);
    *(uint8_t *)boot_low(b, LOW_MEMORY_END, 1) = 1;      /* EBDA: its size in KiB */
}

static int place_cmdline(struct boot *b, const char *prefix, uint32_t max)
{
    struct vm *vm = b->vm;
    size_t before = strlen(prefix), n = strlen(vm->cfg.cmdline);

    if (max >= BOOT_CMDLINE_MAX)
        max = BOOT_CMDLINE_MAX - 1;
    if (before + n > max) {
        vm_log(vm, "%s: the kernel command line has %zu characters, \"%s\" takes %u", vm->cfg.name, before + n,
               b->kernel.name, max);
        return -1;
    }
    char *to = boot_low(b, BOOT_CMDLINE, BOOT_CMDLINE_MAX);
    memcpy(to, prefix, before);
    memcpy(to + before, vm->cfg.cmdline, n + 1);
    b->cmdline_len = (uint32_t)(before + n);
    return 0;
}

/* As high as the limit allows, on a page. */
static int place_initrd(struct boot *b, uint64_t limit)
{
    struct vm *vm = b->vm;
    struct file f;

    if (!*vm->cfg.initrd)
        return 0;
    if (file_open(&f, vm, "initrd", vm->cfg.initrd) != 0)
        return -1;
    uint64_t top = vm->ram[0].size < limit ? vm->ram[0].size : limit;
    uint64_t floor = (b->kernel_end + 0xfff) & ~0xfffull;
    int result = -1;
    if (f.size == 0)
        vm_log(vm, "%s: initrd \"%s\" is empty", vm->cfg.name, f.name);
    else if (top <= floor || f.size > top - floor)
        vm_log(vm, "%s: initrd \"%s\" has %llu KiB, RAM of %llu MiB has room for %llu KiB beside kernel \"%s\"",
               vm->cfg.name, f.name, (ull)(f.size + 1023) >> 10, (ull)vm->cfg.ram_mb,
               (ull)(top > floor ? top - floor : 0) >> 10, b->kernel.name);
    else {
        b->initrd = (top - f.size) & ~0xfffull;
        b->initrd_size = f.size;
        result = file_read_guest(&f, 0, b->initrd, f.size, "all");
    }
    file_close(&f);
    return result;
}

int boot_common(struct boot *b, const char *prefix, uint32_t cmdline_max, uint64_t initrd_limit)
{
    if (place_cmdline(b, prefix, cmdline_max) != 0 || place_initrd(b, initrd_limit) != 0)
        return -1;
    make_e820(b);
    make_bios_data(b);
    b->rsdp = acpi_build(b->vm);
    return 0;
}

/* -------------------------------------------------- CPU ----------------------------------------------------- */

/* Selectors as the Linux boot protocol names them: 0x10 code, 0x18 data; attributes as in struct vm_segment. */
static void flat_segments(struct boot *b, uint16_t code_attr)
{
    struct vm_state *s = b->vm->cpu[0].s;
    const struct vm_segment code = { .selector = 0x10, .attr = code_attr, .limit = 0xffffffff };
    const struct vm_segment data = { .selector = 0x18, .attr = 0xc093, .limit = 0xffffffff };
    /* the same in the form of descriptors, for a guest that loads a selector before it has its own table */
    const uint64_t gdt[4] = { 0, 0, code_attr & 1 << 13 ? 0x00af9b000000ffff : 0x00cf9b000000ffff, 0x00cf93000000ffff };

    for (unsigned i = VM_ES; i <= VM_GS; i++)
        s->seg[i] = data;
    s->seg[VM_CS] = code;
    s->seg[VM_TR] = (struct vm_segment){ .attr = 0x8b, .limit = 0x67 };
    s->seg[VM_LDTR] = (struct vm_segment){ .attr = 0 };
    s->gdtr = (struct vm_table){ .limit = sizeof(gdt) - 1, .base = BOOT_GDT };
    s->idtr = (struct vm_table){ 0 };
    memcpy(boot_low(b, BOOT_GDT, sizeof(gdt)), gdt, sizeof(gdt));
}

void boot_protected(struct boot *b, uint64_t entry)
{
    struct vm_state *s = b->vm->cpu[0].s;

    flat_segments(b, 0xc09b);
    s->cr0 = CR0_PE | CR0_ET;
    s->rip = entry;
}

/* Four gigabytes, one to one, in 2 MiB pages: PML4, PDPT, four page directories. */
static void identity_tables(struct boot *b)
{
    uint64_t *t = boot_low(b, BOOT_PAGES, 6 * 4096);

    memset(t, 0, 2 * 4096);
    t[0] = (BOOT_PAGES + 4096) | 3;
    for (unsigned i = 0; i < 4; i++)
        t[512 + i] = (BOOT_PAGES + (2 + i) * 4096) | 3;
    for (uint64_t i = 0; i < 2048; i++)
        t[1024 + i] = i << 21 | 0x83;
}

void boot_long(struct boot *b, uint64_t entry)
{
    struct vm_state *s = b->vm->cpu[0].s;

    flat_segments(b, 0xa09b);
    identity_tables(b);
    s->cr3 = BOOT_PAGES;
    s->cr4 = CR4_PAE;
    s->efer = EFER_LME | EFER_LMA;
    s->cr0 = CR0_PE | CR0_ET | CR0_PG;
    s->rip = entry;
}

/* ------------------------------------------------ dispatch -------------------------------------------------- */

static int load_kernel(struct boot *b)
{
    long header = multiboot_header(b);

    if (header >= 0)
        return multiboot_load(b, header);
    if (elf_is(b))
        return linux_elf_load(b);
    if (bzimage_is(b))
        return bzimage_load(b);
    vm_log(b->vm, "%s: kernel \"%s\" is neither an ELF file, a bzImage nor a multiboot kernel (begins %02x %02x %02x %02x)",
           b->vm->cfg.name, b->kernel.name, b->head[0], b->head[1], b->head[2], b->head[3]);
    return -1;
}

int load_guest(struct vm *vm)
{
    struct boot b = { .vm = vm };

    if (!*vm->cfg.kernel) {
        vm_log(vm, "%s: no kernel is named", vm->cfg.name);
        return -1;
    }
    if (file_open(&b.kernel, vm, "kernel", vm->cfg.kernel) != 0)
        return -1;
    b.head_size = (uint32_t)(b.kernel.size < sizeof(b.head) ? b.kernel.size : sizeof(b.head));
    int result = b.kernel.size == 0 ? -1 : file_read(&b.kernel, 0, b.head, b.head_size, "head");
    if (b.kernel.size == 0)
        vm_log(vm, "%s: kernel \"%s\" is empty", vm->cfg.name, vm->cfg.kernel);
    if (result == 0)
        result = load_kernel(&b);
    file_close(&b.kernel);
    return result;
}
