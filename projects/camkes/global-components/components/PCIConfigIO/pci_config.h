// SPDX-License-Identifier: BSD-2-Clause
// PCI configuration mechanism 1: an address register and a data register. No hardware here: ports are
// functions. Facts: PCI Local Bus Specification 3.0, 3.2.2.3.2.
#ifndef PCICONFIGIO_PCI_CONFIG_H
#define PCICONFIGIO_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

enum { PCI_CONFIG_ADDRESS = 0xcf8, PCI_CONFIG_DATA = 0xcfc };

struct pci_config_place { uint8_t bus, dev, fun; uint16_t offset; };

struct pci_config_ports {
    void (*out32)(uint16_t port, uint32_t value);        /* the address register */
    uint32_t (*in)(uint16_t port, unsigned bytes);
    void (*out)(uint16_t port, unsigned bytes, uint32_t value);
};

/* A whole, aligned access of 1, 2 or 4 bytes inside the 256 of one function. Anything else reads as all
 * ones and writes nothing; false. */
bool pci_config_read(const struct pci_config_ports *, struct pci_config_place, unsigned bytes,
                     uint32_t *value);
bool pci_config_write(const struct pci_config_ports *, struct pci_config_place, unsigned bytes,
                      uint32_t value);

/* Is `name` one of the words of `list` (separated by blanks or commas)? */
bool pci_config_listed(const char *list, const char *name);

#endif
