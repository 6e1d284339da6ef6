// SPDX-License-Identifier: BSD-2-Clause
// Every way into the kernel and back out. An event kernel: one stack per CPU, emptied at each entry; the user's
// registers live in its TCB (struct user_frame), never on the stack. Interrupts stay off but for the window below.
//   user -> kernel   system calls store the frame with moves, interrupts let the CPU push most of it (TSS.rsp0)
//   kernel -> user   C returns the thread to go on with: sysret if it came by syscall, else iret
//   kernel -> kernel an exception is a bug (dump, panic); an interrupt only notes its vector in %gs:24 and comes back
//                    with IF = 0, so a window takes exactly one (idle loop, arch_take_irqs)
// Facts: AMD APM vol. 2, 8.9 (64-bit interrupts) and 6.1.1 (SYSCALL and SYSRET).

#define GS_SCRATCH 8
#define GS_STACK 16
#define GS_VECTOR 24
#define GS_RSP0 40

/* struct user_frame */
#define F_RAX 0
#define F_RBX 8
#define F_RDX 16
#define F_RSI 24
#define F_RDI 32
#define F_RBP 40
#define F_R8 48
#define F_R9 56
#define F_R10 64
#define F_R12 72
#define F_R13 80
#define F_R14 88
#define F_R15 96
#define F_RCX 104
#define F_R11 112
#define F_VECTOR 120
#define F_ERROR 128
#define F_RIP 136
#define F_CS 144
#define F_RFLAGS 152
#define F_RSP 160
#define F_SIZE 176
#define TCB_FRAME 0x100

    .text
    .globl syscall_entry, return_to_user_of, irq_window

    .balign 64
syscall_entry:
    swapgs
    movq %rsp, %gs:GS_SCRATCH
    movq %gs:GS_RSP0, %rsp
    movq %rcx, F_RIP-F_SIZE(%rsp)
    movq %r11, F_RFLAGS-F_SIZE(%rsp)
    movq $-1, F_VECTOR-F_SIZE(%rsp)
    movq %rax, F_RAX-F_SIZE(%rsp)
    movq %rbx, F_RBX-F_SIZE(%rsp)
    movq %rdx, F_RDX-F_SIZE(%rsp)
    movq %rsi, F_RSI-F_SIZE(%rsp)
    movq %rdi, F_RDI-F_SIZE(%rsp)
    movq %rbp, F_RBP-F_SIZE(%rsp)
    movq %r8, F_R8-F_SIZE(%rsp)
    movq %r9, F_R9-F_SIZE(%rsp)
    movq %r10, F_R10-F_SIZE(%rsp)
    movq %r12, F_R12-F_SIZE(%rsp)
    movq %r13, F_R13-F_SIZE(%rsp)
    movq %r14, F_R14-F_SIZE(%rsp)
    movq %r15, F_R15-F_SIZE(%rsp)
    movq %gs:GS_SCRATCH, %rcx
    movq %rcx, F_RSP-F_SIZE(%rsp)
    movq %gs:GS_STACK, %rsp
    movq %rdx, %rdi
    call trap_syscall

/* rax = the thread to go on with. */
return_to_user:
    cmpq $-1, TCB_FRAME+F_VECTOR(%rax)
    leaq TCB_FRAME(%rax), %rsp
    jne 1f
    movq F_RBX(%rsp), %rbx
    movq F_RDX(%rsp), %rdx
    movq F_RSI(%rsp), %rsi
    movq F_RDI(%rsp), %rdi
    movq F_RBP(%rsp), %rbp
    movq F_R8(%rsp), %r8
    movq F_R9(%rsp), %r9
    movq F_R10(%rsp), %r10
    movq F_R12(%rsp), %r12
    movq F_R13(%rsp), %r13
    movq F_R14(%rsp), %r14
    movq F_R15(%rsp), %r15
    movq F_RAX(%rsp), %rax
    movq F_RIP(%rsp), %rcx
    movq F_RFLAGS(%rsp), %r11
    movq F_RSP(%rsp), %rsp
    swapgs
    sysretq
1:  popq %rax
    popq %rbx
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rbp
    popq %r8
    popq %r9
    popq %r10
    popq %r12
    popq %r13
    popq %r14
    popq %r15
    popq %rcx
    popq %r11
    addq $16, %rsp
    swapgs
    iretq

return_to_user_of:                          /* the same for C: thread in rdi */
    movq %rdi, %rax
    jmp return_to_user

/* One stub per vector; those without an error code push a zero. */
    .altmacro
    .macro stub n
    .balign 16
    .if (\n == 8) || (\n >= 10 && \n <= 14) || (\n == 17) || (\n == 21) || (\n == 29) || (\n == 30)
    .else
    pushq $0
    .endif
    pushq $\n
    jmp trap_common
    .endm
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set i, 0
    .rept 256
    stub %i
    .set i, i + 1
    .endr

    .balign 16
trap_common:
    testb $3, 24(%rsp)
    jz trap_kernel
    swapgs
    pushq %r11
    pushq %rcx
    pushq %r15
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %r10
    pushq %r9
    pushq %r8
    pushq %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rbx
    pushq %rax
    cld
    movl F_VECTOR(%rsp), %edi
    movq %gs:GS_STACK, %rsp
    call trap_user
    jmp return_to_user

trap_kernel:
    cmpl $32, (%rsp)
    jb 2f
    pushq %rax
    movq 8(%rsp), %rax
    movq %rax, %gs:GS_VECTOR
    popq %rax
    andl $~0x200, 32(%rsp)              /* come back with interrupts off */
    addq $16, %rsp
    iretq
2:  pushq %r11                          /* a kernel bug: the same frame on the stack for the dump */
    pushq %rcx
    pushq %r15
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %r10
    pushq %r9
    pushq %r8
    pushq %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rbx
    pushq %rax
    cld
    movq %rsp, %rdi
    andq $-16, %rsp
    call trap_kernel_fault

/* NMI and machine check can hit between any two instructions, also before swapgs: own stacks, no %gs. */
    .macro paranoid name, handler
    .balign 16
    .globl \name
\name:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    cld
    leaq 72(%rsp), %rdi
    call \handler
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    iretq
    .endm
    paranoid nmi_entry, trap_nmi
    paranoid machine_check_entry, trap_machine_check

/* uint64_t irq_window(bool sleep): lets one interrupt in; its vector, or 0 if none came (never 0 after sleeping). */
    .balign 16
irq_window:
    movq $0, %gs:GS_VECTOR
    testl %edi, %edi
    jnz 3f
    sti
    nop
    nop
    cli
    movq %gs:GS_VECTOR, %rax
    ret
3:  sti
    hlt
    cli
    movq %gs:GS_VECTOR, %rax
    ret
    .section .note.GNU-stack, "", @progbits
