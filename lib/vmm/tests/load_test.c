// SPDX-License-Identifier: BSD-2-Clause
// Loaders on generated kernels: what a guest finds at its entry, and that each damaged file is refused with one message.
#include "fake_host.h"

#include <vmm/x86.h>

#include "elf_format.h"
#include "load.h"

static struct fake f;

#define IMAGE_MAX 0x8000
static uint8_t image[IMAGE_MAX];
static uint64_t image_size;
static uint8_t initrd[10000];

static void start(uint64_t mb, bool with_initrd)
{
    f.cfg.kernel = "vmlinux";
    f.cfg.initrd = with_initrd ? "rootfs.cpio" : "";
    f.cfg.cmdline = f.cfg.cmdline ? f.cfg.cmdline : "console=ttyS0 quiet";
    assert_non_null(fake_machine(&f, mb));
    for (unsigned i = 0; i < sizeof(initrd); i++)
        initrd[i] = (uint8_t)(i * 7);
    f.file[0] = (struct fake_file){ "vmlinux", image, image_size };
    f.file[1] = (struct fake_file){ "rootfs.cpio", initrd, sizeof(initrd) };
}

static int lines(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += *s == '\n';
    return n;
}

/* ---- images ---- */

struct elf_options { bool is64, pvh, multiboot; uint64_t paddr, entry; };

static void put_note(uint8_t *at, uint32_t value)
{
    const uint32_t words[] = { 4, 4, 18, 0x006e6558, value };    /* "Xen" */

    memcpy(at, words, sizeof(words));
}

static void make_elf(struct elf_options o)
{
    memset(image, 0xcc, sizeof(image));
    uint64_t entry = o.entry ? o.entry : o.paddr + 0x10;
    unsigned n = o.pvh ? 2 : 1;

    memset(image, 0, 0x1000);
    if (o.is64) {
        struct elf64_header h = { .ident = "\177ELF\2\1\1", .type = ELF_EXEC, .machine = ELF_X86_64, .version = 1,
                                  .entry = entry, .phoff = 64, .ehsize = 64, .phentsize = 56, .phnum = (uint16_t)n };
        struct elf64_segment p[2] = {
            { ELF_LOAD, 5, 0x1000, o.paddr, o.paddr, 0x2000, 0x5000, 0x1000 },
            { ELF_NOTE, 4, 0x400, 0, 0, 20, 20, 4 },
        };
        memcpy(image, &h, sizeof(h));
        memcpy(image + 64, p, n * sizeof(p[0]));
    } else {
        struct elf32_header h = { .ident = "\177ELF\1\1\1", .type = ELF_EXEC, .machine = ELF_386, .version = 1,
                                  .entry = (uint32_t)entry, .phoff = 52, .ehsize = 52, .phentsize = 32,
                                  .phnum = (uint16_t)n };
        struct elf32_segment p[2] = {
            { ELF_LOAD, 0x1000, (uint32_t)o.paddr, (uint32_t)o.paddr, 0x2000, 0x5000, 5, 0x1000 },
            { ELF_NOTE, 0x400, 0, 0, 20, 20, 4, 4 },
        };
        memcpy(image, &h, sizeof(h));
        memcpy(image + 52, p, n * sizeof(p[0]));
    }
    if (o.pvh)
        put_note(image + 0x400, (uint32_t)o.paddr + 0x20);
    if (o.multiboot) {
        const uint32_t mb[3] = { 0x1badb002, 3, -(0x1badb002 + 3) };
        memcpy(image + 0x800, mb, sizeof(mb));
    }
    image_size = 0x3000;
}

static void put16(unsigned at, uint16_t v) { memcpy(image + at, &v, 2); }
static void put32(unsigned at, uint32_t v) { memcpy(image + at, &v, 4); }
static void put64(unsigned at, uint64_t v) { memcpy(image + at, &v, 8); }

static void make_bzimage(bool is64)
{
    memset(image, 0, sizeof(image));
    image[0x1f1] = 4;                                            /* five sectors of setup */
    put16(0x1fe, 0xaa55);
    image[0x200] = 0xeb, image[0x201] = 0x66;                    /* header up to 0x268 */
    put32(0x202, 0x53726448);
    put16(0x206, 0x20f);
    image[0x211] = 1;
    put32(0x22c, 0x7fffffff);
    put32(0x230, 0x200000);
    image[0x234] = 1;
    put16(0x236, is64 ? 3 : 2);
    put32(0x238, 2047);
    put64(0x258, 0x1000000);
    put32(0x260, 0x800000);
    memset(image + 0xa00, 0x5a, 0x3000);
    image_size = 0xa00 + 0x3000;
}

