// SPDX-License-Identifier: BSD-2-Clause
// A module of the monitor: hypercalls with registers and guest memory, a timer of the time server as a
// signal.
#include <camkes.h>
#include <stdio.h>
#include "vm_module.h"

enum { POKE = 4, ARM = 5, FIRED = 6, WHO = 8 };

static bool fired;

/* Adds its first two arguments; the third is the address of a text. */
static int poke(vm_vcpu_t *vcpu)
{
    char text[25] = "";

    vcpu_read_mem(vcpu, vcpu_reg(vcpu, VM_RDX), text, sizeof text - 1);
    printf("POKE!!! %s\n", text);
    vcpu_set_reg(vcpu, VM_RAX, vcpu_reg(vcpu, VM_RBX) + vcpu_reg(vcpu, VM_RCX));
    return 0;
}

static void timer_fired(void *unused)
{
    fired = init_timer_completed() == 1;
}

static int arm(vm_vcpu_t *vcpu)
{
    uint64_t ms = vcpu_reg(vcpu, VM_RBX);

    vcpu_set_reg(vcpu, VM_RAX, (uint64_t)init_timer_oneshot_relative(0, ms * 1000000));
    return 0;
}

static int has_fired(vm_vcpu_t *vcpu)
{
    vcpu_set_reg(vcpu, VM_RAX, fired);
    return 0;
}

/* Who asks: 1 the guest's kernel, 3 its user mode. */
static int who(vm_vcpu_t *vcpu)
{
    vcpu_set_reg(vcpu, VM_RAX, vcpu_user_mode(vcpu) ? 3 : 1);
    return 0;
}

static int start(vm_t *vm)
{
    if (reg_new_handler(vm, who, WHO) || vm_allow_user_vmcall(vm, WHO) || vm_allow_user_vmcall(vm, 9) != -1)
        return -1;
    init_timer_reg_callback(timer_fired, NULL);
    return reg_new_handler(vm, poke, POKE) || vm_reg_new_vmcall_handler(vm, arm, ARM) ||
           reg_new_handler(vm, has_fired, FIRED) || reg_new_handler(vm, poke, POKE) != -1;
}
VM_MODULE(test, start);
