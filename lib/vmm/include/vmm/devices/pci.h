// SPDX-License-Identifier: BSD-2-Clause
// PCI host bridge with configuration mechanism #1 and one bus, and the common part of every PCI function:
// configuration space with write masks, BARs that claim bus ranges, capabilities, INTx and MSI.
// Port 0xcf9 (reset control), which lies inside the address register, is here too.
#ifndef VMM_DEVICES_PCI_H
#define VMM_DEVICES_PCI_H

#include <vmm/device.h>
#include <vmm/irq.h>

#define PCI_MAX_SLOTS 32
#define PCI_MAX_FUNCTIONS 8
#define PCI_BARS 6
#define PCI_CONFIG_SIZE 256

struct pci_host;
struct pci_function;

enum pci_bar_type { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM32, PCI_BAR_MEM64, PCI_BAR_UPPER };
/* PCI_BAR_UPPER: the second half of a 64-bit one */

struct pci_bar {
    enum pci_bar_type type;
    bool prefetchable;
    uint64_t size;                 /* power of two; I/O >= 4, memory >= 16 */
    bus_handler handler;           /* gets the function's `device` */
    uint64_t mapped_at;            /* valid while mapped */
    bool mapped;
};

struct pci_identity {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint8_t revision, prog_if, subclass, class_code;
    uint8_t interrupt_pin;         /* 0 none, 1 = INTA# ... 4 */
};

/* Part of a device's own structure. */
struct pci_function {
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE];     /* bits the guest may change */
    uint8_t clear[PCI_CONFIG_SIZE];        /* bits a written 1 clears */
    uint8_t power_on[PCI_CONFIG_SIZE];     /* what reset puts back */
    struct pci_bar bar[PCI_BARS];
    struct pci_host *host;
    void *device;
    const char *name;
    /* After any accepted change of configuration bytes [offset, offset+size); may be NULL. */
    void (*config_written)(void *device, unsigned offset, unsigned size);
    /* Before a read of capability registers whose content is computed; may be NULL. */
    void (*config_reading)(void *device, unsigned offset, unsigned size);
    /* After a BAR appeared in its address space (bar[index].mapped_at), or vanished from it; may be NULL. */
    void (*bar_moved)(void *device, unsigned index, bool mapped);
    uint8_t slot, function;
    uint8_t next_capability;               /* free space from here */
    uint8_t last_capability;
    uint8_t msi;                           /* offset of the MSI capability, 0 = none */
    bool intx;                             /* level of the function's interrupt as its device drives it */
    bool intx_line;                        /* what it contributes to its line after the disable bit */
    uint8_t complaints;                    /* refused BAR mappings told so far */
};

struct pci_host_config {
    uint8_t line[4];    /* lines of PIRQ A..D; zeros = 10, 11, 10, 11. INTx# of slot s is PIRQ (s + x) % 4 */
    uint64_t mmio_base, mmio_size; /* window for memory BARs below 4 GiB; zeros = 0xe0000000, 0x1ec00000 */
    uint64_t high_base, high_size; /* window for 64-bit memory BARs above 4 GiB; size 0 = none */
    uint16_t io_base, io_size;     /* window for I/O BARs; zeros = 0xc000, 0x3000 */
};

struct pci_host {
    uint32_t address;              /* 0xcf8 */
    uint8_t reset_control;         /* 0xcf9 */
    uint8_t line_users[IRQ_LINES];    /* functions that hold a line asserted */
    struct pci_host_config cfg;
    struct device_env env;
    uint64_t next_mmio, next_io;   /* where power-on BARs are placed */
    struct pci_function *at[PCI_MAX_SLOTS][PCI_MAX_FUNCTIONS];
    struct pci_function bridge;    /* 00:00.0 */
};

extern const struct device_class pci_host_class;   /* cfg: struct pci_host_config, or NULL */

/* Makes a function: identity first, then BARs and capabilities, then pci_add. All say -1 after a logged
 * message. */
void pci_function_init(struct pci_function *, const char *name, void *device, const struct pci_identity *);
int pci_set_bar(struct pci_function *, unsigned index, enum pci_bar_type, uint64_t size, bus_handler);
/* Space for a capability of `length` bytes; returns its offset. Bytes after the two of the header are the
 * caller's to fill and to make writable. */
int pci_add_capability(struct pci_function *, uint8_t id, unsigned length);
int pci_add_msi(struct pci_function *);                         /* one vector, 64-bit address, maskable */
/* Puts it on the bus, gives its BARs addresses (decoding is off) and its interrupt line register a value. */
int pci_add(struct pci_host *, struct pci_function *, unsigned slot, unsigned function);
/* Power-on configuration space, nothing mapped. The host's reset does it for all functions; a device calls it
 * for a reset of its own. */
void pci_function_reset(struct pci_function *);

void pci_set_intx(struct pci_function *, bool level);
/* Sends the function's MSI if the guest has switched it on; false = use INTx. */
bool pci_send_msi(struct pci_function *);
static inline uint16_t pci_config16(const struct pci_function *f, unsigned o)
{
    return (uint16_t)(f->config[o] | f->config[o + 1] << 8);
}
static inline uint32_t pci_config32(const struct pci_function *f, unsigned o)
{
    return pci_config16(f, o) | (uint32_t)pci_config16(f, o + 2) << 16;
}
void pci_put16(struct pci_function *, unsigned offset, uint16_t value);
void pci_put32(struct pci_function *, unsigned offset, uint32_t value);

#endif