/* ---- what the guest finds ---- */

static void check_flat32(uint64_t entry)
{
    assert_int_equal(f.state.rip, entry);
    assert_int_equal(f.state.cr0 & (CR0_PE | CR0_PG), CR0_PE);
    assert_int_equal(f.state.rflags & RFLAGS_IF, 0);
    assert_int_equal(f.state.seg[VM_CS].attr, 0xc09b);
    assert_int_equal(f.state.seg[VM_DS].attr, 0xc093);
    assert_int_equal(f.state.seg[VM_SS].limit, 0xffffffff);
    assert_int_equal(f.state.dirty, VM_GROUP_ALL);
}

static uint32_t get32(uint64_t gpa) { uint32_t v; memcpy(&v, fake_ram(&f, gpa), 4); return v; }
static uint64_t get64(uint64_t gpa) { uint64_t v; memcpy(&v, fake_ram(&f, gpa), 8); return v; }

static void check_initrd(uint64_t at, uint64_t size)
{
    assert_int_equal(size, sizeof(initrd));
    assert_int_equal(at & 0xfff, 0);
    assert_true(at + size <= f.ram[0].size);
    assert_memory_equal(fake_ram(&f, at), initrd, sizeof(initrd));
}

static void pvh_32_and_64(void **state)
{
    for (int is64 = 0; is64 < 2; is64++) {
        make_elf((struct elf_options){ .is64 = is64, .pvh = true, .paddr = 0x1000000 });
        start(64, true);
        memset(fake_ram(&f, 0x1002000), 0xff, 0x3000);           /* bss must be cleared */
        assert_int_equal(vm_load(f.vm), 0);
        check_flat32(0x1000020);
        uint64_t info = f.state.gpr[VM_RBX];
        assert_int_equal(get32(info), 0x336ec578);
        assert_int_equal(get32(info + 4), 1);
        assert_int_equal(get32(info + 12), 1);
        check_initrd(get64(get64(info + 16)), get64(get64(info + 16) + 8));
        assert_string_equal((char *)fake_ram(&f, get64(info + 24)), "console=ttyS0 quiet");
        assert_memory_equal(fake_ram(&f, get64(info + 32)), "RSD PTR ", 8);
        assert_int_equal(get32(info + 48), 4);
        assert_memory_equal(fake_ram(&f, 0x1000000), image + 0x1000, 0x2000);
        assert_int_equal(get64(0x1002000) | get64(0x1004ff8), 0);
        fake_free(&f);
    }
}

static void elf_32_without_note_gets_a_zero_page(void **state)
{
    make_elf((struct elf_options){ .paddr = 0x1000000 });
    start(64, true);
    assert_int_equal(vm_load(f.vm), 0);
    check_flat32(0x1000010);
    uint64_t zp = f.state.gpr[VM_RSI];
    assert_int_equal(get32(zp + 0x202), 0x53726448);
    assert_int_equal(*fake_ram(&f, zp + 0x1e8), 4);
    assert_string_equal((char *)fake_ram(&f, get32(zp + 0x228)), "console=ttyS0 quiet");
    check_initrd(get32(zp + 0x218), get32(zp + 0x21c));
    assert_memory_equal(fake_ram(&f, get64(zp + 0x70)), "RSD PTR ", 8);
    fake_free(&f);
}

static void elf_64_without_note_starts_in_long_mode(void **state)
{
    make_elf((struct elf_options){ .is64 = true, .paddr = 0x1000000 });
    start(64, false);
    assert_int_equal(vm_load(f.vm), 0);
    assert_int_equal(f.state.rip, 0x1000010);
    assert_int_equal(f.state.seg[VM_CS].attr, 0xa09b);
    assert_int_equal(f.state.efer & EFER_LMA, EFER_LMA);
    static const uint64_t probe[] = { 0, 0x1000010, 0x3fffffff, 0x40000000, 0xfee00000, 0xffffffff };
    f.state.valid = VM_GROUP_ALL;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t gpa = 1;
        assert_int_equal(guest_translate(f.v, probe[i], PF_WRITE, &gpa), 0);
        assert_int_equal(gpa, probe[i]);
    }
    fake_free(&f);
}

