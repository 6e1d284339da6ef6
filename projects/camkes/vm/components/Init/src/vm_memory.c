// SPDX-License-Identifier: BSD-2-Clause
// From untyped memory to a VM's RAM, tables and VCPU; see vm_memory.h.
#include "vm_memory.h"
#include <stdio.h>

#define MIB (1ull << 20)
#define OBJECTS_BYTES (256u << 10)       /* VCPU, its page, the upper tables of both trees */

static uint64_t ram_bytes(const struct vm_ram_region *r, int n)
{
    uint64_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += r[i].size;
    return sum;
}

/* Tables cost a page for each GiB (2 MiB frames) and tree. */
static uint64_t bytes_beside_ram(uint64_t ram)
{
    return OBJECTS_BYTES + 2 * 4096 * (ram / (1024 * MIB) + 2);
}

static int too_small(const char *name, uint64_t ram, uint64_t have, void (*say)(const char *line))
{
    char line[256];
    uint64_t need = ram + bytes_beside_ram(ram), beside = (bytes_beside_ram(ram) + MIB - 1) / MIB * MIB;

    snprintf(line, sizeof line, "%s: guest_ram_mb = %llu does not fit: the VM's pool has %llu MiB, %llu MiB are needed; set "
             "%s.simple_untyped23_pool = %llu at least, or guest_ram_mb = %llu at most", name,
             (unsigned long long)(ram / MIB), (unsigned long long)(have / MIB), (unsigned long long)((need + MIB - 1) / MIB),
             name, (unsigned long long)((need + 8 * MIB - 1) / (8 * MIB)),
             (unsigned long long)(have > beside ? (have - beside) / MIB : 0));
    say(line);
    return -1;
}

static int failed(const char *name, const char *what, void (*say)(const char *line))
{
    char line[200];

    snprintf(line, sizeof line, "%s: %s failed: %llu KiB of the VM's pool are left (largest piece %llu KiB); raise "
             "%s.simple_untyped23_pool or %s.cnode_size_bits", name, what, (unsigned long long)(rt_memory_left() >> 10),
             (unsigned long long)(rt_memory_largest() >> 10), name, name);
    say(line);
    return -1;
}

/* 1 GiB frames where they fit exactly, else 2 MiB ones, else (small or odd pools) 4 KiB ones. */
static bool allocate(struct rt_region *region, uint64_t size)
{
    if (size % (1024 * MIB) == 0 && rt_memory_largest() >= 1024 * MIB && rt_region_new(region, size, 30))
        return true;
    if (size >= 2 * MIB && rt_memory_largest() >= 2 * MIB && rt_region_new(region, size, 21))
        return true;
    return rt_region_new(region, size, 12);
}

int vm_memory_build(const char *name, struct vm_ram_region *region, int regions, void (*say)(const char *line),
                    struct vm_objects *o)
{
    uint64_t ram = ram_bytes(region, regions);

    *o = (struct vm_objects){ 0 };
    if (!rt_memory_init()) {
        char line[128];
        snprintf(line, sizeof line, "%s: the assembly gives this VM no untyped pool; set %s.simple_untyped23_pool",
                 name, name);
        say(line);
        return -1;
    }
    if (rt_memory_left() < ram + bytes_beside_ram(ram))
        return too_small(name, ram, rt_memory_left(), say);
    if (!(o->ept_root = rt_ept_new()))
        return failed(name, "making the nested page tables", say);
    if (!(o->state = rt_vcpu_new(o->ept_root, &o->vcpu)))
        return failed(name, "making the VCPU", say);
    for (int i = 0; i < regions; i++) {
        if (!allocate(&o->ram[i], region[i].size))
            return failed(name, "allocating guest RAM", say);
        region[i].host = o->ram[i].memory;
        if (rt_region_map_ept(&o->ram[i], 0, o->ram[i].bytes, o->ept_root, region[i].gpa,
                              ABI_RIGHT_READ | ABI_RIGHT_WRITE, NULL))
            return failed(name, "mapping guest RAM", say);
    }
    return 0;
}
