// SPDX-License-Identifier: BSD-2-Clause
// The common part of PCI functions: configuration space, BARs, capabilities, INTx, MSI.
// Facts from: [1] PCI Local Bus Specification 3.0, ch. 6.
//
// Configuration space is bytes with masks: what the guest may change, and what a written 1 clears. BAR sizing
// is such a mask and nothing more; after each write the mappings are brought in line with command register
// and BARs.

#include "pci_private.h"

#include <string.h>

/* [1] table 6-1, 6-2 */
#define COMMAND_WRITABLE (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF)
#define STATUS_CLEARABLE 0xf900
#define STATUS_CAPABILITIES 0x0010
#define STATUS_INTERRUPT 0x0008

/* [1] 6.8.1: MSI with 64-bit address and mask bits */
enum { MSI_CONTROL = 2, MSI_ADDRESS = 4, MSI_ADDRESS_HIGH = 8, MSI_DATA = 12, MSI_MASK = 16, MSI_PENDING = 20,
       MSI_LENGTH = 24 };
enum { MSI_ENABLE = 0x0001, MSI_64BIT = 0x0080, MSI_MASKABLE = 0x0100 };

#define MAX_COMPLAINTS 8

void pci_put16(struct pci_function *f, unsigned offset, uint16_t value)
{
    f->config[offset] = (uint8_t)value;
    f->config[offset + 1] = (uint8_t)(value >> 8);
}

void pci_put32(struct pci_function *f, unsigned offset, uint32_t value)
{
    pci_put16(f, offset, (uint16_t)value);
    pci_put16(f, offset + 2, (uint16_t)(value >> 16));
}

static void allow32(struct pci_function *f, unsigned offset, uint32_t mask)
{
    for (unsigned i = 0; i < 4; i++)
        f->writable[offset + i] = (uint8_t)(mask >> 8 * i);
}

void pci_function_init(struct pci_function *f, const char *name, void *device, const struct pci_identity *id)
{
    memset(f, 0, sizeof *f);
    f->name = name;
    f->device = device;
    f->next_capability = 0x40;
    pci_put16(f, PCI_VENDOR, id->vendor);
    pci_put16(f, PCI_DEVICE, id->device);
    pci_put16(f, PCI_SUBSYSTEM_VENDOR, id->subsystem_vendor);
    pci_put16(f, PCI_SUBSYSTEM, id->subsystem);
    f->config[PCI_REVISION] = id->revision;
    f->config[PCI_PROG_IF] = id->prog_if;
    f->config[PCI_SUBCLASS] = id->subclass;
    f->config[PCI_CLASS] = id->class_code;
    f->config[PCI_INTERRUPT_PIN] = id->interrupt_pin <= 4 ? id->interrupt_pin : 0;
    f->writable[PCI_COMMAND] = COMMAND_WRITABLE & 0xff;
    f->writable[PCI_COMMAND + 1] = COMMAND_WRITABLE >> 8;
    f->clear[PCI_STATUS + 1] = STATUS_CLEARABLE >> 8;
    f->writable[PCI_CACHE_LINE] = f->writable[PCI_LATENCY] = f->writable[PCI_INTERRUPT_LINE] = 0xff;
}

int pci_set_bar(struct pci_function *f, unsigned index, enum pci_bar_type type, uint64_t size,
                bus_handler handler)
{
    unsigned offset = PCI_BAR0 + 4 * index;
    uint64_t least = type == PCI_BAR_IO ? 4 : 16, most = type == PCI_BAR_IO ? 256 : 1ull << 31;

    if (index + (type == PCI_BAR_MEM64) >= PCI_BARS || !handler || size < least || size > most ||
        (size & (size - 1)) || f->bar[index].type != PCI_BAR_NONE)
        return -1;
    f->bar[index] = (struct pci_bar){ .type = type, .size = size, .handler = handler };
    f->config[offset] = type == PCI_BAR_IO ? 1 : type == PCI_BAR_MEM64 ? 4 : 0;
    allow32(f, offset, (uint32_t)~(size - 1) & (type == PCI_BAR_IO ? 0xffffffff : 0xfffffff0));
    if (type == PCI_BAR_MEM64) {
        f->bar[index + 1].type = PCI_BAR_UPPER;
        allow32(f, offset + 4, 0xffffffff);
    }
    return 0;
}

