// SPDX-License-Identifier: BSD-2-Clause
// Carries out one instruction for the guest: memory-mapped I/O, and INS/OUTS. Decoding is decode.c's; this file
// reads and writes registers, RAM and buses, and injects the faults the CPU would raise.
// Facts from: Intel SDM vol. 1 ch. 7, vol. 2, vol. 3A ch. 5; AMD APM vol. 3 (24594).
#include "machine.h"

#include <string.h>
#include <vmm/x86.h>

#include "alu.h"
#include "decode.h"

#define STRING_CHUNK 1024                /* iterations of a REP per exit: bounds the time away from interrupts */

/* The instruction being carried out. */
struct work {
    struct vcpu *v;
    struct vm_state *s;
    struct insn in;
    unsigned bits;
    bool user;
    enum exit_action action;             /* first thing a device asked for, or a fault */
    bool faulted;                        /* an exception is injected: nothing more must happen */
};

/* One operand in memory: at most two pieces, when it lies across a page boundary. */
struct operand { struct { uint64_t gpa; unsigned n; } piece[2]; unsigned pieces, size; };

static uint64_t size_mask(unsigned size) { return size == 8 ? ~0ull : (1ull << (8 * size)) - 1; }

/* ------------------------------------------------ registers ------------------------------------------------- */

static uint64_t read_gpr(const struct work *w, unsigned reg, unsigned size, bool high)
{
    return (high ? w->s->gpr[reg] >> 8 : w->s->gpr[reg]) & size_mask(size);
}

/* 32-bit results clear the upper half, smaller ones keep the rest. */
static void write_gpr(struct work *w, unsigned reg, unsigned size, bool high, uint64_t value)
{
    uint64_t *r = &w->s->gpr[reg], mask = size_mask(size);

    if (high)
        *r = (*r & ~0xff00ull) | (value & 0xff) << 8;
    else if (size >= 4)
        *r = value & mask;
    else
        *r = (*r & ~mask) | (value & mask);
    w->s->dirty |= VM_GROUP_GPR;
}

/* ------------------------------------------------ addresses ------------------------------------------------- */

static void fault_gp(struct work *w, unsigned seg)
{
    vcpu_inject(w->v, seg == VM_SS ? X86_SS : X86_GP, true, 0);
    w->faulted = true;
}

/* Segment limits count outside 64-bit code; expand-down data segments are valid above the limit. */
static bool inside_limit(const struct vm_segment *seg, uint64_t offset, unsigned size)
{
    uint64_t last = offset + size - 1;
    bool expand_down = (seg->attr & 0x1c) == 0x14;

    if (!expand_down)
        return last <= seg->limit;
    return offset > seg->limit && last <= (seg->attr & (1 << 14) ? 0xffffffff : 0xffff);
}

/* Linear address of seg:offset; false after injecting #GP or #SS. */
static bool linear(struct work *w, unsigned seg, uint64_t offset, unsigned size, uint64_t *gla)
{
    struct vcpu *v = w->v;
    const struct vm_segment *sg = &w->s->seg[seg];

    vcpu_need(v, seg == VM_CS || seg == VM_SS ? VM_GROUP_CODE : VM_GROUP_DATA);
    if (w->bits == 64) {
        *gla = offset + (seg == VM_FS || seg == VM_GS ? sg->base : 0);
        if (guest_canonical(v, *gla) && guest_canonical(v, *gla + size - 1))
            return true;
        fault_gp(w, seg);
        return false;
    }
    *gla = (uint32_t)(sg->base + offset);
    if (inside_limit(sg, offset, size))
        return true;
    fault_gp(w, seg);
    return false;
}

static uint64_t effective_offset(const struct work *w)
{
    const struct insn *in = &w->in;
    uint64_t offset = (uint64_t)in->disp;

    if (in->rip_relative)
        offset += w->s->rip + in->length;
    if (in->base >= 0)
        offset += w->s->gpr[(unsigned)in->base];
    if (in->index >= 0)
        offset += w->s->gpr[(unsigned)in->index] << in->scale;
    return offset & size_mask(in->address_size);
}

