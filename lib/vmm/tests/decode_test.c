// SPDX-License-Identifier: BSD-2-Clause
// The decoder on known encodings, on every prefix of them, and on random bytes; arithmetic against the real CPU.
// With "dump <seed> <n>" writes random instructions and the decoder's lengths, to be compared with a disassembler.
#include "fake_host.h"

#include "alu.h"
#include "decode.h"
#include <vmm/x86.h>

struct sample {
    const char *bytes;                   /* hex */
    unsigned bits;
    struct insn want;                    /* compared: op length size mem_size segment has_mem to_mem has_imm reg ... */
};

#define NO -1
static const struct sample samples[] = {
    { "89 03", 64, { INSN_MOV, 2, 4, 4, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .reg = 0, .base = 3, .index = NO } },
    { "8b 05 10 00 00 00", 64, { INSN_MOV, 6, 4, 4, 8, 0, VM_DS, .has_mem = 1, .base = NO, .index = NO, .rip_relative = 1,
                                 .disp = 16 } },
    { "8b 05 10 00 00 00", 32, { INSN_MOV, 6, 4, 4, 4, 0, VM_DS, .has_mem = 1, .base = NO, .index = NO, .disp = 16 } },
    { "88 a0 00 b0 ff ff", 32, { INSN_MOV, 6, 1, 1, 4, 0, VM_DS, .has_mem = 1, .to_mem = 1, .reg = 0, .reg_high = 1,
                                 .base = 0, .index = NO, .disp = -0x5000 } },
    { "40 88 a0 00 b0 ff ff", 64, { INSN_MOV, 7, 1, 1, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .reg = 4,
                                    .base = 0, .index = NO, .disp = -0x5000 } },
    { "4c 89 64 24 08", 64, { INSN_MOV, 5, 8, 8, 8, 0, VM_SS, .has_mem = 1, .to_mem = 1, .reg = 12, .base = 4,
                              .index = NO, .disp = 8 } },
    { "c7 04 95 00 00 e0 fe 01 00 00 00", 32, { INSN_MOV, 11, 4, 4, 4, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1,
                                               .base = NO, .index = 2, .scale = 2, .disp = (int32_t)0xfee00000,
                                               .imm = 1 } },
    { "66 c7 00 34 12", 32, { INSN_MOV, 5, 2, 2, 4, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1, .base = 0,
                              .index = NO, .imm = 0x1234 } },
    { "48 c7 00 ff ff ff ff", 64, { INSN_MOV, 7, 8, 8, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1, .base = 0,
                                    .index = NO, .imm = ~0ull } },
    { "a1 00 00 e0 fe 00 00 00 00", 64, { INSN_MOV, 9, 4, 4, 8, 0, VM_DS, .has_mem = 1, .base = NO, .index = NO,
                                          .disp = 0xfee00000 } },
    { "a3 00 00 e0 fe", 32, { INSN_MOV, 5, 4, 4, 4, 0, VM_DS, .has_mem = 1, .to_mem = 1, .base = NO, .index = NO,
                              .disp = (int64_t)0xfee00000 } },
    { "0f b6 47 01", 64, { INSN_MOVZX, 4, 4, 1, 8, 0, VM_DS, .has_mem = 1, .base = 7, .index = NO, .disp = 1 } },
    { "48 0f bf 07", 64, { INSN_MOVSX, 4, 8, 2, 8, 0, VM_DS, .has_mem = 1, .base = 7, .index = NO } },
    { "48 63 07", 64, { INSN_MOVSX, 3, 8, 4, 8, 0, VM_DS, .has_mem = 1, .base = 7, .index = NO } },
    { "f3 a5", 32, { INSN_MOVS, 2, 4, 4, 4, REP_E, VM_DS, .base = NO, .index = NO } },
    { "f3 48 ab", 64, { INSN_STOS, 3, 8, 8, 8, REP_E, VM_DS, .base = NO, .index = NO } },
    { "64 67 a4", 32, { INSN_MOVS, 3, 1, 1, 2, 0, VM_FS, .base = NO, .index = NO } },
    { "f0 81 0d 00 03 e0 fe 00 01 00 00", 32, { INSN_OR, 11, 4, 4, 4, 0, VM_DS, .lock = 1, .has_mem = 1, .to_mem = 1,
                                                .has_imm = 1, .base = NO, .index = NO, .disp = (int32_t)0xfee00300,
                                                .imm = 0x100 } },
    { "83 3f 05", 64, { INSN_CMP, 3, 4, 4, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1, .base = 7, .index = NO,
                        .imm = 5 } },
    { "f7 07 01 00 00 00", 64, { INSN_TEST, 6, 4, 4, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1, .base = 7,
                                 .index = NO, .imm = 1 } },
    { "87 07", 64, { INSN_XCHG, 2, 4, 4, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .base = 7, .index = NO } },
    { "0f ba 2f 03", 64, { INSN_BTS, 4, 4, 4, 8, 0, VM_DS, .has_mem = 1, .to_mem = 1, .has_imm = 1, .base = 7,
                           .index = NO, .imm = 3 } },
    { "8a 40 02", 16, { INSN_MOV, 3, 1, 1, 2, 0, VM_DS, .has_mem = 1, .base = VM_RBX, .index = VM_RSI, .disp = 2 } },
    { "a0 34 12", 16, { INSN_MOV, 3, 1, 1, 2, 0, VM_DS, .has_mem = 1, .base = NO, .index = NO, .disp = 0x1234 } },
    { "66 6f", 16, { INSN_OUTS, 2, 4, 4, 2, 0, VM_DS, .base = NO, .index = NO } },
    { "f3 6c", 32, { INSN_INS, 2, 1, 1, 4, REP_E, VM_DS, .base = NO, .index = NO } },
    { "0f 01 d9", 64, { INSN_OTHER, 3, 4, 4, 8, 0, VM_DS, .base = NO, .index = NO } },
    { "44 0f 20 c0", 64, { INSN_OTHER, 4, 4, 4, 8, 0, VM_DS, .base = NO, .index = NO } },
    { "0f a2", 64, { INSN_OTHER, 2, 4, 4, 8, 0, VM_DS, .base = NO, .index = NO } },
    { "43 8a 04 38", 64, { INSN_MOV, 4, 1, 1, 8, 0, VM_DS, .has_mem = 1, .base = 8, .index = 15 } },
};

