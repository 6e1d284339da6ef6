// SPDX-License-Identifier: BSD-2-Clause
// The initial task, inside. It builds the system its spec describes and then supervises it:
//
//   archive.c   finds the spec and the programs in the CPIO archive linked into the image
//   memory.c    untyped memory, slots, arena
//   objects.c   plans and makes every object of the spec, biggest first
//   space.c     page tables, mappings, contents of frames, loading of programs
//   caps.c      fills the components' CNodes
//   threads.c   configures and starts the threads
//   supervise.c tells of faults and stops what is broken
//
// One thread, no heap; a failure while building is fatal and says what could not be done and why.
#ifndef LOADER_H
#define LOADER_H

#include <elf/elf.h>
#include <sel4/task.h>
#include <spec/read.h>
#include <stdbool.h>

#define PAGE 4096ull
#define LARGE_PAGE (2ull << 20)
#define ROOT seL4_CapInitThreadCNode
#define DEPTH 64                          /* of slot numbers in the root CNode, whose capability has a guard */

/* Frames: of a FRAMES object, or of a program's segment. Pages in order of their offset: first `lent` pages of our own
 * image (of the archive), then `large` ones, then `small` ones. */
struct frames {
    uint64_t bytes;
    uint32_t lent_count, large_count, small_count;
    uint32_t lent_page;                   /* first page of the image lent */
    seL4_CPtr large, small;
    bool mapped;                          /* the frames' own capabilities are in use: further mappings copy them */
    bool may_lend;
    const char *name;
    const uint8_t *source;                /* contents, or NULL */
    uint64_t source_bytes, dest;          /* go to [dest, dest + source_bytes) */
};

/* One loaded segment of a program. */
struct segment {
    struct segment *next;
    uint32_t vspace;                      /* object */
    uint64_t vaddr;
    seL4_Word rights, attributes;
    struct frames frames;
};

struct object {                           /* beside each spec_object */
    seL4_CPtr cap;                        /* first of `count` */
    struct frames *frames;                /* SPEC_FRAMES */
    uint64_t entry;                       /* SPEC_VSPACE: of the program loaded there */
};

extern struct loader {
    const seL4_BootInfo *boot;
    struct spec spec;
    struct object *object;
    struct segment *segments;
    struct elf *program;                  /* by component; data == NULL: none */
    seL4_CPtr fault_endpoint, reply;
    uint64_t used_bytes;                  /* memory given to objects */
    uint32_t capabilities, frames_made, frames_lent;
    bool quiet;                           /* the word "quiet" on the kernel's command line */
} loader;

/* ---- messages ---- */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *thread_label(uint32_t thread);                 /* "vm0" or "serial.putchar"; in a static buffer */

/* ---- archive.c ---- */
struct file { const uint8_t *data; uint64_t size; };
void archive_open(void);                                   /* fills loader.spec, loader.program */
bool archive_find(const char *name, struct file *out);
/* The page of our image at an address, as index into bootinfo.userImageFrames; false outside of it. */
bool image_page(const void *address, uint32_t *page);
/* How many whole pages from the start of [data, data + bytes) can be lent: 0 when not aligned. */
uint32_t lendable_pages(const uint8_t *data, uint64_t bytes);

/* ---- memory.c ---- */
void memory_init(void);
void *arena(size_t bytes);                                 /* zero-filled, never given back */
seL4_CPtr slots(uint32_t count);
void slot_give_back(seL4_CPtr);                            /* the one taken last */
uint64_t memory_left(void);
unsigned object_bits(seL4_Word type, unsigned user_bits);
/* `count` objects in consecutive slots; fatal with `name` when memory does not suffice. */
void make_objects(seL4_Word type, unsigned user_bits, seL4_CPtr slot, uint32_t count, const char *name);
seL4_CPtr make_object(seL4_Word type, unsigned user_bits, const char *name);
/* Frames or untyped of 2^bits bytes at a physical address, out of the machine's device memory. */
void make_device(seL4_Word type, unsigned bits, uint64_t paddr, seL4_CPtr slot, uint32_t count, const char *name);

/* ---- objects.c ---- */
void objects_make(void);

/* ---- space.c ---- */
void programs_plan(void);                                  /* before objects_make: segments as frames */
void frames_plan(struct frames *, unsigned page_bits, bool large_allowed);
void frames_fill_all(void);
void spaces_map(void);
/* Capability of the page at an offset. For lent pages that of the image frame. */
seL4_CPtr frame_at(const struct frames *, uint64_t offset, unsigned *bits);
/* Reads a word of a component's memory. */
bool space_read(uint32_t vspace, uint64_t vaddr, uint64_t *value);

/* ---- caps.c ---- */
void irqs_make(void);
void caps_install(void);
seL4_Word cnode_guard(uint32_t cnode);
seL4_CPtr badged(seL4_CPtr cap, seL4_Word rights, seL4_Word badge, const char *name);

/* ---- threads.c ---- */
void threads_configure(void);
void threads_start(void);

/* ---- supervise.c ---- */
_Noreturn void supervise(void);

#endif
