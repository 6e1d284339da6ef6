// SPDX-License-Identifier: BSD-2-Clause
// The world switch: uint32_t vmx_run(uint64_t *gpr, uint32_t flags). Facts: [1] Intel SDM vol. 3, 26 (VM entries), 27
// (VM exits: interrupts off, registers but rsp and rip the guest's), vol. 2, VERW.
//
// A VMLAUNCH or VMRESUME that finds fault with the VMCS goes on behind itself, with the guest's registers in the CPU: it
// takes the same way out as an exit, so no path leaves with a register of the guest's.

#include "entry_macros.h"

#define HOST_RSP 0x6c14
#define RUN_LAUNCH 1
#define RUN_VERW 2
#define RUN_FILL_RSB 4

    .text
    .globl vmx_run, vmx_exit_point
    .type vmx_run, @function
    .p2align 6
vmx_run:
    push_host
    push %rsi
    push %rdi
    mov $HOST_RSP, %eax
    vmwrite %rsp, %rax
    mov RAX(%rdi), %rax
    test $RUN_VERW, %sil
    jz 1f
    verw verw_selector(%rip)    /* clears the buffers data leaked from (MDS), where microcode made it do so */
1:  test $RUN_LAUNCH, %sil
    load_guest                  /* moves leave ZF alone */
    jnz 2f
    vmresume
    jmp vmx_exit_point
2:  vmlaunch

    .p2align 4
vmx_exit_point:                 /* after an exit CF and ZF are clear; behind a refused VMCS one is set */
    push %rax
    mov 8(%rsp), %rax
    pop RAX(%rax)
    setbe 9(%rsp)               /* second byte of the flags */
    save_guest
    pop %rdi
    pop %rsi
    test $RUN_FILL_RSB, %sil
    jz 5f
    fill_return_stack
5:  mov %esi, %eax
    shr $8, %eax
    pop_host
    ret
    .size vmx_run, . - vmx_run

    .section .rodata
verw_selector:
    .word 0x10                  /* the kernel's data segment: VERW wants a writable one */
    .section .note.GNU-stack, "", @progbits
