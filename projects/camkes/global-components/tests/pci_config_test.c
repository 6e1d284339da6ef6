// SPDX-License-Identifier: BSD-2-Clause
// PCI configuration mechanism 1 on a bus made of memory: what reaches the ports, what is refused, the list of writers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../components/PCIConfigIO/pci_config.h"

static uint32_t address, accesses;
static uint8_t space[256];                   /* of the one function there is: bus 2, device 3, function 1 */

static void out32(uint16_t port, uint32_t value)
{
    assert_int_equal(port, 0xcf8);
    assert_int_equal(value & 0x80000003u, 0x80000000u);
    address = value;
}

static uint8_t *at(uint16_t port)
{
    accesses++;
    assert_true(port >= 0xcfc && port <= 0xcff);
    return (address >> 8 & 0xffff) == (2 << 8 | 3 << 3 | 1) ? &space[(address & 0xfc) + (port & 3)] : NULL;
}

static uint32_t in(uint16_t port, unsigned bytes)
{
    uint32_t value = UINT32_MAX;
    uint8_t *p = at(port);

    if (p)
        memcpy(&value, p, bytes);
    return value & (uint32_t)(UINT64_MAX >> (64 - 8 * bytes));
}

static void out(uint16_t port, unsigned bytes, uint32_t value)
{
    uint8_t *p = at(port);

    if (p)
        memcpy(p, &value, bytes);
}

static const struct pci_config_ports ports = { out32, in, out };

static uint32_t get(uint8_t bus, uint8_t dev, uint8_t fun, uint16_t offset, unsigned bytes)
{
    uint32_t value = 0;
    pci_config_read(&ports, (struct pci_config_place){ bus, dev, fun, offset }, bytes, &value);
    return value;
}

static void sizes_and_places(void **state)
{
    for (unsigned i = 0; i < 256; i++)
        space[i] = (uint8_t)i;
    assert_int_equal(get(2, 3, 1, 0x40, 4), 0x43424140);
    assert_int_equal(get(2, 3, 1, 0x42, 2), 0x4342);
    assert_int_equal(get(2, 3, 1, 0xff, 1), 0xff);
    assert_int_equal(get(2, 3, 0, 0, 4), UINT32_MAX);
    assert_int_equal(get(3, 3, 1, 0, 2), 0xffff);
    assert_true(pci_config_write(&ports, (struct pci_config_place){ 2, 3, 1, 0x12 }, 2, 0xbeef));
    assert_int_equal(get(2, 3, 1, 0x10, 4), 0xbeef1110);
    assert_true(pci_config_write(&ports, (struct pci_config_place){ 2, 3, 1, 0x11 }, 1, 7));
    assert_int_equal(get(2, 3, 1, 0x10, 4), 0xbeef0710);
}

static void bad_places_touch_nothing(void **state)
{
    static const struct { struct pci_config_place at; unsigned bytes; } bad[] = {
        { { 0, 32, 0, 0 }, 4 }, { { 0, 0, 8, 0 }, 4 }, { { 0, 0, 0, 256 }, 1 }, { { 0, 0, 0, 2 }, 4 },
        { { 0, 0, 0, 1 }, 2 }, { { 0, 0, 0, 0 }, 3 }, { { 0, 0, 0, 0xfffe }, 2 },
    };

    accesses = 0;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t value = 0;
        assert_false(pci_config_read(&ports, bad[i].at, bad[i].bytes, &value));
        assert_int_equal(value, UINT32_MAX);
        assert_false(pci_config_write(&ports, bad[i].at, bad[i].bytes, 0));
    }
    assert_int_equal(accesses, 0);
}

static void writers(void **state)
{
    assert_true(pci_config_listed("driver", "driver"));
    assert_true(pci_config_listed("a, driver b", "driver"));
    assert_true(pci_config_listed("  a", "a"));
    assert_false(pci_config_listed("", "a"));
    assert_false(pci_config_listed("driver0", "driver"));
    assert_false(pci_config_listed("driver", "driver0"));
    assert_false(pci_config_listed("a b", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_places), cmocka_unit_test(bad_places_touch_nothing), cmocka_unit_test(writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
