// SPDX-License-Identifier: BSD-2-Clause
// A virtual machine: what an embedder (the Init component, a host test) gives it, how it is made, loaded, run
// and reset; and the public face that tutorials use (vmm_t, reg_new_handler, vmm_run).
//
//     struct vm_ram_region ram[VM_MAX_RAM_REGIONS];
//     int n = vm_ram_layout(cfg.ram_mb, ram);        /* then back each region, set ram[i].host */
//     struct vm *vm = vm_create(&cfg, &host, ram, n);
//     vm_load(vm);                                   /* 0, or -1 after a message through host.platform.log */
//     enum vm_stop why = vm_run(vm);                 /* returns when the machine stopped for good */
//     vm_destroy(vm);
//
// One thread owns a VM: every call below, and every callback, happens on the thread in vm_run, which is the
// thread with the VCPU. Input from elsewhere reaches it as a notification (vm_host.notified).
// The library keeps no globals and knows no capabilities.
#ifndef VMM_VM_H
#define VMM_VM_H

#include <abi/vmexit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vmm/device.h>

#define VM_MAX_VCPUS 8
#define VM_MAX_RAM_REGIONS 4
#define VM_MAX_HYPERCALLS 32
#define VM_MAX_DEVICES 64

struct vm;                                        /* opaque; accessors below */
struct vcpu;

/* ------------------------------------------------ description ------------------------------------------------ */

struct vm_config {
    const char *name;            /* "vm0": heads every message and the dump */
    uint64_t ram_mb;             /* 32 (4 for multiboot guests) and up; not only powers of two */
    const char *kernel;          /* file name: bzImage, vmlinux (ELF32/ELF64) or multiboot 1 kernel; the file decides
                                    about entry protocol and word size */
    const char *initrd;          /* file name; NULL or "" = none */
    const char *cmdline;         /* NULL = "" */
    unsigned ncpus;              /* 0 or 1 today */
    uint16_t debug_exit_port;    /* I/O port of a QEMU-style debug exit; 0 = none (vm_exit_code gets the value) */
    bool stop_on_reset;          /* vm_run returns VM_STOP_RESET instead of loading and starting again */
    bool no_kvm;                 /* hide the KVM signature and its clock (for guests that must calibrate) */
    int  log_level;              /* 0 errors and life cycle, 1 + refused MSRs, unclaimed ports and MMIO, 2 + every exit */
};

/* One piece of guest RAM. gpa and size are multiples of 4 KiB (of 2 MiB where ram_mb allows). `host` is where this
 * address space sees it: readable, writable, contiguous, for the life of the VM; zero-filled at first. */
struct vm_ram_region {
    uint64_t gpa, size;
    void *host;
};

/* The layout for ram_mb: RAM from 0 up to 3 GiB, the rest from 4 GiB on. Fills gpa and size; returns the number
 * of regions, or -1 if ram_mb is 0 or too large (2^20 MiB). Everything in a region is to be mapped for the guest
 * read-write-execute, the legacy hole at 0xa0000 included; all else stays unmapped. */
int vm_ram_layout(uint64_t ram_mb, struct vm_ram_region region[VM_MAX_RAM_REGIONS]);

/* ------------------------------------------------- embedder -------------------------------------------------- */

/* What the embedder does for a VM. `platform.ctx` is the first argument of every call. */
struct vm_host {
    struct vm_platform platform;             /* device.h: time, console output, log */
    struct vm_state *state[VM_MAX_VCPUS];    /* the state page of each VCPU */

    /* The system call ABI_SYS_VM_ENTER for `vcpu`: runs the guest, returns enum vm_enter_result; with
     * VM_ENTER_NOTIFICATION the badge is in *badge. */
    int (*enter)(void *ctx, unsigned vcpu, uint64_t *badge);

    /* VCPU_READ_STATE: fills the named groups of the state page and sets their bits in `valid`. 0 = done. */
    int (*read_state)(void *ctx, unsigned vcpu, uint32_t groups);

