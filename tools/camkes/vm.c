// SPDX-License-Identifier: BSD-2-Clause
// Virtual machines among the instances (VM_INIT_DEF of configurations/vm.h): memory that cannot be enough and
// what the monitor does not carry are told before anything is built; ports and memory of real devices are
// given to the monitor. docs/vm-attributes.md lists all settings.
#include <stdio.h>
#include <string.h>

#include <abi/syscall.h>
#include "back.h"
#include "connect_parts.h"

#define MIB (1ull << 20)
#define LEAST_RAM_MB 4
#define MOST_RAM_MB (1 << 20)
#define MOST_PIECES 512                 /* MAX_UNTYPEDS of lib/rt/src/memory.c */

static const struct value *value_of(const struct instance *i, const char *name)
{
    const struct value *v = instance_setting(i, name);
    return v ? v : instance_attribute(i, name);
}

static bool has_attribute(const struct component *c, const char *name)
{
    for (size_t n = 0; n < c->attribute_count; n++) {
        if (!strcmp(c->attributes[n].name, name)) {
            return true;
        }
    }
    return false;
}

static bool is_vm(const struct instance *i)
{
    return has_attribute(i->type, "kernel_image") && has_attribute(i->type, "guest_ram_mb") &&
           instance_port(i, "intready");
}

/* ---- what is known, and why it cannot be had ---- */

#define NO_IOMMU "the kernel does not program an IOMMU yet, so no device can be given to a guest"

static const struct { const char *name, *why, *instead; } refused[] = {
    { "pci_devices", NO_IOMMU, "give the device to a native component, and connect the guest to that" },
    { "pci_devices_iospace", NO_IOMMU, NULL },
    { "exclude_paddr", "only devices given to a guest need holes in its memory; " NO_IOMMU, NULL },
    { "ram", "guest memory comes from untyped pools, wherever in the machine that is; a place is needed for "
      "devices only",
      "raise guest_ram_mb and simple_untyped23_pool" },
    { "init_cons", "constructors of devices are not found by name",
      "add the device in a module of the monitor, with vm_add_device (docs/monitor.md)" },
    { "vswitch_layout", "there is no virtual network switch yet", NULL },
    { "vswitch_mac_address", "there is no virtual network switch yet", NULL },
    { "serial_layout", "there is no virtio console yet",
      "use the guest's COM1: guest_putchar and serial_getchar" },
    { "socket_layout", "there is no vsock yet", NULL },
    { "guest_cid", "there is no vsock yet", NULL },
};

static bool asks_for_nothing(const struct value *v)
{
    switch (v->kind) {
    case VALUE_INT: case VALUE_BOOL: return v->integer == 0;
    case VALUE_STRING: return !*v->string;
    case VALUE_LIST: case VALUE_DICT: return v->count == 0;
    default: return false;
    }
}

static void check_refused(const struct instance *i)
{
    for (unsigned n = 0; n < sizeof(refused) / sizeof(*refused); n++) {
        const struct value *v = value_of(i, refused[n].name);
        if (v && !asks_for_nothing(v)) {
            diag_error(v->loc, "%s.%s: %s", i->name, refused[n].name, refused[n].why);
            if (refused[n].instead) {
                diag_hint("%s", refused[n].instead);
            }
        }
    }
}

/* ---- memory ---- */

struct pools { uint64_t bytes, pieces; struct loc last; };

static struct pools pools_of(const struct instance *i)
{
    struct pools p = { 0 };
    for (size_t n = 0; n < i->setting_count; n++) {
        const struct setting *s = &i->settings[n];
        const char *name = strncmp(s->name, "simple_", 7) ? s->name : s->name + 7;
        unsigned bits = 0;
        int end = 0;
        if (sscanf(name, "untyped%u_pool%n", &bits, &end) == 1 && end && !name[end] && bits < 40 &&
            s->value->kind == VALUE_INT && s->value->integer > 0) {
            p.bytes += (uint64_t)s->value->integer << bits;
            p.last = s->loc;
            p.pieces += (uint64_t)s->value->integer;
        }
    }
    return p;
}

/* What the monitor needs beside RAM: VCPU, its pages, tables of a page for each GiB and tree
 * (vm_memory.c). */
static uint64_t bytes_beside(uint64_t ram)
{
    return (256u << 10) + 2 * 4096 * (ram / (1024 * MIB) + 2);
}

