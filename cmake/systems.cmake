# SPDX-License-Identifier: BSD-2-Clause
# Whole systems: virtual machines and services described by tools/mksystem, packed with the loader into one image.

set(BULKHEAD_LINUX_CMDLINE "console=ttyS0 cryptomgr.notests noisapnp" CACHE STRING "Kernel command line of Linux guests")
set(BULKHEAD_GUEST_RAM 128 CACHE STRING "RAM of each Linux guest in MiB")

# bulkhead_system(name ARGS <arguments of mksystem> [DEPENDS targets and files…] [PROGRAMS component targets…] [ALL])
# Target system-<name>; the image is ${CMAKE_BINARY_DIR}/images/<name>. DEPENDS: what the arguments name and must be
# built before; PROGRAMS: components beside the common ones.
function(bulkhead_system name)
    cmake_parse_arguments(S "ALL" "" "ARGS;DEPENDS;PROGRAMS" ${ARGN})
    if(S_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bulkhead_system(${name}): unknown argument: ${S_UNPARSED_ARGUMENTS}")
    endif()
    set(dir ${CMAKE_BINARY_DIR}/systems/${name})
    file(MAKE_DIRECTORY ${dir})
    add_custom_command(OUTPUT ${dir}/image.list ${dir}/system.spec
        BYPRODUCTS ${dir}/files.cpio
        COMMAND mksystem --out ${dir} --components ${CMAKE_BINARY_DIR}/components ${S_ARGS}
        DEPENDS mksystem ${S_DEPENDS}
        COMMENT "System ${name}" VERBATIM)
    bulkhead_image(${name} LIST ${dir}/image.list DEPENDS ${dir}/system.spec ${S_DEPENDS} ${S_PROGRAMS}
        component_Init component_FileServer component_SerialServer component_TimeServer component_RTC
        component_Shutdown)
    if(S_ALL)
        add_custom_target(system-${name} ALL DEPENDS ${CMAKE_BINARY_DIR}/images/${name} kernel_image)
    else()
        add_custom_target(system-${name} DEPENDS ${CMAKE_BINARY_DIR}/images/${name} kernel_image)
    endif()
endfunction()

# bulkhead_linux_vm(vm flavour args_var depends_var): mksystem's arguments for one Linux guest, and what they need.
function(bulkhead_linux_vm vm flavour args_var depends_var)
    bulkhead_guest_files(${flavour} kernel rootfs targets)
    set(${args_var} --vm ${vm} --kernel ${kernel} --initrd ${rootfs} --ram ${BULKHEAD_GUEST_RAM}
        --cmdline "${BULKHEAD_LINUX_CMDLINE}" PARENT_SCOPE)
    set(${depends_var} ${targets} ${kernel} ${rootfs} PARENT_SCOPE)
endfunction()
