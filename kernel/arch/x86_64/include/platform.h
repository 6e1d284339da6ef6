// SPDX-License-Identifier: BSD-2-Clause
// Inside of arch/x86_64: what its files owe each other. virt/ uses virt_objects.h instead.
#ifndef ARCH_PLATFORM_H
#define ARCH_PLATFORM_H

#include <abi/bootinfo.h>
#include <kernel/arch.h>
#include <virt_objects.h>
#include <x86.h>

#ifndef CONFIG_MAX_NUM_NODES
#define CONFIG_MAX_NUM_NODES 1
#endif

#define KERNEL_BASE 0xffffffff80000000ull
#define FIXMAP_BASE 0xffffffffc0000000ull
#define USER_TOP 0x00007ffffffff000ull       /* the last page stays empty: sysret to a non-canonical rip */

/* ---- boot.c: what the boot loader told, copied before anything is overwritten ---- */
struct ram_region { uint64_t start, end; };
#define MAX_RAM_REGIONS 64
struct boot_facts {
    struct ram_region ram[MAX_RAM_REGIONS];
    unsigned ram_count;
    uint64_t module_start, module_end;       /* module 0 */
    unsigned module_count;
    uint64_t rsdp;                           /* physical, 0 = look for it */
    char cmdline[256];
    const char *loader;
    uint64_t tsc;
    bool debug, mitigations;
    unsigned max_cpus;
    uint16_t console_port;
};
extern struct boot_facts boot;

/* ---- memory.c: physical memory while booting ---- */
void memory_init(void);
void memory_reserve(uint64_t start, uint64_t end);
void memory_release(uint64_t start, uint64_t end); /* whole pages that were reserved */
void *memory_alloc(unsigned size_bits);      /* zeroed, aligned to its size; panics when RAM is out */
void *memory_alloc_pages(uint64_t bytes);    /* zeroed, page-aligned */
uint64_t memory_ram_bytes(void);
uint64_t memory_top(void);                   /* end of the highest RAM */
/* Calls `piece` for each naturally aligned power-of-two block of free RAM, or of what is not RAM (device), largest
 * first as far as possible; stops when it returns false. */
typedef bool (*memory_piece_fn)(void *ctx, uint64_t paddr, unsigned size_bits, bool is_device);
void memory_pieces(memory_piece_fn piece, void *ctx);

/* ---- paging.c ---- */
void paging_init(void);                      /* the kernel's own tables, on the boot CPU */
uint64_t kernel_cr3(void);
void *fixmap(uint64_t paddr);                /* one uncached page for a device; for good */
void vspace_copy_kernel_half(uint64_t *pml4);

/* ---- acpi.c ---- */
struct acpi_ioapic { uint32_t address, gsi_base; };
struct acpi_override { uint32_t gsi; uint16_t flags; };
#define MAX_IOAPICS 8
struct acpi_facts {
    unsigned cpu_count;
    uint32_t apic_id[CONFIG_MAX_NUM_NODES > 64 ? CONFIG_MAX_NUM_NODES : 64];
    unsigned ioapic_count;
    struct acpi_ioapic ioapic[MAX_IOAPICS];
    struct acpi_override override[16];       /* by ISA IRQ; gsi == irq and flags == 0 by default */
    uint64_t lapic;
    uint16_t pm1a, pm1b, slp_typ_a, slp_typ_b;
    bool can_power_off;
    uint8_t rsdp[36];
    unsigned rsdp_length;
};
extern struct acpi_facts acpi;
void acpi_init(void);
void acpi_power_off(void);                   /* returns if there is no way */

/* ---- cpu.c ---- */
struct cpu *cpu_create(unsigned index, uint32_t apic_id);
void cpu_load(struct cpu *);                 /* GDT, TSS, IDT, MSRs, control registers of the CPU that runs this */
extern bool cpu_has_fsgsbase, cpu_has_gib_pages, cpu_has_nx;
void idt_init(void);

