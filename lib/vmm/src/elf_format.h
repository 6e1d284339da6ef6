// SPDX-License-Identifier: BSD-2-Clause
// The parts of the ELF format a kernel loader needs; not every C library has <elf.h>.
// Facts from: System V ABI, chapters 4 and 5, and its AMD64 supplement.
#ifndef VMM_ELF_FORMAT_H
#define VMM_ELF_FORMAT_H

#include <stdint.h>

enum { ELF_CLASS = 4, ELF_DATA = 5, ELF_IDENT = 16, ELF_CLASS32 = 1, ELF_CLASS64 = 2, ELF_LITTLE = 1 };
enum { ELF_EXEC = 2, ELF_DYN = 3, ELF_386 = 3, ELF_X86_64 = 62, ELF_LOAD = 1, ELF_NOTE = 4 };

struct elf64_header {
    uint8_t ident[ELF_IDENT];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf32_header {
    uint8_t ident[ELF_IDENT];
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf64_segment { uint32_t type, flags; uint64_t offset, vaddr, paddr, filesz, memsz, align; };
struct elf32_segment { uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align; };

#endif