    /* The bound notification was signalled while the guest ran or slept. The embedder looks at its queues and
     * calls vm_console_input, irq_set, vm_request_stop ... May be NULL. */
    void (*notified)(void *ctx, struct vm *, uint64_t badge);

    /* Files, by the names in vm_config. open: a handle >= 0 and the size, or -1. read: n bytes from offset into
     * `to`, returns how many were read (fewer only at the end of the file), or -1. They are used by vm_load and
     * at each reset of the guest only. */
    int  (*file_open)(void *ctx, const char *name, uint64_t *size);
    long (*file_read)(void *ctx, int handle, uint64_t offset, void *to, size_t n);
    void (*file_close)(void *ctx, int handle);
};

/* ----------------------------------------------- life of a machine ------------------------------------------- */

/* Why vm_run returned. */
#define VM_STOP_LIST(X)                                                                              \
    X(RUNNING,      "running")                                                                       \
    X(POWER_OFF,    "powered off")                                                                   \
    X(RESET,        "guest asked for a reset")               /* only with stop_on_reset */           \
    X(DEBUG_EXIT,   "guest wrote the debug-exit port")       /* value: vm_exit_code */               \
    X(CRASHED,      "guest crashed (triple fault)")                                                  \
    X(UNHANDLED,    "guest did something this machine does not carry")                               \
    X(ENTRY_FAILED, "the CPU refused the guest's state")                                             \
    X(HOST_ERROR,   "entering the guest failed")             /* no VCPU, state page or EPT root */   \
    X(LOAD_FAILED,  "loading failed")                        /* at a reset: file gone or bad */      \
    X(REQUESTED,    "stopped by its monitor")                /* vm_request_stop */                   \
    X(DEADLOCK,     "halted for ever")                       /* HLT with interrupts off */
enum vm_stop {
#define X(name, text) VM_STOP_##name,
    VM_STOP_LIST(X)
#undef X
    VM_STOP_COUNT
};
const char *vm_stop_name(enum vm_stop);

/* Builds the machine with its devices. All pointers in the arguments are copied, the strings included; the RAM
 * and the state pages stay the embedder's. NULL after a message through host->platform.log. */
struct vm *vm_create(const struct vm_config *, const struct vm_host *, const struct vm_ram_region *, int nregions);
void vm_destroy(struct vm *);

/* Loads kernel, initrd, boot structures and ACPI tables into RAM and sets the power-on state. 0, or -1 after one
 * message that names the file and the value that is wrong. */
int vm_load(struct vm *);

/* Runs until the machine stops; that it did is the embedder's to say (vm_stop_name). Every stop but POWER_OFF, RESET,
 * DEBUG_EXIT and REQUESTED has written a dump (registers, last exits, bytes at rip) through platform.log. A stopped
 * VM may be loaded and run again. */
enum vm_stop vm_run(struct vm *);

/* Power-on state of all devices and VCPUs, then vm_load. vm_run does this itself when the guest reboots. */
int vm_reset(struct vm *);

/* Makes vm_run return VM_STOP_REQUESTED before the next entry. From callbacks. */
void vm_request_stop(struct vm *);

/* Presses the power button: the guest sees an ACPI event and shuts down by itself. From callbacks. */
void vm_power_button(struct vm *);

enum vm_stop vm_stopped(const struct vm *);       /* VM_STOP_RUNNING before and during vm_run */
uint32_t vm_exit_code(const struct vm *);         /* value of the debug exit */
const char *vm_name(const struct vm *);

/* Bytes typed by a person for COM<port+1>; returns how many were taken, offer the rest again (at the next
 * notification or after console_out). Bytes offered before vm_run are kept. */
size_t vm_console_input(struct vm *, unsigned port, const char *bytes, size_t n);

/* ------------------------------------------ devices of the embedder's own ------------------------------------ */

/* Buses, interrupt lines and timers, for devices the embedder adds itself before vm_load. */
const struct device_env *vm_device_env(struct vm *);
/* Adds a device of `class` with its configuration; returns the device, or NULL after a message. It is reset with
 * the machine, shown in dumps and freed with the VM. */