static void bzimage_both_entries(void **state)
{
    for (int is64 = 0; is64 < 2; is64++) {
        make_bzimage(is64);
        start(64, true);
        assert_int_equal(vm_load(f.vm), 0);
        assert_int_equal(f.state.rip, is64 ? 0x100200 : 0x100000);
        assert_memory_equal(fake_ram(&f, 0x100000), image + 0xa00, 0x3000);
        uint64_t zp = f.state.gpr[VM_RSI];
        assert_memory_equal(fake_ram(&f, zp + 0x1f1), image + 0x1f1, 0x1fe - 0x1f1);
        assert_int_equal(*fake_ram(&f, zp + 0x210), 0xff);
        assert_int_equal(get32(zp + 0x214), 0x100000);
        check_initrd(get32(zp + 0x218), get32(zp + 0x21c));
        fake_free(&f);
    }
}

static void multiboot_elf(void **state)
{
    make_elf((struct elf_options){ .paddr = 0x100000, .multiboot = true });
    start(32, true);
    assert_int_equal(vm_load(f.vm), 0);
    check_flat32(0x100010);
    assert_int_equal(f.state.gpr[VM_RAX], 0x2badb002);
    uint64_t info = f.state.gpr[VM_RBX];
    assert_string_equal((char *)fake_ram(&f, get32(info + 16)), "vmlinux console=ttyS0 quiet");
    assert_int_equal(get32(info + 20), 1);
    check_initrd(get32(get32(info + 24)), get32(get32(info + 24) + 4) - get32(get32(info + 24)));
    assert_int_equal(get32(info + 44), 4 * 24);
    fake_free(&f);
}

static void multiboot_by_addresses(void **state)
{
    memset(image, 0x77, sizeof(image));
    const uint32_t mb[8] = { 0x1badb002, 0x10003, -(0x1badb002 + 0x10003), 0x200020, 0x200000, 0x201000, 0x203000,
                             0x200100 };
    memcpy(image + 0x40, mb, sizeof(mb));
    image_size = 0x2000;
    start(32, false);
    memset(fake_ram(&f, 0x201000), 0xee, 0x2000);
    assert_int_equal(vm_load(f.vm), 0);
    check_flat32(0x200100);
    assert_memory_equal(fake_ram(&f, 0x200000), image + 0x20, 0x1000);
    assert_int_equal(get64(0x201000), 0);
    fake_free(&f);
}

static void memory_above_4g_is_told(void **state)
{
    struct vm_ram_region ram[VM_MAX_RAM_REGIONS];

    /* only the map: no 5 GiB are needed for it */
    assert_int_equal(vm_ram_layout(5 << 10, ram), 2);
    make_elf((struct elf_options){ .pvh = true, .paddr = 0x1000000 });
    start(64, false);
    f.vm->ram[1] = ram[1];
    f.vm->ram[1].host = f.ram[0].host;
    f.vm->nregions = 2;
    assert_int_equal(vm_load(f.vm), 0);
    uint64_t info = f.state.gpr[VM_RBX], map = get64(info + 40);
    assert_int_equal(get32(info + 48), 5);
    assert_int_equal(get64(map + 4 * 24), 4ull << 30);
    assert_int_equal(get64(map + 4 * 24 + 8), 2ull << 30);
    f.vm->nregions = 1;
    fake_free(&f);
}

/* ---- refusals ---- */

static void refuse(const char *word)
{
    f.log[0] = 0;
    assert_int_equal(vm_load(f.vm), -1);
    assert_int_equal(lines(f.log), 1);
    if (!strstr(f.log, word))
        fail_msg("no \"%s\" in: %s", word, f.log);
}

/* Cut at each byte: a message each time, until the last loaded byte is there. */
static void truncation_at_each_byte(void **state)
{
    static uint8_t whole[IMAGE_MAX];

    for (int kind = 0; kind < 3; kind++) {
        if (kind < 2)
            make_elf((struct elf_options){ .is64 = kind, .pvh = true, .paddr = 0x1000000 });
        else
            make_bzimage(true);
        uint64_t full = image_size;
        memcpy(whole, image, sizeof(whole));
        start(64, false);
        for (uint64_t n = 0; n < full; n += n < 0x1100 ? 1 : 37) {
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, whole, n);
            f.file[0] = (struct fake_file){ "vmlinux", exact, n };
            f.log[0] = 0;
            int result = vm_load(f.vm);
            if (kind < 2 || n <= 0xa00) {
                assert_int_equal(result, -1);
                assert_int_equal(lines(f.log), 1);
                assert_non_null(strstr(f.log, "vmlinux"));
            }
            free(exact);
        }
        fake_free(&f);
    }
}