/* Guest-physical pieces of an operand at a linear address; false after a fault. */
static bool resolve(struct work *w, uint64_t gla, unsigned size, bool write, struct operand *op)
{
    unsigned access = (write ? PF_WRITE : 0) | (w->user ? PF_USER : 0);

    op->size = size;
    op->pieces = 0;
    while (size) {
        unsigned n = 4096 - (unsigned)(gla & 4095);
        uint64_t gpa;

        n = n < size ? n : size;
        unsigned error = guest_translate(w->v, gla, access, &gpa);
        if (error & GUEST_NO_RAM) {
            w->action = EXIT_STOP_VM;
            w->faulted = true;
            return false;
        }
        if (error) {
            vcpu_inject_page_fault(w->v, gla, error & 0xffff);
            w->faulted = true;
            return false;
        }
        op->piece[op->pieces].gpa = gpa;
        op->piece[op->pieces++].n = n;
        gla += n, size -= n;
    }
    return true;
}

static bool operand_at(struct work *w, unsigned seg, uint64_t offset, unsigned size, bool write, struct operand *op)
{
    uint64_t gla;

    return linear(w, seg, offset, size, &gla) && resolve(w, gla, size, write, op);
}

/* ------------------------------------------------ memory ---------------------------------------------------- */

static void note_action(struct work *w, enum exit_action action)
{
    if (action == EXIT_NOT_MINE)
        w->v->vm->unclaimed_mmio++;
    else if (action != EXIT_NEXT_INSN && action != EXIT_RESUME && w->action == EXIT_NEXT_INSN)
        w->action = action;
}

/* One bus access per naturally sized part: a piece cut by a page boundary may have any length. */
static uint64_t bus_part(struct work *w, uint64_t gpa, unsigned n, bool write, uint64_t value)
{
    struct bus_access a = { .address = gpa, .size = (uint8_t)n, .write = write, .value = value };

    note_action(w, bus_access(&w->v->vm->mmio, &a));
    return a.value & size_mask(n);
}

static uint64_t piece_access(struct work *w, uint64_t gpa, unsigned n, bool write, uint64_t value)
{
    void *ram = guest_ptr(w->v->vm, gpa, n);
    uint64_t result = 0;

    if (ram && write) {
        memcpy(ram, &value, n);
        return 0;
    }
    if (ram) {
        memcpy(&result, ram, n);
        return result;
    }
    if ((n & (n - 1)) == 0)
        return bus_part(w, gpa, n, write, value & size_mask(n));
    for (unsigned i = 0; i < n; i++)
        result |= bus_part(w, gpa + i, 1, write, value >> (8 * i) & 0xff) << (8 * i);
    return result;
}

static uint64_t load(struct work *w, const struct operand *op)
{
    uint64_t value = piece_access(w, op->piece[0].gpa, op->piece[0].n, false, 0);

    if (op->pieces > 1)
        value |= piece_access(w, op->piece[1].gpa, op->piece[1].n, false, 0) << (8 * op->piece[0].n);
    return value;
}

static void store(struct work *w, const struct operand *op, uint64_t value)
{
    piece_access(w, op->piece[0].gpa, op->piece[0].n, true, value);
    if (op->pieces > 1)
        piece_access(w, op->piece[1].gpa, op->piece[1].n, true, value >> (8 * op->piece[0].n));
}

/* ------------------------------------------------ fetching -------------------------------------------------- */

unsigned vcpu_code_bits(struct vcpu *v)
{
    vcpu_need(v, VM_GROUP_CODE | VM_GROUP_CR);
    uint16_t attr = v->s->seg[VM_CS].attr;

    if ((v->s->efer & EFER_LMA) && (attr & (1 << 13)))
        return 64;
    if (!(v->s->cr0 & CR0_PE) || (v->s->rflags & RFLAGS_VM))
        return 16;
    return attr & (1 << 14) ? 32 : 16;
}

static uint64_t linear_rip(struct vcpu *v, unsigned bits)
{
    return bits == 64 ? v->s->rip : (uint32_t)(v->s->seg[VM_CS].base + v->s->rip);
}

