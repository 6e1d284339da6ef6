// SPDX-License-Identifier: BSD-2-Clause
// The component information page(s): how a component finds its capabilities, dataports and attributes by name.
// Made by spec/describe.h, mapped read-only at LAYOUT_INFO (its address is the first thread argument), read by lib/rt.
// One read-only table: head, entries, texts.
#ifndef SPEC_INFO_H
#define SPEC_INFO_H

#include <stdint.h>

#define INFO_MAGIC "BHINFO1"            /* 8 bytes with the zero */

struct info_head {
    char     magic[8];
    uint32_t bytes;                     /* of the whole table */
    uint32_t entry_offset, entry_count; /* struct info_entry */
    uint32_t string_offset, string_bytes;
    uint32_t name, type;                /* of the instance: offsets into the texts, as all names */
    uint32_t thread_count;
    uint64_t heap_vaddr, heap_bytes;
    uint64_t free_vaddr, free_vaddr_end;/* address range for the component's own mappings */
    uint32_t free_slot, free_slot_count;/* slots for capabilities it makes itself */
    uint32_t cnode_bits;
    uint32_t core;                      /* affinity of the control thread */
};

enum info_kind {
    INFO_CAP,           /* a slot, b count, c first | last << 16 of PORTS, physical address of device memory,
                           d enum spec_kind, e bits of the object */
    INFO_DATAPORT,      /* a address, b bytes, c physical address of device memory, else 0, d rights */
    INFO_INT,           /* a value */
    INFO_TEXT,          /* a offset of the text, b its length */
    INFO_THREAD,        /* a lowest stack address, b stack end, c IPC buffer, d TCB slot or 0, e reply slot;
                           in the order of thread indices; the control thread is first and named "" */
    INFO_CLIENT,        /* name = provided interface; a badge, b offset of the client instance's name,
                           c address of the client's shared buffer or 0, d its bytes */
    INFO_KIND_COUNT
};

struct info_entry {
    uint32_t kind, name;
    uint64_t a, b, c;
    uint32_t d, e;
};
_Static_assert(sizeof(struct info_entry) == 40, "packed by design");
_Static_assert(sizeof(struct info_head) == 88, "packed by design");

/* Names the describing layer makes by itself. */
#define INFO_CAP_START   "rt.start"     /* notification: interface threads wait here until the component is ready */
#define INFO_CAP_LOCK    "rt.lock"      /* notification behind the C library's lock */
#define INFO_CAP_CNODE   "rt.cnode"     /* own CNode, where asked for */
#define INFO_CAP_VSPACE  "rt.vspace"    /* own address space, where asked for */
#define INFO_CAP_ASIDS   "rt.asid_pool"

#endif
