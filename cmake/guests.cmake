# SPDX-License-Identifier: BSD-2-Clause
# Guest kernels and root file systems, from Debian packages, fetched while building (never while configuring).
#
# Targets, none of them part of `all`:
#   guest-<flavour>       ${BULKHEAD_GUESTS}/<flavour>/{bzImage,vmlinux,config}
#   guest-rootfs-<arch>   ${BULKHEAD_GUESTS}/<arch>/rootfs.cpio      (arch: i386, amd64)
# Flavours and their Debian packages: projects/camkes/vm-linux/guests.list.

set(BULKHEAD_GUEST_FLAVOURS 686-pae 686 cloud-amd64 amd64)
set(BULKHEAD_GUEST_DEFAULT 686-pae)
set(BULKHEAD_GUEST_DEFAULT_64 cloud-amd64)
set(BULKHEAD_GUESTS ${CMAKE_BINARY_DIR}/guests)
set(BULKHEAD_VM_LINUX ${CMAKE_CURRENT_LIST_DIR}/../projects/camkes/vm-linux)
if(DEFINED ENV{BULKHEAD_CACHE})
    set(bulkhead_cache_default $ENV{BULKHEAD_CACHE})
else()
    set(bulkhead_cache_default ${BULKHEAD_ROOT}/.cache)
endif()
set(BULKHEAD_CACHE ${bulkhead_cache_default} CACHE PATH "Downloads that outlive the build directory")

set(BULKHEAD_LINUX_CMDLINE "console=ttyS0 cryptomgr.notests noisapnp" CACHE STRING "Kernel command line of Linux guests")
set(BULKHEAD_GUEST_RAM 128 CACHE STRING "RAM of each Linux guest in MiB")
# The two for an assembly's CPP_FLAGS.
set(BULKHEAD_LINUX_FLAGS -DGUEST_RAM=${BULKHEAD_GUEST_RAM} "-DGUEST_CMDLINE=\"${BULKHEAD_LINUX_CMDLINE}\"")

# bulkhead_guest_arch(flavour outvar): Debian architecture of a flavour, which is also its root file system's.
function(bulkhead_guest_arch flavour outvar)
    if(NOT flavour IN_LIST BULKHEAD_GUEST_FLAVOURS)
        string(REPLACE ";" ", " known "${BULKHEAD_GUEST_FLAVOURS}")
        message(FATAL_ERROR "unknown guest '${flavour}'; known: ${known}")
    endif()
    if(flavour MATCHES "686")
        set(${outvar} i386 PARENT_SCOPE)
    else()
        set(${outvar} amd64 PARENT_SCOPE)
    endif()
endfunction()

# bulkhead_guest_files(flavour kernel_var rootfs_var targets_var [BZIMAGE]): what a system that boots this
# guest puts into its file server, and the targets it must depend on.
function(bulkhead_guest_files flavour kernel_var rootfs_var targets_var)
    cmake_parse_arguments(G "BZIMAGE" "" "" ${ARGN})
    bulkhead_guest_arch(${flavour} arch)
    set(${kernel_var} ${BULKHEAD_GUESTS}/${flavour}/vmlinux PARENT_SCOPE)
    if(G_BZIMAGE)
        set(${kernel_var} ${BULKHEAD_GUESTS}/${flavour}/bzImage PARENT_SCOPE)
    endif()
    set(${rootfs_var} ${BULKHEAD_GUESTS}/${arch}/rootfs.cpio PARENT_SCOPE)
    set(${targets_var} guest-${flavour} guest-rootfs-${arch} PARENT_SCOPE)
endfunction()

# The two below are called once, by projects/camkes/vm-linux/CMakeLists.txt.
function(bulkhead_declare_guest_kernel flavour)
    set(dir ${BULKHEAD_GUESTS}/${flavour})
    set(fetch ${BULKHEAD_VM_LINUX}/tools/fetch-guest)
    add_custom_command(OUTPUT ${dir}/bzImage ${dir}/config
        COMMAND ${fetch} kernel ${flavour} ${BULKHEAD_CACHE}/guests ${dir}
        DEPENDS ${fetch} ${BULKHEAD_VM_LINUX}/guests.list
        COMMENT "Guest kernel ${flavour}" USES_TERMINAL VERBATIM)
    add_custom_command(OUTPUT ${dir}/vmlinux
        COMMAND extract-vmlinux ${dir}/bzImage ${dir}/vmlinux
        DEPENDS extract-vmlinux ${dir}/bzImage
        COMMENT "Unpacking guest kernel ${flavour}" VERBATIM)
    add_custom_target(guest-${flavour} DEPENDS ${dir}/bzImage ${dir}/vmlinux ${dir}/config)
endfunction()

function(bulkhead_declare_guest_rootfs)
    set(fetch ${BULKHEAD_VM_LINUX}/tools/fetch-guest)
    set(make ${BULKHEAD_VM_LINUX}/tools/make-rootfs)
    file(GLOB_RECURSE skeleton CONFIGURE_DEPENDS ${BULKHEAD_VM_LINUX}/rootfs/*)
    foreach(arch i386 amd64)
        set(dir ${BULKHEAD_GUESTS}/${arch})
        add_custom_command(OUTPUT ${dir}/busybox
            COMMAND ${fetch} busybox ${arch} ${BULKHEAD_CACHE}/guests ${dir}
            DEPENDS ${fetch}
            COMMENT "BusyBox ${arch}" USES_TERMINAL VERBATIM)
        add_custom_command(OUTPUT ${dir}/rootfs.cpio
            COMMAND ${make} ${dir}/busybox ${BULKHEAD_GUESTS}/amd64/busybox ${BULKHEAD_VM_LINUX}/rootfs
                    ${dir}/rootfs.cpio
            DEPENDS ${make} ${dir}/busybox ${BULKHEAD_GUESTS}/amd64/busybox ${skeleton}
            COMMENT "Root file system ${arch}" VERBATIM)
        add_custom_target(guest-rootfs-${arch} DEPENDS ${dir}/rootfs.cpio)
    endforeach()
    add_dependencies(guest-rootfs-i386 guest-rootfs-amd64)    # both use the amd64 BusyBox: never at once
endfunction()
