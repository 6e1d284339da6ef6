// SPDX-License-Identifier: BSD-2-Clause
// A whole machine driven by scripted exits: ports, MSRs, CPUID, HLT and timers, interrupts, hypercalls, reset, stops.
#include "fake_host.h"

#include <vmm/x86.h>

static struct fake f;

/* Code the fake CPU "executes" lies at 2 MiB in flat 32-bit mode. */
#define CODE 0x200000u

static void flat32(void)
{
    f.state.cr0 = CR0_PE | CR0_ET;
    f.state.seg[VM_CS] = (struct vm_segment){ .selector = 0x10, .attr = 0xc09b, .limit = ~0u };
    for (int i = 0; i < VM_SEG_COUNT; i++)
        if (i != VM_CS)
            f.state.seg[i] = (struct vm_segment){ .selector = 0x18, .attr = 0xc093, .limit = ~0u };
    f.state.rip = CODE;
    f.state.rflags = 2;
    f.state.valid = VM_GROUP_ALL;
}

static void start(void)
{
    assert_non_null(fake_machine(&f, 64));
    flat32();
}

/* One exit given by a function, then the monitor is asked to stop. */
static void (*one_exit)(void);
static int enter_once(struct fake *x, uint64_t *badge)
{
    one_exit();
    vm_request_stop(x->vm);
    return VM_ENTER_EXIT;
}

static enum vm_stop run_one(void (*what)(void))
{
    one_exit = what;
    f.enter = enter_once;
    return vm_run(f.vm);
}

/* ---- ports ---- */

static void out_to_uart(void)
{
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.insn_len = 1;
    f.state.exit.pio.port = 0x3f8;
    f.state.exit.pio.size = 1;
    f.state.gpr[VM_RAX] = 0xffffff00 | 'x';
}

static void a_byte_reaches_the_console(void **state)
{
    start();
    assert_int_equal(run_one(out_to_uart), VM_STOP_REQUESTED);
    assert_string_equal(f.console, "x");
    assert_int_equal(f.state.rip, CODE + 1);
    assert_true(f.state.dirty & VM_GROUP_RIP);
    assert_int_equal(vm_exit_count(f.vm, VM_EXIT_PIO), 1);
    fake_free(&f);
}

static void in_from_nowhere(void)
{
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.insn_len = 2;
    f.state.exit.pio.port = 0x1234;
    f.state.exit.pio.size = 2;
    f.state.exit.pio.in = 1;
    f.state.gpr[VM_RAX] = 0x11111111;
}

static void an_unclaimed_port_reads_ones(void **state)
{
    start();
    run_one(in_from_nowhere);
    assert_int_equal(f.state.gpr[VM_RAX], 0x1111ffff);
    assert_int_equal(f.vm->unclaimed_pio, 1);
    fake_free(&f);
}

static void outs_string(void)
{
    memcpy(fake_ram(&f, CODE), "\xf3\x6e", 2);                    /* rep outsb */
    memcpy(fake_ram(&f, 0x300ff8), "0123456789abcdef", 16);       /* across a page */
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.pio.port = 0x3f8;
    f.state.exit.pio.size = 1;
    f.state.exit.pio.string = f.state.exit.pio.rep = 1;
    f.state.gpr[VM_RDX] = 0x3f8;
    f.state.gpr[VM_RSI] = 0x300ff8;
    f.state.gpr[VM_RCX] = 16;
    f.state.valid |= VM_GROUP_CODE | VM_GROUP_CR;
}

static void rep_outs_writes_all(void **state)
{
    start();
    run_one(outs_string);
    assert_string_equal(f.console, "0123456789abcdef");
    assert_int_equal(f.state.gpr[VM_RCX], 0);
    assert_int_equal(f.state.gpr[VM_RSI], 0x301008);
    assert_int_equal(f.state.rip, CODE + 2);
    fake_free(&f);
}

/* ---- instruction length without the CPU's help, hypercalls ---- */

static int poked;
static int poke(vm_vcpu_t *v)
{
    uint32_t word = 0;

    poked++;
    assert_int_equal(vcpu_reg(v, VM_RBX), 7);
    assert_int_equal(vcpu_read_mem(v, CODE, &word, 4), 0);
    assert_int_equal(word & 0xffffff, 0xd9010f);
    vcpu_set_reg(v, VM_RAX, 99);
    return 0;
}

static int refuse(vm_vcpu_t *v) { return 1; }

