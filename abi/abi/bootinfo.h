// SPDX-License-Identifier: BSD-2-Clause
// What the kernel tells the initial task: its capabilities, its memory, the machine.
// Facts: seL4 Reference Manual, chapter 9 (system bootstrapping).
//
// The initial task starts with rdi = address of struct abi_bootinfo (one or more read-only pages, the
// extra blocks directly behind it, padded to a page), its CNode of 2^ABI_ROOT_CNODE_BITS slots,
// its image mapped as its ELF says, an IPC buffer and a scheduling context without limit.
#ifndef ABI_BOOTINFO_H
#define ABI_BOOTINFO_H

#include <stdint.h>

enum abi_root_slot {
    ABI_CAP_NULL = 0,
    ABI_CAP_INIT_TCB,
    ABI_CAP_INIT_CNODE,
    ABI_CAP_INIT_VSPACE,
    ABI_CAP_IRQ_CONTROL,
    ABI_CAP_ASID_CONTROL,
    ABI_CAP_INIT_ASID_POOL,
    ABI_CAP_IO_PORT_CONTROL,
    ABI_CAP_IO_SPACE,
    ABI_CAP_BOOTINFO_FRAME,
    ABI_CAP_INIT_IPC_BUFFER,
    ABI_CAP_DOMAIN,
    ABI_CAP_SMMU_SID,              /* other architectures */
    ABI_CAP_SMMU_CB,
    ABI_CAP_INIT_SCHED_CONTEXT,
    ABI_CAP_RESERVED_15,
    ABI_CAP_FIRST_FREE
};

struct abi_slot_range { uint64_t start, end; };    /* [start, end) */

struct abi_untyped {
    uint64_t paddr;
    uint8_t  size_bits;
    uint8_t  is_device;
    uint8_t  pad[6];
};

#define ABI_BOOTINFO_MAX_UNTYPED 230
#define ABI_BOOTINFO_MAX_CPUS 64

struct abi_bootinfo {
    uint64_t extra_len;                /* bytes of extra blocks, ABI_BOOTINFO_BYTES behind this structure */
    uint64_t node_id;                  /* boot CPU, 0 */
    uint64_t num_nodes;
    uint64_t num_iopt_levels;          /* 0 = no IOMMU */
    uint64_t ipc_buffer;               /* virtual address */
    struct abi_slot_range empty;
    struct abi_slot_range shared_frames;
    struct abi_slot_range user_image_frames;  /* 4 KiB frames of the image, ascending address */
    uint64_t user_image_vaddr;                /* of the first one; the image is contiguous */
    struct abi_slot_range user_image_paging;
    struct abi_slot_range io_space_caps;
    struct abi_slot_range extra_bi_pages;
    uint64_t init_cnode_bits;
    uint64_t init_domain;
    struct abi_slot_range sched_control;      /* one per CPU */
    struct abi_slot_range untyped;
    struct abi_untyped untyped_list[ABI_BOOTINFO_MAX_UNTYPED];
    /* beyond the manual */
    uint64_t tsc_hz;
    uint64_t boot_tsc;                 /* TSC when the kernel gained control */
    uint64_t ram_bytes;                /* all RAM the firmware reports */
    uint64_t kernel_bytes;             /* RAM the kernel keeps: code, data, per-CPU, page tables */
    uint32_t virt_backend;             /* enum abi_virt_backend */
    uint32_t debug;                    /* nonzero: debug system calls exist */
    char     cmdline[256];             /* of the kernel image */
};

enum abi_virt_backend { ABI_VIRT_NONE = 0, ABI_VIRT_SVM = 1, ABI_VIRT_VMX = 2 };

#define ABI_BOOTINFO_BYTES 8192         /* the structure, padded; the extra blocks start here */
_Static_assert(sizeof(struct abi_bootinfo) <= ABI_BOOTINFO_BYTES, "bootinfo fits");

/* Extra blocks: header, then payload; `len` counts both and is a multiple of 8. */
struct abi_bi_header { uint64_t id, len; };
enum { ABI_BI_PADDING = 0, ABI_BI_VBE = 1, ABI_BI_MULTIBOOT_MMAP = 2, ABI_BI_ACPI_RSDP = 3,
       ABI_BI_FRAMEBUFFER = 4, ABI_BI_TSC_FREQ = 5 /* uint32_t MHz */ };

#endif
