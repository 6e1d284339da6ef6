// SPDX-License-Identifier: BSD-2-Clause
// A guest whose monitor has a module (tests/systems/module/module.c): hypercalls that the assembly's author handles.
#include "micro.h"

enum { POKE = 4, ARM = 5, FIRED = 6, MISSING = 7, WHO = 8 };
#define VMCALL  ".byte 0x0f, 0x01, 0xc1\n\t"              /* Intel's form */
#define VMMCALL ".byte 0x0f, 0x01, 0xd9\n\t"              /* AMD's */

static char text[] = "greetings from the guest";

/* One hypercall from user mode: SYSRET goes there, SYSCALL comes back, without a fault on the way. */
#define USER_HYPERCALL(name, form)                                                                                \
    static word_t name(word_t number)                                                                             \
    {                                                                                                             \
        __asm__ volatile("mov $0xc0000082, %%ecx\n\tlea 2f(%%rip), %%rax\n\tmov %%rax, %%rdx\n\t"                 \
                         "shr $32, %%rdx\n\twrmsr\n\tmov %[number], %%rax\n\tmov %%ss, %%r10d\n\t"               \
                         "lea 1f(%%rip), %%rcx\n\tmov $2, %%r11d\n\tsysretq\n"                                   \
                         "1: " form "syscall\n2: mov %%r10d, %%ss\n\tmov %%rax, %[number]"                       \
                         : [number] "+r"(number) : : "rax", "rcx", "rdx", "r10", "r11", "memory");                \
        return number;                                                                                            \
    }
USER_HYPERCALL(user_vmmcall, VMMCALL)
USER_HYPERCALL(user_vmcall, VMCALL)

static void from_user_mode(void)
{
    enum { EFER = 0xc0000080, STAR = 0xc0000081, FMASK = 0xc0000084, SCE = 1 };
    uint16_t cs;

    __asm__("mov %%cs, %0" : "=r"(cs));
    wrmsr(EFER, rdmsr(EFER) | SCE);
    wrmsr(STAR, (uint64_t)cs << 32 | (uint64_t)0x23 << 48);
    wrmsr(FMASK, 0x200);
    check_equal("user mode is refused", (uint32_t)-1, (uint32_t)user_vmmcall(POKE));
    check_equal("user mode is refused, the other form", (uint32_t)-1, (uint32_t)user_vmcall(POKE));
    check_equal("user mode and no such hypercall", (uint32_t)-1, (uint32_t)user_vmmcall(MISSING));
    check_equal("user mode where it may", 3, user_vmmcall(WHO));
    check_equal("user mode where it may, the other form", 3, user_vmcall(WHO));
}

void micro_main(void)
{
    word_t r = 0;

    check_true("poke", hypercall(POKE, 20, 22, (word_t)text, &r));
    check_equal("poke adds", 42, r);
    r = WHO;
    check_true("the other form", TRY(VMCALL, "+a"(r)) < 0);
    check_equal("the other form reaches the handler", 1, r);
    from_user_mode();
    check_true("no such hypercall", hypercall(MISSING, 0, 0, 0, &r) && (int)r == -1000);
    check_true("arm", hypercall(ARM, 20, 0, 0, &r));
    check_equal("not yet", 0, r);
    for (unsigned i = 0; i < 3000000 && r == 0; i++)
        hypercall(FIRED, 0, 0, 0, &r);
    check_equal("the monitor's timer fired", 1, r);
}
