// SPDX-License-Identifier: BSD-2-Clause
// The emulated instruction against the CPU this test runs on: the same bytes with the same registers, once on real
// memory, once as an MMIO exit on a device that is memory. Registers, flags and memory must agree.
#include "fake_host.h"

#include <sys/mman.h>
#include <vmm/x86.h>

#define DEVICE 0xd0000000u
#define AT 16                            /* the operand's offset: not at a page's beginning */
#define FLAGS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

static struct fake f;
static uint8_t device_memory[64];
static unsigned device_reads, device_writes;

static enum exit_action device(void *self, struct bus_access *a)
{
    if (a->write)
        device_writes++, memcpy(device_memory + a->offset, &a->value, a->size);
    else
        device_reads++, memcpy(&a->value, device_memory + a->offset, a->size);
    return EXIT_NEXT_INSN;
}

/* ---- the real CPU ---- */

struct registers { uint64_t rax, rbx, rcx, rdx, flags; };
static uint8_t *code;                    /* one instruction and a return */
static uint8_t memory[64] __attribute__((aligned(64)));

static void run_native(const uint8_t *insn, unsigned n, struct registers *r)
{
    uint8_t *p = code;

    memcpy(p, insn, n);
    p[n] = 0xc3;
    __asm__ volatile(
        "subq $128, %%rsp\n\t"           /* keep off the red zone */
        "pushq %[flags]\n\t popfq\n\t"
        "call *%[code]\n\t"
        "pushfq\n\t popq %[flags]\n\t"
        "cld\n\t"
        "addq $128, %%rsp"
        : "+a"(r->rax), "+b"(r->rbx), "+c"(r->rcx), "+d"(r->rdx), [flags] "+r"(r->flags)
        : "D"(memory + AT), [code] "r"(code) : "cc", "memory");
}

/* ---- the emulator ---- */

static enum exit_action run_emulated(const uint8_t *insn, unsigned n, struct registers *r)
{
    struct vm_state *s = &f.state;

    s->valid = VM_GROUP_ALL;
    s->dirty = 0;
    s->cr0 = CR0_PE | CR0_ET;
    s->efer = EFER_LMA | EFER_LME;
    s->seg[VM_CS] = (struct vm_segment){ .attr = 0xa09b, .limit = ~0u };
    s->rip = 0x200000;
    memcpy(fake_ram(&f, s->rip), insn, n);
    s->gpr[VM_RAX] = r->rax, s->gpr[VM_RBX] = r->rbx, s->gpr[VM_RCX] = r->rcx, s->gpr[VM_RDX] = r->rdx;
    s->gpr[VM_RDI] = DEVICE + AT;
    s->rflags = r->flags | RFLAGS_FIXED;
    memset(&s->exit, 0, sizeof(s->exit));
    s->exit.kind = VM_EXIT_MMIO;
    s->exit.mem.gpa = DEVICE + AT;
    s->exit.mem.byte_count = (uint8_t)n;
    memcpy(s->exit.mem.bytes, insn, n);
    enum exit_action action = emulate_mmio(f.v);
    *r = (struct registers){ s->gpr[VM_RAX], s->gpr[VM_RBX], s->gpr[VM_RCX], s->gpr[VM_RDX], s->rflags };
    return action;
}

/* ---- cases: every operation at every width, by opcode; the operand is [rdi] ---- */

#define MEM(reg) (0x07 | (reg) << 3)     /* ModRM: [rdi], register or opcode extension */
enum { RAX, RCX, RDX, RBX };
enum { W8 = 1, W16 = 2, W32 = 4, W64 = 8, WIDE = W16 | W32 | W64 };

