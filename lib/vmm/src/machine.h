// SPDX-License-Identifier: BSD-2-Clause
// The inside of a machine: struct vm, struct vcpu, and what its files offer each other. For lib/vmm/src only;
// embedders and devices see vmm/vm.h and vmm/device.h.
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <vmm/devices/acpi_pm.h>
#include <vmm/devices/lapic.h>
#include <vmm/devices/uart16550.h>
#include <vmm/irq.h>
#include <vmm/vm.h>

#include "cpuid.h"
#include "kvmclock.h"
#include "msr.h"

#define EXIT_RING 16

struct exit_record { uint32_t kind, len; uint64_t rip, a, b; };

struct vcpu {
    struct vm_state *s;
    struct vm *vm;
    unsigned id;

    struct lapic *lapic;
    uint32_t entry_ctl;                      /* ctl.flags as last loaded */
    bool nmi_pending;

    /* the last page instructions were fetched from: saves most page walks for instruction lengths */
    uint64_t fetch_page;                     /* linear; 1 = none */
    const uint8_t *fetch_host;

    struct msr_state msr;
    uint64_t mtrr_mask0;
    struct kvm_pv pv;

    uint64_t exits[VM_EXIT_COUNT];
    struct exit_record ring[EXIT_RING];
    uint32_t ring_at;
};

struct hypercall { int token; vmcall_handler handler; uint64_t calls; bool user; };

struct vm_device { const struct device_class *class; void *state; };

struct vm {
    struct vm_config cfg;                    /* strings are our own copies */
    struct vm_host host;
    struct vm_ram_region ram[VM_MAX_RAM_REGIONS];
    int nregions;
    unsigned phys_bits;                      /* MAXPHYADDR shown to the guest */

    struct bus pio, mmio;
    struct timer_queue timers;
    struct device_env env;
    struct vm_device device[VM_MAX_DEVICES];
    unsigned ndevices;
    struct irq_router router;
    struct uart16550 *uart[4];
    struct acpi_pm *pm;
    uint64_t start_tsc;                      /* host TSC at power-on */

    struct cpuid_table cpuid;
    struct hypercall hypercall[VM_MAX_HYPERCALLS];
    unsigned nhypercalls;

    enum vm_stop stop;
    bool stop_requested, debug_exited;
    uint32_t exit_code;
    uint64_t unclaimed_pio, unclaimed_mmio, refused_msrs, resets;

    struct vcpu cpu[VM_MAX_VCPUS];
    unsigned ncpus;
};

/* ---- state page ---- */

/* Makes sure the groups hold the guest's present state (a system call only for those that are missing). */
void vcpu_fetch_groups(struct vcpu *, uint32_t groups);
static inline void vcpu_need(struct vcpu *v, uint32_t groups)
{
    if ((v->s->valid & groups) != groups)
        vcpu_fetch_groups(v, groups);
}
/* To be called before changing fields of `groups`: their present values first, or the rest would be lost. */
static inline void vcpu_change(struct vcpu *v, uint32_t groups)
{
    vcpu_need(v, groups);
    v->s->dirty |= groups;
}
static inline unsigned vcpu_cpl(struct vcpu *v)
{
    vcpu_need(v, VM_GROUP_CODE);
    return v->s->seg[VM_SS].attr >> 5 & 3;
}
/* 16, 32 or 64: what kind of code runs at rip. */
unsigned vcpu_code_bits(struct vcpu *);
/* Puts an exception up for the next entry. */
void vcpu_inject(struct vcpu *, unsigned vector, bool has_error, uint32_t error);
void vcpu_inject_page_fault(struct vcpu *, uint64_t address, uint32_t error);
/* Steps over an instruction of len bytes: rip, interrupt shadow, single step. */
void vcpu_step(struct vcpu *, unsigned len);
void vcpu_power_on(struct vcpu *);
/* Runs until vm->stop is set. */
void vcpu_run(struct vcpu *);

/* ---- paging.c ---- */

#define GUEST_FAULT  (1u << 31)              /* returned: low bits are the #PF error code */
#define GUEST_NO_RAM (1u << 30)              /* … unless the page tables themselves lie outside RAM */
#define GUEST_PROBE  (1u << 29)              /* access: no A/D bits, no SMAP/SMEP: the monitor looks */
/* access = PF_WRITE | PF_USER | PF_FETCH | GUEST_PROBE. 0 and *gpa, or GUEST_FAULT | bits. */
unsigned guest_translate(struct vcpu *, uint64_t gla, unsigned access, uint64_t *gpa);
/* For dumps: the table entries a translation meets, topmost first. */
unsigned guest_walk_entries(struct vcpu *, uint64_t gla, uint64_t entry[5], unsigned *n);
bool guest_canonical(struct vcpu *, uint64_t address);

/* ---- emulate.c ---- */

/* Bytes of the instruction at rip; returns how many could be fetched (up to 15). */
unsigned vcpu_fetch_insn(struct vcpu *, uint8_t bytes[16]);
/* Length of the instruction that exited when the CPU does not tell; 0 = unknown. */
unsigned vcpu_insn_length(struct vcpu *);
enum exit_action emulate_mmio(struct vcpu *);
enum exit_action emulate_string_io(struct vcpu *);

/* ---- loading (load*.c, acpi.c) ---- */

int load_guest(struct vm *);

/* ---- exits.c ---- */

/* What an exit needs done; the loop in vm_run calls it. */
enum exit_action exit_dispatch(struct vcpu *);
/* Does it to the guest. False when the VM has stopped (vm->stop says why). */
bool exit_conclude(struct vcpu *, enum exit_action);

/* ---- dump.c ---- */

void vcpu_dump(struct vcpu *, void (*line)(void *, const char *), void *ctx);

#define vm_log(vm, ...) vmm_log(&(vm)->host.platform, __VA_ARGS__)

#endif