unsigned vcpu_fetch_insn(struct vcpu *v, uint8_t bytes[16])
{
    uint64_t at = linear_rip(v, vcpu_code_bits(v));
    unsigned got = 0;

    while (got < INSN_MAX) {
        unsigned n = 4096 - (unsigned)((at + got) & 4095);
        uint64_t gpa;
        const uint8_t *host;

        n = n < INSN_MAX - got ? n : INSN_MAX - got;
        if (guest_translate(v, at + got, GUEST_PROBE, &gpa) || !(host = guest_ptr(v->vm, gpa, n)))
            break;
        if (got == 0) {
            v->fetch_page = at & ~4095ull;
            v->fetch_host = host - (at & 4095);
        }
        memcpy(bytes + got, host, n);
        got += n;
    }
    return got;
}

/* What must stand at rip (after prefixes) for exits whose instruction has no operands. */
struct expected { uint8_t n, byte[3]; };
static const struct expected expected_insn[VM_EXIT_COUNT] = {
    [VM_EXIT_CPUID]  = { 2, { 0x0f, 0xa2 } },        [VM_EXIT_HLT]   = { 1, { 0xf4 } },
    [VM_EXIT_RDTSC]  = { 2, { 0x0f, 0x31 } },        [VM_EXIT_RDPMC] = { 2, { 0x0f, 0x33 } },
    [VM_EXIT_XSETBV] = { 3, { 0x0f, 0x01, 0xd1 } },  [VM_EXIT_PAUSE] = { 2, { 0xf3, 0x90 } },
    [VM_EXIT_MONITOR] = { 3, { 0x0f, 0x01, 0xc8 } }, [VM_EXIT_MWAIT] = { 3, { 0x0f, 0x01, 0xc9 } },
};

/* The usual case, without prefixes, against the page seen last. A stale page can only mislead the guest about
 * itself: the kind of instruction is the CPU's word, and the bytes must agree with it. */
static unsigned quick_length(struct vcpu *v, uint64_t rip)
{
    const struct vm_exit *e = &v->s->exit;

    if ((rip & ~4095ull) != v->fetch_page || (rip & 4095) > 4093)
        return 0;
    const uint8_t *p = v->fetch_host + (rip & 4095);
    uint8_t b0 = p[0], b1 = p[1], b2 = p[2];

    if (e->kind == VM_EXIT_HYPERCALL)
        return b0 == 0x0f && b1 == 0x01 && (b2 == 0xd9 || b2 == 0xc1) ? 3 : 0;
    if (e->kind == VM_EXIT_MSR)
        return b0 == 0x0f && b1 == (e->msr.write ? 0x30 : 0x32) ? 2 : 0;
    const struct expected *x = &expected_insn[e->kind];
    if (!x->n || b0 != x->byte[0] || (x->n > 1 && b1 != x->byte[1]) || (x->n > 2 && b2 != x->byte[2]))
        return 0;
    return x->n;
}

unsigned vcpu_insn_length(struct vcpu *v)
{
    unsigned len = quick_length(v, v->s->rip);
    uint8_t bytes[16];
    struct insn in;

    if (len)
        return len;
    unsigned n = vcpu_fetch_insn(v, bytes);
    return insn_decode(bytes, n, vcpu_code_bits(v), &in);
}

static bool fetch_and_decode(struct work *w)
{
    struct vm_exit *e = &w->s->exit;
    uint8_t bytes[16];
    unsigned n = 0;

    w->bits = vcpu_code_bits(w->v);
    w->user = vcpu_cpl(w->v) == 3;
    if (e->kind == VM_EXIT_MMIO && e->mem.byte_count) {
        n = e->mem.byte_count < INSN_MAX ? e->mem.byte_count : INSN_MAX;
        memcpy(bytes, e->mem.bytes, n);
        if (insn_decode(bytes, n, w->bits, &w->in))
            return true;
    }
    uint64_t at = linear_rip(w->v, w->bits);
    if ((at & 4095) <= 4096 - INSN_MAX) {            /* the common case needs one translation */
        uint64_t gpa;
        const uint8_t *host;

        if (guest_translate(w->v, at, GUEST_PROBE, &gpa) || !(host = guest_ptr(w->v->vm, gpa, INSN_MAX)))
            return false;
        memcpy(bytes, host, INSN_MAX);
        return insn_decode(bytes, INSN_MAX, w->bits, &w->in);
    }
    n = vcpu_fetch_insn(w->v, bytes);
    return insn_decode(bytes, n, w->bits, &w->in);
}

