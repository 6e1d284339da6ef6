// SPDX-License-Identifier: BSD-2-Clause
// Guest code of the kernel's virtualisation tests: position-independent pieces that are copied to guest-physical
// 0x1000. FRAG name ... END name makes frag_<name> and frag_<name>_end.

    .section .rodata
    .macro FRAG name
    .balign 16
    .globl frag_\name, frag_\name\()_end
frag_\name:
    .endm
    .macro END name
frag_\name\()_end:
    .endm

/* Debug exits of the fragments: OUT to port 0xe0 says "done", with a value in al/ax/eax. */

    .code16
FRAG pio16                              /* every size, in and out */
    mov $0x1234, %dx
    mov $0x5a, %al
    out %al, %dx
    mov $0xa55a, %ax
    out %ax, %dx
    mov $0xdeadbeef, %eax
    out %eax, %dx
    in %dx, %al
    in %dx, %ax
    in %dx, %eax
    out %al, $0xe0
END pio16

FRAG string16
    mov $0x2000, %si
    mov $0x77, %dx
    mov $3, %cx
    cld
    rep outsb
    insw
    rep insb
END string16

FRAG insns16
    mov $7, %eax
    mov $9, %ecx
    cpuid
    mov $0x1b, %ecx
    rdmsr
    mov $0xc0000080, %ecx
    wrmsr
    hlt
    wbinvd
    pause
    rdpmc
    out %al, $0xe0
END insns16

FRAG shutdown16                         /* IDT limit is 0 */
    int3
END shutdown16

FRAG spin16
    jmp .
END spin16

FRAG sti_spin16
    sti
    jmp .
END sti_spin16

FRAG cli_sti16                          /* an interrupt window opens behind the STI's shadow */
    cli
    nop
    sti
    nop
    nop
    jmp .
END cli_sti16

FRAG far16                              /* segment 0x300: base 0x3000 */
    mov $0x300, %ax
    mov %ax, %ds
    mov %ax, %es
    mov 0x10, %eax
    mov %eax, 0x20
    out %eax, $0xe0
END far16

    .code64
FRAG svm64                              /* the hypercall and what guests may not do, one of each vendor's */
    vmmcall
    vmrun %rax
    vmload %rax
    vmsave %rax
    stgi
    clgi
    invlpga %rax, %ecx
END svm64

FRAG vmx64
    vmcall
    vmlaunch
    vmresume
    vmxoff
    vmptrld (%rax)
    vmptrst (%rax)
    vmread %rax, %rbx
END vmx64

FRAG insns64
    mov %cr8, %rax
    mov %rbx, %cr8
    monitor %rax, %ecx, %edx
    mwait %eax, %ecx
    rdtsc
    rdtscp
    invd
    out %al, $0xe0
END insns64

FRAG mem64                              /* rbx = address: read, write, fetch */
    mov (%rbx), %eax
    out %al, $0xe0
    mov %eax, (%rbx)
    out %al, $0xe0
    jmp *%rbx
END mem64

FRAG msr64                              /* pass through: no exit */
    mov $0xc0000082, %ecx
    mov $0x11223344, %eax
    mov $0x0000ffff, %edx
    and $0x7fff, %edx
    wrmsr
    xor %eax, %eax
    rdmsr
    shl $32, %rdx
    or %rdx, %rax
    mov %rax, %rbx
    swapgs
    mov $0xc0000102, %ecx
    rdmsr
    out %al, $0xe0
END msr64

FRAG ud64
    ud2
END ud64

FRAG int64                              /* handlers of the test's IDT put the vector into r15 */
    sti
    nop
1:  test %r15, %r15
    jz 1b
    out %al, $0xe0
END int64

FRAG soft64                             /* a software interrupt of the guest's own, with a stack that is not there */
    mov $0xa00000, %esp
    int $0x31
END soft64

FRAG int1                               /* once by itself, once where a single step is held back by MOV SS */
    .byte 0xf1
    out %al, $0xe0
    mov %ss, %r8d
    pushfq
    orl $0x100, (%rsp)
    popfq
    mov %r8d, %ss
    .byte 0xf1
    out %al, $0xe0