static bool user_mode;
static void hypercall(void)
{
    if (user_mode)
        f.state.seg[VM_SS].attr |= 3 << 5;
    memcpy(fake_ram(&f, CODE), "\x0f\x01\xd9\x90", 4);
    f.state.exit.kind = VM_EXIT_HYPERCALL;
    f.state.gpr[VM_RAX] = 4;
    f.state.gpr[VM_RBX] = 0xdead00000007;                         /* the upper half does not exist in 32-bit code */
    f.state.valid |= VM_GROUP_CODE | VM_GROUP_CR;
}

static void hypercalls_reach_their_handler(void **state)
{
    start();
    poked = 0;
    assert_int_equal(reg_new_handler(f.vm, poke, 4), 0);
    assert_int_equal(vm_reg_new_vmcall_handler(f.vm, refuse, 4), -1);
    assert_int_equal(reg_new_handler(f.vm, poke, -1), -1);
    run_one(hypercall);
    assert_int_equal(poked, 1);
    assert_int_equal(f.state.gpr[VM_RAX], 99);
    assert_int_equal(f.state.rip, CODE + 3);

    flat32();
    f.state.seg[VM_SS].attr |= 3 << 5;                            /* user mode */
    f.vm->stop = VM_STOP_RUNNING, f.vm->stop_requested = false;
    run_one(hypercall);
    assert_int_equal(poked, 1);
    assert_int_equal((int64_t)f.state.gpr[VM_RAX], -1);
    fake_free(&f);
}

static void again(void)
{
    flat32();
    f.vm->stop = VM_STOP_RUNNING, f.vm->stop_requested = false;
    run_one(hypercall);
}

/* [SVM] VMMCALL exits by itself; the other vendor's VMCALL raises #UD, and the other way round. */
static void foreign_hypercall(void)
{
    hypercall();
    memcpy(fake_ram(&f, CODE), "\x0f\x01\xc1\x90", 4);
    f.state.exit.kind = VM_EXIT_EXCEPTION;
    f.state.exit.exception.vector = X86_UD;
}

static int seen_user;
static int note_mode(vm_vcpu_t *v)
{
    seen_user = vcpu_user_mode(v);
    poked++;
    uint32_t value = 9;

    assert_int_equal(vm_get_thread_context_reg(v, VM_RAX, &value), 0);
    assert_int_equal(value, 4);
    assert_int_equal(vm_get_thread_context_reg(v, VM_GPR_COUNT, &value), -1);
    assert_int_equal(vm_set_thread_context_reg(v, VM_GPR_COUNT, 5), -1);
    assert_int_equal(vm_set_thread_context_reg(v, VM_RAX, 5), 0);
    return 0;
}

static void both_instructions_reach_the_handler(void **state)
{
    start();
    poked = 0;
    assert_int_equal(vm_reg_new_vmcall_handler(f.vm, note_mode, 4), 0);
    run_one(hypercall);
    flat32();
    f.vm->stop = VM_STOP_RUNNING, f.vm->stop_requested = false;
    run_one(foreign_hypercall);
    assert_int_equal(poked, 2);
    assert_int_equal(f.state.rip, CODE + 3);
    assert_int_equal(f.state.gpr[VM_RAX], 5);
    fake_free(&f);
}

static void user_mode_calls_what_it_may(void **state)
{
    start();
    poked = 0;
    assert_int_equal(reg_new_handler(f.vm, note_mode, 4), 0);
    assert_int_equal(vm_allow_user_vmcall(f.vm, 5), -1);
    assert_non_null(strstr(f.log, "hypercall 5 has no handler"));
    assert_int_equal(vm_allow_user_vmcall(f.vm, 4), 0);
    run_one(hypercall);
    assert_int_equal(poked, 1);
    assert_false(seen_user);
    user_mode = true;
    again();
    user_mode = false;
    assert_int_equal(poked, 2);
    assert_true(seen_user);
    fake_free(&f);
}

static void too_many_hypercalls(void **state)
{
    start();
    for (int i = 0; i < VM_MAX_HYPERCALLS; i++)
        assert_int_equal(reg_new_handler(f.vm, note_mode, i), 0);
    assert_int_equal(reg_new_handler(f.vm, note_mode, 1000), -1);
    assert_non_null(strstr(f.log, "hypercall 1000 finds no room"));
    assert_int_equal(reg_new_handler(f.vm, NULL, 1001), -1);
    fake_free(&f);
}

