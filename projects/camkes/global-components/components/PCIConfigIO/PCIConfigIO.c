// SPDX-License-Identifier: BSD-2-Clause
// PCIConfigIO: the machine's PCI configuration space for its clients. Interface `pci_config`. One thread
// serves all of them, so address and data register always belong together.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>
#include "pci_config.h"

PUTCHAR_STDOUT(putchar)

static void address(uint16_t port, uint32_t value)
{
    config_port_out32(port, value);
}

static uint32_t in(uint16_t port, unsigned bytes)
{
    switch (bytes) {
    case 1: return config_port_in8(port);
    case 2: return config_port_in16(port);
    default: return config_port_in32(port);
    }
}

static void out(uint16_t port, unsigned bytes, uint32_t value)
{
    switch (bytes) {
    case 1: config_port_out8(port, (uint8_t)value); break;
    case 2: config_port_out16(port, (uint16_t)value); break;
    default: config_port_out32(port, value);
    }
}

static const struct pci_config_ports ports = { address, in, out };

static uint32_t get(struct pci_config_place p, unsigned bytes)
{
    uint32_t value;

    pci_config_read(&ports, p, bytes, &value);
    return value;
}

static void put(struct pci_config_place p, unsigned bytes, uint32_t value)
{
    static bool told;
    struct rt_client who = { 0 };

    rt_client_by_badge("pci_config", pci_config_get_sender_id(), &who);
    if (who.name && pci_config_listed(writers, who.name)) {
        pci_config_write(&ports, p, bytes, value);
    } else if (!told) {
        told = true;
        printf("%s: write by %s refused; to allow them set %s.writers = \"%s\"\n", get_instance_name(),
               who.name, get_instance_name(), who.name);
    }
}

#define PLACE ((struct pci_config_place){ bus, dev, fun, offset })

uint8_t pci_config_read8(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset)
{
    return (uint8_t)get(PLACE, 1);
}

uint16_t pci_config_read16(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset)
{
    return (uint16_t)get(PLACE, 2);
}

uint32_t pci_config_read32(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset)
{
    return get(PLACE, 4);
}

void pci_config_write8(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset, uint8_t value)
{
    put(PLACE, 1, value);
}

void pci_config_write16(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset, uint16_t value)
{
    put(PLACE, 2, value);
}

void pci_config_write32(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset, uint32_t value)
{
    put(PLACE, 4, value);
}