END int1

FRAG step_sti64                         /* a single step ends in the shadow of STI */
    pushfq
    orl $0x100, (%rsp)
    popfq
    sti
    out %al, $0xe0
END step_sti64

FRAG counter64                          /* r14 counts, word at rbx as well */
1:  inc %r14
    mov (%rbx), %rax
    jmp 1b
END counter64

FRAG write_counter64
1:  inc %r14
    mov %r14, (%rbx)
    jmp 1b
END write_counter64

FRAG regs64                             /* each register + 1, seen over an OUT */
    add $1, %rbx
    add $1, %rcx
    add $1, %rsi
    add $1, %rdi
    add $1, %rbp
    add $1, %r8
    add $1, %r9
    add $1, %r10
    add $1, %r11
    add $1, %r12
    add $1, %r13
    add $1, %r14
    add $1, %r15
    add $1, %rsp
    add $1, %rdx
    out %al, $0xe0
    jmp frag_regs64
END regs64

FRAG fpu64
    movq %rbx, %xmm5
    out %al, $0xe0
    movq %xmm5, %rax
    out %al, $0xe0
END fpu64

FRAG avx64                              /* XCR0 = 7 if it can be had, ymm1 kept over exits */
    mov %cr4, %rax
    or $0x40000, %rax
    mov %rax, %cr4
    xor %ecx, %ecx
    xgetbv
    mov %eax, %ebx                      /* before */
    mov $7, %eax
    xor %edx, %edx
    xsetbv
    vmovq %rsi, %xmm1
    vinsertf128 $1, %xmm1, %ymm1, %ymm1
    out %al, $0xe0
    vextractf128 $1, %ymm1, %xmm2
    vmovq %xmm2, %rdi
    xor %ecx, %ecx
    xgetbv
    out %al, $0xe0
END avx64

FRAG avx512                             /* XCR0 = 0xe7: a mask and a register of the upper 16, kept over exits */
    mov %cr4, %rax
    or $0x40000, %rax
    mov %rax, %cr4
    xor %ecx, %ecx
    mov $0xe7, %eax
    xor %edx, %edx
    xsetbv
    vpbroadcastq %rsi, %zmm17
    vpbroadcastq %rsi, %zmm2
    kmovw %esi, %k3
    out %al, $0xe0
    vextracti64x4 $1, %zmm17, %ymm18
    vextracti64x2 $1, %ymm18, %xmm19
    vmovq %xmm19, %rdi
    vmovq %xmm17, %rbx
    vextracti64x4 $1, %zmm2, %ymm18
    vmovq %xmm18, %rdx
    kmovw %k3, %eax
    out %al, $0xe0
END avx512

FRAG dr64
    mov %rbx, %dr0
    mov %rbx, %dr3
    out %al, $0xe0
    mov %dr0, %rax
    mov %dr3, %rcx
    out %al, $0xe0
END dr64

FRAG watch64                            /* a write breakpoint at rbx: #DB -> r15 = 1 */
    mov %rbx, %dr0
    mov $0xd0401, %eax
    mov %rax, %dr7
    mov %rax, (%rbx)
    nop
    out %al, $0xe0
END watch64

FRAG bench_out64
1:  out %al, $0xe0
    jmp 1b
END bench_out64

FRAG bench_vmmcall64
1:  vmmcall
    jmp 1b
END bench_vmmcall64

FRAG bench_vmcall64
1:  vmcall
    jmp 1b
END bench_vmcall64

FRAG bench_mmio64
1:  mov %eax, (%rbx)
    jmp 1b
END bench_mmio64

/* ---- the test IDT: 32 stubs of 16 bytes at 0x4000; vector (and error code, if any, in r13) to r15 ---- */
FRAG idt_stubs64
    .set vector, 0
    .rept 64
    .balign 16
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
    pop %r13
    .endif
    mov $(vector + 1), %r15d
    iretq
    .set vector, vector + 1
    .endr
END idt_stubs64
    .section .note.GNU-stack, "", @progbits
