# SPDX-License-Identifier: BSD-2-Clause
# What an application's CMakeLists.txt asks for when it wants "the" Linux guest.
# The files appear while building: depend on the targets named in each comment.
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/../../../cmake/guests.cmake)

# GetDefaultLinuxKernelFile(outvar): path of the default guest's bzImage; target guest-686-pae.
function(GetDefaultLinuxKernelFile outvar)
    set(${outvar} ${BULKHEAD_GUESTS}/${BULKHEAD_GUEST_DEFAULT}/bzImage PARENT_SCOPE)
endfunction()

# GetDefaultLinuxRootfsFile(outvar): path of the default guest's root file system; target guest-rootfs-i386.
function(GetDefaultLinuxRootfsFile outvar)
    bulkhead_guest_arch(${BULKHEAD_GUEST_DEFAULT} arch)
    set(${outvar} ${BULKHEAD_GUESTS}/${arch}/rootfs.cpio PARENT_SCOPE)
endfunction()
