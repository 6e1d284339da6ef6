// SPDX-License-Identifier: BSD-2-Clause
// The binary system description ("spec"): which objects exist, which capability lies in which slot, what each address
// space shows where, which threads start how. Written on the host (spec/write.h, spec/describe.h), read and obeyed
// by the initial task (loader/). Little-endian; one file; all offsets from its beginning.
//
//   struct spec_header                magic, version, size, checksum, place of every section
//   sections                          arrays of the structures below, each 8-byte aligned
//   SPEC_STRINGS                      zero-terminated texts; offset 0 is the empty text
//   SPEC_BYTES                        contents for fills
//
// Things refer to one another by index into their section; SPEC_NONE = nothing. A name is an offset into the strings.
// Nothing here names slots of the initial task or kernel addresses: the loader chooses those.
#ifndef SPEC_FORMAT_H
#define SPEC_FORMAT_H

#include <stdint.h>

#define SPEC_MAGIC "BHSPEC\r\n"          /* 8 bytes; catches text-mode transfers */
#define SPEC_VERSION 1
#define SPEC_NONE UINT32_MAX
#define SPEC_FILE_NAME "system.spec"     /* its name in the loader's archive */

enum spec_section_id {
    SPEC_OBJECTS, SPEC_CAPS, SPEC_MAPPINGS, SPEC_FILLS, SPEC_THREADS, SPEC_COMPONENTS, SPEC_STRINGS, SPEC_BYTES,
    SPEC_SECTION_COUNT
};

struct spec_section { uint32_t offset, count; };    /* count: entries; bytes for SPEC_STRINGS and SPEC_BYTES */

struct spec_header {
    char     magic[8];
    uint32_t version;
    uint32_t bytes;                     /* of the whole file */
    uint32_t checksum;                  /* FNV-1a over everything behind this header */
    uint32_t section_count;             /* SPEC_SECTION_COUNT */
    struct spec_section section[SPEC_SECTION_COUNT];
};

/* X(NAME, text in messages). `bits` and the union of struct spec_object by kind:
 *   UNTYPED        bits = size; `count` of them; union: untyped.paddr (device memory; else 0)
 *   CNODE          bits = radix                       SCHED_CONTEXT  bits = size (0: the smallest)
 *   FRAMES         bits = 12 or 21, or 0 = the loader mixes page sizes (then no capability may name single
 *                  frames); union: frames
 *   IRQ            union: irq                         PORTS          union: ports
 *   SCHED_CONTROL  union: core                        others         nothing more   */
#define SPEC_OBJECT_LIST(X)                                                                        \
    X(UNTYPED, "untyped") X(CNODE, "cnode") X(TCB, "tcb") X(ENDPOINT, "ep") X(NOTIFICATION, "notification") \
    X(REPLY, "reply") X(SCHED_CONTEXT, "sc") X(VSPACE, "pml4") X(FRAMES, "frames") X(IRQ, "irq")   \
    X(PORTS, "io_ports") X(ASID_POOL, "asid_pool") X(SCHED_CONTROL, "sched_control") X(VCPU, "vcpu") \
    X(EPT_ROOT, "ept_pml4")

enum spec_kind {
#define X(name, text) SPEC_##name,
    SPEC_OBJECT_LIST(X)
#undef X
    SPEC_KIND_COUNT
};

enum spec_object_flags {
    SPEC_DEVICE = 1,                    /* frames or untyped at fixed physical address: not RAM of ours, not cleared */
    SPEC_CONTIGUOUS = 2,                /* frames of 4 KiB, one behind the other in physical memory: devices use them */
};

struct spec_object {
    uint8_t  kind;                      /* enum spec_kind */
    uint8_t  bits;
    uint16_t flags;
    uint32_t name;
    uint32_t component;                 /* owner for messages, or SPEC_NONE */
    uint32_t count;                     /* equal objects under one index; 1 but for UNTYPED, and REPLY, ... */
    union {
        struct { uint64_t paddr; } untyped;
        struct { uint64_t bytes, paddr; } frames;      /* bytes: multiple of 4 KiB, of 2 MiB when bits = 21 */
        struct {
            uint16_t ioapic, pin;
            uint8_t  level, polarity;                  /* 1 = level-triggered, 1 = active low */
            uint8_t  vector, reserved;                 /* 0 .. 107 */
            uint32_t notification;                     /* object signalled, or SPEC_NONE */
            uint32_t reserved2;
            uint64_t badge;
        } irq;
        struct { uint16_t first, last; } ports;
        struct { uint32_t core; } sched_control;
        uint64_t raw[3];
    };
};

