// SPDX-License-Identifier: BSD-2-Clause
// A machine's life: made from its description with the devices of a small PC, loaded, run, reset, freed; and the
// calls of the public face that need no more than its structure.
#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <vmm/devices/ioapic.h>
#include <vmm/devices/legacy.h>
#include <vmm/devices/pci.h>
#include <vmm/devices/pic8259.h>
#include <vmm/devices/pit8254.h>
#include <vmm/devices/rtc_cmos.h>

#define MIN_RAM_MB 4

static const char *const stop_names[VM_STOP_COUNT] = {
#define X(name, text) text,
    VM_STOP_LIST(X)
#undef X
};

const char *vm_stop_name(enum vm_stop why)
{
    return (unsigned)why < VM_STOP_COUNT ? stop_names[why] : "?";
}

/* ------------------------------------------------- devices -------------------------------------------------- */

void *vm_find_device(struct vm *vm, const struct device_class *class)
{
    for (unsigned i = 0; i < vm->ndevices; i++)
        if (vm->device[i].class == class)
            return vm->device[i].state;
    return NULL;
}

void *vm_add_device(struct vm *vm, const struct device_class *class, const void *cfg)
{
    if (vm->ndevices == VM_MAX_DEVICES) {
        vm_log(vm, "%s: no room for device %s: a machine has at most %d", vm->cfg.name, class->name, VM_MAX_DEVICES);
        return NULL;
    }
    void *state = calloc(1, class->size);
    if (!state) {
        vm_log(vm, "%s: no memory for device %s (%zu bytes)", vm->cfg.name, class->name, class->size);
        return NULL;
    }
    if (class->init(state, &vm->env, cfg) != 0) {
        free(state);
        return NULL;
    }
    class->reset(state);
    vm->device[vm->ndevices++] = (struct vm_device){ class, state };
    return state;
}

static void report_debug_exit(void *ctx, uint32_t value)
{
    struct vm *vm = ctx;

    vm->exit_code = value;
    vm->debug_exited = true;
}

static bool add_cpus(struct vm *vm)
{
    for (unsigned i = 0; i < vm->ncpus; i++) {
        struct lapic_config cfg = { .vcpu = i, .id = i, .phys_bits = (uint8_t)vm->phys_bits };

        vm->cpu[i] = (struct vcpu){ .s = vm->host.state[i], .vm = vm, .id = i, .fetch_page = 1 };
        if (!(vm->cpu[i].lapic = vm_add_device(vm, &lapic_class, &cfg)))
            return false;
    }
    return true;
}

/* The small PC. Controllers first: the others drive lines from their reset on. */
static bool add_devices(struct vm *vm)
{
    struct uart16550_config com1 = { .base = 0x3f8, .irq = 4, .port = 0 };
    struct rtc_config rtc = { .ram_below_4g = vm->ram[0].size, .ram_above_4g = vm->nregions > 1 ? vm->ram[1].size : 0 };
    struct ioapic_config ioapic = { .id = (uint8_t)vm->ncpus };
    struct debug_exit_config debug = { .port = vm->cfg.debug_exit_port, .report = report_debug_exit, .ctx = vm };
    const struct { const struct device_class *class; const void *cfg; void **keep; } fixed[] = {
        { &ioapic_class, &ioapic, NULL },     { &pit8254_class, NULL, NULL },    { &rtc_cmos_class, &rtc, NULL },
        { &uart16550_class, &com1, (void **)&vm->uart[0] },                      { &i8042_class, NULL, NULL },
        { &port92_class, NULL, NULL },        { &post_port_class, NULL, NULL },  { &pci_host_class, NULL, NULL },
        { &acpi_pm_class, NULL, (void **)&vm->pm },
    };

    if (!vm_add_device(vm, &pic8259_class, NULL) || !add_cpus(vm))
        return false;
    for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        void *device = vm_add_device(vm, fixed[i].class, fixed[i].cfg);

        if (!device)
            return false;
        if (fixed[i].keep)
            *fixed[i].keep = device;
    }
    return !vm->cfg.debug_exit_port || vm_add_device(vm, &debug_exit_class, &debug);
}

static void nmi_arrives(void *ctx, unsigned vcpu)
{
    struct vm *vm = ctx;

    if (vcpu < vm->ncpus)
        vm->cpu[vcpu].nmi_pending = true;
}

/* ------------------------------------------------- creation ------------------------------------------------- */

static char *copy_string(const char *s)
{
    return strdup(s ? s : "");
}

static bool copy_config(struct vm *vm, const struct vm_config *cfg)
{
    vm->cfg = *cfg;
    vm->cfg.name = copy_string(cfg->name && *cfg->name ? cfg->name : "vm");
    vm->cfg.kernel = copy_string(cfg->kernel);
    vm->cfg.initrd = copy_string(cfg->initrd);
    vm->cfg.cmdline = copy_string(cfg->cmdline);
    vm->ncpus = cfg->ncpus ? cfg->ncpus : 1;
    return vm->cfg.name && vm->cfg.kernel && vm->cfg.initrd && vm->cfg.cmdline;
}

