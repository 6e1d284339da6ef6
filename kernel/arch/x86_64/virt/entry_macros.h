// SPDX-License-Identifier: BSD-2-Clause
// What the world switches of both backends share: the guest's general registers between CPU and state page (gpr[] in
// the order of the instruction set), and what must be gone before the kernel's first RET or indirect branch.
#ifndef ENTRY_MACROS_H
#define ENTRY_MACROS_H

#define RAX 0x00
#define RCX 0x08
#define RDX 0x10
#define RBX 0x18
#define RBP 0x28
#define RSI 0x30
#define RDI 0x38
#define R(n) ((n) * 8)

    .macro push_host
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    .endm

    .macro pop_host
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    .endm

/* All but rax and rsp; rdi points at gpr[] and is the last to be loaded. */
    .macro load_guest
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
    .endm

/* All but rax and rsp, to where rax points. What the guest chose does not stay in registers for the kernel to
 * speculate with: those pop_host does not bring back are cleared. */
    .macro save_guest
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
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    .endm

/* The guest may have filled the return stack buffer with its own addresses: 32 harmless ones. */
    .macro fill_return_stack
    .rept 32
    call 771f
    int3
771:
    .endr
    add $32 * 8, %rsp
    .endm

#endif
