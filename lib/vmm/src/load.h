// SPDX-License-Identifier: BSD-2-Clause
// Loading a guest: files with messages, the memory plan every boot protocol shares, and the protocols themselves.
#ifndef VMM_LOAD_H
#define VMM_LOAD_H

#include "machine.h"

/* Where things lie below 1 MiB. */
#define BOOT_GDT        0x05000
#define BOOT_INFO       0x06000      /* PVH start info, multiboot info */
#define BOOT_ZERO_PAGE  0x0b000
#define BOOT_PAGES      0x10000      /* page tables of the 64-bit entry: 6 pages */
#define BOOT_CMDLINE    0x20000
#define BOOT_CMDLINE_MAX 0x10000
#define LOW_MEMORY_END  0x9fc00      /* the EBDA begins */
#define ACPI_TABLES     0xe0000
#define ACPI_TABLES_END 0xf0000
#define KERNEL_LOWEST   0x100000
#define INITRD_LIMIT    0x38000000ull  /* what every 32-bit kernel maps directly */

#define BOOT_MAX_E820 8

struct file {
    struct vm *vm;
    const char *what, *name;         /* "kernel", and its name: for messages */
    int handle;
    uint64_t size;
};

enum e820_type { E820_RAM = 1, E820_RESERVED = 2 };
struct e820_entry { uint64_t base, size; uint32_t type; };

struct boot {
    struct vm *vm;
    struct file kernel;
    uint8_t head[8192];              /* the kernel file's first bytes */
    uint32_t head_size;
    uint64_t kernel_end;             /* guest-physical, after bss */
    uint64_t initrd, initrd_size;    /* 0, 0: none */
    uint64_t rsdp;
    uint32_t cmdline_len;
    struct e820_entry e820[BOOT_MAX_E820];
    unsigned ne820;
};

/* -1 after one message. */
int file_open(struct file *, struct vm *, const char *what, const char *name);
/* Exactly n bytes, or -1 after a message that `part` of the file is missing. */
int file_read(const struct file *, uint64_t offset, void *to, uint64_t n, const char *part);
/* The same into guest memory [gpa, gpa + n), which must be RAM from 1 MiB on. */
int file_read_guest(const struct file *, uint64_t offset, uint64_t gpa, uint64_t n, const char *part);
void file_close(struct file *);

/* Checks that [gpa, gpa + n) is RAM a kernel may occupy, and moves kernel_end. -1 after a message. */
int boot_claim(struct boot *, uint64_t gpa, uint64_t n);
/* After the kernel: command line (at most max bytes), initrd below `limit`, e820 map, ACPI tables, BIOS data area. */
int boot_common(struct boot *, const char *cmdline_prefix, uint32_t cmdline_max, uint64_t initrd_limit);
void *boot_low(struct boot *, uint64_t gpa, uint64_t n);   /* host pointer below 1 MiB: always there */

/* CPU state at the entry points. */
void boot_protected(struct boot *, uint64_t entry);        /* flat 32-bit, no paging, interrupts off */
void boot_long(struct boot *, uint64_t entry);             /* 64-bit, first 4 GiB mapped one to one */

/* ELF: loads the segments at their physical addresses. *entry is physical; *pvh 0 when there is no such note. */
struct elf_image { uint64_t entry, pvh_entry; bool is64; };
bool elf_is(const struct boot *);
int elf_load(struct boot *, struct elf_image *);

/* The protocols. Each returns 0 with memory and VCPU 0 ready, or -1 after a message. */
bool bzimage_is(const struct boot *);
int bzimage_load(struct boot *);
int linux_elf_load(struct boot *);
/* Offset of a valid multiboot header in `head`, or -1. */
long multiboot_header(const struct boot *);
int multiboot_load(struct boot *, long header);

/* acpi.c: builds the tables; returns the address of the RSDP. */
uint64_t acpi_build(struct vm *);

#endif
