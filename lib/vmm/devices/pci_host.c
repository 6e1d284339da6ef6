// SPDX-License-Identifier: BSD-2-Clause
// PCI host bridge: configuration mechanism #1, bus 0, placement of BARs at power-on, interrupt lines; port
// 0xcf9.
// Facts from: [1] PCI Local Bus Specification 3.0, 3.2.2.3.2; [2] Intel ICH9 data sheet, 13.7.5 (reset
// control).

#include "pci_private.h"

#include <stdio.h>
#include <string.h>
#include <vmm/devices/pic8259.h>

#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_WRITABLE 0x80fffffcu

static const struct pci_host_config default_config = {
    .line = { 10, 11, 10, 11 },
    .mmio_base = 0xe0000000, .mmio_size = 0x1ec00000,           /* up to the I/O APIC */
    .io_base = 0xc000, .io_size = 0x3000,
};

/* ----------------------------------------- configuration ports ------------------------------------------ */

static struct pci_function *addressed(const struct pci_host *h)
{
    if (!(h->address & ADDRESS_ENABLE) || (h->address >> 16 & 0xff) != 0)
        return NULL;
    return h->at[h->address >> 11 & 31][h->address >> 8 & 7];
}

static enum exit_action data_access(struct pci_host *h, struct bus_access *a)
{
    struct pci_function *f = addressed(h);
    unsigned offset = (h->address & 0xfc) + (unsigned)(a->offset & 3);

    if (!f || a->size > 4 || (a->offset & 3) + a->size > 4) {
        if (!a->write)
            a->value = bus_ones(a->size);
    } else if (a->write) {
        pci_function_write(f, offset, a->size, (uint32_t)a->value);
    } else {
        a->value = pci_function_read(f, offset, a->size);
    }
    return EXIT_NEXT_INSN;
}

/* [2]: bit 2 going to 1 resets; bit 1 says how thoroughly, which is the same here */
static enum exit_action reset_control_access(struct pci_host *h, struct bus_access *a)
{
    uint8_t before = h->reset_control;

    if (!a->write) {
        a->value = before;
        return EXIT_NEXT_INSN;
    }
    h->reset_control = a->value & 0x0e;
    return h->reset_control & ~before & 4 ? EXIT_RESET_VM : EXIT_NEXT_INSN;
}

/* Ports 0xcf8..0xcff. The address register takes 32-bit accesses only; 0xcf9 alone is another register. */
static enum exit_action host_access(void *device, struct bus_access *a)
{
    struct pci_host *h = device;

    if (a->offset >= 4)
        return data_access(h, a);
    if (a->offset == 0 && a->size == 4) {
        if (a->write)
            h->address = (uint32_t)a->value & ADDRESS_WRITABLE;
        else
            a->value = h->address;
        return EXIT_NEXT_INSN;
    }
    if (a->size != 1)
        return bus_bytewise(host_access, device, a);
    if (a->offset == 1)
        return reset_control_access(h, a);
    if (!a->write)
        a->value = 0xff;
    return EXIT_NEXT_INSN;
}

/* ---------------------------------------------- functions ----------------------------------------------- */

static unsigned line_of(const struct pci_host *h, const struct pci_function *f)
{
    return h->cfg.line[(f->slot + f->config[PCI_INTERRUPT_PIN] - 1u) & 3];
}

/* Several functions may share a line: it is asserted while one of them asserts it. */
void pci_host_line(struct pci_host *h, const struct pci_function *f, bool level)
{
    unsigned line = line_of(h, f);

    if (line >= IRQ_LINES)
        return;
    if (level)
        h->line_users[line]++;
    else if (h->line_users[line])
        h->line_users[line]--;
    irq_set(h->env.irq, line, h->line_users[line] != 0);
}

/* Next naturally aligned place in a window, or 0 if it is full. */
static uint64_t place(uint64_t *next, uint64_t size, uint64_t base, uint64_t window)
{
    uint64_t at = (*next + size - 1) & ~(size - 1);
    if (at < base || size > window || at - base > window - size)
        return 0;
    *next = at + size;
    return at;
}

/* What firmware does: every BAR gets an address, decoding stays off until the guest's driver wants it. */
static int place_bars(struct pci_host *h, struct pci_function *f)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        struct pci_bar *b = &f->bar[i];
        uint64_t at = 0;
        if (b->type == PCI_BAR_NONE || b->type == PCI_BAR_UPPER)
            continue;
        if (b->type == PCI_BAR_IO)
            at = place(&h->next_io, b->size, h->cfg.io_base, h->cfg.io_size);
        else
            at = place(&h->next_mmio, b->size, h->cfg.mmio_base, h->cfg.mmio_size);
        if (at == 0)
            return -1;
        pci_put32(f, PCI_BAR0 + 4 * i, (uint32_t)at | (f->config[PCI_BAR0 + 4 * i] & 0xf));
    }
    return 0;
}

