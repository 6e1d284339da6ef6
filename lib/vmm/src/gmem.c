// SPDX-License-Identifier: BSD-2-Clause
// Guest-physical memory: the layout of RAM, the one checked way from a guest-physical address to a host pointer,
// and copies that cross regions. Every guest-given address in the monitor goes through guest_ptr.
#include "machine.h"

#include <string.h>

#define LOW_RAM_END  (3ull << 30)
#define HIGH_RAM     (4ull << 30)
#define MAX_RAM_MB   (1ull << 20)

int vm_ram_layout(uint64_t ram_mb, struct vm_ram_region region[VM_MAX_RAM_REGIONS])
{
    if (ram_mb == 0 || ram_mb > MAX_RAM_MB)
        return -1;
    uint64_t bytes = ram_mb << 20, low = bytes < LOW_RAM_END ? bytes : LOW_RAM_END;

    region[0] = (struct vm_ram_region){ .gpa = 0, .size = low };
    if (bytes == low)
        return 1;
    region[1] = (struct vm_ram_region){ .gpa = HIGH_RAM, .size = bytes - low };
    return 2;
}

void *guest_ptr(vm_t *vm, uint64_t gpa, uint64_t len)
{
    for (int i = 0; i < vm->nregions; i++) {
        const struct vm_ram_region *r = &vm->ram[i];
        uint64_t offset = gpa - r->gpa;      /* wraps to something huge below the region */

        if (offset < r->size && len <= r->size - offset)
            return (uint8_t *)r->host + offset;
    }
    return NULL;
}

/* Host pointer to what is RAM from gpa on; *n is cut to the bytes that follow in the same region. */
static uint8_t *ram_run(vm_t *vm, uint64_t gpa, size_t *n)
{
    for (int i = 0; i < vm->nregions; i++) {
        const struct vm_ram_region *r = &vm->ram[i];
        uint64_t offset = gpa - r->gpa;

        if (offset < r->size) {
            if (*n > r->size - offset)
                *n = r->size - offset;
            return (uint8_t *)r->host + offset;
        }
    }
    return NULL;
}

static bool all_ram(vm_t *vm, uint64_t gpa, size_t len)
{
    while (len) {
        size_t n = len;

        if (!ram_run(vm, gpa, &n))
            return false;
        gpa += n;
        len -= n;
    }
    return true;
}

int vm_read_phys(vm_t *vm, uint64_t gpa, void *buffer, size_t len)
{
    uint8_t *to = buffer;

    if (!all_ram(vm, gpa, len))
        return -1;
    while (len) {
        size_t n = len;
        const uint8_t *from = ram_run(vm, gpa, &n);

        memcpy(to, from, n);
        to += n, gpa += n, len -= n;
    }
    return 0;
}

int vm_write_phys(vm_t *vm, uint64_t gpa, const void *buffer, size_t len)
{
    const uint8_t *from = buffer;

    if (!all_ram(vm, gpa, len))
        return -1;
    while (len) {
        size_t n = len;
        uint8_t *to = ram_run(vm, gpa, &n);

        memcpy(to, from, n);
        from += n, gpa += n, len -= n;
    }
    return 0;
}