/* ---- fpu.c ---- */
void fpu_init_cpu(void);
bool fpu_trap_fast(struct tcb *);            /* #NM without the lock; false: another CPU has the state */
void fpu_trap(struct tcb *);                 /* #NM with the lock */
bool fpu_trap_undefined(void);               /* #UD: true if a guest's XCR0 was to blame, try again */
void fpu_leave_for(struct cpu *, struct tcb *); /* CR0.TS as the thread needs it that is about to run */

/* ---- apic.c, ioapic.c, time.c ---- */
enum { VECTOR_IRQ_BASE = 0x30, VECTOR_TIMER = 0xf0, VECTOR_RESCHEDULE, VECTOR_REMOTE, VECTOR_STALL, VECTOR_SPURIOUS = 0xff };
#define IRQ_USER_COUNT (VECTOR_TIMER - VECTOR_IRQ_BASE)
void apic_init_cpu(void);
uint32_t apic_id(void);
void apic_eoi(void);
void apic_ipi(uint32_t apic_id, unsigned vector);
void apic_ipi_self(unsigned vector);
void apic_init_sipi(uint32_t apic_id, bool init, unsigned page);
bool apic_pending(void);
void apic_remind(void);                      /* before the CPU sleeps or runs a guest */
void apic_timer_raw(uint32_t count);         /* calibration: count down from here, masked */
uint32_t apic_timer_left(void);
extern uint64_t apic_timer_hz;               /* of the count; 0 = TSC deadline is used */
void apic_timer_start(uint64_t count_hz);
bool apic_timer_needs_count(void);
void time_init(void);
void delay_us(uint64_t us);
void pic_disable(void);
void ioapic_init(void);
bool irq_arrived(unsigned irq);              /* false: swallowed (masked edge), to be told later */

/* ---- thread.c ---- */
void arch_bases_copy(struct cpu *);          /* the loaded FS and GS bases into their TCB; they stay loaded */
void arch_bases_load(struct cpu *);          /* the current thread's, if they are not loaded */

/* ---- smp.c ---- */
void smp_start(void);
_Noreturn void smp_ap_main(struct cpu *);
void remote_serve(void);

/* ---- trap.c ---- */
_Noreturn void trap_start(void);             /* first return to user mode of this CPU; lock held */

/* ---- vspace.c, asid.c, ioport.c, ioapic.c: invocations by capability type, ends of capabilities ---- */
enum abi_error vspace_table_invoke(struct invocation *) must_check;
enum abi_error frame_invoke(struct invocation *) must_check;
enum abi_error asid_control_invoke(struct invocation *) must_check;
enum abi_error asid_pool_invoke(struct invocation *) must_check;
enum abi_error ioport_control_invoke(struct invocation *) must_check;
enum abi_error ioport_invoke(struct invocation *) must_check;
enum abi_error irq_control_arch_invoke(struct invocation *) must_check;
void frame_finalise(const struct cap *);
void vspace_table_finalise(const struct cap *);
void vspace_root_finalise(const struct cap *);
void vspace_root_gone(void *root);           /* no CPU has it loaded afterwards */
void asid_pool_finalise(const struct cap *);
void ioport_finalise(const struct cap *);

/* What the initial address space is built with, too. */
struct pte_walk { uint64_t *entry; unsigned level; };
uint64_t pte_of_frame(uint64_t paddr, unsigned size_bits, word_t rights, word_t attr);
struct pte_walk vspace_walk(uint64_t *root, uint64_t vaddr, unsigned level);
#define ASID_POOLS (65536 / ABI_ASID_POOL_ENTRIES)
extern uint64_t *asid_pools[ASID_POOLS];
static inline bool asid_names(unsigned asid, uint64_t root_and_kind)
{
    const uint64_t *pool = asid_pools[asid / ABI_ASID_POOL_ENTRIES];
    return pool && pool[asid % ABI_ASID_POOL_ENTRIES] == root_and_kind;
}
unsigned asid_initial(struct cap *pool_cap, void *pool_memory, void *root);

/* ---- task.c ---- */
void task_start(void);                       /* initial task of module 0 becomes current on the boot CPU */

/* ---- console.c ---- */
void console_init(uint16_t port);

#endif
