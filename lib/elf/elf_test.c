// SPDX-License-Identifier: BSD-2-Clause
// The ELF reader on a hand-made file, cut short and damaged in every way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <elf/elf.h>
#include <stdlib.h>
#include <string.h>

struct file {
    Elf64_Ehdr head;
    Elf64_Phdr segment[3];
    Elf64_Shdr section[3];
    Elf64_Sym symbol[2];
    char names[16];
    char text[64];
};

static struct file good(void)
{
    struct file f = { 0 };
    memcpy(f.head.e_ident, "\177ELF\2\1\1", 7);
    f.head.e_type = ET_EXEC;
    f.head.e_machine = EM_X86_64;
    f.head.e_entry = 0x400010;
    f.head.e_phoff = offsetof(struct file, segment);
    f.head.e_phentsize = sizeof(Elf64_Phdr);
    f.head.e_phnum = 3;
    f.head.e_shoff = offsetof(struct file, section);
    f.head.e_shentsize = sizeof(Elf64_Shdr);
    f.head.e_shnum = 3;
    f.segment[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = offsetof(struct file, text),
                                 .p_vaddr = 0x400000, .p_filesz = 64, .p_memsz = 64 };
    f.segment[1] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
    f.segment[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x401000, .p_memsz = 0x2000 };
    f.section[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_offset = offsetof(struct file, symbol),
                                 .sh_size = sizeof(f.symbol), .sh_link = 2 };
    f.section[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct file, names),
                                 .sh_size = sizeof(f.names) };
    strcpy(f.names + 1, "main");
    f.symbol[1] = (Elf64_Sym){ .st_name = 1, .st_info = STT_FUNC, .st_value = 0x400010, .st_size = 0x20 };
    return f;
}

static void reads(void **state)
{
    (void)state;
    struct file f = good();
    struct elf e;
    struct elf_segment s;
    assert_null(elf_open(&e, &f, sizeof(f)));
    assert_int_equal(e.entry, 0x400010);
    assert_true(elf_segment(&e, 0, &s));
    assert_int_equal(s.flags, ELF_READ | ELF_EXECUTE);
    assert_true(elf_segment(&e, 1, &s));
    assert_int_equal(s.memory_bytes, 0x2000);
    assert_false(elf_segment(&e, 2, &s));
    uint64_t distance = 0;
    assert_string_equal(elf_function_at(&e, 0x400018, &distance), "main");
    assert_int_equal(distance, 8);
    assert_null(elf_function_at(&e, 0x400030, &distance));
}

static void refuses_short(void **state)
{
    (void)state;
    struct file f = good();
    for (size_t n = 0; n < sizeof(f); n++) {
        struct elf e;
        char *cut = malloc(n + 1);
        memcpy(cut, &f, n);
        assert_non_null(elf_open(&e, cut, n));
        free(cut);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (unsigned round = 0; round < 200000; round++) {
        struct file *f = malloc(sizeof(*f));
        struct elf e;
        struct elf_segment s;
        *f = good();
        for (unsigned n = round % 5 + 1; n; n--) {
            random = random * 1664525 + 1013904223;
            ((uint8_t *)f)[8 + (random >> 10) % (sizeof(*f) - 8)] = (uint8_t)(random >> 2);
        }
        if (!elf_open(&e, f, sizeof(*f))) {
            for (unsigned n = 0; elf_segment(&e, n, &s); n++) {
                volatile uint8_t last = s.file_bytes ? e.data[s.offset + s.file_bytes - 1] : 0;
                (void)last;
            }
            uint64_t distance;
            const char *name = elf_function_at(&e, 0x400018, &distance);
            assert_true(!name || strlen(name) < sizeof(*f));
        }
        free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads), cmocka_unit_test(refuses_short), cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
