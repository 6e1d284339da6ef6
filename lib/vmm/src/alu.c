// SPDX-License-Identifier: BSD-2-Clause
// Arithmetic with flags. Facts from: Intel SDM vol. 1, 3.4.3.1 and app. A (effect on EFLAGS).
#include "alu.h"

#include <stdbool.h>
#include <vmm/x86.h>

#include "decode.h"

#define ARITHMETIC (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

static uint64_t zsp(uint64_t r, uint64_t sign)
{
    return (r == 0 ? RFLAGS_ZF : 0) | (r & sign ? RFLAGS_SF : 0) |
           (__builtin_parityll(r & 0xff) ? 0 : RFLAGS_PF);
}

static uint64_t add(uint64_t a, uint64_t b, bool carry, uint64_t mask, uint64_t sign, uint64_t *f)
{
    uint64_t r = (a + b + carry) & mask;

    *f = zsp(r, sign) | (r < a || (carry && r == a) ? RFLAGS_CF : 0) |
         ((a ^ r) & (b ^ r) & sign ? RFLAGS_OF : 0) | ((a ^ b ^ r) & 0x10 ? RFLAGS_AF : 0);
    return r;
}

static uint64_t sub(uint64_t a, uint64_t b, bool borrow, uint64_t mask, uint64_t sign, uint64_t *f)
{
    uint64_t r = (a - b - borrow) & mask;

    *f = zsp(r, sign) | (a < b || (borrow && a == b) ? RFLAGS_CF : 0) |
         ((a ^ b) & (a ^ r) & sign ? RFLAGS_OF : 0) | ((a ^ b ^ r) & 0x10 ? RFLAGS_AF : 0);
    return r;
}

uint64_t alu(unsigned op, unsigned size, uint64_t a, uint64_t b, uint64_t *flags)
{
    uint64_t mask = size == 8 ? ~0ull : (1ull << (8 * size)) - 1, sign = 1ull << (8 * size - 1);
    uint64_t changed = ARITHMETIC, f = 0, r;
    bool carry = *flags & RFLAGS_CF;

    a &= mask, b &= mask;
    switch (op) {
    case INSN_ADD: r = add(a, b, false, mask, sign, &f); break;
    case INSN_ADC: r = add(a, b, carry, mask, sign, &f); break;
    case INSN_SBB: r = sub(a, b, carry, mask, sign, &f); break;
    case INSN_SUB:
    case INSN_CMP: r = sub(a, b, false, mask, sign, &f); break;
    case INSN_NEG: r = sub(0, a, false, mask, sign, &f); break;
    case INSN_INC: r = add(a, 1, false, mask, sign, &f); changed &= ~RFLAGS_CF; break;
    case INSN_DEC: r = sub(a, 1, false, mask, sign, &f); changed &= ~RFLAGS_CF; break;
    case INSN_NOT: r = ~a & mask; changed = 0; break;
    case INSN_AND:
    case INSN_TEST: r = a & b; f = zsp(r, sign); break;
    case INSN_OR: r = a | b; f = zsp(r, sign); break;
    default: r = a ^ b; f = zsp(r, sign); break;         /* INSN_XOR */
    }
    *flags = (*flags & ~changed) | (f & changed);
    return r;
}
