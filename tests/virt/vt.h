// SPDX-License-Identifier: BSD-2-Clause
// Common ground of the virtualisation tests: checks, objects, one VM whose monitor is the test itself.
#ifndef VT_H
#define VT_H

#include <abi/vmexit.h>
#include <stdbool.h>
#include <sel4/sel4.h>
#include <sel4/task.h>

#define CHECK(name, condition) vt_check((name), (condition), __LINE__)
void vt_check(const char *name, bool ok, int line);
void vt_equal(const char *name, uint64_t expected, uint64_t got, int line);
#define EQUAL(name, expected, got) vt_equal((name), (uint64_t)(expected), (uint64_t)(got), __LINE__)
extern unsigned passed, failed;
/* Kernel option "bochs": leaves out what Bochs 2.7 gets wrong with SVM: a guest's triple fault ends Bochs, interrupts
 * do not end a run that was entered with IF = 0, a virtual interrupt is not seen if IF is 1 at entry, and a single step
 * of the guest that ends in #VMEXIT traps in the host. */
extern bool on_bochs;

extern const seL4_BootInfo *bi;
static inline bool on_vmx(void) { return bi->virtBackend == ABI_VIRT_VMX; }
seL4_CPtr vt_slot(void);                              /* the next free slot */
seL4_CPtr vt_make(seL4_Word type, seL4_Word bits);    /* retype; a failure ends the test */
seL4_CPtr vt_try_make(seL4_Word type, seL4_Word bits);/* 0 if it cannot be had */
seL4_CPtr vt_copy(seL4_CPtr);
void vt_must(seL4_Error, const char *what);
void vt_delete(seL4_CPtr);
void vt_revoke(seL4_CPtr);
void *vt_map(seL4_CPtr frame, seL4_Word bits);        /* somewhere in our own address space */
void vt_unmap(seL4_CPtr frame);

/* Threads of this address space. */
struct vt_thread { seL4_CPtr tcb, sc; };
struct vt_thread vt_start(void (*fn)(void *), void *arg, unsigned priority, unsigned cpu, uint64_t budget_us,
                          uint64_t period_us);

/* One virtual machine with 2 MiB RAM at 0. */
struct vm {
    seL4_CPtr vcpu, state_frame, root, pdpt, pd, ram_frame;
    struct vm_state *s;
    uint8_t *ram;
};
void vm_create(struct vm *, seL4_CPtr tcb);
void vm_add_pt(struct vm *, uint64_t gpa);            /* page table for 4 KiB mappings at gpa */

enum mode { REAL, LONG };
#define CODE 0x1000ul
#define DONE_PORT 0xe0
void vm_set_mode(struct vm *, enum mode);             /* all groups dirty, rip = CODE */
void vm_load(struct vm *, const uint8_t *start, const uint8_t *end);
#define LOAD(vm, name) ({ extern const uint8_t frag_##name[], frag_##name##_end[];                         \
    vm_load((vm), frag_##name, frag_##name##_end); })

/* Enters once (a fresh deadline of 2 s unless one is set); the exit's kind, or -1 - result. */
int vm_enter(struct vm *);
void vm_next(struct vm *, unsigned length);           /* step over the instruction */
/* Enters and checks that this kind of exit comes. */
#define EXPECT(vm, name, kind_) ({ int k_ = vm_enter(vm); EQUAL(name, VM_EXIT_##kind_, k_); k_ == VM_EXIT_##kind_; })
/* ... an OUT to the done port, and steps over it. */
#define EXPECT_DONE(vm, name) do { EXPECT(vm, name, PIO);                                                 \
    EQUAL(name " (port)", DONE_PORT, (vm)->s->exit.pio.port); vm_next((vm), (vm)->s->exit.insn_len); } while (0)

static inline uint64_t vt_tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

struct vt_cpuid { uint32_t eax, ebx, ecx, edx; };
struct vt_cpuid vt_cpuid(uint32_t leaf, uint32_t sub);

/* The groups of tests. */
void test_exits(void);
void test_records(void);
void test_memory(void);
void test_events(void);
void test_state(void);
void test_hostile(void);
void test_objects(void);
void test_smp(void);
void bench(void);

#endif
