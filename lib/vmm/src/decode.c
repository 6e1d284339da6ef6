// SPDX-License-Identifier: BSD-2-Clause
// The instruction decoder: tables by opcode, then ModRM, SIB, displacement and immediate.
// Facts from: Intel SDM vol. 2 ch. 2 and app. A (opcode maps); AMD APM vol. 3 (24594) app. A.
#include "decode.h"

#include <abi/vmexit.h>
#include <string.h>

/* What follows an opcode and how its operands lie. */
enum form {
    F_NONE,                 /* unknown opcode */
    F_MODRM   = 1 << 0,
    F_BYTE    = 1 << 1,     /* operand size is 1 */
    F_TO_MEM  = 1 << 2,     /* r/m is the destination */
    F_IMM8    = 1 << 3,     /* sign-extended */
    F_IMM     = 1 << 4,     /* operand size, at most 4 */
    F_MOFFS   = 1 << 5,     /* accumulator and an absolute address */
    F_GROUP   = 1 << 6,     /* ModRM.reg selects the operation */
    F_STRING  = 1 << 7,
    F_SRC8    = 1 << 8,     /* memory operand is 1 byte (MOVZX, MOVSX) */
    F_SRC16   = 1 << 9,     /* … 2 bytes */
    F_PLAIN   = 1 << 10,    /* nothing of ours: only the length counts */
    F_SRC32   = 1 << 11,    /* … 4 bytes (MOVSXD) */
    F_REG_MOD = 1 << 12,    /* ModRM always names registers (MOV CR, MOV DR) */
};

struct opcode { uint8_t op; uint16_t form; };

#define ALU_ROW(base, name)                                                          \
    [base] = { name, F_MODRM | F_BYTE | F_TO_MEM }, [(base) + 1] = { name, F_MODRM | F_TO_MEM }, \
    [(base) + 2] = { name, F_MODRM | F_BYTE }, [(base) + 3] = { name, F_MODRM }

static const struct opcode one_byte[256] = {
    ALU_ROW(0x00, INSN_ADD), ALU_ROW(0x08, INSN_OR), ALU_ROW(0x10, INSN_ADC), ALU_ROW(0x18, INSN_SBB),
    ALU_ROW(0x20, INSN_AND), ALU_ROW(0x28, INSN_SUB), ALU_ROW(0x30, INSN_XOR), ALU_ROW(0x38, INSN_CMP),
    [0x63] = { INSN_MOVSX, F_MODRM | F_SRC32 },                        /* MOVSXD; ARPL outside 64-bit code */
    [0x6c] = { INSN_INS, F_STRING | F_BYTE }, [0x6d] = { INSN_INS, F_STRING },
    [0x6e] = { INSN_OUTS, F_STRING | F_BYTE }, [0x6f] = { INSN_OUTS, F_STRING },
    [0x80] = { INSN_ADD, F_MODRM | F_GROUP | F_TO_MEM | F_BYTE | F_IMM8 },
    [0x81] = { INSN_ADD, F_MODRM | F_GROUP | F_TO_MEM | F_IMM },
    [0x83] = { INSN_ADD, F_MODRM | F_GROUP | F_TO_MEM | F_IMM8 },
    [0x84] = { INSN_TEST, F_MODRM | F_BYTE }, [0x85] = { INSN_TEST, F_MODRM },
    [0x86] = { INSN_XCHG, F_MODRM | F_BYTE | F_TO_MEM }, [0x87] = { INSN_XCHG, F_MODRM | F_TO_MEM },
    [0x88] = { INSN_MOV, F_MODRM | F_BYTE | F_TO_MEM }, [0x89] = { INSN_MOV, F_MODRM | F_TO_MEM },
    [0x8a] = { INSN_MOV, F_MODRM | F_BYTE }, [0x8b] = { INSN_MOV, F_MODRM },
    [0x90] = { INSN_OTHER, F_PLAIN },                                  /* NOP, PAUSE */
    [0xa0] = { INSN_MOV, F_MOFFS | F_BYTE }, [0xa1] = { INSN_MOV, F_MOFFS },
    [0xa2] = { INSN_MOV, F_MOFFS | F_BYTE | F_TO_MEM }, [0xa3] = { INSN_MOV, F_MOFFS | F_TO_MEM },
    [0xa4] = { INSN_MOVS, F_STRING | F_BYTE }, [0xa5] = { INSN_MOVS, F_STRING },
    [0xa6] = { INSN_CMPS, F_STRING | F_BYTE }, [0xa7] = { INSN_CMPS, F_STRING },
    [0xaa] = { INSN_STOS, F_STRING | F_BYTE }, [0xab] = { INSN_STOS, F_STRING },
    [0xac] = { INSN_LODS, F_STRING | F_BYTE }, [0xad] = { INSN_LODS, F_STRING },
    [0xae] = { INSN_SCAS, F_STRING | F_BYTE }, [0xaf] = { INSN_SCAS, F_STRING },
    [0xc6] = { INSN_MOV, F_MODRM | F_GROUP | F_BYTE | F_TO_MEM | F_IMM8 },
    [0xc7] = { INSN_MOV, F_MODRM | F_GROUP | F_TO_MEM | F_IMM },
    [0xe4] = { INSN_OTHER, F_PLAIN | F_IMM8 }, [0xe5] = { INSN_OTHER, F_PLAIN | F_IMM8 },
    [0xe6] = { INSN_OTHER, F_PLAIN | F_IMM8 }, [0xe7] = { INSN_OTHER, F_PLAIN | F_IMM8 },
    [0xec ... 0xef] = { INSN_OTHER, F_PLAIN },                         /* IN, OUT by dx */
    [0xf4] = { INSN_OTHER, F_PLAIN },                                  /* HLT */
    [0xf6] = { INSN_TEST, F_MODRM | F_GROUP | F_BYTE | F_TO_MEM },
    [0xf7] = { INSN_TEST, F_MODRM | F_GROUP | F_TO_MEM },
    [0xfe] = { INSN_INC, F_MODRM | F_GROUP | F_BYTE | F_TO_MEM },
    [0xff] = { INSN_INC, F_MODRM | F_GROUP | F_TO_MEM },
};

