# SPDX-License-Identifier: BSD-2-Clause
# The guest's side of connections to components (docs/cross-vm.md): driver, command and start script, as an overlay.
include_guard()
include(${CMAKE_CURRENT_LIST_DIR}/linux-source-helpers.cmake)

# Headers, uio.ko and our driver for one kernel, and the command for its word size. Once for each kernel in a build.
function(vm_connection_projects flavour)
    set(work ${CMAKE_BINARY_DIR}/connection/${flavour})
    if(TARGET connection-${flavour})
        return()
    endif()
    bulkhead_guest_arch(${flavour} arch)
    set(bits 64)
    if(arch STREQUAL i386)
        set(bits 32)
    endif()
    FindCustomPollyToolchain(toolchain linux-gcc-${bits}bit-pic)
    DownloadLinux(${VM_LINUX_MAJOR} ${VM_LINUX_MINOR} ${VM_LINUX_FROM_PACKAGE} headers connection-headers-${flavour}
        FLAVOUR ${flavour})
    ExternalProject_Add(connection-${flavour}
        SOURCE_DIR ${VM_LINUX_DIR}/guest/connection
        BINARY_DIR ${work}/module
        PREFIX ${work}/module-prefix
        BUILD_ALWAYS ON
        EXCLUDE_FROM_ALL ON
        INSTALL_COMMAND ""
        DEPENDS connection-headers-${flavour}
        CMAKE_ARGS -DLINUX_KERNEL_DIR=${headers} -DMODULE_HELPERS_FILE=${VM_LINUX_DIR}/linux-module-helpers.cmake)
    ExternalProject_Add(crossvm-${flavour}
        SOURCE_DIR ${VM_LINUX_DIR}/guest/crossvm
        BINARY_DIR ${work}/command
        PREFIX ${work}/command-prefix
        BUILD_ALWAYS ON
        EXCLUDE_FROM_ALL ON
        INSTALL_COMMAND ""
        CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${toolchain})
    set(fetch ${VM_LINUX_DIR}/tools/fetch-guest)
    add_custom_command(OUTPUT ${work}/modules/10-uio.ko
        COMMAND ${fetch} modules ${flavour} ${BULKHEAD_CACHE}/guests ${work}/modules uio
        DEPENDS ${fetch} ${BULKHEAD_GUESTS}/${flavour}/bzImage
        COMMENT "Kernel module uio of ${flavour}" VERBATIM)
endfunction()

# AddConnectionsToOverlay(overlay [FLAVOUR f]): the driver of connections, loaded at start, and the command `crossvm`,
# for the default guest or for the one with kernel f (docs/guests.md).
function(AddConnectionsToOverlay overlay)
    set(who "AddConnectionsToOverlay(${overlay})")
    cmake_parse_arguments(C "" "FLAVOUR" "" ${ARGN})
    vm_linux_arguments("${who}" C)
    vm_linux_default_flavour("${who}" "" flavour)
    if(C_FLAVOUR)
        set(flavour ${C_FLAVOUR})
    endif()
    vm_connection_projects(${flavour})
    set(work ${CMAKE_BINARY_DIR}/connection/${flavour})
    AddExternalProjFilesToOverlay(connection-${flavour} ${work}/module ${overlay} lib/modules/connection
        FILES connection.ko)
    AddExternalProjFilesToOverlay(crossvm-${flavour} ${work}/command ${overlay} usr/bin FILES crossvm)
    AddFileToOverlayDir(uio.ko ${work}/modules/10-uio.ko lib/modules/connection ${overlay})
    AddFileToOverlayDir(S20connections ${VM_LINUX_DIR}/guest/S20connections etc/init.d ${overlay})
endfunction()
