// SPDX-License-Identifier: BSD-2-Clause
// Builds and answers CPUID. The policy is in cpuid.def; here is what depends on counts, clocks and XSAVE.
#include "cpuid.h"

#include <string.h>
#include <vmm/x86.h>

#define XCR0_AVX    (1ull << 2)
#define XCR0_AVX512 (7ull << 5)
#define XCR0_KNOWN  (3 | XCR0_AVX | XCR0_AVX512)

#define KVM_LEAF 0x40000000u
#define KVM_FEATURES (1u << 1 | 1u << 3 | 1u << 6 | 1u << 24)   /* no I/O delay, clock MSRs, PV EOI, stable clock */

struct policy_row { uint32_t leaf, subleaf, pass[4], set[4]; };
static const struct policy_row policy[] = {
#define LEAF(leaf, sub, ap, as, bp, bs, cp, cs, dp, ds) { leaf, sub, { ap, bp, cp, dp }, { as, bs, cs, ds } },
#include "cpuid.def"
#undef LEAF
};

void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    __asm__ volatile("cpuid" : "=a"(r[EAX]), "=b"(r[EBX]), "=c"(r[ECX]), "=d"(r[EDX]) : "a"(leaf), "c"(subleaf));
}

uint64_t cpuid_native_xcr0(void)
{
    uint32_t r[4], low, high;

    cpuid_native(1, 0, r);
    if (!(r[ECX] & 1u << 27))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool comes_before(const struct cpuid_entry *e, uint32_t leaf, uint32_t subleaf)
{
    return e->leaf < leaf || (e->leaf == leaf && e->subleaf < subleaf);
}

/* Index of the first entry not before (leaf, subleaf). */
static unsigned place_of(const struct cpuid_table *t, uint32_t leaf, uint32_t subleaf)
{
    unsigned low = 0, high = t->count;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (comes_before(&t->entry[mid], leaf, subleaf))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct cpuid_entry *find(const struct cpuid_table *t, uint32_t leaf, uint32_t subleaf)
{
    unsigned at = place_of(t, leaf, subleaf);

    if (at == t->count || t->entry[at].leaf != leaf || t->entry[at].subleaf != subleaf)
        return NULL;
    return &t->entry[at];
}

/* The registers of a leaf, made if it is not there; they stay valid until the next call. */
static uint32_t *leaf_at(struct cpuid_table *t, uint32_t leaf, uint32_t subleaf)
{
    unsigned at = place_of(t, leaf, subleaf);
    struct cpuid_entry *e = &t->entry[at];

    if (at < t->count && e->leaf == leaf && e->subleaf == subleaf)
        return e->reg;
    if (t->count == CPUID_MAX_ENTRIES)
        at = CPUID_MAX_ENTRIES - 1, e = &t->entry[at];       /* cannot happen: the sum of all leaves is less */
    else
        memmove(e + 1, e, (t->count++ - at) * sizeof(*e));
    *e = (struct cpuid_entry){ .leaf = leaf, .subleaf = subleaf };
    return e->reg;
}

static void set_leaf(struct cpuid_table *t, uint32_t leaf, uint32_t sub, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t *r = leaf_at(t, leaf, sub);

    r[EAX] = a, r[EBX] = b, r[ECX] = c, r[EDX] = d;
}

bool cpuid_has(const struct cpuid_table *t, uint32_t leaf, enum cpuid_reg reg, unsigned bit)
{
    const struct cpuid_entry *e = find(t, leaf, 0);

    return e && (e->reg[reg] >> bit & 1);
}

static enum cpuid_vendor vendor_of(const uint32_t r[4])
{
    if (r[EBX] == 0x68747541 || r[EBX] == 0x6f677948)        /* "Auth"enticAMD, "Hygo"nGenuine */
        return VENDOR_AMD;
    return r[EBX] == 0x756e6547 ? VENDOR_INTEL : VENDOR_OTHER;
}

static void apply_policy(struct cpuid_table *t, const struct cpuid_source *s, uint32_t max, uint32_t max_extended)
{
    for (unsigned i = 0; i < sizeof(policy) / sizeof(policy[0]); i++) {
        const struct policy_row *p = &policy[i];
        uint32_t host[4] = { 0 };

        if (p->leaf <= (p->leaf & 0x80000000 ? max_extended : max))
            s->query(p->leaf, p->subleaf, host);
        set_leaf(t, p->leaf, p->subleaf, (host[EAX] & p->pass[EAX]) | p->set[EAX],
                 (host[EBX] & p->pass[EBX]) | p->set[EBX], (host[ECX] & p->pass[ECX]) | p->set[ECX],
                 (host[EDX] & p->pass[EDX]) | p->set[EDX]);
    }
}

/* Features that need register state the kernel does not save vanish. */
static void without_xsave(struct cpuid_table *t)
{
    uint32_t *one = leaf_at(t, 1, 0);

    if (!t->xcr0)
        one[ECX] &= ~(1u << 26);
    if (!(t->xcr0 & XCR0_AVX))
        one[ECX] &= ~(1u << 12 | 1u << 28 | 1u << 29);       /* FMA AVX F16C */
    uint32_t *seven = leaf_at(t, 7, 0), *extended;
    if (!(t->xcr0 & XCR0_AVX)) {
        seven[EBX] &= ~(1u << 5);
        seven[ECX] &= ~(1u << 9 | 1u << 10);                 /* VAES VPCLMUL */
        extended = leaf_at(t, 0x80000001, 0);
        extended[ECX] &= ~(1u << 11 | 1u << 16);             /* XOP FMA4 */
    }
    if ((t->xcr0 & XCR0_AVX512) != XCR0_AVX512) {
        seven = leaf_at(t, 7, 0);
        seven[EBX] &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 28 | 1u << 30 | 1u << 31);
        seven[ECX] &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
    }
}

/* Leaf 0xd: only the state components shown, their sizes and places as the CPU has them. */
static void xsave_leaves(struct cpuid_table *t, const struct cpuid_source *s)
{
    uint32_t host[4], size = 576;

    if (!t->xcr0)
        return;
    for (unsigned i = 2; i < 63; i++) {
        if (!(t->xcr0 >> i & 1))
            continue;
        s->query(0xd, i, host);
        set_leaf(t, 0xd, i, host[EAX], host[EBX], host[ECX] & 2, 0);
        if (host[EAX] + host[EBX] > size)
            size = host[EAX] + host[EBX];
    }
    s->query(0xd, 1, host);
    set_leaf(t, 0xd, 1, host[EAX] & 7, 0, 0, 0);             /* XSAVEOPT XSAVEC XGETBV(1); no XSAVES */
    set_leaf(t, 0xd, 0, (uint32_t)t->xcr0, 576, size, (uint32_t)(t->xcr0 >> 32));
}

static unsigned bits_for(unsigned n)
{
    unsigned bits = 0;

    while ((1u << bits) < n)
        bits++;
    return bits;
}

/* Cache leaves: 4 of Intel, 0x8000001d of AMD. Level 1 and 2 are a core's own, level 3 is everyone's. */
static void cache_leaves(struct cpuid_table *t, const struct cpuid_source *s, uint32_t leaf)
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t host[4];

        s->query(leaf, i, host);
        if (!(host[EAX] & 0x1f))
            break;
        unsigned level = host[EAX] >> 5 & 7, sharing = level >= 3 ? s->ncpus - 1 : 0;
        uint32_t eax = (host[EAX] & 0x3fff) | sharing << 14;

        if (leaf == 4)
            eax |= (s->ncpus - 1) << 26;
        set_leaf(t, leaf, i, eax, host[EBX], host[ECX], host[EDX]);
    }
}