static void unknown_hypercalls_are_told_so(void **state)
{
    start();
    run_one(hypercall);
    assert_int_equal((int64_t)f.state.gpr[VM_RAX], -1000);
    fake_free(&f);
}

static void a_failing_handler_stops_the_vm(void **state)
{
    start();
    reg_new_handler(f.vm, refuse, 4);
    assert_int_equal(run_one(hypercall), VM_STOP_UNHANDLED);
    assert_non_null(strstr(f.log, "hypercall 4"));
    assert_non_null(strstr(f.log, "code at rip: 0f 01 d9 90"));
    fake_free(&f);
}

static void cpuid_with_prefix(void)
{
    memcpy(fake_ram(&f, CODE), "\x66\x0f\xa2", 3);
    f.state.exit.kind = VM_EXIT_CPUID;
    f.state.gpr[VM_RAX] = 0x40000000;
    f.state.valid |= VM_GROUP_CODE | VM_GROUP_CR;
}

static void lengths_count_prefixes(void **state)
{
    start();
    run_one(cpuid_with_prefix);
    assert_int_equal(f.state.rip, CODE + 3);
    assert_int_equal(f.state.gpr[VM_RBX], 0x4b4d564b);            /* "KVMK" */
    fake_free(&f);
}

/* ---- halting, timers, interrupts ---- */

static int step;
static int halt_script(struct fake *x, uint64_t *badge)
{
    struct vm_state *s = &x->state;

    switch (step++) {
    case 0:                                                       /* mask nothing on the PIC, let the PIT tick */
        s->rflags |= RFLAGS_IF;
        s->exit.kind = VM_EXIT_HLT;
        s->exit.insn_len = 1;
        return VM_ENTER_EXIT;
    case 1:
        assert_int_equal(s->activity, VM_HALTED);
        assert_true(s->deadline != 0 && s->deadline > x->now);
        x->now = s->deadline;
        s->exit.kind = VM_EXIT_DEADLINE;
        return VM_ENTER_EXIT;
    default:
        vm_request_stop(x->vm);
        s->exit.kind = VM_EXIT_NONE;
        return VM_ENTER_EXIT;
    }
}

static void out(uint16_t port, uint8_t value)
{
    struct bus_access a = { .address = port, .size = 1, .write = true, .value = value };

    bus_access(&f.vm->pio, &a);
}

static struct vm_event injected;
static int spying_enter(void *ctx, unsigned vcpu, uint64_t *badge)
{
    struct fake *x = ctx;

    if (x->state.inject.valid && (x->state.dirty & VM_GROUP_RIP))
        injected = x->state.inject;
    return fake_enter(ctx, vcpu, badge);
}

static void a_timer_ends_halt_with_its_interrupt(void **state)
{
    start();
    f.vm->host.enter = spying_enter;
    out(0x43, 0x34), out(0x40, 0), out(0x40, 0x10);               /* its output rises: ICW1 forgets that edge */
    out(0x20, 0x11), out(0x21, 0x30), out(0x21, 4), out(0x21, 1), out(0x21, 0xfe);
    step = 0;
    injected = (struct vm_event){ 0 };
    f.enter = halt_script;
    assert_int_equal(vm_run(f.vm), VM_STOP_REQUESTED);
    assert_int_equal(injected.vector, 0x30);
    assert_int_equal(injected.type, VM_EVENT_EXTINT);
    assert_int_equal(f.state.activity, VM_ACTIVE);
    fake_free(&f);
}

static void halt_forever(void)
{
    f.state.exit.kind = VM_EXIT_HLT;
    f.state.exit.insn_len = 1;
}

static void halting_without_interrupts_ends_it(void **state)
{
    start();
    assert_int_equal(run_one(halt_forever), VM_STOP_DEADLOCK);
    fake_free(&f);
}

/* An interrupt that cannot be taken asks for a window, and goes in when it opens. */
static int window_script(struct fake *x, uint64_t *badge)
{
    struct vm_state *s = &x->state;

    switch (step++) {
    case 0:
        irq_set(&x->vm->router, 4, true);
        s->rflags &= ~RFLAGS_IF;
        return VM_ENTER_NOTIFICATION;
    case 1:
        assert_int_equal(injected.valid, 0);
        assert_true(s->ctl.flags & VM_CTL_IRQ_WINDOW);
        s->rflags |= RFLAGS_IF;
        s->exit.kind = VM_EXIT_IRQ_WINDOW;
        return VM_ENTER_EXIT;
    default:
        assert_int_equal(injected.vector, 0x34);
        assert_false(s->ctl.flags & VM_CTL_IRQ_WINDOW);
        vm_request_stop(x->vm);
        return VM_ENTER_NOTIFICATION;
    }
}