/* `count` capabilities to element first, first + 1, ... of `object` in slots slot, slot + 1, ... of `cnode`.
 * For FRAMES an element is one frame. */
struct spec_cap {
    uint32_t cnode, slot;
    uint32_t object, first, count;
    uint32_t rights;                    /* ABI_RIGHT_* */
    uint64_t badge;                     /* endpoint, notification; guard word of a CNode */
};

/* Bytes [offset, offset + bytes) of a FRAMES object seen at vaddr. All three multiples of 4 KiB. */
struct spec_mapping {
    uint32_t vspace, frames;
    uint64_t vaddr, offset, bytes;
    uint32_t rights;                    /* ABI_RIGHT_READ, ABI_RIGHT_WRITE */
    uint32_t attributes;                /* ABI_ATTR_* */
};

/* What stands in frames at the start; the rest is zero. Frames that nobody may write and that a file fills from
 * offset 0 with a page-aligned source are not copied but lent from the archive. */
enum spec_fill_kind { SPEC_FILL_FILE, SPEC_FILL_BYTES, SPEC_FILL_KIND_COUNT };
struct spec_fill {
    uint32_t frames;
    uint32_t kind;                      /* enum spec_fill_kind */
    uint32_t file;                      /* name in the archive (SPEC_FILL_FILE) */
    uint32_t reserved;
    uint64_t dest;                      /* offset in the frames */
    uint64_t source;                    /* offset in the file or in SPEC_BYTES */
    uint64_t bytes;
};

enum spec_thread_flags { SPEC_THREAD_HELD = 1 /* configured but not started */ };

/* Registers at the start: rdi, rsi = argument[]; rdx = TSC frequency in Hz; ecx = enum abi_virt_backend |
 * debug << 8; r8 = TSC at boot; rsp = stack. */
struct spec_thread {
    uint32_t name, component;
    uint32_t tcb, cnode, vspace;
    uint32_t sched_context;             /* SPEC_NONE: a passive thread */
    uint32_t ipc_frames, ipc_page;      /* IPC buffer: page of that FRAMES object (bits 12), seen at ipc_vaddr */
    uint64_t ipc_vaddr;
    uint64_t entry;                     /* 0: that of the ELF loaded into the address space */
    uint64_t stack;
    uint64_t argument[2];
    uint64_t budget, period;            /* microseconds; equal = round robin */
    uint8_t  priority, max_priority;
    uint16_t core;
    uint32_t notification;              /* bound to the TCB, or SPEC_NONE */
    uint32_t fault_endpoint;            /* SPEC_NONE: the loader supervises */
    uint32_t flags;                     /* enum spec_thread_flags */
    uint64_t fault_badge;               /* with fault_endpoint */
};

struct spec_component {
    uint32_t name, type;
    uint32_t file;                      /* ELF in the archive loaded into `vspace`; 0 = none */
    uint32_t cnode, vspace;
    uint32_t reserved;
};

/* FNV-1a, 32 bits. */
static inline uint32_t spec_checksum(const uint8_t *data, uint64_t bytes)
{
    uint32_t h = 2166136261u;
    for (uint64_t i = 0; i < bytes; i++) {
        h = (h ^ data[i]) * 16777619u;
    }
    return h;
}

_Static_assert(sizeof(struct spec_header) == 24 + 8 * SPEC_SECTION_COUNT, "packed by design");
_Static_assert(sizeof(struct spec_object) == 40, "idem");
_Static_assert(sizeof(struct spec_cap) == 32, "idem");
_Static_assert(sizeof(struct spec_mapping) == 40, "idem");
_Static_assert(sizeof(struct spec_fill) == 40, "idem");
_Static_assert(sizeof(struct spec_thread) == 112, "idem");
_Static_assert(sizeof(struct spec_component) == 24, "idem");

#endif
