# SPDX-License-Identifier: BSD-2-Clause
# The kernel's virtualisation part: objects above the seam (vcpu.c, ept.c), backends below it (svm*).
set(KERNEL_VIRT_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/virt.c
    ${CMAKE_CURRENT_LIST_DIR}/vcpu.c
    ${CMAKE_CURRENT_LIST_DIR}/ept.c
    ${CMAKE_CURRENT_LIST_DIR}/svm.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_state.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_exit.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_entry.S)
