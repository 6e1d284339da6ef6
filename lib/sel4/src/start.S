// SPDX-License-Identifier: BSD-2-Clause
// First instructions of a freestanding initial task: rdi = address of the boot information, no stack yet.
#ifndef TASK_STACK_BYTES
#define TASK_STACK_BYTES 0x10000
#endif

    .section .text._start, "ax", @progbits
    .globl  _start
    .type   _start, @function
_start:
    leaq    task_stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    call    sel4_start
    ud2
    .size   _start, . - _start

    .section .bss.task_stack, "aw", @nobits
    .balign 4096
task_stack:
    .skip   TASK_STACK_BYTES
task_stack_top:

    .section .note.GNU-stack, "", @progbits