int pci_add_capability(struct pci_function *f, uint8_t id, unsigned length)
{
    unsigned at = f->next_capability;

    if (length < 2 || at + length > PCI_CONFIG_SIZE)
        return -1;
    f->config[at] = id;
    f->config[at + 1] = 0;
    f->config[f->last_capability ? f->last_capability + 1 : PCI_CAPABILITIES] = (uint8_t)at;
    f->config[PCI_STATUS] |= STATUS_CAPABILITIES;
    f->last_capability = (uint8_t)at;
    at += (length + 3) & ~3u;
    f->next_capability = (uint8_t)(at > 0xff ? 0xff : at);       /* 0xff: full */
    return f->last_capability;
}

int pci_add_msi(struct pci_function *f)
{
    int at = pci_add_capability(f, PCI_CAP_MSI, MSI_LENGTH);

    if (at < 0)
        return -1;
    f->msi = (uint8_t)at;
    pci_put16(f, f->msi + MSI_CONTROL, MSI_64BIT | MSI_MASKABLE);
    f->writable[at + MSI_CONTROL] = MSI_ENABLE;
    allow32(f, f->msi + MSI_ADDRESS, 0xfffffffc);
    allow32(f, f->msi + MSI_ADDRESS_HIGH, 0xffffffff);
    f->writable[at + MSI_DATA] = f->writable[at + MSI_DATA + 1] = 0xff;
    f->writable[at + MSI_MASK] = 1;
    return at;
}

/* ------------------------------------------------- BARs ------------------------------------------------- */

static uint64_t bar_address(const struct pci_function *f, unsigned index)
{
    const struct pci_bar *b = &f->bar[index];
    uint64_t low = pci_config32(f, PCI_BAR0 + 4 * index);

    if (b->type == PCI_BAR_IO)
        return low & ~3ull;
    low &= ~15ull;
    return b->type == PCI_BAR_MEM64 ? low | (uint64_t)pci_config32(f, PCI_BAR0 + 4 * index + 4) << 32 : low;
}

static bool within(uint64_t address, uint64_t size, uint64_t base, uint64_t window)
{
    return address >= base && size <= window && address - base <= window - size;
}

/* Only inside the host's windows: a guest that is sizing, or means harm, maps nothing elsewhere. */
static bool bar_wanted(const struct pci_function *f, unsigned index)
{
    const struct pci_bar *b = &f->bar[index];
    const struct pci_host_config *host = &f->host->cfg;
    uint16_t command = pci_config16(f, PCI_COMMAND);
    uint64_t at = bar_address(f, index);

    if (b->type == PCI_BAR_IO)
        return (command & PCI_COMMAND_IO) && within(at, b->size, host->io_base, host->io_size);
    if (b->type != PCI_BAR_MEM32 && b->type != PCI_BAR_MEM64)
        return false;
    return (command & PCI_COMMAND_MEMORY) && (within(at, b->size, host->mmio_base, host->mmio_size) ||
                                              within(at, b->size, host->high_base, host->high_size));
}

static struct bus *bar_bus(const struct pci_function *f, unsigned index)
{
    return f->bar[index].type == PCI_BAR_IO ? f->host->env.pio : f->host->env.mmio;
}

static void unmap_bar(struct pci_function *f, unsigned index)
{
    if (!f->bar[index].mapped)
        return;
    bus_release(bar_bus(f, index), f->bar[index].mapped_at);
    f->bar[index].mapped = false;
    if (f->bar_moved)
        f->bar_moved(f->device, index, false);
}

