// SPDX-License-Identifier: BSD-2-Clause
// KVM clock: the guest computes time from its TSC by a scale we put into its memory, so that reading the clock
// needs no exit and nothing is calibrated. The TSC is invariant, so the structure is written once.
// Facts from: Linux Documentation/virt/kvm/x86/msr.rst (public ABI).
#include "machine.h"

#include <string.h>

#define ENABLED 1ull
#define TSC_STABLE 1

struct pvclock_time {              /* ABI layout: 32 bytes */
    uint32_t version, pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t mul;
    int8_t shift;
    uint8_t flags, pad[2];
} __attribute__((packed, aligned(4)));
_Static_assert(sizeof(struct pvclock_time) == 32, "KVM ABI");

struct pvclock_wall { uint32_t version, sec, nsec; };

struct clock_scale clock_scale(uint64_t hz)
{
    struct clock_scale c = { 0, 0 };
    uint64_t rate = hz;

    /* a multiplier in [2^31, 2^32) keeps the most bits: bring the rate into (1, 2] GHz */
    for (; rate > 2000000000ull; rate >>= 1)
        c.shift--;
    for (; rate && rate <= 1000000000ull; rate <<= 1)
        c.shift++;
    if (!rate)
        return c;
    unsigned __int128 ns = (unsigned __int128)1000000000 << 32;
    c.mul = (uint32_t)(c.shift < 0 ? (ns << -c.shift) / hz : ns / ((unsigned __int128)hz << c.shift));
    return c;
}

static uint64_t guest_tsc(struct vcpu *v)
{
    vcpu_need(v, VM_GROUP_TSC);
    return v->vm->host.platform.now(v->vm->host.platform.ctx) + v->s->tsc_offset;
}

/* Time zero is the machine's power-on. */
static uint64_t ns_since_start(struct vcpu *v)
{
    const struct vm_platform *p = &v->vm->host.platform;

    return timer_ns_from_ticks(&v->vm->timers, p->now(p->ctx) - v->vm->start_tsc);
}

/* The version is odd while the rest is not whole. */
void kvmclock_update(struct vcpu *v)
{
    if (!(v->pv.system_time & ENABLED))
        return;
    struct pvclock_time *t = guest_ptr(v->vm, v->pv.system_time & ~ENABLED, sizeof(*t));
    if (!t)
        return;
    struct clock_scale scale = clock_scale(v->vm->host.platform.tsc_hz);
    uint32_t version = __atomic_load_n(&t->version, __ATOMIC_RELAXED) & ~1u;

    __atomic_store_n(&t->version, version + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    t->tsc_timestamp = guest_tsc(v);
    t->system_time = ns_since_start(v);
    t->mul = scale.mul;
    t->shift = scale.shift;
    t->flags = TSC_STABLE;
    __atomic_store_n(&t->version, version + 2, __ATOMIC_RELEASE);
}

static enum exit_action write_wall_clock(struct vcpu *v, uint64_t gpa)
{
    const struct vm_platform *p = &v->vm->host.platform;
    struct pvclock_wall *w = gpa & 3 ? NULL : guest_ptr(v->vm, gpa, sizeof(*w));

    if (!w)
        return EXIT_INJECT_GP;
    int64_t started = p->wall_clock_ns(p->ctx) - (int64_t)ns_since_start(v);
    uint32_t version = __atomic_load_n(&w->version, __ATOMIC_RELAXED) & ~1u;

    __atomic_store_n(&w->version, version + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    w->sec = (uint32_t)(started / 1000000000);
    w->nsec = (uint32_t)(started % 1000000000);
    __atomic_store_n(&w->version, version + 2, __ATOMIC_RELEASE);
    v->pv.wall_clock = gpa;
    return EXIT_NEXT_INSN;
}

static enum exit_action write_system_time(struct vcpu *v, uint64_t value)
{
    uint64_t gpa = value & ~ENABLED;

    if ((value & ENABLED) && ((gpa & 3) || !guest_ptr(v->vm, gpa, sizeof(struct pvclock_time))))
        return EXIT_INJECT_GP;
    v->pv.system_time = value;
    kvmclock_update(v);
    return EXIT_NEXT_INSN;
}

static enum exit_action write_eoi(struct vcpu *v, uint64_t value)
{
    uint32_t *flag = value & ENABLED ? guest_ptr(v->vm, value & ~3ull, 4) : NULL;

    if ((value & 2) || ((value & ENABLED) && !flag))
        return EXIT_INJECT_GP;
    if (v->pv.eoi_flag)
        lapic_pv_eoi_after_exit(v->lapic, v->pv.eoi_flag);
    v->pv.eoi = value;
    v->pv.eoi_flag = flag;
    return EXIT_NEXT_INSN;
}

enum exit_action kvm_msr_read(struct vcpu *v, uint32_t index, uint64_t *value)
{
    if (v->vm->cfg.no_kvm)
        return EXIT_INJECT_GP;
    *value = index == KVM_MSR_WALL_CLOCK ? v->pv.wall_clock : index == KVM_MSR_SYSTEM_TIME ? v->pv.system_time
                                                                                           : v->pv.eoi;
    return EXIT_NEXT_INSN;
}

enum exit_action kvm_msr_write(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (v->vm->cfg.no_kvm)
        return EXIT_INJECT_GP;
    switch (index) {
    case KVM_MSR_WALL_CLOCK: return write_wall_clock(v, value);
    case KVM_MSR_SYSTEM_TIME: return write_system_time(v, value);
    default: return write_eoi(v, value);
    }
}

void kvm_reset(struct vcpu *v)
{
    memset(&v->pv, 0, sizeof(v->pv));
}
