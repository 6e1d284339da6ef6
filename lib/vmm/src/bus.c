// SPDX-License-Identifier: BSD-2-Clause
// Address buses: a sorted array of claimed ranges, found by bisection, with the last one hit tried first.

#include <stddef.h>
#include <string.h>
#include <vmm/bus.h>
#include <vmm/device.h>

void bus_init(struct bus *b, const char *name)
{
    memset(b, 0, sizeof *b);
    b->name = name;
    b->nothing.name = "nothing";
    b->last = &b->nothing;
}

/* Index of the first range with base > address. */
static unsigned upper_bound(const struct bus *b, uint64_t address)
{
    unsigned low = 0, high = b->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (b->range[mid].base <= address)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int bus_claim(struct bus *b, uint64_t base, uint64_t size, bus_handler handler, void *device,
              const char *name)
{
    const char *why = NULL, *who = "";
    unsigned at = upper_bound(b, base);

    if (size == 0 || !handler)
        why = "is empty";
    else if (base + (size - 1) < base)
        why = "wraps";
    else if (at > 0 && base - b->range[at - 1].base < b->range[at - 1].size)
        why = "overlaps", who = b->range[at - 1].name;
    else if (at < b->count && b->range[at].base - base < size)
        why = "overlaps", who = b->range[at].name;
    else if (b->count == BUS_MAX_RANGES)
        why = "finds no free range";
    if (why) {
        vmm_log(b->log_to, "%s bus: range of %s, 0x%llx size 0x%llx, %s %s", b->name, name,
                (unsigned long long)base, (unsigned long long)size, why, who);
        return -1;
    }
    memmove(&b->range[at + 1], &b->range[at], (b->count - at) * sizeof b->range[0]);
    b->range[at] = (struct bus_range){ base, size, handler, device, name, 0 };
    b->count++;
    b->last = &b->nothing;
    return 0;
}

void bus_release(struct bus *b, uint64_t base)
{
    unsigned at = upper_bound(b, base);
    if (at == 0 || b->range[at - 1].base != base)
        return;
    memmove(&b->range[at - 1], &b->range[at], (b->count - at) * sizeof b->range[0]);
    b->count--;
    b->last = &b->nothing;
}

const struct bus_range *bus_find(const struct bus *b, uint64_t address)
{
    unsigned at = upper_bound(b, address);
    if (at == 0 || address - b->range[at - 1].base >= b->range[at - 1].size)
        return NULL;
    return &b->range[at - 1];
}

enum exit_action bus_bytewise(bus_handler handler, void *device, struct bus_access *a)
{
    enum exit_action action = EXIT_NEXT_INSN;
    uint64_t value = 0;

    for (unsigned i = 0; i < a->size && action == EXIT_NEXT_INSN; i++) {
        struct bus_access byte = *a;
        byte.address += i;
        byte.offset += i;
        byte.size = 1;
        byte.value = (a->value >> (8 * i)) & 0xff;
        action = handler(device, &byte);
        value |= (byte.value & 0xff) << (8 * i);
    }
    if (!a->write)
        a->value = value;
    return action;
}

/* An access over the end of a range: each byte goes where it belongs. Bytes nobody claims read as ones. */
static enum exit_action straddle(struct bus *b, struct bus_access *a)
{
    enum exit_action result = EXIT_NOT_MINE;
    uint64_t value = 0;

    for (unsigned i = 0; i < a->size; i++) {
        struct bus_access byte = *a;
        byte.address += i;
        byte.size = 1;
        byte.value = a->value >> (8 * i);
        enum exit_action action = bus_access(b, &byte);
        value |= (byte.value & 0xff) << (8 * i);
        if (action != EXIT_NOT_MINE)
            result = action;
        if (action != EXIT_NOT_MINE && action != EXIT_NEXT_INSN)
            break;
    }
    if (!a->write)
        a->value = value;
    return result;
}

/* The slow half of bus_access: another range than the last one, or no range, or its end. */
static enum exit_action __attribute__((noinline)) access_elsewhere(struct bus *b, struct bus_access *a)
{
    const struct bus_range *found = bus_find(b, a->address);
    if (found) {
        if (found->size - (a->address - found->base) < a->size)
            return straddle(b, a);
        b->last = &b->range[found - b->range];
        return bus_access(b, a);
    }
    unsigned next = upper_bound(b, a->address);
    if (next < b->count && b->range[next].base - a->address < a->size)
        return straddle(b, a);
    b->unclaimed++;
    if (!a->write)
        a->value = bus_ones(a->size);
    return EXIT_NOT_MINE;
}

enum exit_action bus_access(struct bus *b, struct bus_access *a)
{
    struct bus_range *r = b->last;
    uint64_t offset = a->address - r->base;

    if (offset >= r->size || r->size - offset < a->size)
        return access_elsewhere(b, a);
    a->offset = offset;
    if (a->write)
        a->value &= bus_ones(a->size);
    r->accesses++;
    return r->handler(r->device, a);
}
