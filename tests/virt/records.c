// SPDX-License-Identifier: BSD-2-Clause
// One list of guest instructions and the exit record each must give, compared field by field. Both backends run it, so a
// record that passes here is the same on AMD SVM and on Intel VT-x. What the contract lets a CPU keep to itself
// (a length, a linear address, bytes, a register) may be missing, but not wrong.

#include "vt.h"

#define HOLE 0x40001230ul                /* guest-physical, nothing there */
#define NOT_MAPPED 0x8000000010ul        /* linear, in no page table */

enum { SVM, VMX };
struct record_case {
    const char *name;
    uint8_t code[2][8];                  /* of SVM; of VMX where it is another instruction there */
    uint8_t length;
    uint8_t may_keep_length;             /* an AMD CPU without NRIP does not tell it */
    uint32_t ctl, exceptions;
    struct vm_exit want;
};

#define OP(...) { { __VA_ARGS__ } }, sizeof((uint8_t[]){ __VA_ARGS__ })
#define KIND(k) .want = { .kind = VM_EXIT_##k }
#define PIO(p, s, i, st, r) .want = { .kind = VM_EXIT_PIO,                                                \
                                      .pio = { .port = (p), .size = (s), .in = (i), .string = (st), .rep = (r) } }
#define MEM(g, ...) .want = { .kind = VM_EXIT_MMIO, .mem = { .gpa = (g), .gla = (g), __VA_ARGS__ } }
#define FAULT(v, e, x, a) .exceptions = 1u << (v), .want = { .kind = VM_EXIT_EXCEPTION,                   \
                                      .exception = { .vector = (v), .has_error = (e), .error = (x), .address = (a) } }

/* Long mode; rax = 7, rbx = HOLE, rcx = 0x1b, rdx = 0x1234, rsi = 0x2000, rdi = 0x2000, rbp = NOT_MAPPED. */
static const struct record_case cases[] = {
    { "out %al, $0xe0", OP(0xe6, 0xe0), PIO(0xe0, 1, 0, 0, 0) },
    { "out %eax, $0xe0", OP(0xe7, 0xe0), PIO(0xe0, 4, 0, 0, 0) },
    { "out %al, %dx", OP(0xee), PIO(0x1234, 1, 0, 0, 0) },
    { "out %ax, %dx", OP(0x66, 0xef), PIO(0x1234, 2, 0, 0, 0) },
    { "out %eax, %dx", OP(0xef), PIO(0x1234, 4, 0, 0, 0) },
    { "in $0xe0, %al", OP(0xe4, 0xe0), PIO(0xe0, 1, 1, 0, 0) },
    { "in %dx, %al", OP(0xec), PIO(0x1234, 1, 1, 0, 0) },
    { "in %dx, %ax", OP(0x66, 0xed), PIO(0x1234, 2, 1, 0, 0) },
    { "in %dx, %eax", OP(0xed), PIO(0x1234, 4, 1, 0, 0) },
    { "outsb", OP(0x6e), PIO(0x1234, 1, 0, 1, 0) },
    { "outsl", OP(0x6f), PIO(0x1234, 4, 0, 1, 0) },
    { "insw", OP(0x66, 0x6d), PIO(0x1234, 2, 1, 1, 0) },
    { "rep outsb", OP(0xf3, 0x6e), PIO(0x1234, 1, 0, 1, 1) },
    { "rep insl", OP(0xf3, 0x6d), PIO(0x1234, 4, 1, 1, 1) },
    { "cpuid", OP(0x0f, 0xa2), KIND(CPUID) },
    { "rdmsr", OP(0x0f, 0x32), .want = { .kind = VM_EXIT_MSR, .msr = { .index = 0x1b } } },
    { "wrmsr", OP(0x0f, 0x30), .want = { .kind = VM_EXIT_MSR, .msr = { .index = 0x1b, .write = 1 } } },
    { "hlt", OP(0xf4), KIND(HLT) },
    { "invd", OP(0x0f, 0x08), KIND(INVD) },
    { "wbinvd", OP(0x0f, 0x09), KIND(INVD) },
    { "rdpmc", OP(0x0f, 0x33), KIND(RDPMC) },
    { "pause", OP(0xf3, 0x90), .ctl = VM_CTL_EXIT_PAUSE, KIND(PAUSE) },
    { "rdtsc", OP(0x0f, 0x31), 1, .ctl = VM_CTL_EXIT_RDTSC, KIND(RDTSC) },
    { "mov %cr8, %rbx", OP(0x44, 0x0f, 0x20, 0xc3), 1,
      .want = { .kind = VM_EXIT_CR, .cr = { .number = 8, .write = 0, .gpr = VM_RBX } } },
    { "mov %r9, %cr8", OP(0x45, 0x0f, 0x22, 0xc1), 1,
      .want = { .kind = VM_EXIT_CR, .cr = { .number = 8, .write = 1, .gpr = VM_R9 } } },
    { "a hypercall", { { 0x0f, 0x01, 0xd9 }, { 0x0f, 0x01, 0xc1 } }, 3, KIND(HYPERCALL) },
    { "clgi, vmlaunch", { { 0x0f, 0x01, 0xdd }, { 0x0f, 0x01, 0xc2 } }, 3,
      KIND(VMX_SVM_INSN) },
    { "ud2", OP(0x0f, 0x0b), FAULT(6, 0, 0, 0) },
    { "the other vendor's of them", { { 0x0f, 0x01, 0xc2 }, { 0x0f, 0x01, 0xdd } }, 3, FAULT(6, 0, 0, 0) },
    { "a selector that is none", OP(0x8e, 0xda), FAULT(13, 1, 0x1234, 0) },
    { "division by zero", OP(0x31, 0xc9, 0xf7, 0xf1), FAULT(0, 0, 0, 0) },
    { "read through no page table", OP(0x8b, 0x45, 0x00), FAULT(14, 1, 0, NOT_MAPPED) },
    { "write through no page table", OP(0x89, 0x45, 0x00), FAULT(14, 1, 2, NOT_MAPPED) },
    { "mov (%rbx), %eax", OP(0x8b, 0x03), MEM(HOLE, .read = 1) },
    { "mov %eax, 4(%rbx)", OP(0x89, 0x43, 0x04), MEM(HOLE + 4, .write = 1) },
    { "movb $1, 3(%rbx)", OP(0xc6, 0x43, 0x03, 0x01), MEM(HOLE + 3, .write = 1) },
    { "or %eax, (%rbx): its write, or its read (QEMU)", OP(0x09, 0x03), MEM(HOLE, .read = 1, .write = 1) },
    { "push (%rbx)", OP(0xff, 0x33), MEM(HOLE, .read = 1) },
    { "jmp *%rbx", OP(0xff, 0xe3), MEM(HOLE, .fetch = 1) },
};

