// SPDX-License-Identifier: BSD-2-Clause
// Connections of a guest: the PCI device as a driver uses it, memory that follows its BAR, events, and what is refused.
#include "fake_host.h"

#include <cross_vm.h>
#include <rt/memory.h>
#include <vm_module.h>
#include <vmm/devices/pci.h>

static struct fake f;
static unsigned emitted, maps, unmaps, failing_map;
static uint64_t mapped_at[8];
static void (*callback)(void *);
static void *callback_argument;

/* ---- what the runtime does for the device ---- */

seL4_CPtr vm_ept_root(void) { return 77; }

seL4_Error rt_map_frame_ept(seL4_CPtr frame, unsigned bits, seL4_CPtr root, uint64_t gpa, seL4_Word rights, seL4_Word type)
{
    assert_int_equal(root, 77);
    assert_in_range(frame, 100, 103);
    if (failing_map && ++maps == failing_map)
        return seL4_NotEnoughMemory;
    mapped_at[frame - 100] = gpa;
    maps += !failing_map;
    return seL4_NoError;
}

void rt_unmap_frame(seL4_CPtr frame)
{
    mapped_at[frame - 100] = 0;
    unmaps++;
}

static void emit(void) { emitted++; }
static int listen_here(void (*fn)(void *), void *argument)
{
    callback = fn;
    callback_argument = argument;
    return 0;
}
static int listen_never(void (*fn)(void *), void *argument) { return -1; }

static const dataport_caps_handle_t three_pages = { .size = 0x3000, .frames = 100, .frame_count = 3, .frame_bits = 12 };
static const struct cross_vm_connection whole[] = {
    { "reverse", .dataport = &three_pages, .emit = emit, .listen = listen_here },
};

/* ---- the guest's side ---- */

static uint32_t pio(uint16_t port, unsigned size, bool write, uint32_t value)
{
    struct bus_access a = { .address = port, .size = (uint8_t)size, .write = write, .value = value };

    bus_access(&f.vm->pio, &a);
    return (uint32_t)a.value;
}

static unsigned slot, function;
static uint32_t config(unsigned reg)
{
    pio(0xcf8, 4, true, 0x80000000 | slot << 11 | function << 8 | reg);
    return pio(0xcfc, 4, false, 0);
}

static void set_config(unsigned reg, uint32_t value)
{
    pio(0xcf8, 4, true, 0x80000000 | slot << 11 | function << 8 | reg);
    pio(0xcfc, 4, true, value);
}

static uint32_t page(unsigned offset, unsigned size)
{
    struct bus_access a = { .address = (config(0x10) & ~15u) + offset, .size = (uint8_t)size };

    assert_int_equal(bus_access(&f.vm->mmio, &a), EXIT_NEXT_INSN);
    return (uint32_t)a.value;
}

static void set_page(unsigned offset, uint32_t value)
{
    struct bus_access a = { .address = (config(0x10) & ~15u) + offset, .size = 4, .write = true, .value = value };

    assert_int_equal(bus_access(&f.vm->mmio, &a), EXIT_NEXT_INSN);
}

/* Finds the n-th device 1af4:a111 and switches its memory on. */
static bool find(unsigned n)
{
    for (function = 0; function < 2; function++)
        for (slot = 0; slot < 32; slot++)
            if (config(0) == 0xa1111af4 && n-- == 0) {
                set_config(4, 2);
                return true;
            }
    return false;
}

static int make(const struct cross_vm_connection *c, unsigned n)
{
    emitted = maps = unmaps = failing_map = 0;
    memset(mapped_at, 0, sizeof mapped_at);
    assert_non_null(fake_machine(&f, 64));
    return cross_vm_connections_init(f.vm, c, n);
}

static void a_driver_finds_it(void **state)
{
    assert_int_equal(make(whole, 1), 0);
    assert_true(find(0));
    assert_false(find(1));
    find(0);
    assert_int_equal(config(8) >> 16, 0x0500);
    char name[8];
    for (unsigned i = 0; i < 8; i++)
        name[i] = (char)page(8 + i, 1);
    assert_string_equal(name, "reverse");
    assert_int_equal(page(8, 4), 0x65766572);
    assert_int_equal(page(55, 1) | page(56, 1) | page(0xffc, 4) | page(0, 4), 0);
    assert_int_equal(page(54, 4), 0);
    fake_free(&f);
}

