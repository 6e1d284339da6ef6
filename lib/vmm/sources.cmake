# SPDX-License-Identifier: BSD-2-Clause
# All sources of the virtual machine monitor library: the machine, and the devices. Absolute paths.
include(${CMAKE_CURRENT_LIST_DIR}/sources-devices.cmake)
set(VMM_MACHINE_SOURCES)
foreach(file vm vcpu exits emulate decode alu gmem paging cpuid msr kvmclock
        load load_elf load_linux load_multiboot acpi dump entry_check)
    list(APPEND VMM_MACHINE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/src/${file}.c)
endforeach()
set(VMM_SOURCES ${VMM_MACHINE_SOURCES} ${VMM_DEVICE_SOURCES})
