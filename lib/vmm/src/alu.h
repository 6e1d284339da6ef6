// SPDX-License-Identifier: BSD-2-Clause
// Arithmetic of the instruction set with its flags, for operands of 1, 2, 4 or 8 bytes.
#ifndef VMM_ALU_H
#define VMM_ALU_H

#include <stdint.h>

/* op: INSN_ADD ... INSN_DEC of decode.h. Returns the result (of CMP and TEST: what they threw away), cut to
 * `size`; *flags gets the arithmetic flags the instruction changes. */
uint64_t alu(unsigned op, unsigned size, uint64_t a, uint64_t b, uint64_t *flags);

#endif