void *vm_add_device(struct vm *, const struct device_class *, const void *cfg);
/* The machine's first device of a class (pci_host_class ...), or NULL. */
void *vm_find_device(struct vm *, const struct device_class *);

/* ------------------------------------- hypercalls: the tutorial's public face -------------------------------- */

typedef struct vm vm_t, vmm_t;
typedef struct vcpu vm_vcpu_t, vmm_vcpu_t;

/* A handler for the hypercall number `token` (eax at vmcall/vmmcall; arguments ebx, ecx, edx, esi as Linux'
 * kvm_hypercall1..4 pass them). It returns 0: the guest goes on after the instruction, eax as the handler left it
 * (unchanged if it did nothing); non-zero: the VM is dumped and stopped. Guest user mode cannot make hypercalls
 * unless vm_allow_user_vmcall said so, it gets -1 (EPERM) in eax. An unknown number gets -1000 (ENOSYS).
 * See docs/hypercalls.md.
 * Returns 0, or -1 after a message: token taken already, negative, or more than VM_MAX_HYPERCALLS. */
typedef int (*vmcall_handler)(vm_vcpu_t *);
int reg_new_handler(vmm_t *, vmcall_handler, int token);              /* the tutorial's name */
int vm_reg_new_vmcall_handler(vm_t *, vmcall_handler, int token);     /* today's name */
/* Lets guest user mode make this hypercall, too. 0, or -1 after a message when the token has no handler. */
int vm_allow_user_vmcall(vm_t *, int token);
/* Is it user mode that runs (and made the hypercall)? */
bool vcpu_user_mode(vm_vcpu_t *);
enum vm_stop vmm_run(vmm_t *);                                        /* = vm_run */

/* Registers of a guest that has exited. `reg` is enum vm_gpr (VM_RAX ... VM_R15). In 32-bit guests the upper
 * half is not meaningful and is cut off on reading. */
uint64_t vcpu_reg(vm_vcpu_t *, unsigned reg);
void vcpu_set_reg(vm_vcpu_t *, unsigned reg, uint64_t value);
uint64_t vcpu_rip(vm_vcpu_t *);
vm_t *vcpu_vm(vm_vcpu_t *);
/* The same under today's names; -1 for a bad register. */
int vm_get_thread_context_reg(vm_vcpu_t *, unsigned reg, uint32_t *value);
int vm_set_thread_context_reg(vm_vcpu_t *, unsigned reg, uint32_t value);

/* Guest memory. By guest-physical address: host pointer to [gpa, gpa+len), which must lie in one RAM region, else
 * NULL. The guest (other VCPUs too) can change it at any time: read each value once. */
void *guest_ptr(vm_t *, uint64_t gpa, uint64_t len);
/* Copies between guest-physical memory and `buffer`; all or nothing. 0 or -1. */
int vm_read_phys(vm_t *, uint64_t gpa, void *buffer, size_t len);
int vm_write_phys(vm_t *, uint64_t gpa, const void *buffer, size_t len);
/* By guest-linear (virtual) address through the guest's own page tables, across pages, with the rights of the code
 * that runs: for user mode, what it could do itself. 0, or -1 if some page is not mapped, not writable or not RAM
 * (then nothing of a write happened). */
int vcpu_read_mem(vm_vcpu_t *, uint64_t address, void *buffer, size_t len);
int vcpu_write_mem(vm_vcpu_t *, uint64_t address, const void *buffer, size_t len);

/* ------------------------------------------------- statistics ------------------------------------------------ */

uint64_t vm_exit_count(const struct vm *, enum vm_exit_kind);
const char *vm_exit_kind_name(enum vm_exit_kind);
/* Registers, last exits, devices, counters: one line per call of `line`. Any time from the owning thread. */
void vm_dump(struct vm *, void (*line)(void *ctx, const char *), void *ctx);
/* Only the counters: exits by kind, the busiest ports and MMIO ranges. */
void vm_dump_statistics(struct vm *, void (*line)(void *ctx, const char *), void *ctx);

#endif