struct row { const char *name; uint8_t opcode[2], modrm, immediate; unsigned sizes; uint64_t undefined; };
/* immediate: 0 none, 1 a byte, 4 as wide as the operand (at most 4). Byte forms are their own rows. */
static const struct row table[] = {
    { "mov m,r", { 0x89 }, MEM(RDX), 0, WIDE, 0 },          { "mov m8,r8", { 0x88 }, MEM(RDX), 0, W8, 0 },
    { "mov r,m", { 0x8b }, MEM(RDX), 0, WIDE, 0 },          { "mov r8,m8", { 0x8a }, MEM(RDX), 0, W8, 0 },
    { "mov ah,m8", { 0x8a }, MEM(4), 0, W8, 0 },            { "mov m8,bh", { 0x88 }, MEM(7), 0, W8, 0 },
    { "mov m,imm", { 0xc7 }, MEM(0), 4, WIDE, 0 },          { "mov m8,imm", { 0xc6 }, MEM(0), 1, W8, 0 },
    { "movzx r,m8", { 0x0f, 0xb6 }, MEM(RCX), 0, WIDE, 0 }, { "movzx r,m16", { 0x0f, 0xb7 }, MEM(RCX), 0, W32 | W64, 0 },
    { "movsx r,m8", { 0x0f, 0xbe }, MEM(RCX), 0, WIDE, 0 }, { "movsx r,m16", { 0x0f, 0xbf }, MEM(RCX), 0, W32 | W64, 0 },
    { "movsxd", { 0x63 }, MEM(RCX), 0, W64, 0 },
    { "xchg", { 0x87 }, MEM(RBX), 0, WIDE, 0 },             { "xchg8", { 0x86 }, MEM(RBX), 0, W8, 0 },
    { "xadd", { 0x0f, 0xc1 }, MEM(RBX), 0, WIDE, 0 },       { "xadd8", { 0x0f, 0xc0 }, MEM(RBX), 0, W8, 0 },
    { "cmpxchg", { 0x0f, 0xb1 }, MEM(RBX), 0, WIDE, 0 },    { "cmpxchg8", { 0x0f, 0xb0 }, MEM(RBX), 0, W8, 0 },
#define ALU(name, base, ext)                                                                       \
    { name " m,r", { base + 1 }, MEM(RDX), 0, WIDE, 0 }, { name " m8,r8", { base }, MEM(RDX), 0, W8, 0 },   \
    { name " r,m", { base + 3 }, MEM(RDX), 0, WIDE, 0 }, { name " r8,m8", { base + 2 }, MEM(RDX), 0, W8, 0 }, \
    { name " m,imm8", { 0x83 }, MEM(ext), 1, WIDE, 0 }, { name " m,imm", { 0x81 }, MEM(ext), 4, WIDE, 0 }
    ALU("add", 0x00, 0), ALU("adc", 0x10, 2), ALU("sbb", 0x18, 3), ALU("sub", 0x28, 5), ALU("cmp", 0x38, 7),
#undef ALU
#define LOGIC(name, base, ext)       /* AF is undefined */                                         \
    { name " m,r", { base + 1 }, MEM(RDX), 0, WIDE, RFLAGS_AF }, { name " m8,r8", { base }, MEM(RDX), 0, W8, RFLAGS_AF }, \
    { name " r,m", { base + 3 }, MEM(RDX), 0, WIDE, RFLAGS_AF }, { name " m,imm", { 0x81 }, MEM(ext), 4, WIDE, RFLAGS_AF }
    LOGIC("or", 0x08, 1), LOGIC("and", 0x20, 4), LOGIC("xor", 0x30, 6),
#undef LOGIC
    { "test m,r", { 0x85 }, MEM(RDX), 0, WIDE, RFLAGS_AF }, { "test m,imm", { 0xf7 }, MEM(0), 4, WIDE, RFLAGS_AF },
    { "not", { 0xf7 }, MEM(2), 0, WIDE, 0 },                { "neg", { 0xf7 }, MEM(3), 0, WIDE, 0 },
    { "not8", { 0xf6 }, MEM(2), 0, W8, 0 },                 { "neg8", { 0xf6 }, MEM(3), 0, W8, 0 },
    { "inc", { 0xff }, MEM(0), 0, WIDE, 0 },                { "dec", { 0xff }, MEM(1), 0, WIDE, 0 },
    { "inc8", { 0xfe }, MEM(0), 0, W8, 0 },                 { "dec8", { 0xfe }, MEM(1), 0, W8, 0 },
#define BIT(name, ext) { name, { 0x0f, 0xba }, MEM(ext), 1, WIDE, RFLAGS_OF | RFLAGS_SF | RFLAGS_AF | RFLAGS_PF }
    BIT("bt", 4), BIT("bts", 5), BIT("btr", 6), BIT("btc", 7),
#undef BIT
};