int pci_add(struct pci_host *h, struct pci_function *f, unsigned slot, unsigned function)
{
    const char *why = NULL;

    if (slot >= PCI_MAX_SLOTS || function >= PCI_MAX_FUNCTIONS)
        why = "no such place";
    else if (h->at[slot][function])
        why = "the place is taken";
    else if (function > 0 && !h->at[slot][0])
        why = "function 0 must come first";
    else if (place_bars(h, f))
        why = "no room for its BARs";
    if (why) {
        vmm_log(h->env.platform, "pci: %s at 00:%02x.%u: %s", f->name, slot, function, why);
        return -1;
    }
    f->host = h;
    f->slot = (uint8_t)slot;
    f->function = (uint8_t)function;
    if (f->config[PCI_INTERRUPT_PIN])
        f->config[PCI_INTERRUPT_LINE] = (uint8_t)line_of(h, f);
    if (function > 0)
        h->at[slot][0]->config[PCI_HEADER_TYPE] |= 0x80, h->at[slot][0]->power_on[PCI_HEADER_TYPE] |= 0x80;
    memcpy(f->power_on, f->config, sizeof f->config);
    h->at[slot][function] = f;
    return 0;
}

/* ------------------------------------------------ class ------------------------------------------------- */

static void host_reset(void *device)
{
    struct pci_host *h = device;

    h->address = 0;
    h->reset_control = 0;
    memset(h->line_users, 0, sizeof h->line_users);
    for (unsigned slot = 0; slot < PCI_MAX_SLOTS; slot++) {
        for (unsigned function = 0; function < PCI_MAX_FUNCTIONS; function++) {
            if (h->at[slot][function])
                pci_function_reset(h->at[slot][function]);
        }
    }
    for (unsigned i = 0; i < 4 && h->env.irq->pic; i++)
        pic8259_set_level_triggered(h->env.irq->pic, h->cfg.line[i]);
}

static void take_config(struct pci_host *h, const struct pci_host_config *cfg)
{
    static const uint8_t no_lines[4];

    h->cfg = *cfg;
    if (memcmp(h->cfg.line, no_lines, sizeof no_lines) == 0)
        memcpy(h->cfg.line, default_config.line, sizeof h->cfg.line);
    if (h->cfg.mmio_size == 0) {
        h->cfg.mmio_base = default_config.mmio_base;
        h->cfg.mmio_size = default_config.mmio_size;
    }
    if (h->cfg.io_size == 0) {
        h->cfg.io_base = default_config.io_base;
        h->cfg.io_size = default_config.io_size;
    }
}

static int host_init(void *device, const struct device_env *env, const void *cfg)
{
    /* QEMU's generic host bridge: no kernel has quirks for it */
    static const struct pci_identity bridge = { .vendor = 0x1b36, .device = 0x0008, .class_code = 0x06 };
    struct pci_host *h = device;

    memset(h, 0, sizeof *h);
    h->env = *env;
    take_config(h, cfg ? cfg : &default_config);
    h->next_mmio = h->cfg.mmio_base;
    h->next_io = h->cfg.io_base;
    pci_function_init(&h->bridge, "host-bridge", h, &bridge);
    if (pci_add(h, &h->bridge, 0, 0) || bus_claim(env->pio, 0xcf8, 8, host_access, h, "pci-config"))
        return -1;
    host_reset(h);
    return 0;
}

static void host_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct pci_host *h = device;
    char text[128];

    snprintf(text, sizeof text, "pci: address %08x", h->address);
    line(ctx, text);
    for (unsigned i = 0; i < PCI_MAX_SLOTS * PCI_MAX_FUNCTIONS; i++) {
        const struct pci_function *f = h->at[i / PCI_MAX_FUNCTIONS][i % PCI_MAX_FUNCTIONS];
        if (!f)
            continue;
        snprintf(text, sizeof text, "pci: 00:%02x.%u %04x:%04x %s command %04x%s", f->slot, f->function,
                 pci_config16(f, PCI_VENDOR), pci_config16(f, PCI_DEVICE), f->name,
                 pci_config16(f, PCI_COMMAND), f->intx_line ? " interrupt asserted" : "");
        line(ctx, text);
    }
}

const struct device_class pci_host_class = { "pci-host", sizeof(struct pci_host), host_init, host_reset,
    host_dump };