static void topology(struct cpuid_table *t, const struct cpuid_source *s)
{
    uint32_t *one = leaf_at(t, 1, 0);

    one[EBX] |= s->ncpus << 16;
    if (s->ncpus > 1)
        one[EDX] |= 1u << 28;                                 /* HTT: several logical processors in the package */
    set_leaf(t, 0xb, 0, 0, 1, 1u << 8, 0);
    set_leaf(t, 0xb, 1, bits_for(s->ncpus), s->ncpus, 2u << 8 | 1, 0);
    if (t->vendor == VENDOR_INTEL) {
        cache_leaves(t, s, 4);
        return;
    }
    uint32_t *sizes = leaf_at(t, 0x80000008, 0);
    sizes[ECX] = bits_for(s->ncpus) << 12 | (s->ncpus - 1);
    if (s->ncpus > 1)
        leaf_at(t, 0x80000001, 0)[ECX] |= 1u << 1;            /* CmpLegacy */
    if (cpuid_has(t, 0x80000001, ECX, 22)) {
        cache_leaves(t, s, 0x8000001d);
        set_leaf(t, 0x8000001e, 0, 0, 0, 0, 0);
    }
}

static void clocks(struct cpuid_table *t, const struct cpuid_source *s)
{
    uint32_t tsc_khz = (uint32_t)(s->tsc_hz / 1000), bus_khz = (uint32_t)(s->bus_hz / 1000);

    if (t->vendor == VENDOR_INTEL) {                          /* TSC = crystal * EBX / EAX; the crystal is the bus */
        set_leaf(t, 0x15, 0, bus_khz, tsc_khz, (uint32_t)s->bus_hz, 0);
        set_leaf(t, 0x16, 0, tsc_khz / 1000, tsc_khz / 1000, bus_khz / 1000, 0);
    }
    if (!s->kvm)
        return;
    set_leaf(t, KVM_LEAF, 0, KVM_LEAF + 0x10, 0x4b4d564b, 0x564b4d56, 0x4d);    /* "KVMKVMKVM" */
    set_leaf(t, KVM_LEAF + 1, 0, KVM_FEATURES, 0, 0, 0);
    set_leaf(t, KVM_LEAF + 0x10, 0, tsc_khz, bus_khz, 0, 0);
}

