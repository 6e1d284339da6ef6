# SPDX-License-Identifier: BSD-2-Clause
# The architecture-neutral part of the kernel: the same list goes into the kernel image and the host tests.
set(KERNEL_CORE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(KERNEL_CORE_SOURCES
    ${KERNEL_CORE_DIR}/cap.c
    ${KERNEL_CORE_DIR}/cnode.c
    ${KERNEL_CORE_DIR}/cspace.c
    ${KERNEL_CORE_DIR}/delete.c
    ${KERNEL_CORE_DIR}/endpoint.c
    ${KERNEL_CORE_DIR}/fastpath.c
    ${KERNEL_CORE_DIR}/fault.c
    ${KERNEL_CORE_DIR}/ipc.c
    ${KERNEL_CORE_DIR}/irq.c
    ${KERNEL_CORE_DIR}/notification.c
    ${KERNEL_CORE_DIR}/print.c
    ${KERNEL_CORE_DIR}/refill.c
    ${KERNEL_CORE_DIR}/reply.c
    ${KERNEL_CORE_DIR}/sched.c
    ${KERNEL_CORE_DIR}/schedcontext.c
    ${KERNEL_CORE_DIR}/syscall.c
    ${KERNEL_CORE_DIR}/tcb.c
    ${KERNEL_CORE_DIR}/untyped.c)