static const struct opcode two_byte[256] = {
    [0x01] = { INSN_OTHER, F_MODRM | F_PLAIN },                        /* VMCALL, VMMCALL, XSETBV, RDTSCP, MONITOR … */
    [0x06] = { INSN_OTHER, F_PLAIN }, [0x08] = { INSN_OTHER, F_PLAIN }, [0x09] = { INSN_OTHER, F_PLAIN },
    [0x20 ... 0x23] = { INSN_OTHER, F_MODRM | F_PLAIN | F_REG_MOD },   /* MOV CR, MOV DR */
    [0x30 ... 0x33] = { INSN_OTHER, F_PLAIN },                         /* WRMSR, RDTSC, RDMSR, RDPMC */
    [0xa2] = { INSN_OTHER, F_PLAIN },                                  /* CPUID */
    [0xa3] = { INSN_BT, F_MODRM | F_TO_MEM }, [0xab] = { INSN_BTS, F_MODRM | F_TO_MEM },
    [0xb3] = { INSN_BTR, F_MODRM | F_TO_MEM }, [0xbb] = { INSN_BTC, F_MODRM | F_TO_MEM },
    [0xb0] = { INSN_CMPXCHG, F_MODRM | F_BYTE | F_TO_MEM }, [0xb1] = { INSN_CMPXCHG, F_MODRM | F_TO_MEM },
    [0xb6] = { INSN_MOVZX, F_MODRM | F_SRC8 }, [0xb7] = { INSN_MOVZX, F_MODRM | F_SRC16 },
    [0xba] = { INSN_BT, F_MODRM | F_GROUP | F_TO_MEM | F_IMM8 },
    [0xbe] = { INSN_MOVSX, F_MODRM | F_SRC8 }, [0xbf] = { INSN_MOVSX, F_MODRM | F_SRC16 },
    [0xc0] = { INSN_XADD, F_MODRM | F_BYTE | F_TO_MEM }, [0xc1] = { INSN_XADD, F_MODRM | F_TO_MEM },
    [0xc3] = { INSN_MOV, F_MODRM | F_TO_MEM },                         /* MOVNTI */
};

struct cursor {
    const uint8_t *p, *end;
    bool short_of_bytes;
};

static uint64_t take(struct cursor *c, unsigned n)
{
    uint64_t value = 0;

    if ((unsigned)(c->end - c->p) < n) {
        c->short_of_bytes = true;
        return 0;
    }
    memcpy(&value, c->p, n);
    c->p += n;
    return value;
}

