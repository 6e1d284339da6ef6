// SPDX-License-Identifier: BSD-2-Clause
// The device classes of this monitor, in the order a PC is put together.

#include <stddef.h>
#include <string.h>
#include <vmm/devices/acpi_pm.h>
#include <vmm/devices/ioapic.h>
#include <vmm/devices/lapic.h>
#include <vmm/devices/legacy.h>
#include <vmm/devices/pci.h>
#include <vmm/devices/pic8259.h>
#include <vmm/devices/pit8254.h>
#include <vmm/devices/rtc_cmos.h>
#include <vmm/devices/table.h>
#include <vmm/devices/uart16550.h>

const struct device_class *const device_class_table[] = {
    &pic8259_class,
    &ioapic_class,
    &lapic_class,
    &pit8254_class,
    &rtc_cmos_class,
    &acpi_pm_class,
    &pci_host_class,
    &i8042_class,
    &port92_class,
    &post_port_class,
    &uart16550_class,
    &debug_exit_class,
    NULL
};

const struct device_class *device_class_find(const char *name)
{
    for (const struct device_class *const *class = device_class_table; *class; class++) {
        if (strcmp((*class)->name, name) == 0)
            return *class;
    }
    return NULL;
}
