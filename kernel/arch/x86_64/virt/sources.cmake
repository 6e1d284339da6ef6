# SPDX-License-Identifier: BSD-2-Clause
# The kernel's virtualisation part: objects above the seam (vcpu.c, ept.c), backends below it (svm*, vmx*).
set(KERNEL_VIRT_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/virt.c
    ${CMAKE_CURRENT_LIST_DIR}/vcpu.c
    ${CMAKE_CURRENT_LIST_DIR}/ept.c
    ${CMAKE_CURRENT_LIST_DIR}/svm.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_state.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_exit.c
    ${CMAKE_CURRENT_LIST_DIR}/svm_entry.S
    ${CMAKE_CURRENT_LIST_DIR}/vmx.c
    ${CMAKE_CURRENT_LIST_DIR}/vmx_state.c
    ${CMAKE_CURRENT_LIST_DIR}/vmx_exit.c
    ${CMAKE_CURRENT_LIST_DIR}/vmx_entry.S)
