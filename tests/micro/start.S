// SPDX-License-Identifier: BSD-2-Clause
// Entry of a micro guest: multiboot 1 in 32-bit protected mode; -m64 builds go on to long mode with the first
// 4 GiB (MICRO_MAP_GIB more, if set) mapped to themselves. Then the interrupt stubs.
// Facts: Multiboot Specification 0.6.96, section 3; AMD APM vol. 2, 14.6 (entering long mode).

#ifndef MICRO_MAP_GIB
#define MICRO_MAP_GIB 4
#endif

    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002, 0, -0x1badb002

    .text
    .code32
    .globl _start
_start:
    cld
    mov $stack_top, %esp
    mov %eax, boot_magic
    mov %ebx, boot_info
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov %ax, %fs
    mov %ax, %gs
    /* x87 and SSE on: CR0.MP, no EM, no TS; CR4.OSFXSR, OSXMMEXCPT */
    mov %cr0, %eax
    and $~0xc, %eax
    or $2, %eax
    mov %eax, %cr0
    mov %cr4, %eax
    or $0x600, %eax
    mov %eax, %cr4
#ifdef __x86_64__
    /* PML4 -> PDPT -> one directory per GiB, 2 MiB pages (1 GiB pages are not everywhere) */
    movl $pdpt + 7, pml4
    mov $pdpt, %edi
    mov $directories + 7, %eax
    mov $MICRO_MAP_GIB, %ecx
2:  mov %eax, (%edi)
    add $8, %edi
    add $4096, %eax
    loop 2b
    mov $directories, %edi
    mov $0x87, %eax
    xor %edx, %edx
    mov $MICRO_MAP_GIB * 512, %ecx
3:  mov %eax, (%edi)
    mov %edx, 4(%edi)
    add $8, %edi
    add $0x200000, %eax
    adc $0, %edx
    loop 3b
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x101, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000001, %eax
    mov %eax, %cr0
    ljmp $0x18, $start64
    .code64
start64:
    mov $stack_top, %rsp
    xor %ebp, %ebp
    mov boot_info, %edi
#else
    push boot_info
#endif
    call micro_start
4:  cli
    hlt
    jmp 4b

    .data
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff        /* 08: code, 32 bit */
    .quad 0x00cf93000000ffff        /* 10: data */
    .quad 0x00af9b000000ffff        /* 18: code, 64 bit */
gdt_pointer:
    .word . - gdt - 1
    .long gdt, 0
    .globl boot_magic, boot_info
boot_magic: .long 0
boot_info:  .long 0

    .bss
    .balign 4096
    .skip 32768
stack_top:
#ifdef __x86_64__
    .globl pml4
pml4: .skip 4096
pdpt: .skip 4096
directories: .skip 4096 * MICRO_MAP_GIB
#endif

    .text
/* One stub a vector: error code (0 where the CPU pushes none) and vector, then the registers: struct micro_frame. */
    .globl vector_stubs
    .balign 16
vector_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    push $0
    .endif
    push $vector
    jmp common
    .set vector, vector + 1
    .endr

#ifdef __x86_64__
common:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    mov %rsp, %rdi
    cld
    call micro_interrupt
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq
#else
common:
    push %eax
    push %ecx
    push %edx
    push %esi
    push %edi
    push %esp
    cld
    call micro_interrupt
    add $4, %esp
    pop %edi
    pop %esi
    pop %edx
    pop %ecx
    pop %eax
    add $8, %esp
    iret
#endif
    .section .note.GNU-stack, "", @progbits
