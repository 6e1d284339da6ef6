// SPDX-License-Identifier: BSD-2-Clause
// The world switch: void svm_run(uint64_t *gpr, uint64_t vmcb_paddr, uint64_t host_paddr).
// Guest registers move straight between CPU and state page (gpr[] in the order of the instruction set); rax and rsp
// are in the VMCB (svm.c moves them). Facts: [1] AMD APM vol. 2, 15.5 (VMRUN), 15.6 (#VMEXIT), 15.5.2 (VMSAVE/VMLOAD).
//
// GIF is 0 from clgi to stgi, so neither an interrupt nor an NMI can come in with half of a guest in the CPU. Host
// IF must be 1 at VMRUN: with V_INTR_MASKING it is the host's IF that lets an interrupt end the guest's run.

#define RCX 0x08
#define RDX 0x10
#define RBX 0x18
#define RBP 0x28
#define RSI 0x30
#define RDI 0x38
#define R(n) ((n) * 8)

    .text
    .globl svm_run
    .type svm_run, @function
    .p2align 6
svm_run:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdx                   /* host image */
    push %rdi                   /* gpr */

    clgi
    mov %rdx, %rax
    vmsave %rax                 /* FS and GS with hidden parts, TR, LDTR, KERNEL_GS_BASE, STAR.., SYSENTER.. */
    mov %rsi, %rax
    vmload %rax

    mov RCX(%rdi), %rcx
    mov RDX(%rdi), %rdx
    mov RBX(%rdi), %rbx
    mov RBP(%rdi), %rbp
    mov RSI(%rdi), %rsi
    mov R(8)(%rdi), %r8
    mov R(9)(%rdi), %r9
    mov R(10)(%rdi), %r10
    mov R(11)(%rdi), %r11
    mov R(12)(%rdi), %r12
    mov R(13)(%rdi), %r13
    mov R(14)(%rdi), %r14
    mov R(15)(%rdi), %r15
    mov RDI(%rdi), %rdi

    sti
    vmrun %rax                  /* back with the host's rax, rsp, rip, rflags; all else is the guest's */
    cli

    vmsave %rax
    mov (%rsp), %rax
    mov %rcx, RCX(%rax)
    mov %rdx, RDX(%rax)
    mov %rbx, RBX(%rax)
    mov %rbp, RBP(%rax)
    mov %rsi, RSI(%rax)
    mov %rdi, RDI(%rax)
    mov %r8, R(8)(%rax)
    mov %r9, R(9)(%rax)
    mov %r10, R(10)(%rax)
    mov %r11, R(11)(%rax)
    mov %r12, R(12)(%rax)
    mov %r13, R(13)(%rax)
    mov %r14, R(14)(%rax)
    mov %r15, R(15)(%rax)

    pop %rax                    /* gpr: done with it */
    pop %rax
    vmload %rax                 /* host again: %gs works from here on */

    /* Hook for speculation defences on the way out of a guest: the return stack buffer is filled and the registers
     * the guest chose are cleared here, before the first indirect branch and RET of the kernel. */
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    stgi
    ret
    .size svm_run, . - svm_run
    .section .note.GNU-stack, "", @progbits