static void a_masked_interrupt_waits_for_its_window(void **state)
{
    start();
    f.vm->host.enter = spying_enter;
    injected = (struct vm_event){ 0 };
    out(0x20, 0x11), out(0x21, 0x30), out(0x21, 4), out(0x21, 1), out(0x21, 0);
    step = 0;
    f.enter = window_script;
    assert_int_equal(vm_run(f.vm), VM_STOP_REQUESTED);
    assert_int_equal(step, 3);
    assert_int_equal(f.notifications, 2);
    fake_free(&f);
}

/* ---- MMIO ---- */

static void mmio_store(void)
{
    memcpy(fake_ram(&f, CODE), "\xc7\x05\x80\x00\xe0\xfe\x30\x00\x00\x00", 10);   /* movl $0x30, 0xfee00080 */
    f.state.exit.kind = VM_EXIT_MMIO;
    f.state.exit.mem.gpa = 0xfee00080;
    f.state.exit.mem.write = 1;
    f.state.valid |= VM_GROUP_CODE | VM_GROUP_CR;
}

static void a_store_reaches_the_apic(void **state)
{
    start();
    run_one(mmio_store);
    assert_int_equal(f.v->lapic->tpr, 0x30);
    assert_int_equal(f.state.rip, CODE + 10);
    fake_free(&f);
}

static void mmio_undecodable(void)
{
    memcpy(fake_ram(&f, CODE), "\x0f\x6f\x00", 3);                /* movq (%eax), %mm0 */
    f.state.exit.kind = VM_EXIT_MMIO;
    f.state.exit.mem.gpa = 0xfee00080;
    f.state.exit.mem.read = 1;
    f.state.valid |= VM_GROUP_CODE | VM_GROUP_CR;
}

static void an_unknown_instruction_stops_this_vm(void **state)
{
    start();
    assert_int_equal(run_one(mmio_undecodable), VM_STOP_UNHANDLED);
    assert_non_null(strstr(f.log, "guest-physical fee00080 read"));
    assert_non_null(strstr(f.log, "code at rip: 0f 6f 00"));
    fake_free(&f);
}

static void fetch_from_nothing(void)
{
    f.state.exit.kind = VM_EXIT_MMIO;
    f.state.exit.mem.gpa = 0x90000000;
    f.state.exit.mem.fetch = 1;
    f.state.rip = 0x90000000;
}

static void executing_nothing_is_an_invalid_opcode(void **state)
{
    start();
    run_one(fetch_from_nothing);
    assert_int_equal(f.state.inject.vector, X86_UD);
    assert_int_equal(f.state.inject.valid, 1);
    fake_free(&f);
}

/* ---- ends ---- */

static void triple_fault(void) { f.state.exit.kind = VM_EXIT_SHUTDOWN; f.state.exit.raw.code = 0x7f; }
static void unknown_exit(void) { f.state.exit.kind = VM_EXIT_UNKNOWN; }
static void nonsense_exit(void) { f.state.exit.kind = 12345; }
static void refused_state(void) { f.state.exit.kind = VM_EXIT_ENTRY_FAILED; }

static void failures_stop_and_dump(void **state)
{
    static const struct { void (*exit)(void); enum vm_stop why; } cases[] = {
        { triple_fault, VM_STOP_CRASHED }, { unknown_exit, VM_STOP_UNHANDLED }, { nonsense_exit, VM_STOP_UNHANDLED },
        { refused_state, VM_STOP_ENTRY_FAILED },
    };

    for (unsigned i = 0; i < 4; i++) {
        start();
        assert_int_equal(run_one(cases[i].exit), cases[i].why);
        assert_int_equal(vm_stopped(f.vm), cases[i].why);
        assert_non_null(strstr(f.log, "rax 0000"));
        assert_non_null(strstr(f.log, "last exits"));
        fake_free(&f);
    }
}

static int enter_error(struct fake *x, uint64_t *badge) { return VM_ENTER_ERROR; }

static void a_host_error_stops(void **state)
{
    start();
    f.enter = enter_error;
    assert_int_equal(vm_run(f.vm), VM_STOP_HOST_ERROR);
    fake_free(&f);
}

static void debug_exit(void)
{
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.insn_len = 1;
    f.state.exit.pio.port = 0xf4;
    f.state.exit.pio.size = 4;
    f.state.gpr[VM_RAX] = 42;
}