static void check_memory(const struct instance *i)
{
    const struct value *v = value_of(i, "guest_ram_mb");
    if (!v) {
        diag_error(i->loc, "%s.guest_ram_mb is not set: how many MiB of RAM the guest has", i->name);
        return;
    }
    if (v->kind != VALUE_INT || v->integer < LEAST_RAM_MB || v->integer > MOST_RAM_MB) {
        diag_error(v->loc, "%s.guest_ram_mb is a number of MiB from %d to %d", i->name, LEAST_RAM_MB,
                   MOST_RAM_MB);
        return;
    }
    const struct pools p = pools_of(i);
    const uint64_t ram = (uint64_t)v->integer * MIB, need = ram + bytes_beside(ram);
    if (p.pieces > MOST_PIECES) {
        diag_error(p.last, "%s has %llu pieces of untyped memory; a monitor handles %d", i->name,
                   (unsigned long long)p.pieces, MOST_PIECES);
        diag_hint("take fewer and larger ones: simple_untyped23_pool, or simple_untyped26_pool");
        return;
    }
    if (p.bytes >= need) {
        return;
    }
    if (p.pieces) {
        diag_error(p.last, "%s has %llu MiB of untyped memory, but guest_ram_mb = %lld needs %llu MiB",
                   i->name, (unsigned long long)(p.bytes / MIB), (long long)v->integer,
                   (unsigned long long)((need + MIB - 1) / MIB));
    } else {
        diag_error(v->loc, "%s has no untyped memory for its guest's RAM", i->name);
    }
    diag_hint("set %s.simple_untyped23_pool = %llu at least", i->name,
              (unsigned long long)((need + 8 * MIB - 1) / (8 * MIB)));
}

static void check_kernel(const struct instance *i)
{
    const struct value *v = value_of(i, "kernel_image");
    if (!v || v->kind != VALUE_STRING || !*v->string) {
        diag_error(v ? v->loc : i->loc, "%s.kernel_image is not set: the guest kernel's name in the file server",
                   i->name);
    }
}

/* Rights without which the monitor cannot make the machine. */
static void check_rights(const struct instance *i)
{
    static const char *const needed[] = { "simple", "asid_pool" };
    for (unsigned n = 0; n < 2; n++) {
        const struct value *v = value_of(i, needed[n]);
        if (!v || asks_for_nothing(v)) {
            diag_error(v ? v->loc : i->loc, "%s.%s is not true: the monitor cannot build its machine", i->name,
                       needed[n]);
            diag_hint("VM_PER_VM_CONFIG_DEF sets it");
        }
    }
}

/* ---- what a guest gets of the real machine ---- */

/* A number of a dictionary, in [low, high]; errors are told. */
static bool item_number(const struct instance *i, const struct value *item, const char *list, const char *key,
                        int64_t low, int64_t high, uint64_t *out)
{
    const struct value *v = item->kind == VALUE_DICT ? value_key(item, key) : NULL;
    if (!v || v->kind != VALUE_INT || v->integer < low || v->integer > high) {
        diag_error(v ? v->loc : item->loc, "%s.%s: each entry needs a number \"%s\" from 0x%llx to 0x%llx",
                   i->name, list, key, (long long)low, (long long)high);
        return false;
    }
    *out = (uint64_t)v->integer;
    return true;
}

typedef void (*item_fn)(struct dist *, const struct instance *, const struct value *);

static void for_items(struct dist *d, const struct instance *i, const char *list, item_fn use)
{
    const struct value *v = instance_setting(i, list);
    if (v && v->kind != VALUE_LIST) {
        diag_error(v->loc, "%s.%s is a list of entries", i->name, list);
        return;
    }
    for (size_t n = 0; v && n < v->count; n++) {
        use(d, i, v->items[n]);
    }
}

/* The same notes as of hardware components (connect_hardware.c): each port, pin and vector has one owner. */
static bool claim(struct dist *d, const struct instance *i, struct loc loc, const char *note,
                  const char *shown)
{
    uint64_t *owner = dist_note(d, d, note);
    if (*owner) {
        diag_error(loc, "%s: %s is also given to %s", i->name, shown,
                   port_label((const struct port *)(uintptr_t)*owner));
        return false;
    }
    *owner = (uintptr_t)instance_port(i, "intready");
    return true;
}

static void give_ports(struct dist *d, const struct instance *i, const struct value *item)
{
    uint64_t first, last;
    if (item_number(i, item, "vm_ioports", "start", 0, 0xffff, &first) &&
        item_number(i, item, "vm_ioports", "end", (int64_t)first, 0xffff, &last)) {
        for (uint64_t n = first; n <= last; n++) {
            const char *port = strf("port 0x%llx", (unsigned long long)n);
            if (!claim(d, i, item->loc, port, strf("I/O %s", port))) {
                return;
            }
        }
        spec_io_ports(dist_instance(d, i), strf("vm_ioports.%llx", (unsigned long long)first),
                      (uint16_t)first, (uint16_t)last);
    }
}