static void memory_follows_the_bar(void **state)
{
    make(whole, 1);
    assert_true(find(0));
    uint32_t at = config(0x14) & ~15u;
    assert_int_equal(maps, 3);
    assert_int_equal(mapped_at[0], at);
    assert_int_equal(mapped_at[2], at + 0x2000);
    set_config(0x14, 0xffffffff);
    assert_int_equal(config(0x14), 0xffffc000);                       /* three pages take a BAR of four */
    assert_int_equal(unmaps, 3);
    set_config(0x14, 0xe8000000);
    assert_int_equal(mapped_at[1], 0xe8001000);
    struct bus_access a = { .address = 0xe8003000, .size = 4 };       /* behind the end */
    bus_access(&f.vm->mmio, &a);
    assert_int_equal(a.value, 0xffffffff);
    set_config(4, 0);
    assert_int_equal(mapped_at[0] | mapped_at[1] | mapped_at[2], 0);
    fake_free(&f);
}

static void events_go_both_ways(void **state)
{
    make(whole, 1);
    assert_true(find(0));
    set_page(0, 1);
    set_page(0, 0);
    assert_int_equal(emitted, 2);
    assert_int_equal(config(4) >> 16 & 8, 0);
    callback(callback_argument);
    callback(callback_argument);
    assert_int_equal(page(4, 4), 2);
    assert_int_equal(config(4) >> 16 & 8, 8);                         /* status: interrupt */
    set_page(8, 0xffffffff);                                          /* the name is not the guest's */
    assert_int_equal(page(8, 1), 'r');
    set_page(4, 1);
    assert_int_equal(page(4, 4), 0);
    assert_int_equal(config(4) >> 16 & 8, 0);
    for (unsigned i = 0; i < 3; i++)
        callback(callback_argument);
    f.vm->device[f.vm->ndevices - 1].class->reset(f.vm->device[f.vm->ndevices - 1].state);
    assert_int_equal(page(4, 4), 0);
    fake_free(&f);
}

static void parts_may_be_missing(void **state)
{
    static const struct cross_vm_connection bare[] = { { "memory", .dataport = &three_pages }, { "nothing" } };

    assert_int_equal(make(bare, 2), 0);
    assert_true(find(0));
    set_page(0, 1);
    assert_true(find(1));
    assert_int_equal(config(0x14), 0);
    assert_int_equal(page(8, 1), 'n');
    fake_free(&f);
}

static void memory_that_cannot_be_mapped_stops_the_vm(void **state)
{
    make(whole, 1);
    failing_map = 2;
    assert_true(find(0));
    assert_true(f.vm->stop_requested);
    fake_free(&f);
}

static void wrong_ones_are_refused(void **state)
{
    static char longest[CROSS_VM_NAME_SIZE + 1];
    memset(longest, 'x', CROSS_VM_NAME_SIZE);
    const struct cross_vm_connection bad[] = { { NULL }, { "" }, { longest }, { "deaf", .listen = listen_never } };

    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(make(&bad[i], 1), -1);
        fake_free(&f);
    }
    longest[CROSS_VM_NAME_SIZE - 1] = 0;
    assert_int_equal(make(&bad[2], 1), 0);
    fake_free(&f);
}

/* Each with both BARs, and one more. */
static void there_can_be_many(void **state)
{
    static struct cross_vm_connection many[CROSS_VM_MAX_CONNECTIONS + 1];
    static char name[CROSS_VM_MAX_CONNECTIONS + 1][2];

    for (unsigned i = 0; i <= CROSS_VM_MAX_CONNECTIONS; i++) {
        name[i][0] = (char)('0' + i);
        many[i] = (struct cross_vm_connection){ name[i], .dataport = &three_pages };
    }
    assert_int_equal(make(many, CROSS_VM_MAX_CONNECTIONS), 0);
    for (unsigned i = 0; i < CROSS_VM_MAX_CONNECTIONS; i++) {
        assert_true(find(i));
        assert_int_equal(page(8, 1), '0' + i);
        assert_int_equal(mapped_at[0], config(0x14) & ~15u);
    }
    assert_false(find(CROSS_VM_MAX_CONNECTIONS));
    slot = 16, function = 0;
    assert_int_equal(config(12) >> 16 & 0x80, 0x80);                  /* more functions: the guest looks for them */
    assert_int_equal(cross_vm_connections_init(f.vm, many + CROSS_VM_MAX_CONNECTIONS, 1), -1);
    fake_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_finds_it),
        cmocka_unit_test(memory_follows_the_bar),
        cmocka_unit_test(events_go_both_ways),
        cmocka_unit_test(parts_may_be_missing),
        cmocka_unit_test(memory_that_cannot_be_mapped_stops_the_vm),
        cmocka_unit_test(wrong_ones_are_refused),
        cmocka_unit_test(there_can_be_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
