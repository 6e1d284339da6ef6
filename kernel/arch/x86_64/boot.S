// SPDX-License-Identifier: BSD-2-Clause
// From the boot loader (32-bit protected mode, no paging) to C in long mode; the same for application processors,
// which start in real mode at a page copied below 1 MiB.
// Facts: [1] Multiboot 0.6.96, 3.1-3.2; [2] Multiboot2 2.0, 3.1; [3] AMD APM vol. 2, 14.6 (entering long mode).

#define KERNEL_BASE 0xffffffff80000000
#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00000003            /* modules on page boundaries, memory map */
#define MB2_MAGIC 0xe85250d6
#define CR0_RUN 0x80010033              /* PG WP NE ET MP PE */
#define PTE_RW 3
#define PTE_RW_LARGE 0x83

    .section .boot.header, "aw"
    .balign 8
mb1_header:
    .long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
    .balign 8
mb2_header:
    .long MB2_MAGIC, 0, mb2_end - mb2_header, -(MB2_MAGIC + (mb2_end - mb2_header))
    .word 6, 0                          /* modules on page boundaries */
    .long 8
    .word 0, 0                          /* end */
    .long 8
mb2_end:

    .section .boot.text, "awx"
    .code32
    .globl boot_entry32
boot_entry32:
    cli
    cld
    movl %eax, boot_magic
    movl %ebx, boot_info
    rdtsc
    movl %eax, boot_tsc_lo
    movl %edx, boot_tsc_lo + 4
    movl $boot_stack_top, %esp
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    btl $29, %edx
    jnc no_long_mode

    /* PML4: 0 and 256 -> the first 4 GiB; 511 -> PDPT entry 510 -> the first GiB. */
    movl $boot_pdpt + PTE_RW, boot_pml4
    movl $boot_pdpt + PTE_RW, boot_pml4 + 256 * 8
    movl $boot_pdpt_high + PTE_RW, boot_pml4 + 511 * 8
    movl $boot_pd + PTE_RW, boot_pdpt_high + 510 * 8
    movl $boot_pd + PTE_RW, boot_pdpt
    movl $boot_pd + 0x1000 + PTE_RW, boot_pdpt + 8
    movl $boot_pd + 0x2000 + PTE_RW, boot_pdpt + 16
    movl $boot_pd + 0x3000 + PTE_RW, boot_pdpt + 24
    xorl %ecx, %ecx
    movl $PTE_RW_LARGE, %eax
1:  movl %eax, boot_pd(,%ecx,8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 1b

    call enter_long_mode
    ljmpl $0x08, $boot_entry64

/* Paging on with boot_pml4; leaves the CPU in compatibility mode with boot_gdt loaded. [3] */
enter_long_mode:
    movl $0x20, %eax                    /* CR4.PAE */
    movl %eax, %cr4
    movl $boot_pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx              /* EFER: LME, and NXE where the CPU has it */
    rdmsr
    orl $0x100, %eax
    movl %eax, %esi
    movl %edx, %edi
    movl $0x80000001, %eax
    cpuid
    btl $20, %edx
    jnc 2f
    orl $0x800, %esi
2:  movl %esi, %eax
    movl %edi, %edx
    movl $0xc0000080, %ecx
    wrmsr
    movl $CR0_RUN, %eax
    movl %eax, %cr0
    lgdtl boot_gdtr
    ret

no_long_mode:                           /* no page tables, no C: just say so on COM1 */
    movl $no_long_mode_text, %esi
3:  movw $0x3fd, %dx
    inb %dx, %al
    testb $0x20, %al
    jz 3b
    movb (%esi), %al
    testb %al, %al
    jz 4f
    movw $0x3f8, %dx
    outb %al, %dx
    incl %esi
    jmp 3b
4:  hlt
    jmp 4b

    .code64
boot_entry64:
    movw $0x10, %ax
    movw %ax, %ss
    movw %ax, %ds
    movw %ax, %es
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movl boot_magic, %edi
    movl boot_info, %esi
    movq boot_tsc_lo, %rdx
    movq $boot_stack_top_high, %rsp
    xorl %ebp, %ebp
    movq $boot_main, %rax
    call *%rax
5:  hlt
    jmp 5b

/* Application processors come here from the trampoline, in 32-bit mode with flat segments. */
    .code32
ap_entry32:
    movl $ap_stack_low, %esp
    call enter_long_mode
    ljmpl $0x08, $ap_entry64
    .code64
ap_entry64:
    movw $0x10, %ax
    movw %ax, %ss
    movw %ax, %ds
    movw %ax, %es
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movq ap_cr3, %rax                   /* this page is identity-mapped only in boot_pml4: jump high first */
    movq ap_stack, %rsp
    movq ap_cpu, %rdi
    movq $ap_high, %rcx
    jmp *%rcx

    .section .text, "ax"
ap_high:
    movq %rax, %cr3
    xorl %ebp, %ebp
    call smp_ap_main
6:  hlt
    jmp 6b

/* The real-mode page: position-independent, copied to where SIPI points. cs = page >> 4. */
    .section .rodata, "a"
    .globl ap_trampoline, ap_trampoline_end
    .code16
ap_trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl ap_gdtr - ap_trampoline
    movl $0x11, %eax                    /* PE */
    movl %eax, %cr0
    ljmpl $0x18, $ap_entry32_flat
    .balign 4
ap_gdtr:
    .word 5 * 8 - 1
    .long boot_gdt
ap_trampoline_end:

    .section .boot.text, "awx"
    .code32
ap_entry32_flat:
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    jmp ap_entry32

    .section .boot.data, "aw"
    .balign 8
boot_tsc_lo: .quad 0
boot_magic: .long 0
boot_info: .long 0
    .globl ap_cr3, ap_stack, ap_cpu
ap_cr3: .quad 0
ap_stack: .quad 0
ap_cpu: .quad 0
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff            /* 08: 64-bit code */
    .quad 0x00cf92000000ffff            /* 10: data */
    .quad 0x00cf9a000000ffff            /* 18: 32-bit code, for application processors */
    .quad 0
boot_gdtr:
    .word 5 * 8 - 1
    .long boot_gdt
no_long_mode_text: .asciz "bulkhead: this CPU has no 64-bit mode\r\n"

    .section .boot.pages, "aw"
    .balign 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pdpt_high: .skip 4096
boot_pd: .skip 4 * 4096
boot_stack_low: .skip 4096
boot_stack_top:
ap_stack_room: .skip 64
ap_stack_low:

    .section .bss, "aw", @nobits
    .balign 16
    .skip 16384
boot_stack_top_high:
    .section .note.GNU-stack, "", @progbits