/* ---------------------------------------------- operations -------------------------------------------------- */

static uint64_t other_operand(const struct work *w, unsigned size)
{
    return w->in.has_imm ? w->in.imm & size_mask(size) : read_gpr(w, w->in.reg, size, w->in.reg_high);
}

static void set_flags(struct work *w, uint64_t flags)
{
    w->s->rflags = flags;
    w->s->dirty |= VM_GROUP_RIP;
}

static void do_mov(struct work *w, const struct operand *op)
{
    if (w->in.to_mem)
        store(w, op, other_operand(w, w->in.size));
    else
        write_gpr(w, w->in.reg, w->in.size, w->in.reg_high, load(w, op));
}

static void do_extend(struct work *w, const struct operand *op)
{
    uint64_t value = load(w, op);
    unsigned up = 64 - 8 * op->size;

    if (w->in.op == INSN_MOVSX)
        value = (uint64_t)((int64_t)(value << up) >> up);
    write_gpr(w, w->in.reg, w->in.size, false, value);
}

static void do_xchg(struct work *w, const struct operand *op)
{
    uint64_t old = load(w, op);

    store(w, op, read_gpr(w, w->in.reg, w->in.size, w->in.reg_high));
    write_gpr(w, w->in.reg, w->in.size, w->in.reg_high, old);
}

static void do_xadd(struct work *w, const struct operand *op)
{
    uint64_t old = load(w, op), flags = w->s->rflags;
    uint64_t sum = alu(INSN_ADD, w->in.size, old, read_gpr(w, w->in.reg, w->in.size, w->in.reg_high), &flags);

    store(w, op, sum);
    write_gpr(w, w->in.reg, w->in.size, w->in.reg_high, old);
    set_flags(w, flags);
}

static void do_cmpxchg(struct work *w, const struct operand *op)
{
    uint64_t old = load(w, op), flags = w->s->rflags, rax = read_gpr(w, VM_RAX, w->in.size, false);

    alu(INSN_CMP, w->in.size, rax, old, &flags);
    if (rax == old)
        store(w, op, read_gpr(w, w->in.reg, w->in.size, w->in.reg_high));
    else {
        store(w, op, old);                                   /* the CPU writes in both cases */
        write_gpr(w, VM_RAX, w->in.size, false, old);
    }
    set_flags(w, flags);
}

static void do_alu(struct work *w, const struct operand *op)
{
    uint64_t mem = load(w, op), reg = other_operand(w, w->in.size), flags = w->s->rflags;
    bool to_reg = !w->in.to_mem && w->in.op != INSN_CMP && w->in.op != INSN_TEST;
    uint64_t result = to_reg || w->in.op == INSN_CMP ? 0 : alu(w->in.op, w->in.size, mem, reg, &flags);

    if (w->in.op == INSN_CMP)
        w->in.to_mem ? alu(INSN_CMP, w->in.size, mem, reg, &flags) : alu(INSN_CMP, w->in.size, reg, mem, &flags);
    else if (to_reg)
        write_gpr(w, w->in.reg, w->in.size, w->in.reg_high, alu(w->in.op, w->in.size, reg, mem, &flags));
    else if (w->in.op != INSN_TEST)
        store(w, op, result);
    set_flags(w, flags);
}

static void do_unary(struct work *w, const struct operand *op)
{
    uint64_t flags = w->s->rflags, value = load(w, op);

    store(w, op, alu(w->in.op, w->in.size, value, 0, &flags));
    set_flags(w, flags);
}

static void do_bit(struct work *w, const struct operand *op)
{
    uint64_t bit = 1ull << (other_operand(w, w->in.size) & (8u * w->in.size - 1)), old = load(w, op), new = old;
    uint64_t flags = (w->s->rflags & ~RFLAGS_CF) | (old & bit ? RFLAGS_CF : 0);

    if (w->in.op == INSN_BTS)
        new = old | bit;
    else if (w->in.op == INSN_BTR)
        new = old & ~bit;
    else if (w->in.op == INSN_BTC)
        new = old ^ bit;
    if (w->in.op != INSN_BT)
        store(w, op, new);
    set_flags(w, flags);
}

