# SPDX-License-Identifier: BSD-2-Clause
# Host tests of buses, timers, interrupt router and device models. The models are built once under the sanitizers.
include(${CMAKE_CURRENT_LIST_DIR}/../sources-devices.cmake)

add_library(vmm_devices_checked STATIC EXCLUDE_FROM_ALL ${VMM_DEVICE_SOURCES})
target_include_directories(vmm_devices_checked PUBLIC ${CMAKE_CURRENT_LIST_DIR}/../include)
target_compile_options(vmm_devices_checked PRIVATE ${BULKHEAD_WARNINGS} -g -O1 -fno-omit-frame-pointer
    -fsanitize=address,undefined -fno-sanitize-recover=all)

foreach(test
        bus pic8259 ioapic lapic pit8254 uart16550 rtc_cmos acpi_pm legacy pci fuzz
)
    bulkhead_host_test(vmm_${test}_test
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/${test}_test.c
        LIBS vmm_devices_checked
        LABELS vmm)
endforeach()

# Interrupt delivery by the whole machine: needs the machine's library too.
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/../CMakeLists.txt AND NOT VMM_DEVICES_ALONE)
    bulkhead_host_test(vmm_interrupts_test
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/interrupts_test.c
        LIBS vmm_machine_checked
        LABELS vmm)
endif()
