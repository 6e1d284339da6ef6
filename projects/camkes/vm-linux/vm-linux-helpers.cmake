# SPDX-License-Identifier: BSD-2-Clause
# What an application's CMakeLists.txt asks for when it wants "the" Linux guest, and lays files over its root.
# The files appear while building; whatever uses them by name waits for them, and their targets are named below.
include_guard(GLOBAL)
get_filename_component(vm_linux_dir ${CMAKE_CURRENT_LIST_DIR} REALPATH)
include(${vm_linux_dir}/../../../cmake/guests.cmake)

# The flavour of "32", "64", or of what KernelX86_64VTX64BitGuests says.
function(vm_linux_default_flavour who word_size outvar)
    if(word_size STREQUAL "")
        set(word_size 32)
        if(KernelX86_64VTX64BitGuests)
            set(word_size 64)
        endif()
    endif()
    if(word_size STREQUAL 32)
        set(${outvar} ${BULKHEAD_GUEST_DEFAULT} PARENT_SCOPE)
    elseif(word_size STREQUAL 64)
        set(${outvar} ${BULKHEAD_GUEST_DEFAULT_64} PARENT_SCOPE)
    else()
        message(FATAL_ERROR "${who}: the word size is '${word_size}'; known: 32 64")
    endif()
endfunction()

# GetArchDefaultLinuxKernelFile(32|64 outvar): the default guest's bzImage of that word size; target guest-<flavour>.
function(GetArchDefaultLinuxKernelFile word_size outvar)
    vm_linux_default_flavour(GetArchDefaultLinuxKernelFile "${word_size}" flavour)
    set(${outvar} ${BULKHEAD_GUESTS}/${flavour}/bzImage PARENT_SCOPE)
endfunction()

# GetArchDefaultLinuxRootfsFile(32|64 outvar): its root file system; target guest-rootfs-<i386|amd64>.
function(GetArchDefaultLinuxRootfsFile word_size outvar)
    vm_linux_default_flavour(GetArchDefaultLinuxRootfsFile "${word_size}" flavour)
    bulkhead_guest_arch(${flavour} arch)
    set(${outvar} ${BULKHEAD_GUESTS}/${arch}/rootfs.cpio PARENT_SCOPE)
endfunction()

# GetDefaultLinuxKernelFile(outvar), GetDefaultLinuxRootfsFile(outvar): the same for 32 bits, or for 64 with
# KernelX86_64VTX64BitGuests.
function(GetDefaultLinuxKernelFile outvar)
    GetArchDefaultLinuxKernelFile("" file)
    set(${outvar} ${file} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxRootfsFile outvar)
    GetArchDefaultLinuxRootfsFile("" file)
    set(${outvar} ${file} PARENT_SCOPE)
endfunction()