void cpuid_build(struct cpuid_table *t, const struct cpuid_source *s)
{
    uint32_t base[4], extended[4];

    memset(t, 0, sizeof(*t));
    s->query(0, 0, base);
    s->query(0x80000000, 0, extended);
    t->vendor = vendor_of(base);
    t->xcr0 = s->xcr0 & XCR0_KNOWN;
    if ((t->xcr0 & 3) != 3)
        t->xcr0 = 0;
    if (!(t->xcr0 & XCR0_AVX) || (t->xcr0 & XCR0_AVX512) != XCR0_AVX512)
        t->xcr0 &= ~XCR0_AVX512;
    apply_policy(t, s, base[EAX], extended[EAX]);
    without_xsave(t);
    if (base[EAX] >= 0xd)
        xsave_leaves(t, s);
    topology(t, s);
    clocks(t, s);
    leaf_at(t, 0, 0)[EAX] = t->vendor == VENDOR_INTEL ? 0x16 : 0xd;
    leaf_at(t, 0x80000000, 0)[EAX] = t->vendor == VENDOR_AMD ? 0x80000021 : 0x80000008;
    t->phys_bits = leaf_at(t, 0x80000008, 0)[EAX] & 0xff;
    if (t->vendor == VENDOR_INTEL) {
        uint32_t *r = leaf_at(t, 0x80000001, 0);

        r[EDX] &= 1u << 11 | 1u << 20 | 1u << 26 | 1u << 27 | 1u << 29;
    }
    /* RDPID and RDTSCP read the same register: both or none */
    if (!cpuid_has(t, 0x80000001, EDX, 27))
        leaf_at(t, 7, 0)[ECX] &= ~(1u << 22);
}

static uint32_t xsave_size(const struct cpuid_table *t, uint64_t xcr0, bool compact)
{
    uint32_t size = 576;

    for (unsigned i = 2; i < 63; i++) {
        const struct cpuid_entry *e = (xcr0 & t->xcr0) >> i & 1 ? find(t, 0xd, i) : NULL;

        if (!e)
            continue;
        if (!compact)
            size = e->reg[EAX] + e->reg[EBX] > size ? e->reg[EAX] + e->reg[EBX] : size;
        else
            size = (e->reg[ECX] & 2 ? (size + 63) & ~63u : size) + e->reg[EAX];
    }
    return size;
}

void cpuid_read(const struct cpuid_table *t, uint32_t leaf, uint32_t subleaf, uint32_t apic_id, uint64_t cr4,
                uint64_t xcr0, uint32_t r[4])
{
    bool by_subleaf = leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd || leaf == 0x8000001d;
    const struct cpuid_entry *e = find(t, leaf, by_subleaf ? subleaf : 0);

    memset(r, 0, 16);
    if (e)
        memcpy(r, e->reg, 16);
    switch (leaf) {
    case 1:
        r[EBX] |= apic_id << 24;
        if ((cr4 & CR4_OSXSAVE) && t->xcr0)
            r[ECX] |= 1u << 27;
        break;
    case 0xb:
        r[EDX] = apic_id;
        r[ECX] |= subleaf & 0xff;
        break;
    case 0xd:
        if (subleaf == 0 && e)
            r[EBX] = xsave_size(t, xcr0, false);
        else if (subleaf == 1 && e && (r[EAX] & 2))
            r[EBX] = xsave_size(t, xcr0, true);
        break;
    case 0x8000001e:
        if (e)
            r[EAX] = apic_id, r[EBX] = apic_id;
        break;
    }
}