static int64_t take_signed(struct cursor *c, unsigned n)
{
    uint64_t value = take(c, n);
    unsigned up = 64 - 8 * n;

    return n == 8 ? (int64_t)value : (int64_t)(value << up) >> up;
}

struct prefixes { uint8_t rep, rex; bool operand, address, lock; int8_t segment; };

static void take_prefixes(struct cursor *c, bool bits64, struct prefixes *p)
{
    static const struct { uint8_t byte; int8_t segment; } segments[] = {
        { 0x26, VM_ES }, { 0x2e, VM_CS }, { 0x36, VM_SS }, { 0x3e, VM_DS }, { 0x64, VM_FS }, { 0x65, VM_GS },
    };

    *p = (struct prefixes){ .segment = -1 };
    for (; c->p < c->end; c->p++) {
        uint8_t b = *c->p;
        bool known = true;

        if (b == 0xf2 || b == 0xf3)
            p->rep = b;
        else if (b == 0xf0)
            p->lock = true;
        else if (b == 0x66)
            p->operand = true;
        else if (b == 0x67)
            p->address = true;
        else {
            known = false;
            for (unsigned i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
                if (segments[i].byte == b) {
                    /* in 64-bit code only FS and GS count */
                    if (!bits64 || b >= 0x64)
                        p->segment = segments[i].segment;
                    known = true;
                }
        }
        if (known) {
            p->rex = 0;                     /* a REX counts only right before the opcode */
            continue;
        }
        if (!bits64 || (b & 0xf0) != 0x40)
            return;
        p->rex = b;
    }
}

unsigned insn_prefixes(const uint8_t *bytes, unsigned n, bool bits64)
{
    struct cursor c = { bytes, bytes + n, false };
    struct prefixes p;

    take_prefixes(&c, bits64, &p);
    return (unsigned)(c.p - bytes);
}

/* 16-bit addressing: [1] table 2-1. */
static void address16(struct cursor *c, unsigned mod, unsigned rm, struct insn *in)
{
    static const int8_t base[8] = { VM_RBX, VM_RBX, VM_RBP, VM_RBP, VM_RSI, VM_RDI, VM_RBP, VM_RBX };
    static const int8_t index[8] = { VM_RSI, VM_RDI, VM_RSI, VM_RDI, -1, -1, -1, -1 };

    if (mod == 0 && rm == 6) {
        in->disp = (int64_t)take(c, 2);
        return;
    }
    in->base = base[rm];
    in->index = index[rm];
    in->disp = mod == 1 ? take_signed(c, 1) : mod == 2 ? take_signed(c, 2) : 0;
}

/* 32- and 64-bit addressing: [1] tables 2-2, 2-3, 2-5. */
static void address32(struct cursor *c, unsigned mod, unsigned rm, uint8_t rex, bool bits64, struct insn *in)
{
    in->base = (int8_t)(rm | (rex & 1) << 3);
    if (rm == 4) {
        uint8_t sib = (uint8_t)take(c, 1);

        in->base = (int8_t)((sib & 7) | (rex & 1) << 3);
        in->index = (int8_t)((sib >> 3 & 7) | (rex & 2) << 2);
        in->scale = sib >> 6;
        if (in->index == VM_RSP)
            in->index = -1;
        if ((sib & 7) == 5 && mod == 0) {
            in->base = -1;
            in->disp = take_signed(c, 4);
        }
    } else if (rm == 5 && mod == 0) {
        in->base = -1;
        in->rip_relative = bits64;
        in->disp = take_signed(c, 4);
    }
    if (mod == 1)
        in->disp = take_signed(c, 1);
    else if (mod == 2)
        in->disp = take_signed(c, 4);
}

/* SS is the default segment when the base is rsp or rbp. */
static uint8_t default_segment(const struct insn *in, int8_t override)
{
    if (override >= 0)
        return (uint8_t)override;
    return in->base == VM_RSP || in->base == VM_RBP ? VM_SS : VM_DS;
}

/* Operations chosen by ModRM.reg; adds the immediate that only TEST of group 3 has. */
static bool group_op(uint8_t opcode, unsigned reg, struct insn *in, unsigned *form)
{
    static const uint8_t group3[8] = { INSN_TEST, INSN_TEST, INSN_NOT, INSN_NEG };   /* MUL, DIV: not here */

    switch (opcode) {
    case 0x80: case 0x81: case 0x83:
        in->op = (uint8_t)(INSN_ADD + reg);
        return true;
    case 0xba:
        in->op = (uint8_t)(INSN_BT + reg - 4);
        return reg >= 4;
    case 0xc6: case 0xc7:
        return reg == 0;
    case 0xf6: case 0xf7:
        in->op = group3[reg];
        if (reg < 2)
            *form |= opcode == 0xf6 ? F_IMM8 : F_IMM;
        return in->op != INSN_NONE;
    default:                                            /* fe, ff */
        in->op = reg == 0 ? INSN_INC : INSN_DEC;
        return reg < 2;
    }
}

static void byte_register(struct insn *in, uint8_t rex)
{
    if (in->size == 1 && !rex && in->reg >= 4 && in->reg < 8) {
        in->reg_high = true;
        in->reg -= 4;
    }
}

static bool take_modrm(struct cursor *c, uint8_t opcode, unsigned *form, const struct prefixes *p, bool bits64,
                       struct insn *in)
{
    uint8_t modrm = (uint8_t)take(c, 1);
    unsigned mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;

    in->modrm_reg = (uint8_t)(reg | (p->rex & 4) << 1);
    in->modrm_rm = (uint8_t)(rm | (p->rex & 1) << 3);
    if ((*form & F_GROUP) && !group_op(opcode, reg, in, form))
        return false;
    if (!(*form & F_GROUP)) {
        in->reg = in->modrm_reg;
        byte_register(in, p->rex);
    }
    if (mod == 3 || (*form & F_REG_MOD))
        return (*form & F_PLAIN) != 0;                  /* register forms never reach memory */
    in->has_mem = true;
    if (in->address_size == 2)
        address16(c, mod, rm, in);
    else
        address32(c, mod, rm, p->rex, bits64, in);
    in->segment = default_segment(in, p->segment);
    return true;
}

static void operand_sizes(struct insn *in, unsigned form, unsigned bits, const struct prefixes *p)
{
    bool wide = (bits == 16) == p->operand;             /* 4 bytes rather than 2 */

    in->size = form & F_BYTE ? 1 : p->rex & 8 ? 8 : wide ? 4 : 2;
    in->mem_size = form & F_SRC8 ? 1 : form & F_SRC16 ? 2 : form & F_SRC32 ? 4 : in->size;
    if (bits == 64)
        in->address_size = p->address ? 4 : 8;
    else
        in->address_size = (bits == 16) == p->address ? 4 : 2;
}

unsigned insn_decode(const uint8_t *bytes, unsigned n, unsigned bits, struct insn *in)
{
    struct cursor c = { bytes, bytes + (n < INSN_MAX ? n : INSN_MAX), false };
    struct prefixes p;

    memset(in, 0, sizeof(*in));
    in->base = in->index = -1;
    take_prefixes(&c, bits == 64, &p);

    uint8_t opcode = (uint8_t)take(&c, 1);
    const struct opcode *row = &one_byte[opcode];
    if (opcode == 0x0f) {
        opcode = (uint8_t)take(&c, 1);
        row = &two_byte[opcode];
    }
    unsigned form = row->form;
    if (c.short_of_bytes || form == F_NONE || ((form & F_SRC32) && bits != 64))
        return 0;

    in->op = row->op;
    in->rep = p.rep;
    in->lock = p.lock;
    in->to_mem = form & F_TO_MEM;
    in->segment = p.segment >= 0 ? (uint8_t)p.segment : VM_DS;
    operand_sizes(in, form, bits, &p);
    if ((form & F_MODRM) && !take_modrm(&c, opcode, &form, &p, bits == 64, in))
        return 0;
    if (form & F_MOFFS) {
        in->has_mem = true;
        in->disp = (int64_t)take(&c, in->address_size);
        in->reg = VM_RAX;
    }
    if (form & (F_IMM8 | F_IMM)) {
        in->has_imm = true;
        in->imm = (uint64_t)take_signed(&c, form & F_IMM8 ? 1 : in->size == 2 ? 2 : 4);
    }
    if (c.short_of_bytes)
        return 0;
    in->length = (uint8_t)(c.p - bytes);
    return in->length;
}