static void the_debug_exit_gives_its_value(void **state)
{
    f.cfg.debug_exit_port = 0xf4;
    start();
    assert_int_equal(run_one(debug_exit), VM_STOP_DEBUG_EXIT);
    assert_int_equal(vm_exit_code(f.vm), 42);
    fake_free(&f);
}

static void power_off(void)
{
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.insn_len = 1;
    f.state.exit.pio.port = 0x604;
    f.state.exit.pio.size = 2;
    f.state.gpr[VM_RAX] = 5 << 10 | 1 << 13;
}

static void acpi_powers_off(void **state)
{
    start();
    assert_int_equal(run_one(power_off), VM_STOP_POWER_OFF);
    fake_free(&f);
}

static void reset_port(void)
{
    f.state.exit.kind = VM_EXIT_PIO;
    f.state.exit.insn_len = 1;
    f.state.exit.pio.port = 0xcf9;
    f.state.exit.pio.size = 1;
    f.state.gpr[VM_RAX] = 6;
}

static void a_reset_can_stop(void **state)
{
    f.cfg.stop_on_reset = true;
    start();
    assert_int_equal(run_one(reset_port), VM_STOP_RESET);
    fake_free(&f);
}

static void a_reset_without_its_kernel_says_so(void **state)
{
    f.cfg.kernel = "gone";
    start();
    assert_int_equal(run_one(reset_port), VM_STOP_LOAD_FAILED);
    assert_non_null(strstr(f.log, "kernel \"gone\": no such file"));
    fake_free(&f);
}

static void typed_bytes_reach_the_uart(void **state)
{
    start();
    assert_int_equal(vm_console_input(f.vm, 0, "hi", 2), 2);
    struct bus_access a = { .address = 0x3f8, .size = 1 };
    bus_access(&f.vm->pio, &a);
    assert_int_equal(a.value & 0xff, 'h');
    fake_free(&f);
}