struct operation { void (*run)(struct work *, const struct operand *); bool writes, reads; };
static const struct operation operations[INSN_OTHER + 1] = {
    [INSN_MOV] = { do_mov }, [INSN_MOVZX] = { do_extend }, [INSN_MOVSX] = { do_extend },
    [INSN_XCHG] = { do_xchg, true }, [INSN_XADD] = { do_xadd, true }, [INSN_CMPXCHG] = { do_cmpxchg, true },
    [INSN_ADD ... INSN_XOR] = { do_alu, true }, [INSN_CMP] = { do_alu }, [INSN_TEST] = { do_alu },
    [INSN_NOT ... INSN_DEC] = { do_unary, true },
    [INSN_BT] = { do_bit }, [INSN_BTS ... INSN_BTC] = { do_bit, true },
};

/* ------------------------------------------- string instructions -------------------------------------------- */

static uint64_t string_counter(const struct work *w)
{
    return w->in.rep ? w->s->gpr[VM_RCX] & size_mask(w->in.address_size) : 1;
}

static void advance(struct work *w, unsigned reg)
{
    int64_t step = w->s->rflags & RFLAGS_DF ? -(int64_t)w->in.size : w->in.size;
    unsigned n = w->in.address_size;

    write_gpr(w, reg, n, false, w->s->gpr[reg] + (uint64_t)step);
}

static bool string_source(struct work *w, unsigned reg, unsigned seg, struct operand *op)
{
    return operand_at(w, seg, w->s->gpr[reg] & size_mask(w->in.address_size), w->in.size, false, op);
}

static bool string_target(struct work *w, struct operand *op)
{
    return operand_at(w, VM_ES, w->s->gpr[VM_RDI] & size_mask(w->in.address_size), w->in.size, true, op);
}

static uint64_t port_access(struct work *w, bool write, uint64_t value)
{
    struct bus_access a = { .address = w->s->gpr[VM_RDX] & 0xffff, .size = w->in.size, .write = write,
                            .value = value };
    enum exit_action action = bus_access(&w->v->vm->pio, &a);

    if (action == EXIT_NOT_MINE)
        w->v->vm->unclaimed_pio++;
    else
        note_action(w, action);
    return a.value;
}

/* One iteration; false if it faulted (then nothing of it happened). */
static bool string_step(struct work *w, bool *compared)
{
    struct operand a, b;
    uint64_t flags = w->s->rflags, rax = read_gpr(w, VM_RAX, w->in.size, false);

    switch (w->in.op) {
    case INSN_MOVS:
        if (!string_source(w, VM_RSI, w->in.segment, &a) || !string_target(w, &b))
            return false;
        store(w, &b, load(w, &a));
        advance(w, VM_RSI), advance(w, VM_RDI);
        return true;
    case INSN_STOS:
        if (!string_target(w, &b))
            return false;
        store(w, &b, rax);
        advance(w, VM_RDI);
        return true;
    case INSN_LODS:
        if (!string_source(w, VM_RSI, w->in.segment, &a))
            return false;
        write_gpr(w, VM_RAX, w->in.size, false, load(w, &a));
        advance(w, VM_RSI);
        return true;
    case INSN_INS:
        if (!string_target(w, &b))
            return false;
        store(w, &b, port_access(w, false, 0));
        advance(w, VM_RDI);
        return true;
    case INSN_OUTS:
        if (!string_source(w, VM_RSI, w->in.segment, &a))
            return false;
        port_access(w, true, load(w, &a));
        advance(w, VM_RSI);
        return true;
    case INSN_CMPS:
        if (!string_source(w, VM_RSI, w->in.segment, &a) || !string_source(w, VM_RDI, VM_ES, &b))
            return false;
        rax = load(w, &a);
        alu(INSN_CMP, w->in.size, rax, load(w, &b), &flags);
        advance(w, VM_RSI), advance(w, VM_RDI);
        break;
    default:                                             /* INSN_SCAS */
        if (!string_source(w, VM_RDI, VM_ES, &b))
            return false;
        alu(INSN_CMP, w->in.size, rax, load(w, &b), &flags);
        advance(w, VM_RDI);
        break;
    }
    set_flags(w, flags);
    *compared = true;
    return true;
}

/* Up to STRING_CHUNK iterations. Returns EXIT_NEXT_INSN when the instruction is complete, EXIT_RESUME when the
 * guest shall take it up again with the registers as they stand. */
