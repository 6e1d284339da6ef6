// SPDX-License-Identifier: BSD-2-Clause
// The world switch: void svm_run(uint64_t *gpr, uint64_t vmcb_paddr, uint64_t host_paddr, bool mitigate).
// rax and rsp are in the VMCB (svm.c moves them). Facts: [1] AMD APM vol. 2, 15.5 (VMRUN), 15.6 (#VMEXIT), 15.5.2
// (VMSAVE/VMLOAD).
//
// GIF is 0 from clgi to stgi, so neither an interrupt nor an NMI can come in with half of a guest in the CPU. Host
// IF must be 1 at VMRUN: with V_INTR_MASKING it is the host's IF that lets an interrupt end the guest's run.

#include "entry_macros.h"

    .text
    .globl svm_run
    .type svm_run, @function
    .p2align 6
svm_run:
    push_host
    push %rcx                   /* mitigate */
    push %rdx                   /* host image */
    push %rdi                   /* gpr */

    clgi
    mov %rdx, %rax
    vmsave %rax                 /* FS and GS with hidden parts, TR, LDTR, KERNEL_GS_BASE, STAR.., SYSENTER.. */
    mov %rsi, %rax
    vmload %rax
    load_guest
    sti
    vmrun %rax                  /* back with the host's rax, rsp, rip, rflags; all else is the guest's */
    cli
    vmsave %rax
    mov (%rsp), %rax
    save_guest
    pop %rax                    /* gpr: done with it */
    pop %rax
    vmload %rax                 /* host again: %gs works from here on */
    pop %rcx
    test %cl, %cl
    jz 1f
    fill_return_stack
1:  pop_host
    stgi
    ret
    .size svm_run, . - svm_run
    .section .note.GNU-stack, "", @progbits