/* A claim the bus refuses (overlap) is told a few times only: the guest could go on for ever. */
static void map_bar(struct pci_function *f, unsigned index)
{
    struct pci_bar *b = &f->bar[index];
    struct bus *bus = bar_bus(f, index);
    const struct vm_platform *log_to = bus->log_to;

    if (f->complaints >= MAX_COMPLAINTS)
        bus->log_to = NULL;
    b->mapped_at = bar_address(f, index);
    b->mapped = bus_claim(bus, b->mapped_at, b->size, b->handler, f->device, f->name) == 0;
    bus->log_to = log_to;
    if (b->mapped && f->bar_moved)
        f->bar_moved(f->device, index, true);
    if (!b->mapped && f->complaints < MAX_COMPLAINTS)
        f->complaints++;
}

static void update_mappings(struct pci_function *f)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (f->bar[i].mapped && (!bar_wanted(f, i) || f->bar[i].mapped_at != bar_address(f, i)))
            unmap_bar(f, i);
    }
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (!f->bar[i].mapped && bar_wanted(f, i))
            map_bar(f, i);
    }
}

/* ---------------------------------------------- interrupts ---------------------------------------------- */

static void update_intx(struct pci_function *f)
{
    bool line = f->intx && !(pci_config16(f, PCI_COMMAND) & PCI_COMMAND_INTX_OFF);

    f->config[PCI_STATUS] =
        (uint8_t)((f->config[PCI_STATUS] & ~STATUS_INTERRUPT) | (f->intx ? STATUS_INTERRUPT : 0));
    if (line == f->intx_line || f->config[PCI_INTERRUPT_PIN] == 0)
        return;
    f->intx_line = line;
    pci_host_line(f->host, f, line);
}

void pci_set_intx(struct pci_function *f, bool level)
{
    f->intx = level;
    if (f->host)
        update_intx(f);
}

static void send_msi_now(struct pci_function *f)
{
    uint64_t address = pci_config32(f, f->msi + MSI_ADDRESS) |
                       (uint64_t)pci_config32(f, f->msi + MSI_ADDRESS_HIGH) << 32;
    f->config[f->msi + MSI_PENDING] = 0;
    msi_send(f->host->env.irq, address, pci_config16(f, f->msi + MSI_DATA));
}

bool pci_send_msi(struct pci_function *f)
{
    if (!f->msi || !f->host || !(f->config[f->msi + MSI_CONTROL] & MSI_ENABLE))
        return false;
    if (!(pci_config16(f, PCI_COMMAND) & PCI_COMMAND_MASTER))
        return true;               /* may not write to the bus: lost */
    if (f->config[f->msi + MSI_MASK] & 1)
        f->config[f->msi + MSI_PENDING] = 1;
    else
        send_msi_now(f);
    return true;
}

/* An unmasked pending message goes out. */
static void update_msi(struct pci_function *f)
{
    if (f->msi && (f->config[f->msi + MSI_PENDING] & 1) && !(f->config[f->msi + MSI_MASK] & 1) &&
        (f->config[f->msi + MSI_CONTROL] & MSI_ENABLE))
        send_msi_now(f);
}

/* ----------------------------------------- configuration space ------------------------------------------ */

uint32_t pci_function_read(struct pci_function *f, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    if (f->config_reading && offset >= 0x40)
        f->config_reading(f->device, offset, size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)f->config[offset + i] << 8 * i;
    return value;
}

void pci_function_write(struct pci_function *f, unsigned offset, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i), *at = &f->config[offset + i];
        uint8_t mask = f->writable[offset + i];
        *at = (uint8_t)(((*at & ~mask) | (byte & mask)) & ~(byte & f->clear[offset + i]));
    }
    if (offset < PCI_BAR0 + 4 * PCI_BARS)
        update_mappings(f);
    update_intx(f);
    update_msi(f);
    if (f->config_written)
        f->config_written(f->device, offset, size);
}

void pci_function_reset(struct pci_function *f)
{
    if (!f->host)
        return;
    for (unsigned i = 0; i < PCI_BARS; i++)
        unmap_bar(f, i);
    f->intx = false;
    memcpy(f->config, f->power_on, sizeof f->config);
    f->complaints = 0;
    update_intx(f);
}