/* Random exits with random content and random code must never hurt the monitor. */
static uint64_t seed = 88172645463325252ull;
static uint64_t rnd(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

static int random_exit(struct fake *x, uint64_t *badge)
{
    struct vm_state *s = &x->state;
    uint8_t *words = (uint8_t *)&s->exit.pio;

    x->now += rnd() % 100000;
    if (x->entries > 60000) {
        vm_request_stop(x->vm);
        return VM_ENTER_NOTIFICATION;
    }
    s->exit.kind = (uint32_t)(rnd() % VM_EXIT_TASK_SWITCH);
    if (s->exit.kind == VM_EXIT_SHUTDOWN || s->exit.kind == VM_EXIT_HLT)
        s->exit.kind = VM_EXIT_MMIO;
    s->exit.insn_len = rnd() % 2 ? (uint32_t)(rnd() % 16) : 0;
    for (unsigned i = 0; i < 40; i++)
        words[i] = rnd() % 3 ? (uint8_t)rnd() : 0;
    if (s->exit.kind == VM_EXIT_PIO) {
        s->exit.pio.size = (uint8_t)(1u << rnd() % 3);
        if (s->exit.pio.port == 0x604 || (s->exit.pio.port & ~7) == 0xcf8 || s->exit.pio.port == 0x64 ||
            s->exit.pio.port == 0x92)
            s->exit.pio.port = 0x3f8;
        s->exit.pio.string = rnd() % 8 == 0;
    }
    if (s->exit.kind == VM_EXIT_MMIO) {
        s->exit.mem.gpa = (rnd() % 2 ? 0xfee00000 : 0xfec00000) + rnd() % 8192;
        s->exit.mem.fetch = s->exit.mem.walk = 0;
        s->exit.mem.byte_count = (uint8_t)(rnd() % 3 ? 0 : rnd() % 16);
    }
    s->gpr[rnd() % 16] = rnd() % 2 ? rnd() : rnd() % 0x5000000;
    s->rip = rnd() % 4 ? CODE + rnd() % 0x10000 : rnd();
    s->cr4 = rnd() % 2 ? 0x20 : 0x10;
    s->cr0 = CR0_PE | (rnd() % 2 ? CR0_PG : 0);
    s->cr3 = rnd() % 0x4000000;
    s->efer = rnd() % 2 ? EFER_LME | EFER_LMA : 0;
    s->seg[VM_CS].attr = rnd() % 2 ? 0xa09b : 0xc09b;
    s->inject.valid = 0;
    s->rflags = 2 | (rnd() % 2 ? RFLAGS_IF : 0) | (rnd() % 2 ? RFLAGS_DF : 0);
    s->valid = VM_GROUP_ALL;
    return rnd() % 50 ? VM_ENTER_EXIT : VM_ENTER_NOTIFICATION;
}

static void quiet_log(void *ctx, const char *line) { }
static void quiet_out(void *ctx, unsigned port, const char *bytes, size_t n) { }

static void random_exits_do_no_harm(void **state)
{
    unsigned stops = 0;

    start();
    f.vm->host.platform.log = quiet_log;
    f.vm->host.platform.console_out = quiet_out;
    for (uint64_t i = 0; i < 64 << 17; i += 8) {                  /* random RAM: code and page tables */
        uint64_t word = rnd();
        memcpy(fake_ram(&f, i), &word, 8);
    }
    f.enter = random_exit;
    while (f.entries < 60000) {
        f.vm->stop = VM_STOP_RUNNING, f.vm->stop_requested = false;
        vm_run(f.vm);
        stops++;
    }
    print_message("%u entries, %u stops\n", f.entries, stops);
    fake_free(&f);
}

static void bad_descriptions_are_refused(void **state)
{
    struct vm_ram_region ram[VM_MAX_RAM_REGIONS];

    assert_int_equal(vm_ram_layout(0, ram), -1);
    assert_int_equal(vm_ram_layout((1 << 20) + 1, ram), -1);
    assert_int_equal(vm_ram_layout(5000, ram), 2);
    assert_true(ram[0].size == 3ull << 30 && ram[1].gpa == 4ull << 30 && ram[1].size == (5000ull << 20) - (3ull << 30));
    f.cfg.ncpus = 2;
    assert_null(fake_machine(&f, 64));
    assert_non_null(strstr(f.log, "2 CPUs"));
    fake_free(&f);
    assert_null(fake_machine(&f, 2));
    assert_non_null(strstr(f.log, "2 MiB"));
    fake_free(&f);
}

static void physical_copies_are_all_or_nothing(void **state)
{
    char b[16] = "";

    start();
    assert_null(guest_ptr(f.vm, (64 << 20) - 4, 8));
    assert_null(guest_ptr(f.vm, ~0ull, 2));
    assert_null(guest_ptr(f.vm, 0, ~0ull));
    assert_null(guest_ptr(f.vm, 64 << 20, 0));
    assert_int_equal(vm_write_phys(f.vm, (64 << 20) - 4, "abcdefgh", 8), -1);
    assert_int_equal(vm_write_phys(f.vm, (64 << 20) - 8, "abcdefgh", 8), 0);
    assert_int_equal(vm_read_phys(f.vm, (64 << 20) - 8, b, 8), 0);
    assert_memory_equal(b, "abcdefgh", 8);
    fake_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_reaches_the_console),
        cmocka_unit_test(an_unclaimed_port_reads_ones),
        cmocka_unit_test(rep_outs_writes_all),
        cmocka_unit_test(hypercalls_reach_their_handler),
        cmocka_unit_test(both_instructions_reach_the_handler),
        cmocka_unit_test(user_mode_calls_what_it_may),
        cmocka_unit_test(too_many_hypercalls),
        cmocka_unit_test(unknown_hypercalls_are_told_so),
        cmocka_unit_test(a_failing_handler_stops_the_vm),
        cmocka_unit_test(lengths_count_prefixes),
        cmocka_unit_test(a_timer_ends_halt_with_its_interrupt),
        cmocka_unit_test(halting_without_interrupts_ends_it),
        cmocka_unit_test(a_masked_interrupt_waits_for_its_window),
        cmocka_unit_test(a_store_reaches_the_apic),
        cmocka_unit_test(an_unknown_instruction_stops_this_vm),
        cmocka_unit_test(executing_nothing_is_an_invalid_opcode),
        cmocka_unit_test(failures_stop_and_dump),
        cmocka_unit_test(a_host_error_stops),
        cmocka_unit_test(the_debug_exit_gives_its_value),
        cmocka_unit_test(acpi_powers_off),
        cmocka_unit_test(a_reset_can_stop),
        cmocka_unit_test(a_reset_without_its_kernel_says_so),
        cmocka_unit_test(typed_bytes_reach_the_uart),
        cmocka_unit_test(random_exits_do_no_harm),
        cmocka_unit_test(bad_descriptions_are_refused),
        cmocka_unit_test(physical_copies_are_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
