// SPDX-License-Identifier: BSD-2-Clause
// What pci_host.c and pci_function.c share: header registers by PCI Local Bus Specification 3.0, figure 6-1.
#ifndef VMM_PCI_PRIVATE_H
#define VMM_PCI_PRIVATE_H

#include <vmm/devices/pci.h>

enum { PCI_VENDOR = 0x00, PCI_DEVICE = 0x02, PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_REVISION = 0x08,
       PCI_PROG_IF = 0x09, PCI_SUBCLASS = 0x0a, PCI_CLASS = 0x0b, PCI_CACHE_LINE = 0x0c, PCI_LATENCY = 0x0d,
       PCI_HEADER_TYPE = 0x0e, PCI_BAR0 = 0x10, PCI_SUBSYSTEM_VENDOR = 0x2c, PCI_SUBSYSTEM = 0x2e,
       PCI_CAPABILITIES = 0x34, PCI_INTERRUPT_LINE = 0x3c, PCI_INTERRUPT_PIN = 0x3d };
enum { PCI_COMMAND_IO = 0x0001, PCI_COMMAND_MEMORY = 0x0002, PCI_COMMAND_MASTER = 0x0004,
       PCI_COMMAND_INTX_OFF = 0x0400 };
enum { PCI_CAP_MSI = 0x05 };

/* pci_function.c. offset + size stays inside the configuration space. */
uint32_t pci_function_read(struct pci_function *, unsigned offset, unsigned size);
void pci_function_write(struct pci_function *, unsigned offset, unsigned size, uint32_t value);

/* pci_host.c: a function begins or ends to hold its interrupt line asserted. */
void pci_host_line(struct pci_host *, const struct pci_function *, bool level);

#endif
