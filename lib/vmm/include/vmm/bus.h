// SPDX-License-Identifier: BSD-2-Clause
// Address buses of a machine: port I/O and guest-physical MMIO.
//
// A device claims ranges; the exit loop turns an access of the guest into one struct bus_access and hands it
// to the claimer. Reads of nothing are all ones, writes to nothing vanish, as on the real bus.
#ifndef VMM_BUS_H
#define VMM_BUS_H

#include <stdbool.h>
#include <stdint.h>

/* What should happen to the guest; the exit loop does it, in one place. */
enum exit_action {
    EXIT_RESUME,       /* go on at rip as it is (the handler set it, or the instruction shall run again) */
    EXIT_NEXT_INSN,    /* done: step over the instruction */
    EXIT_INJECT_GP,
    EXIT_INJECT_UD,
    EXIT_NOT_MINE,     /* nobody knows it: the loop's default for that kind of exit */
    EXIT_STOP_VM,      /* dump the guest with its last exits, stop this VM */
    EXIT_RESET_VM,     /* guest asked for a reboot */
    EXIT_POWER_OFF,    /* guest asked for power-off */
};

struct bus_access {
    uint64_t address;  /* port or guest-physical address */
    uint64_t offset;   /* within the claimed range */
    uint64_t value;    /* written; or to be filled by a read (upper bytes are ignored) */
    uint8_t  size;     /* bytes: ports 1, 2, 4; MMIO 1, 2, 4, 8. Never reaches past the claimed range */
    bool     write;
    uint8_t  vcpu;     /* which VCPU makes the access: each has its own local APIC at the same address */
};

typedef enum exit_action (*bus_handler)(void *device, struct bus_access *);

#define BUS_MAX_RANGES 128

struct vm_platform;

struct bus_range {
    uint64_t base, size;
    bus_handler handler;
    void *device;
    const char *name;
    uint64_t accesses;               /* statistics */
};

struct bus {
    const char *name;
    const struct vm_platform *log_to;         /* where refused claims are told; may be NULL */
    unsigned count;
    struct bus_range *last;                   /* hit by the last access: most come in runs; never NULL */
    uint64_t unclaimed;                       /* statistics: accesses of nothing */
    struct bus_range range[BUS_MAX_RANGES];   /* sorted by base */
    struct bus_range nothing;                 /* what `last` is at first: size 0 */
};

void bus_init(struct bus *, const char *name);
/* 0, or -1 after a message if the range is empty, wraps, overlaps another, or the bus is full. */
int  bus_claim(struct bus *, uint64_t base, uint64_t size, bus_handler, void *device, const char *name);
void bus_release(struct bus *, uint64_t base);
const struct bus_range *bus_find(const struct bus *, uint64_t address);
/* Performs the access. An access nobody claims: reads give ones; returns EXIT_NOT_MINE. An access that
 * straddles the end of a range is split into bytes. */
enum exit_action bus_access(struct bus *, struct bus_access *);

/* For handlers of byte-wide devices: performs a wider access as byte accesses at rising offsets, as the ISA
 * bus does, until one of them says something else than EXIT_NEXT_INSN. */
enum exit_action bus_bytewise(bus_handler, void *device, struct bus_access *);

/* All ones of the width of an access. */
static inline uint64_t bus_ones(unsigned size) { return ~0ull >> (64 - 8 * size); }

#endif
