// SPDX-License-Identifier: BSD-2-Clause
// I/O port capabilities: IOPortControl hands out ranges, each port at most once; a range's holder reads and writes.
// Facts: seL4 Reference Manual, 8.4 (I/O ports) and 10.5 (X86_IOPortControl, X86_IOPort).
#include <platform.h>

#define PORTS 65536
static uint64_t issued[PORTS / 64];

static bool any_issued(unsigned first, unsigned last)
{
    for (unsigned p = first; p <= last; p++)
        if (issued[p / 64] & BIT(p % 64))
            return true;
    return false;
}

static void mark(unsigned first, unsigned last, bool on)
{
    for (unsigned p = first; p <= last; p++) {
        if (on)
            issued[p / 64] |= BIT(p % 64);
        else
            issued[p / 64] &= ~BIT(p % 64);
    }
}

void ioport_finalise(const struct cap *c) { mark(c->ports.first, c->ports.last, false); }

enum abi_error ioport_control_invoke(struct invocation *inv)
{
    struct cte *slot;
    if (inv->label != ABI_INV_IO_PORT_CONTROL_ISSUE)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->length < 4 || inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    word_t first = inv_arg(inv, 0), last = inv_arg(inv, 1);
    if (first >= PORTS)
        return inv_bad_range(inv, 0, PORTS - 1);
    if (last >= PORTS || last < first)
        return inv_bad_range(inv, first, PORTS - 1);
    if (any_issued((unsigned)first, (unsigned)last))
        return inv_fail(inv, ABI_REVOKE_FIRST);
    enum abi_error error = cspace_lookup_slot(inv, &inv->extra[0]->cap, inv_arg(inv, 2), inv_arg(inv, 3), &slot);
    if (error != ABI_NO_ERROR)
        return error;
    if (!slot_is_empty(slot))
        return inv_fail(inv, ABI_DELETE_FIRST);
    mark((unsigned)first, (unsigned)last, true);
    struct cap c = { .type = CAP_IO_PORT, .ports = { .first = (uint16_t)first, .last = (uint16_t)last } };
    slot_insert(slot, c, inv->slot);
    return ABI_NO_ERROR;
}

static void out_sized(uint16_t port, word_t value, unsigned size)
{
    if (size == 1)
        out8(port, (uint8_t)value);
    else if (size == 2)
        out16(port, (uint16_t)value);
    else
        out32(port, (uint32_t)value);
}

static word_t in_sized(uint16_t port, unsigned size)
{
    return size == 1 ? in8(port) : size == 2 ? in16(port) : in32(port);
}

enum abi_error ioport_invoke(struct invocation *inv)
{
    static const struct { uint8_t size, out; } form[] = { { 1, 0 }, { 2, 0 }, { 4, 0 }, { 1, 1 }, { 2, 1 }, { 4, 1 } };
    word_t which = inv->label - ABI_INV_IO_PORT_IN8;
    if (which >= ARRAY_SIZE(form))
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->length < 1u + form[which].out)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    word_t port = inv_arg(inv, 0), last = port + form[which].size - 1;
    if (port < inv->cap.ports.first || last > inv->cap.ports.last || last < port)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (form[which].out)
        out_sized((uint16_t)port, inv_arg(inv, 1), form[which].size);
    else
        inv_reply(inv, 0, in_sized((uint16_t)port, form[which].size));
    return ABI_NO_ERROR;
}