static struct vm vm;

static bool is_insn(uint32_t kind)
{
    return kind != VM_EXIT_MMIO && kind != VM_EXIT_EXCEPTION && kind != VM_EXIT_VMX_SVM_INSN;
}

static bool same_details(const struct vm_exit *want, const struct vm_exit *got, const uint8_t *code, unsigned length)
{
    switch (want->kind) {
    case VM_EXIT_PIO:
        return got->pio.port == want->pio.port && got->pio.size == want->pio.size && got->pio.in == want->pio.in
            && got->pio.string == want->pio.string && got->pio.rep == want->pio.rep;
    case VM_EXIT_MSR:
        return got->msr.index == want->msr.index && got->msr.write == want->msr.write;
    case VM_EXIT_HYPERCALL:
        return got->hypercall.amd_form == !on_vmx();
    case VM_EXIT_CR:
        return got->cr.number == want->cr.number && got->cr.write == want->cr.write
            && (!got->cr.gpr_valid || got->cr.gpr == want->cr.gpr);
    case VM_EXIT_EXCEPTION:
        return got->exception.vector == want->exception.vector && got->exception.has_error == want->exception.has_error
            && (!got->exception.has_error || got->exception.error == want->exception.error)
            && got->exception.address == want->exception.address;
    case VM_EXIT_MMIO:
        for (unsigned i = 0; i < got->mem.byte_count && i < length; i++)
            if (got->mem.bytes[i] != code[i])
                return false;
        return got->mem.gpa == want->mem.gpa && got->mem.read <= want->mem.read && got->mem.write <= want->mem.write
            && got->mem.fetch == want->mem.fetch && got->mem.read + got->mem.write + got->mem.fetch == 1
            && got->mem.present == want->mem.present && !got->mem.walk
            && (!got->mem.gla_valid || got->mem.gla == want->mem.gla);
    default:
        return true;
    }
}

static void run_case(const struct record_case *c)
{
    struct vm_state *s = vm.s;
    const uint8_t *code = c->code[on_vmx() && c->code[VMX][0] ? VMX : SVM];
    vm_set_mode(&vm, LONG);
    vm_load(&vm, code, code + c->length);
    s->gpr[VM_RAX] = 7;
    s->gpr[VM_RBX] = HOLE;
    s->gpr[VM_RCX] = 0x1b;
    s->gpr[VM_RDX] = 0x1234;
    s->gpr[VM_RSI] = s->gpr[VM_RDI] = 0x2000;
    s->gpr[VM_RBP] = NOT_MAPPED;
    s->ctl.flags = c->ctl;
    s->ctl.exceptions = c->exceptions;
    int kind = vm_enter(&vm);
    unsigned length = is_insn(c->want.kind) ? c->length : 0;
    bool ok = kind == (int)c->want.kind && same_details(&c->want, &s->exit, code, c->length)
        && (s->exit.insn_len == length || (c->may_keep_length && s->exit.insn_len == 0))
        && (s->rip == CODE || c->want.kind == VM_EXIT_EXCEPTION || s->exit.mem.fetch) && !s->inject.valid;
    CHECK(c->name, ok);
    if (!ok)
        sel4_printf("     kind %d, length %u, rip %lx, %lx %lx %lx, raw %lx %lx %lx\n", kind, s->exit.insn_len, s->rip,
                    ((uint64_t *)&s->exit)[1], ((uint64_t *)&s->exit)[2], ((uint64_t *)&s->exit)[3], s->exit.raw.code,
                    s->exit.raw.info1, s->exit.raw.info2);
}

void test_records(void)
{
    vm_create(&vm, seL4_CapInitThreadTCB);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(&cases[i]);
}
