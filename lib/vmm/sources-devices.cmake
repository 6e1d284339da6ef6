# SPDX-License-Identifier: BSD-2-Clause
# Buses, timers, interrupt router and device models: freestanding C11 for the host tests and for the monitor.
# Paths are absolute, so whoever includes this file may stand anywhere.
set(VMM_DEVICE_SOURCES)
foreach(file
        src/bus.c src/timer.c src/log.c src/irq.c
        devices/pic8259.c devices/ioapic.c devices/lapic.c devices/lapic_regs.c devices/pit8254.c
        devices/uart16550.c devices/rtc_cmos.c devices/acpi_pm.c devices/legacy.c devices/pci_host.c
        devices/pci_function.c devices/table.c
)
    list(APPEND VMM_DEVICE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${file})
endforeach()
