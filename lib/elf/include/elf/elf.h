// SPDX-License-Identifier: BSD-2-Clause
// Reader of 64-bit x86 ELF executables in memory: load segments and symbol names. For the loader, freestanding; builds for
// the host too. The file may be hostile or cut short: nothing outside [data, data + size) is read.
// Facts: System V ABI, chapters 4 and 5 (object files, program loading); AMD64 supplement.
#ifndef ELF_ELF_H
#define ELF_ELF_H

#include <stddef.h>
#include <stdint.h>

struct elf {
    const uint8_t *data;
    uint64_t size;
    uint64_t entry;
    uint64_t segment_table;              /* file offset */
    unsigned segment_count;
    uint64_t symbols, symbol_count;      /* file offset of .symtab; 0 symbols when there is none */
    uint64_t names, name_bytes;          /* its string table */
};

enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };

struct elf_segment {                     /* of type LOAD */
    uint64_t vaddr, memory_bytes;
    uint64_t offset, file_bytes;         /* inside the file, file_bytes <= memory_bytes */
    unsigned flags;                      /* ELF_* */
};

/* NULL, or what is wrong with the file. Alignment of `data` does not matter. */
const char *elf_open(struct elf *, const void *data, uint64_t size);

/* The nth LOAD segment with memory; 0 = there is no nth. elf_open has checked them all. */
int elf_segment(const struct elf *, unsigned n, struct elf_segment *out);

/* Name of the function that an address lies in, and the distance from its start; NULL = unknown. */
const char *elf_function_at(const struct elf *, uint64_t address, uint64_t *distance);

#endif