static uint64_t seed = 0x9e3779b97f4a7c15ull;
static uint64_t random64(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

/* Values near the edges as often as any others. */
static uint64_t interesting(void)
{
    static const uint64_t edge[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
                                     0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff };
    uint64_t r = random64();

    return r & 1 ? edge[(r >> 8) % (sizeof(edge) / sizeof(edge[0]))] : random64();
}

static unsigned encode(const struct row *row, unsigned size, uint8_t *insn)
{
    unsigned n = 0;
    uint64_t immediate = interesting();

    if (size == 2)
        insn[n++] = 0x66;
    if (size == 8)
        insn[n++] = 0x48;
    insn[n++] = row->opcode[0];
    if (row->opcode[0] == 0x0f)
        insn[n++] = row->opcode[1];
    insn[n++] = row->modrm;
    unsigned bytes = row->immediate == 4 && size == 2 ? 2 : row->immediate;
    memcpy(insn + n, &immediate, bytes);
    return n + bytes;
}

static void compare(const struct row *row, unsigned size)
{
    struct registers native = { interesting(), interesting(), interesting(), interesting(), random64() & FLAGS };
    struct registers emulated = native;
    uint8_t insn[16];
    unsigned n = encode(row, size, insn);

    if (row->opcode[1] == 0xb1 && random64() & 1)            /* cmpxchg that succeeds */
        native.rax = emulated.rax = 5;
    for (unsigned i = 0; i < sizeof(memory); i += 8) {
        uint64_t v = native.rax == 5 ? 5 : interesting();
        memcpy(memory + i, &v, 8);
    }
    memcpy(device_memory, memory, sizeof(memory));
    run_native(insn, n, &native);
    if (run_emulated(insn, n, &emulated) != EXIT_NEXT_INSN)
        fail_msg("%s, size %u: not carried out", row->name, size);
    uint64_t flags = FLAGS & ~row->undefined;
    if (native.rax != emulated.rax || native.rbx != emulated.rbx || native.rcx != emulated.rcx ||
        native.rdx != emulated.rdx || (native.flags ^ emulated.flags) & flags ||
        memcmp(memory, device_memory, sizeof(memory)))
        fail_msg("%s, size %u: flags %#lx against %#lx, rax %#lx against %#lx, memory %#lx against %#lx", row->name, size,
                 native.flags & flags, emulated.flags & flags, native.rax, emulated.rax,
                 *(uint64_t *)(void *)(memory + AT), *(uint64_t *)(void *)(device_memory + AT));
    assert_int_equal(f.state.exit.insn_len, n);
}

static void every_operation_is_the_cpus(void **state)
{
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (unsigned size = 1; size <= 8; size *= 2)
            for (unsigned round = 0; round < 300 && (table[i].sizes & size); round++)
                compare(&table[i], size);
}

/* ---- accesses as devices see them ---- */

static void run_bytes(const char *insn, unsigned n, struct registers *r)
{
    device_reads = device_writes = 0;
    assert_int_equal(run_emulated((const uint8_t *)insn, n, r), EXIT_NEXT_INSN);
}

static void a_plain_store_reads_nothing(void **state)
{
    struct registers r = { .rdx = 7 };

    run_bytes("\x89\x17", 2, &r);                            /* mov [rdi], edx */
    assert_int_equal(device_reads, 0);
    assert_int_equal(device_writes, 1);
    run_bytes("\x8b\x17", 2, &r);
    assert_int_equal(device_reads, 1);
    assert_int_equal(device_writes, 0);
    run_bytes("\x39\x17", 2, &r);                            /* cmp writes nothing */
    assert_int_equal(device_writes, 0);
}

static void rep_stos_runs_over_the_device(void **state)
{
    struct registers r = { .rax = 0x5a, .rcx = 8 };

    memset(device_memory, 0, sizeof(device_memory));
    run_bytes("\xf3\xaa", 2, &r);
    assert_int_equal(device_writes, 8);
    assert_int_equal(r.rcx, 0);
    assert_int_equal(f.state.gpr[VM_RDI], DEVICE + AT + 8);
    assert_memory_equal(device_memory + AT, "ZZZZZZZZ", 8);
}

static void a_long_rep_comes_in_pieces(void **state)
{
    struct registers r = { .rcx = 1u << 30 };
    const uint8_t insn[] = { 0xf3, 0xaa };

    assert_int_equal(run_emulated(insn, 2, &r), EXIT_RESUME);
    assert_true(r.rcx > 0 && r.rcx < 1u << 30);              /* the guest takes it up where it stands */
}

/* What only makes sense on RAM, or is no memory instruction, is left to the caller, which stops the VM. */
static void strangers_are_refused(void **state)
{
    static const char *const insn[] = { "\x0f\xc7\x0f", "\x0f\x28\x07", "\xff\x37", "\x0f\x0b\x90", "\x90\x90\x90" };
    struct registers r = { 0 };

    for (unsigned i = 0; i < sizeof(insn) / sizeof(insn[0]); i++)
        assert_int_equal(run_emulated((const uint8_t *)insn[i], 3, &r), EXIT_NOT_MINE);
}

static int set_up(void **state)
{
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(code != MAP_FAILED);
    assert_non_null(fake_machine(&f, 32));
    return bus_claim(&f.vm->mmio, DEVICE, sizeof(device_memory), device, NULL, "memory");
}

static int tear_down(void **state)
{
    fake_free(&f);
    return munmap(code, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_the_cpus),
        cmocka_unit_test(a_plain_store_reads_nothing),
        cmocka_unit_test(rep_stos_runs_over_the_device),
        cmocka_unit_test(a_long_rep_comes_in_pieces),
        cmocka_unit_test(strangers_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
