// SPDX-License-Identifier: BSD-2-Clause
// The instruction decoder: bytes in, a description out; touches no machine and is fuzzed as it stands.
#ifndef VMM_DECODE_H
#define VMM_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define INSN_MAX 15

enum insn_op {
    INSN_NONE,
    INSN_MOV, INSN_MOVZX, INSN_MOVSX, INSN_XCHG, INSN_XADD, INSN_CMPXCHG,
    INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB, INSN_AND, INSN_SUB, INSN_XOR, INSN_CMP,      /* in ModRM.reg order */
    INSN_TEST, INSN_NOT, INSN_NEG, INSN_INC, INSN_DEC,
    INSN_BT, INSN_BTS, INSN_BTR, INSN_BTC,                                              /* in ModRM.reg order */
    INSN_MOVS, INSN_STOS, INSN_LODS, INSN_CMPS, INSN_SCAS, INSN_INS, INSN_OUTS,
    INSN_OTHER,             /* known length, no memory access of ours: in, out, hlt, cpuid, mov cr ... */
};

enum insn_rep { REP_NONE = 0, REP_NE = 0xf2, REP_E = 0xf3 };

struct insn {
    uint8_t op;             /* enum insn_op */
    uint8_t length;
    uint8_t size;           /* of the destination operand: 1, 2, 4, 8 */
    uint8_t mem_size;       /* of the memory access; differs from size for MOVZX/MOVSX */
    uint8_t address_size;   /* 2, 4, 8 */
    uint8_t rep;            /* enum insn_rep */
    uint8_t segment;        /* enum vm_seg of the memory operand (of the source for MOVS, OUTS, LODS) */
    bool lock;
    bool has_mem;           /* ModRM names memory, or moffs */
    bool to_mem;            /* memory is the destination (or read and written) */
    bool has_imm;           /* the other operand is imm, not a register */
    uint8_t reg;            /* the register operand */
    bool reg_high;          /* it is ah, ch, dh, bh */
    int8_t base, index;     /* -1: none */
    uint8_t scale;          /* 0..3 */
    bool rip_relative;
    int64_t disp;
    uint64_t imm;           /* sign-extended to 64 bits */
    uint8_t modrm_reg, modrm_rm;   /* for MOV CR/DR, with REX */
};

/* Decodes one instruction of at most n bytes in a segment of `bits` (16, 32, 64). Returns its length, 0 if it is
 * not known or incomplete. */
unsigned insn_decode(const uint8_t *bytes, unsigned n, unsigned bits, struct insn *);

/* Length of the prefixes (legacy and, in 64-bit code, REX) that head the instruction. */
unsigned insn_prefixes(const uint8_t *bytes, unsigned n, bool bits64);

#endif
