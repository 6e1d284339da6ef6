// SPDX-License-Identifier: BSD-2-Clause
// What a person needs to see of a guest that stopped: registers, the last exits, the bytes at rip, devices, counts.
#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <vmm/entry_check.h>

struct out { void (*line)(void *, const char *); void *ctx; };

static void __attribute__((format(printf, 2, 3))) say(const struct out *o, const char *fmt, ...)
{
    char text[160];
    __builtin_va_list args;

    __builtin_va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    __builtin_va_end(args);
    o->line(o->ctx, text);
}

typedef unsigned long long ull;

static void dump_registers(const struct vm_state *s, const struct out *o)
{
    static const char *const name[VM_GPR_COUNT] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8 ",
                                                    "r9 ", "r10", "r11", "r12", "r13", "r14", "r15" };
    static const char *const seg[VM_SEG_COUNT] = { "es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr" };

    say(o, "rip %016llx  rflags %08llx  shadow %u  activity %u", (ull)s->rip, (ull)s->rflags, s->shadow, s->activity);
    for (unsigned i = 0; i < VM_GPR_COUNT; i += 4)
        say(o, "%s %016llx  %s %016llx  %s %016llx  %s %016llx", name[i], (ull)s->gpr[i], name[i + 1],
            (ull)s->gpr[i + 1], name[i + 2], (ull)s->gpr[i + 2], name[i + 3], (ull)s->gpr[i + 3]);
    say(o, "cr0 %08llx  cr2 %016llx  cr3 %016llx  cr4 %08llx  efer %04llx  xcr0 %llx", (ull)s->cr0, (ull)s->cr2,
        (ull)s->cr3, (ull)s->cr4, (ull)s->efer, (ull)s->xcr0);
    for (unsigned i = 0; i < VM_SEG_COUNT; i += 2)
        say(o, "%-3s %04x base %016llx limit %08x attr %04x  %-3s %04x base %016llx limit %08x attr %04x", seg[i],
            s->seg[i].selector, (ull)s->seg[i].base, s->seg[i].limit, s->seg[i].attr, seg[i + 1],
            s->seg[i + 1].selector, (ull)s->seg[i + 1].base, s->seg[i + 1].limit, s->seg[i + 1].attr);
    say(o, "gdt %016llx/%04x  idt %016llx/%04x", (ull)s->gdtr.base, s->gdtr.limit, (ull)s->idtr.base, s->idtr.limit);
    if (s->inject.valid)
        say(o, "event on its way in: vector %u type %u error %x", s->inject.vector, s->inject.type, s->inject.error);
}

static void dump_code(struct vcpu *v, const struct out *o)
{
    uint8_t bytes[16];
    char text[3 * 16 + 1] = "";
    unsigned n = vcpu_fetch_insn(v, bytes), levels;
    uint64_t entry[5];

    for (unsigned i = 0; i < n; i++)
        snprintf(text + 3 * i, 4, " %02x", bytes[i]);
    say(o, "code at rip:%s", n ? text : " not readable");
    if (n)
        return;
    unsigned error = guest_walk_entries(v, v->s->rip, entry, &levels);
    for (unsigned i = 0; i < levels; i++)
        say(o, "  page-table entry %u: %016llx", i, (ull)entry[i]);
    say(o, "  translation: %s, code %x", error & GUEST_NO_RAM ? "a table lies outside RAM" : error ? "fault" : "good",
        error & 0xff);
}

static void dump_one_exit(const struct exit_record *r, unsigned age, const struct out *o)
{
    struct vm_exit e = { .kind = r->kind };
    const char *name = vm_exit_kind_name(r->kind);

    memcpy(&e.pio, &r->a, 16);
    switch (r->kind) {
    case VM_EXIT_PIO:
        say(o, "%3u  %-10s rip %016llx  %s port %x size %u%s", age, name, (ull)r->rip, e.pio.in ? "in " : "out",
            e.pio.port, e.pio.size, e.pio.string ? " string" : "");
        break;
    case VM_EXIT_MMIO:
        say(o, "%3u  %-10s rip %016llx  gpa %llx", age, name, (ull)r->rip, (ull)e.mem.gpa);
        break;
    case VM_EXIT_MSR:
        say(o, "%3u  %-10s rip %016llx  %s %x %s", age, name, (ull)r->rip, e.msr.write ? "write" : "read", e.msr.index,
            msr_name(e.msr.index) ? msr_name(e.msr.index) : "");
        break;
    case VM_EXIT_EXCEPTION:
        say(o, "%3u  %-10s rip %016llx  vector %u error %x", age, name, (ull)r->rip, e.exception.vector,
            e.exception.error);
        break;
    default:
        say(o, "%3u  %-10s rip %016llx", age, name, (ull)r->rip);
    }
}

