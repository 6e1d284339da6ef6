// SPDX-License-Identifier: BSD-2-Clause
// Configuration mechanism 1; see pci_config.h.
#include "pci_config.h"
#include <string.h>

#define ENABLE 0x80000000u

static bool good(struct pci_config_place p, unsigned bytes)
{
    return (bytes == 1 || bytes == 2 || bytes == 4) && p.dev < 32 && p.fun < 8 && p.offset < 256 &&
           p.offset % bytes == 0;
}

static uint16_t aim(const struct pci_config_ports *ports, struct pci_config_place p)
{
    ports->out32(PCI_CONFIG_ADDRESS, ENABLE | (uint32_t)p.bus << 16 | (uint32_t)p.dev << 11 |
                 (uint32_t)p.fun << 8 | (p.offset & ~3u));
    return (uint16_t)(PCI_CONFIG_DATA + (p.offset & 3));
}

bool pci_config_read(const struct pci_config_ports *ports, struct pci_config_place p, unsigned bytes,
                     uint32_t *value)
{
    *value = UINT32_MAX;
    if (!good(p, bytes))
        return false;
    *value = ports->in(aim(ports, p), bytes);
    return true;
}

bool pci_config_write(const struct pci_config_ports *ports, struct pci_config_place p, unsigned bytes,
                      uint32_t value)
{
    if (!good(p, bytes))
        return false;
    ports->out(aim(ports, p), bytes, value);
    return true;
}

bool pci_config_listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    while (*list) {
        size_t word = strcspn(list, " ,");
        if (word == n && n && memcmp(list, name, n) == 0)
            return true;
        list += word;
        list += strspn(list, " ,");
    }
    return false;
}