/* Any single byte of the headers changed to any of some values: loads or refuses, never more than one message. */
static void damaged_headers(void **state)
{
    static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };

    for (int kind = 0; kind < 4; kind++) {
        if (kind < 2)
            make_elf((struct elf_options){ .is64 = kind, .pvh = true, .paddr = 0x1000000 });
        else if (kind == 2)
            make_bzimage(false);
        else
            make_elf((struct elf_options){ .paddr = 0x100000, .multiboot = true });
        start(32, true);
        unsigned from = kind == 2 ? 0x1f0 : 0, to = kind == 2 ? 0x270 : 0x420;
        for (unsigned i = from; i < to; i++) {
            for (unsigned k = 0; k < sizeof(values); k++) {
                uint8_t old = image[i];
                image[i] = values[k];
                f.log[0] = 0;
                int result = vm_load(f.vm);
                assert_int_equal(lines(f.log), result ? 1 : 0);
                image[i] = old;
            }
        }
        fake_free(&f);
    }
}

static void each_mistake_has_its_message(void **state)
{
    make_elf((struct elf_options){ .pvh = true, .paddr = 0x1000000 });
    start(32, true);
    f.file[1].name = "other";
    refuse("initrd \"rootfs.cpio\": no such file");
    f.file[1] = (struct fake_file){ "rootfs.cpio", initrd, 0 };
    refuse("is empty");
    f.file[1] = (struct fake_file){ "rootfs.cpio", initrd, 20 << 20 };
    refuse("has 20480 KiB, RAM of 32 MiB has room for 16364 KiB");
    f.file[0].name = "other";
    refuse("kernel \"vmlinux\": no such file");
    f.file[0] = (struct fake_file){ "vmlinux", "#!/bin/sh\n0123456789", 20 };
    refuse("neither an ELF file, a bzImage nor a multiboot kernel (begins 23 21");
    fake_free(&f);

    make_elf((struct elf_options){ .pvh = true, .paddr = 0x4000000 });
    start(32, false);
    refuse("wants memory 0x4000000 to 0x4005000; a guest with 32 MiB");
    fake_free(&f);

    make_elf((struct elf_options){ .pvh = true, .paddr = 0x8000 });
    start(32, false);
    refuse("wants memory 0x8000");
    fake_free(&f);

    make_bzimage(true);
    put32(0x260, 0x4000000);
    start(32, false);
    refuse("wants memory 0x1000000 to 0x5000000");
    fake_free(&f);

    static char longline[3000];
    memset(longline, 'x', sizeof(longline) - 1);
    make_elf((struct elf_options){ .pvh = true, .paddr = 0x1000000 });
    f.cfg.cmdline = longline;
    start(32, false);
    refuse("command line has 2999 characters");
    fake_free(&f);
}

static void loading_twice_gives_the_same(void **state)
{
    make_elf((struct elf_options){ .pvh = true, .paddr = 0x1000000 });
    start(32, true);
    assert_int_equal(vm_load(f.vm), 0);
    memset(fake_ram(&f, 0x1000000), 0x11, 0x5000);
    f.state.rip = 0;
    assert_int_equal(vm_reset(f.vm), 0);
    check_flat32(0x1000020);
    assert_memory_equal(fake_ram(&f, 0x1000000), image + 0x1000, 0x2000);
    fake_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pvh_32_and_64),
        cmocka_unit_test(elf_32_without_note_gets_a_zero_page),
        cmocka_unit_test(elf_64_without_note_starts_in_long_mode),
        cmocka_unit_test(bzimage_both_entries),
        cmocka_unit_test(multiboot_elf),
        cmocka_unit_test(multiboot_by_addresses),
        cmocka_unit_test(memory_above_4g_is_told),
        cmocka_unit_test(truncation_at_each_byte),
        cmocka_unit_test(damaged_headers),
        cmocka_unit_test(each_mistake_has_its_message),
        cmocka_unit_test(loading_twice_gives_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