static enum exit_action run_string(struct work *w)
{
    uint64_t left = string_counter(w);

    for (unsigned i = 0; i < STRING_CHUNK && left; i++) {
        bool compared = false;

        if (!string_step(w, &compared))
            break;
        left--;
        if (w->in.rep)
            write_gpr(w, VM_RCX, w->in.address_size, false, left);
        if (compared && w->in.rep && (w->in.rep == REP_E) != !!(w->s->rflags & RFLAGS_ZF))
            left = 0;
        if (w->action != EXIT_NEXT_INSN)
            break;
    }
    if (w->faulted)
        return w->action == EXIT_NEXT_INSN ? EXIT_RESUME : w->action;
    if (w->action != EXIT_NEXT_INSN)
        return w->action;
    return left ? EXIT_RESUME : EXIT_NEXT_INSN;
}

/* ------------------------------------------------- entrances ------------------------------------------------ */

/* Is the exit's address that of the operand's first byte? It is, unless the operand began on the page before. */
static bool begins_at_exit(struct work *w)
{
    unsigned seg = w->in.segment;
    uint64_t base = 0;

    if ((w->s->exit.mem.gpa & 4095) != 0)
        return true;
    if (w->in.op >= INSN_BT && w->in.op <= INSN_BTC && !w->in.has_imm)
        return false;                                    /* the register's bit number moves the operand */
    if (w->bits != 64 || seg == VM_FS || seg == VM_GS) {
        vcpu_need(w->v, seg == VM_CS || seg == VM_SS ? VM_GROUP_CODE : VM_GROUP_DATA);
        base = w->s->seg[seg].base;
    }
    return ((base + effective_offset(w)) & 4095) == 0;
}

/* The operand of an instruction with one memory operand. The exit names its guest-physical address exactly; only
 * where the operand may have begun on the page before, or runs into the next, is the address worked out. */
static bool exit_operand(struct work *w, bool write, struct operand *op)
{
    uint64_t gpa = w->s->exit.mem.gpa, offset;
    unsigned size = w->in.mem_size;

    if ((gpa & 4095) + size <= 4096 && begins_at_exit(w)) {
        *op = (struct operand){ .piece = { { gpa, size } }, .pieces = 1, .size = size };
        return true;
    }
    offset = effective_offset(w);
    if (w->in.op >= INSN_BT && w->in.op <= INSN_BTC && !w->in.has_imm) {
        int64_t bit = (int64_t)(read_gpr(w, w->in.reg, w->in.size, false) << (64 - 8 * w->in.size)) >>
                      (64 - 8 * w->in.size);

        offset += (uint64_t)((bit >> (w->in.size == 2 ? 4 : w->in.size == 4 ? 5 : 6)) * w->in.size);
        offset &= size_mask(w->in.address_size);
    }
    return operand_at(w, w->in.segment, offset, size, write, op);
}

enum exit_action emulate_mmio(struct vcpu *v)
{
    struct work w = { .v = v, .s = v->s, .action = EXIT_NEXT_INSN };
    struct operand op;

    if (!fetch_and_decode(&w))
        return EXIT_NOT_MINE;
    v->s->exit.insn_len = w.in.length;
    if (w.in.op >= INSN_MOVS && w.in.op <= INSN_SCAS)
        return run_string(&w);

    const struct operation *o = &operations[w.in.op];
    if (!o->run || !w.in.has_mem)
        return EXIT_NOT_MINE;
    if (!exit_operand(&w, o->writes || (w.in.op == INSN_MOV && w.in.to_mem), &op))
        return w.action == EXIT_NEXT_INSN ? EXIT_RESUME : w.action;
    o->run(&w, &op);
    return w.action;
}

enum exit_action emulate_string_io(struct vcpu *v)
{
    struct work w = { .v = v, .s = v->s, .action = EXIT_NEXT_INSN };

    if (!fetch_and_decode(&w) || (w.in.op != INSN_INS && w.in.op != INSN_OUTS))
        return EXIT_NOT_MINE;
    if (w.in.size == 8)
        w.in.size = 4;                                   /* REX.W does not widen INS and OUTS */
    v->s->exit.insn_len = w.in.length;
    return run_string(&w);
}
