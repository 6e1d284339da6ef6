# SPDX-License-Identifier: BSD-2-Clause
# Buses, timers, interrupt router and device models: freestanding C11 for the host tests and for the monitor.
# Paths are absolute, so whoever includes this file may stand anywhere.
set(VMM_DEVICE_SOURCES)
foreach(file
        src/bus.c src/timer.c src/log.c
)
    list(APPEND VMM_DEVICE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${file})
endforeach()