/* What the description asks for and what the embedder gave must fit. */
static bool check(struct vm *vm, const struct vm_ram_region *ram, int nregions)
{
    struct vm_ram_region want[VM_MAX_RAM_REGIONS];
    const char *name = vm->cfg.name;

    if (vm->ncpus > 1) {
        vm_log(vm, "%s: %u CPUs asked for, 1 is what this monitor carries", name, vm->ncpus);
        return false;
    }
    if (vm->cfg.ram_mb < MIN_RAM_MB || vm_ram_layout(vm->cfg.ram_mb, want) < 0) {
        vm_log(vm, "%s: %llu MiB of RAM: must be %d to 1048576", name, (unsigned long long)vm->cfg.ram_mb, MIN_RAM_MB);
        return false;
    }
    if (nregions != vm_ram_layout(vm->cfg.ram_mb, want)) {
        vm_log(vm, "%s: %d RAM regions given, the layout for %llu MiB is another", name, nregions,
               (unsigned long long)vm->cfg.ram_mb);
        return false;
    }
    for (int i = 0; i < nregions; i++)
        if (ram[i].gpa != want[i].gpa || ram[i].size != want[i].size || !ram[i].host) {
            vm_log(vm, "%s: RAM region %d is not backed", name, i);
            return false;
        }
    for (unsigned i = 0; i < vm->ncpus; i++)
        if (!vm->host.state[i]) {
            vm_log(vm, "%s: VCPU %u has no state page", name, i);
            return false;
        }
    return true;
}

static void make_cpuid(struct vm *vm)
{
    struct cpuid_source source = {
        .query = cpuid_native, .xcr0 = cpuid_native_xcr0(), .ncpus = vm->ncpus,
        .tsc_hz = vm->host.platform.tsc_hz, .bus_hz = LAPIC_DEFAULT_BUS_HZ, .kvm = !vm->cfg.no_kvm,
    };

    cpuid_build(&vm->cpuid, &source);
    vm->phys_bits = vm->cpuid.phys_bits >= 32 && vm->cpuid.phys_bits <= 52 ? vm->cpuid.phys_bits : 36;
}

static void make_buses(struct vm *vm)
{
    const struct vm_platform *p = &vm->host.platform;
    struct irq_hooks hooks = { .ctx = vm, .nmi = nmi_arrives };

    bus_init(&vm->pio, "port");
    bus_init(&vm->mmio, "memory");
    vm->pio.log_to = vm->mmio.log_to = p;
    timer_queue_init(&vm->timers, p->tsc_hz, p->now, p->ctx);
    irq_router_init(&vm->router, vm->ncpus, &hooks);
    vm->env = (struct device_env){ &vm->pio, &vm->mmio, &vm->router, &vm->timers, p };
}

struct vm *vm_create(const struct vm_config *cfg, const struct vm_host *host, const struct vm_ram_region *ram,
                     int nregions)
{
    struct vm *vm = calloc(1, sizeof(*vm));

    if (!vm) {
        vmm_log(&host->platform, "%s: no memory for the machine", cfg->name);
        return NULL;
    }
    vm->host = *host;
    if (!copy_config(vm, cfg)) {
        vmm_log(&host->platform, "%s: no memory for the machine", cfg->name);
        goto fail;
    }
    if (!check(vm, ram, nregions))
        goto fail;
    memcpy(vm->ram, ram, (size_t)nregions * sizeof(*ram));
    vm->nregions = nregions;
    vm->start_tsc = host->platform.now(host->platform.ctx);
    make_cpuid(vm);
    make_buses(vm);
    if (!add_devices(vm))
        goto fail;
    return vm;
fail:
    vm_destroy(vm);
    return NULL;
}

void vm_destroy(struct vm *vm)
{
    if (!vm)
        return;
    while (vm->ndevices)
        free(vm->device[--vm->ndevices].state);
    free((void *)(uintptr_t)vm->cfg.name);
    free((void *)(uintptr_t)vm->cfg.kernel);
    free((void *)(uintptr_t)vm->cfg.initrd);
    free((void *)(uintptr_t)vm->cfg.cmdline);
    free(vm);
}

/* ------------------------------------------------ running --------------------------------------------------- */

int vm_load(struct vm *vm)
{
    vm->stop = VM_STOP_RUNNING;
    vm->stop_requested = vm->debug_exited = false;
    vm->start_tsc = vm->host.platform.now(vm->host.platform.ctx);
    for (unsigned i = 0; i < vm->ncpus; i++)
        vcpu_power_on(&vm->cpu[i]);
    return load_guest(vm);
}