static void dump_exit_record(const struct vm_state *s, const struct out *o)
{
    const struct vm_exit *e = &s->exit;

    say(o, "exit %s, hardware code %llx info %llx %llx %llx", vm_exit_kind_name(e->kind), (ull)e->raw.code,
        (ull)e->raw.info1, (ull)e->raw.info2, (ull)e->raw.info3);
    if (e->kind == VM_EXIT_ENTRY_FAILED)
        say(o, "refused: %s", entry_check(s) ? entry_check(s) : "nothing known to be wrong");
    if (e->kind == VM_EXIT_MMIO)
        say(o, "guest-physical %llx%s%s%s%s%s, nothing there", (ull)e->mem.gpa, e->mem.read ? " read" : "",
            e->mem.write ? " write" : "", e->mem.fetch ? " fetch" : "", e->mem.walk ? " page-table walk" : "",
            e->mem.present ? " (mapped, right missing)" : "");
}

void vcpu_dump(struct vcpu *v, void (*line)(void *, const char *), void *ctx)
{
    struct out o = { line, ctx };
    unsigned n = v->ring_at < EXIT_RING ? v->ring_at : EXIT_RING;

    vcpu_need(v, VM_GROUP_CR | VM_GROUP_CODE | VM_GROUP_DATA | VM_GROUP_SYSTEM);
    say(&o, "VCPU %u, %s", v->id, vm_stop_name(v->vm->stop));
    dump_exit_record(v->s, &o);
    dump_registers(v->s, &o);
    dump_code(v, &o);
    say(&o, "last exits, newest first:");
    for (unsigned i = 0; i < n; i++)
        dump_one_exit(&v->ring[(v->ring_at - 1 - i) % EXIT_RING], i, &o);
}

static void dump_bus(const struct bus *b, const struct out *o)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->range[i].accesses)
            say(o, "  %-6s %10llx  %-16s %llu", b->name, (ull)b->range[i].base, b->range[i].name,
                (ull)b->range[i].accesses);
}

void vm_dump_statistics(struct vm *vm, void (*line)(void *ctx, const char *), void *ctx)
{
    struct out o = { line, ctx };

    say(&o, "exits by kind:");
    for (unsigned k = 0; k < VM_EXIT_COUNT; k++)
        if (vm_exit_count(vm, k))
            say(&o, "  %-12s %llu", vm_exit_kind_name(k), (ull)vm_exit_count(vm, k));
    for (unsigned i = 0; i < vm->nhypercalls; i++)
        say(&o, "  hypercall %d: %llu", vm->hypercall[i].token, (ull)vm->hypercall[i].calls);
    say(&o, "device accesses:");
    dump_bus(&vm->pio, &o);
    dump_bus(&vm->mmio, &o);
    say(&o, "  unclaimed: %llu ports, %llu memory; refused MSR accesses: %llu; resets: %llu", (ull)vm->unclaimed_pio,
        (ull)vm->unclaimed_mmio, (ull)vm->refused_msrs, (ull)vm->resets);
}

void vm_dump(struct vm *vm, void (*line)(void *ctx, const char *), void *ctx)
{
    for (unsigned i = 0; i < vm->ncpus; i++)
        vcpu_dump(&vm->cpu[i], line, ctx);
    for (unsigned i = 0; i < vm->ndevices; i++)
        if (vm->device[i].class->dump)
            vm->device[i].class->dump(vm->device[i].state, line, ctx);
    vm_dump_statistics(vm, line, ctx);
}
