// SPDX-License-Identifier: BSD-2-Clause
// Linux driver of the guest's side of cross-VM connections: each PCI device 1af4:a111 becomes a /dev/uio<n>, map 0 its
// page of events, map 1 its dataport. Needs the kernel's uio module. Facts: docs/cross-vm.md.
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uio_driver.h>

enum { EVENTS, DATAPORT };                              /* BARs, and maps of the uio device */
enum { REG_COUNT = 4, REG_NAME = 8, NAME_SIZE = 48 };

struct connection {
    struct uio_info uio;
    void __iomem *page;
    char name[NAME_SIZE];
};

/* The line may be shared: no events, not ours. Clearing the count lowers the line. */
static irqreturn_t take_events(int irq, struct uio_info *uio)
{
    struct connection *c = uio->priv;

    if (ioread32(c->page + REG_COUNT) == 0)
        return IRQ_NONE;
    iowrite32(0, c->page + REG_COUNT);
    return IRQ_HANDLED;
}

static void describe_map(struct connection *c, struct pci_dev *pci, int bar, const char *name)
{
    c->uio.mem[bar].name = name;
    c->uio.mem[bar].addr = pci_resource_start(pci, bar);
    c->uio.mem[bar].size = pci_resource_len(pci, bar);
    c->uio.mem[bar].memtype = UIO_MEM_PHYS;
}

static int connection_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
    struct connection *c = devm_kzalloc(&pci->dev, sizeof(*c), GFP_KERNEL);
    int error;

    if (!c)
        return -ENOMEM;
    error = pcim_enable_device(pci);
    if (error)
        return error;
    error = pcim_iomap_regions(pci, BIT(EVENTS), "connection");
    if (error)
        return error;
    c->page = pcim_iomap_table(pci)[EVENTS];
    memcpy_fromio(c->name, c->page + REG_NAME, NAME_SIZE - 1);
    describe_map(c, pci, EVENTS, "events");
    if (pci_resource_len(pci, DATAPORT))
        describe_map(c, pci, DATAPORT, "dataport");
    c->uio.name = c->name;
    c->uio.version = "1";
    c->uio.priv = c;
    c->uio.irq = pci->irq;
    c->uio.irq_flags = IRQF_SHARED;
    c->uio.handler = take_events;
    error = devm_uio_register_device(&pci->dev, &c->uio);
    if (!error)
        dev_info(&pci->dev, "connection '%s'\n", c->name);
    return error;
}

static const struct pci_device_id connection_ids[] = { { PCI_DEVICE(0x1af4, 0xa111) }, { } };
MODULE_DEVICE_TABLE(pci, connection_ids);

static struct pci_driver connection_driver = {
    .name = "connection",
    .id_table = connection_ids,
    .probe = connection_probe,
};
module_pci_driver(connection_driver);

MODULE_DESCRIPTION("Connections to components beside this virtual machine");
MODULE_LICENSE("Dual BSD/GPL");