int vm_reset(struct vm *vm)
{
    irq_router_reset(&vm->router);
    for (unsigned i = 0; i < vm->ndevices; i++)
        vm->device[i].class->reset(vm->device[i].state);
    return vm_load(vm);
}

static void log_line(void *ctx, const char *line)
{
    struct vm *vm = ctx;

    vm_log(vm, "%s: %s", vm->cfg.name, line);
}

enum vm_stop vm_run(struct vm *vm)
{
    static const uint32_t quiet = 1u << VM_STOP_POWER_OFF | 1u << VM_STOP_RESET | 1u << VM_STOP_DEBUG_EXIT |
                                  1u << VM_STOP_REQUESTED | 1u << VM_STOP_DEADLOCK | 1u << VM_STOP_LOAD_FAILED;

    vcpu_run(&vm->cpu[0]);
    for (unsigned i = 0; i < 4; i++)
        if (vm->uart[i])
            uart16550_flush(vm->uart[i]);
    if (!(quiet >> vm->stop & 1))
        vm_dump(vm, log_line, vm);
    return vm->stop;
}

enum vm_stop vmm_run(vmm_t *vm) { return vm_run(vm); }

void vm_request_stop(struct vm *vm) { vm->stop_requested = true; }
void vm_power_button(struct vm *vm) { acpi_pm_power_button(vm->pm); }
enum vm_stop vm_stopped(const struct vm *vm) { return vm->stop; }
uint32_t vm_exit_code(const struct vm *vm) { return vm->exit_code; }
const char *vm_name(const struct vm *vm) { return vm->cfg.name; }
const struct device_env *vm_device_env(struct vm *vm) { return &vm->env; }

size_t vm_console_input(struct vm *vm, unsigned port, const char *bytes, size_t n)
{
    return port < 4 && vm->uart[port] ? uart16550_receive(vm->uart[port], bytes, n) : n;
}

uint64_t vm_exit_count(const struct vm *vm, enum vm_exit_kind kind)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < vm->ncpus && (unsigned)kind < VM_EXIT_COUNT; i++)
        sum += vm->cpu[i].exits[kind];
    return sum;
}

/* ------------------------------------------------ hypercalls ------------------------------------------------ */

int vm_reg_new_vmcall_handler(vm_t *vm, vmcall_handler handler, int token)
{
    const char *why = NULL;

    if (token < 0 || !handler)
        why = "needs a number from 0 on and a handler";
    else if (vm->nhypercalls == VM_MAX_HYPERCALLS)
        why = "finds no room";
    for (unsigned i = 0; i < vm->nhypercalls && !why; i++)
        if (vm->hypercall[i].token == token)
            why = "has a handler already";
    if (why) {
        vm_log(vm, "%s: hypercall %d %s", vm->cfg.name, token, why);
        return -1;
    }
    vm->hypercall[vm->nhypercalls++] = (struct hypercall){ .token = token, .handler = handler };
    return 0;
}

int reg_new_handler(vmm_t *vm, vmcall_handler handler, int token)
{
    return vm_reg_new_vmcall_handler(vm, handler, token);
}

int vm_allow_user_vmcall(vm_t *vm, int token)
{
    for (unsigned i = 0; i < vm->nhypercalls; i++)
        if (vm->hypercall[i].token == token) {
            vm->hypercall[i].user = true;
            return 0;
        }
    vm_log(vm, "%s: hypercall %d has no handler that user mode could be allowed to call", vm->cfg.name, token);
    return -1;
}

bool vcpu_user_mode(vm_vcpu_t *v) { return vcpu_cpl(v) != 0; }

uint64_t vcpu_reg(vm_vcpu_t *v, unsigned reg)
{
    if (reg >= VM_GPR_COUNT)
        return 0;
    return vcpu_code_bits(v) == 64 ? v->s->gpr[reg] : (uint32_t)v->s->gpr[reg];
}

void vcpu_set_reg(vm_vcpu_t *v, unsigned reg, uint64_t value)
{
    if (reg >= VM_GPR_COUNT)
        return;
    v->s->gpr[reg] = value;
    v->s->dirty |= VM_GROUP_GPR;
}

uint64_t vcpu_rip(vm_vcpu_t *v) { return v->s->rip; }
vm_t *vcpu_vm(vm_vcpu_t *v) { return v->vm; }

int vm_get_thread_context_reg(vm_vcpu_t *v, unsigned reg, uint32_t *value)
{
    if (reg >= VM_GPR_COUNT)
        return -1;
    *value = (uint32_t)v->s->gpr[reg];
    return 0;
}

int vm_set_thread_context_reg(vm_vcpu_t *v, unsigned reg, uint32_t value)
{
    if (reg >= VM_GPR_COUNT)
        return -1;
    vcpu_set_reg(v, reg, value);
    return 0;
}