static unsigned parse(const char *hex, uint8_t *to)
{
    unsigned n = 0, value, used;

    while (sscanf(hex, "%2x%n", &value, &used) == 1)
        to[n++] = (uint8_t)value, hex += used;
    return n;
}

static void known_encodings(void **state)
{
    for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *s = &samples[i];
        uint8_t bytes[16];
        unsigned n = parse(s->bytes, bytes);
        struct insn in;

        print_message("%s (%u bits)\n", s->bytes, s->bits);
        assert_int_equal(insn_decode(bytes, n, s->bits, &in), s->want.length);
        assert_int_equal(in.op, s->want.op);
        assert_int_equal(in.size, s->want.size);
        assert_int_equal(in.mem_size, s->want.mem_size);
        assert_int_equal(in.address_size, s->want.address_size);
        assert_int_equal(in.rep, s->want.rep);
        assert_int_equal(in.segment, s->want.segment);
        assert_int_equal(in.lock, s->want.lock);
        assert_int_equal(in.has_mem, s->want.has_mem);
        assert_int_equal(in.to_mem, s->want.to_mem);
        assert_int_equal(in.has_imm, s->want.has_imm);
        if (in.op != INSN_OTHER)
            assert_int_equal(in.reg, s->want.reg);
        assert_int_equal(in.reg_high, s->want.reg_high);
        assert_int_equal(in.base, s->want.base);
        assert_int_equal(in.index, s->want.index);
        assert_int_equal(in.scale, s->want.scale);
        assert_int_equal(in.rip_relative, s->want.rip_relative);
        assert_true(in.disp == s->want.disp);
        assert_true(in.imm == s->want.imm);
        for (unsigned k = 0; k < n; k++)             /* too short: refused, not guessed */
            assert_int_equal(insn_decode(bytes, k, s->bits, &in), 0);
    }
}

static void refused(void **state)
{
    static const char *const bad[] = { "0f 0b", "ff 10", "c4 e2 79 18 00", "8e 00", "0f 6f 07", "f7 20", "0f ba 00 01",
                                       "c7 f8 00 00 00 00", "89 c3" };
    struct insn in;
    uint8_t bytes[16];

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(insn_decode(bytes, parse(bad[i], bytes), 64, &in), 0);
    memset(bytes, 0x66, 16);
    assert_int_equal(insn_decode(bytes, 16, 64, &in), 0);
    assert_int_equal(insn_prefixes((const uint8_t *)"\x66\xf3\x48\x90", 4, true), 3);
}