static void give_memory(struct dist *d, const struct instance *i, const struct value *item)
{
    enum { MOST = 64 << 20 };
    const struct value *ram_mb = value_of(i, "guest_ram_mb");
    uint64_t at, bytes;
    if (!ram_mb || !item_number(i, item, "guest_mappings", "paddr", 0, INT64_MAX, &at) ||
        !item_number(i, item, "guest_mappings", "size", 4096, MOST, &bytes)) {
        return;
    }
    if (at % 4096 || bytes % 4096) {
        diag_error(item->loc, "%s.guest_mappings: paddr and size are multiples of 4096", i->name);
    } else if (at < (uint64_t)ram_mb->integer * MIB || at + bytes > 1ull << 32) {
        diag_error(item->loc, "%s.guest_mappings: 0x%llx to 0x%llx is not between the guest's RAM and 4 GiB",
                   i->name, (unsigned long long)at, (unsigned long long)(at + bytes));
    } else {
        const char *name = strf("guest_mappings.%llx", (unsigned long long)at);
        const uint32_t frames = spec_device_frames(dist_system(d), strf("%s.%s", i->name, name), at, bytes);
        spec_frame_caps(dist_instance(d, i), name, frames, ABI_RIGHT_READ | ABI_RIGHT_WRITE);
    }
}

static uint64_t optional(const struct value *item, const char *key)
{
    const struct value *v = item->kind == VALUE_DICT ? value_key(item, key) : NULL;
    return v && (v->kind == VALUE_INT || v->kind == VALUE_BOOL) ? (uint64_t)v->integer : 0;
}

/* The guest's line `dest` is bit dest + 1 of the monitor's notification. */
static void give_irq(struct dist *d, const struct instance *i, const struct value *item)
{
    /* PIT, cascade, COM1, RTC, ACPI */
    static const uint32_t own_lines = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 9;
    uint64_t pin, line;
    if (!item_number(i, item, "vm_irqs", "source", 0, 23, &pin) ||
        !item_number(i, item, "vm_irqs", "dest", 0, 15, &line)) {
        return;
    }
    if (optional(item, "level_trig")) {
        diag_error(item->loc, "%s.vm_irqs: a level-triggered interrupt ends with the guest's word, which is not "
                   "passed on", i->name);
        return;
    }
    if (own_lines >> line & 1) {
        diag_error(item->loc, "%s.vm_irqs: line %llu belongs to the virtual machine's own devices", i->name,
                   (unsigned long long)line);
        return;
    }
    const uint64_t ioapic = optional(item, "ioapic");
    const uint64_t base = (uint64_t)instance_int(i, "global_endpoint_base", 1 << 27);
    unsigned vector = 107;
    while (vector && *dist_note(d, d, strf("vector %u", vector))) {
        vector--;
    }
    const char *note = strf("pin %llu.%llu", (unsigned long long)ioapic, (unsigned long long)pin);
    if (claim(d, i, item->loc, note, strf("pin %llu of the I/O APIC", (unsigned long long)pin)) &&
        claim(d, i, item->loc, strf("vector %u", vector), "each vector")) {
        const struct spec_irq_args a = {
            .ioapic = (uint16_t)ioapic, .pin = (uint16_t)pin, .vector = (uint8_t)vector,
            .active_low = optional(item, "active_low"),
        };
        spec_irq(dist_instance(d, i), strf("vm_irqs.%llu", (unsigned long long)line), &a,
                 dist_global_notification(d, i), base | 2ull << line);
    }
}

void vm_distribute(struct dist *d, const struct model *m)
{
    for (size_t n = 0; n < m->instance_count; n++) {
        if (is_vm(m->instances[n])) {
            for_items(d, m->instances[n], "vm_ioports", give_ports);
            for_items(d, m->instances[n], "guest_mappings", give_memory);
            for_items(d, m->instances[n], "vm_irqs", give_irq);
        }
    }
}

void vm_check(const struct model *m)
{
    for (size_t n = 0; n < m->instance_count; n++) {
        const struct instance *i = m->instances[n];
        if (is_vm(i)) {
            check_kernel(i);
            check_memory(i);
            check_rights(i);
            check_refused(i);
        }
    }
}
