// SPDX-License-Identifier: BSD-2-Clause
// The guest's side of a connection: PCI device 1af4:a111, class "RAM memory". See cross_vm.h.
//
//     BAR 0, a page of events      0  write: emit
//                                  4  events that came; writing takes them away and lowers the interrupt line
//                                  8  the connection's name, 48 bytes
//     BAR 1, the dataport          mapped into the guest's nested page tables wherever the guest puts the BAR
#include "cross_vm.h"
#include <rt/memory.h>
#include <stdio.h>
#include <string.h>
#include <vmm/devices/pci.h>
#include "vm_module.h"

enum { VENDOR = 0x1af4, DEVICE = 0xa111, CLASS_MEMORY = 5, SUBCLASS_RAM = 0 };
enum { BAR_EVENTS, BAR_DATAPORT };
enum { REG_EMIT = 0, REG_COUNT = 4, REG_NAME = 8, EVENT_PAGE = 4096 };
enum { FIRST_SLOT = 16, SLOTS = PCI_MAX_SLOTS - FIRST_SLOT };

struct cross_vm {
    struct pci_function pci;
    const struct cross_vm_connection *connection;
    struct vm *vm;
    uint32_t events;
};

struct config {
    const struct cross_vm_connection *connection;
    struct vm *vm;
};

static void set_events(struct cross_vm *x, uint32_t events)
{
    x->events = events;
    pci_set_intx(&x->pci, events != 0);
}

static void signalled(void *argument)
{
    struct cross_vm *x = argument;

    set_events(x, x->events == UINT32_MAX ? x->events : x->events + 1);
}

static uint64_t read_page(const struct cross_vm *x, uint64_t offset, unsigned size)
{
    uint8_t page[REG_NAME + CROSS_VM_NAME_SIZE] = { 0 };
    uint64_t value = 0;

    memcpy(page + REG_COUNT, &x->events, sizeof x->events);
    memcpy(page + REG_NAME, x->connection->name, strlen(x->connection->name));
    if (offset + size <= sizeof page)
        memcpy(&value, page + offset, size);
    return value;
}

static enum exit_action access_events(void *device, struct bus_access *a)
{
    struct cross_vm *x = device;

    if (!a->write)
        a->value = read_page(x, a->offset, a->size);
    else if (a->offset == REG_EMIT && x->connection->emit)
        x->connection->emit();
    else if (a->offset == REG_COUNT)
        set_events(x, 0);
    return EXIT_NEXT_INSN;
}

/* Behind the dataport's end, where the BAR's size is rounded up: ones, and writes vanish. */
static enum exit_action access_nothing(void *device, struct bus_access *a)
{
    a->value = bus_ones(a->size);
    return EXIT_NEXT_INSN;
}

static void bar_moved(void *device, unsigned index, bool mapped)
{
    struct cross_vm *x = device;
    const dataport_caps_handle_t *d = x->connection->dataport;

    for (size_t i = 0; index == BAR_DATAPORT && i < d->frame_count; i++) {
        uint64_t gpa = x->pci.bar[index].mapped_at + ((uint64_t)i << d->frame_bits);
        if (!mapped)
            rt_unmap_frame(d->frames + i);
        else if (rt_map_frame_ept(d->frames + i, d->frame_bits, vm_ept_root(), gpa, ABI_RIGHT_READ | ABI_RIGHT_WRITE,
                                  ABI_EPT_WB)) {
            printf("%s: connection '%s': its memory could not be shown to the guest; raise %s.simple_untyped23_pool\n",
                   vm_name(x->vm), x->connection->name, vm_name(x->vm));
            vm_request_stop(x->vm);
            return;
        }
    }
}

static uint64_t bar_size(uint64_t bytes)
{
    uint64_t size = EVENT_PAGE;

    while (size < bytes)
        size *= 2;
    return size;
}

/* Slots from FIRST_SLOT on; when each has a connection, they get a second function. */
static int add(struct pci_host *host, struct cross_vm *x)
{
    for (unsigned i = 0; i < CROSS_VM_MAX_CONNECTIONS; i++) {
        unsigned slot = FIRST_SLOT + i % SLOTS, function = i / SLOTS;

        if (!host->at[slot][function])
            return pci_add(host, &x->pci, slot, function);
    }
    printf("%s: connection '%s' is one too many: a guest has at most %d\n", vm_name(x->vm), x->connection->name,
           CROSS_VM_MAX_CONNECTIONS);
    return -1;
}

static int init(void *device, const struct device_env *env, const void *cfg)
{
    static const struct pci_identity identity = {
        .vendor = VENDOR, .device = DEVICE, .subsystem_vendor = VENDOR, .subsystem = DEVICE,
        .class_code = CLASS_MEMORY, .subclass = SUBCLASS_RAM, .interrupt_pin = 1,
    };
    const struct config *c = cfg;
    const dataport_caps_handle_t *d = c->connection->dataport;
    struct cross_vm *x = device;

    x->connection = c->connection;
    x->vm = c->vm;
    pci_function_init(&x->pci, "cross-vm", x, &identity);
    x->pci.bar_moved = bar_moved;
    if (pci_set_bar(&x->pci, BAR_EVENTS, PCI_BAR_MEM32, EVENT_PAGE, access_events) < 0)
        return -1;
    if (d && pci_set_bar(&x->pci, BAR_DATAPORT, PCI_BAR_MEM32, bar_size((uint64_t)d->frame_count << d->frame_bits),
                         access_nothing) < 0)
        return -1;
    return add(vm_find_device(c->vm, &pci_host_class), x);
}

static void reset(void *device)
{
    set_events(device, 0);
}

static void dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct cross_vm *x = device;
    char text[96];

    snprintf(text, sizeof text, "connection '%s': %u events waiting, dataport at 0x%llx", x->connection->name, x->events,
             x->pci.bar[BAR_DATAPORT].mapped ? (unsigned long long)x->pci.bar[BAR_DATAPORT].mapped_at : 0);
    line(ctx, text);
}

static const struct device_class cross_vm_class = { "cross-vm", sizeof(struct cross_vm), init, reset, dump };

int cross_vm_connections_init(vm_t *vm, const struct cross_vm_connection *connection, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct cross_vm_connection *c = &connection[i];

        if (!c->name || !c->name[0] || strlen(c->name) >= CROSS_VM_NAME_SIZE) {
            printf("%s: the name of connection %u has not 1 to %d characters\n", vm_name(vm), i, CROSS_VM_NAME_SIZE - 1);
            return -1;
        }
        struct cross_vm *x = vm_add_device(vm, &cross_vm_class, &(struct config){ c, vm });
        if (!x)
            return -1;
        if (c->listen && c->listen(signalled, x) != 0) {
            printf("%s: connection '%s': its event has another listener\n", vm_name(vm), c->name);
            return -1;
        }
    }
    return 0;
}