static uint64_t seed = 0x2545f4914f6cdd1d;
static uint64_t rnd(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

/* Each buffer has exactly n bytes: an overrun is seen by the sanitizer. */
static void random_bytes(void **state)
{
    static const unsigned bits[] = { 16, 32, 64 };
    unsigned known = 0;

    for (unsigned i = 0; i < 300000; i++) {
        unsigned n = (unsigned)(rnd() % 17), len;
        uint8_t *bytes = malloc(n ? n : 1);
        struct insn in;

        for (unsigned k = 0; k < n; k++)
            bytes[k] = (uint8_t)rnd();
        if (n && rnd() % 2)
            bytes[0] = (uint8_t)("\x88\x89\x8b\x0f\xa5\xf3\x66\x48"[rnd() % 8]);
        len = insn_decode(bytes, n, bits[i % 3], &in);
        assert_true(len <= n && len <= INSN_MAX);
        if (len) {
            known++;
            assert_in_range(in.size, 1, 8);
            assert_in_range(in.mem_size, 1, 8);
            assert_in_range(in.op, INSN_MOV, INSN_OTHER);
            assert_in_range(in.reg, 0, 15);
            assert_true(in.base >= -1 && in.base < 16 && in.index >= -1 && in.index < 16 && in.segment < VM_SEG_COUNT);
        }
        free(bytes);
    }
    assert_true(known > 30000);
}

/* ---- arithmetic against the CPU under us ---- */

#define ARITH (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define NATIVE(insn, type)                                                                               \
    static uint64_t native_##insn##_##type(uint64_t a, uint64_t b, uint64_t *f)                          \
    {                                                                                                    \
        type x = (type)a, y = (type)b;                                                                   \
        __asm__ volatile("push %2\n popfq\n " #insn " %3, %0\n pushfq\n pop %1"                          \
                         : "+r"(x), "=r"(*f) : "r"(*f), "r"(y) : "cc", "memory");                        \
        return x;                                                                                        \
    }
#define NATIVE1(insn, type)                                                                              \
    static uint64_t native_##insn##_##type(uint64_t a, uint64_t b, uint64_t *f)                          \
    {                                                                                                    \
        type x = (type)a;                                                                                \
        __asm__ volatile("push %2\n popfq\n " #insn " %0\n pushfq\n pop %1"                              \
                         : "+r"(x), "=r"(*f) : "r"(*f) : "cc", "memory");                                \
        return x;                                                                                        \
    }
#define SIZES(M, insn) M(insn, uint8_t) M(insn, uint16_t) M(insn, uint32_t) M(insn, uint64_t)
SIZES(NATIVE, add) SIZES(NATIVE, or) SIZES(NATIVE, adc) SIZES(NATIVE, sbb) SIZES(NATIVE, and) SIZES(NATIVE, sub)
SIZES(NATIVE, xor) SIZES(NATIVE, cmp) SIZES(NATIVE, test) SIZES(NATIVE1, inc) SIZES(NATIVE1, dec)
SIZES(NATIVE1, neg) SIZES(NATIVE1, not)

typedef uint64_t (*native)(uint64_t, uint64_t, uint64_t *);
#define ROW(op, insn) { op, { native_##insn##_uint8_t, native_##insn##_uint16_t,     \
                              native_##insn##_uint32_t, native_##insn##_uint64_t } }
static const struct { unsigned op; native run[4]; } natives[] = {
    ROW(INSN_ADD, add), ROW(INSN_OR, or), ROW(INSN_ADC, adc), ROW(INSN_SBB, sbb), ROW(INSN_AND, and),
    ROW(INSN_SUB, sub), ROW(INSN_XOR, xor), ROW(INSN_CMP, cmp), ROW(INSN_TEST, test), ROW(INSN_INC, inc),
    ROW(INSN_DEC, dec), ROW(INSN_NEG, neg), ROW(INSN_NOT, not),
};

static void arithmetic_is_the_cpus(void **state)
{
    for (unsigned i = 0; i < 400000; i++) {
        unsigned k = (unsigned)(rnd() % (sizeof(natives) / sizeof(natives[0]))), size = (unsigned)(rnd() % 4);
        uint64_t a = rnd(), b = rnd(), ours = 0x202 | (rnd() & ARITH), theirs = ours;

        if (rnd() % 4 == 0)
            b = a;
        if (rnd() % 4 == 0)
            a = (uint64_t[]){ 0, ~0ull, 0x8080808080808080, 0x7f7f7f7f7f7f7f7f }[rnd() % 4];
        uint64_t want = natives[k].run[size](a, b, &theirs);
        uint64_t got = alu(natives[k].op, 1u << size, a, b, &ours);
        uint64_t look = ARITH;
        if (natives[k].op == INSN_AND || natives[k].op == INSN_OR || natives[k].op == INSN_XOR ||
            natives[k].op == INSN_TEST)
            look &= ~RFLAGS_AF;                          /* undefined there */
        assert_int_equal(ours & look, theirs & look);
        if (natives[k].op != INSN_CMP && natives[k].op != INSN_TEST)
            assert_true(got == want);
    }
}

static int dump(uint64_t s, unsigned n, unsigned bits)
{
    struct insn in;

    seed = s;
    while (n) {
        uint8_t b[16];
        for (unsigned k = 0; k < 16; k++)
            b[k] = (uint8_t)rnd();
        unsigned len = insn_decode(b, 15, bits, &in);
        if (!len)
            continue;
        n--;
        printf("%u", len);
        for (unsigned k = 0; k < 15; k++)
            printf(" %02x", b[k]);
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_encodings),
        cmocka_unit_test(refused),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(arithmetic_is_the_cpus),
    };

    if (argc > 4 && strcmp(argv[1], "dump") == 0)
        return dump(strtoull(argv[2], NULL, 0), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
