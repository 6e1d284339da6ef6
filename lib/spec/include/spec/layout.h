// SPDX-License-Identifier: BSD-2-Clause
// Where things stand in a component's address space. spec/describe.h places them, lib/rt only reads the
// component information page; nothing else should depend on these numbers.
#ifndef SPEC_LAYOUT_H
#define SPEC_LAYOUT_H

#define LAYOUT_PROGRAM     0x000000400000ull   /* ELF image (lib/sel4/user.ld) */
#define LAYOUT_PROGRAM_END 0x000040000000ull
#define LAYOUT_INFO        0x000040000000ull   /* component information, read-only */
#define LAYOUT_INFO_END    0x000040100000ull
#define LAYOUT_IPC         0x000040100000ull   /* IPC buffers, a page a thread */
#define LAYOUT_IPC_END     0x000040200000ull
#define LAYOUT_STACKS      0x000040200000ull   /* one below the other, an unmapped page between */
#define LAYOUT_STACKS_END  0x000048000000ull
#define LAYOUT_DATAPORTS   0x000048000000ull   /* up to 2 MiB: packed, a page between */
#define LAYOUT_DATAPORTS_END 0x000080000000ull
#define LAYOUT_HEAP        0x000080000000ull   /* 2 MiB aligned */
#define LAYOUT_HEAP_END    0x004000000000ull
#define LAYOUT_LARGE       0x004000000000ull   /* dataports and files above 2 MiB, 2 MiB aligned */
#define LAYOUT_LARGE_END   0x010000000000ull
#define LAYOUT_FREE        0x010000000000ull   /* the component's own mappings (rt/memory.h) */
#define LAYOUT_FREE_END    0x700000000000ull

#endif
