// SPDX-License-Identifier: BSD-2-Clause
// First instructions of every thread of a component: rdi = information page, rsi = thread index, rdx = TSC
// frequency, rcx = backend and debug flags, r8 = TSC at boot, rsp = end of its stack. Makes room for the
// thread-local storage at the end of the stack and goes on in C.
    .section .text._start, "ax", @progbits
    .globl  _start
    .type   _start, @function
_start:
    xorl    %ebp, %ebp
    leaq    __tls_memory_bytes + 128, %rax
    subq    %rax, %rsp
    andq    $-64, %rsp
    movq    %rsp, %r9
    call    rt_start
    ud2
    .size   _start, . - _start
    .section .note.GNU-stack, "", @progbits
