// SPDX-License-Identifier: BSD-2-Clause
// Interrupt lines: I/O APIC pins and MSIs in one number space. IRQ n arrives as vector VECTOR_IRQ_BASE + n on the boot
// CPU; the holder of IRQControl chooses n. The 8259s are masked for good.
// Level lines are masked in hardware between interrupt and acknowledge. Edge lines and MSIs are not, since the edge
// would be lost: one that comes while masked is remembered and raised again at the unmask.
// Facts: Intel 82093AA datasheet, 3.1-3.2; Intel 8259A datasheet, ICW1-4.
#include <platform.h>

enum { IOAPIC_SELECT = 0, IOAPIC_WINDOW = 0x10, IOAPIC_VERSION = 1, IOAPIC_REDIRECTION = 0x10 };
#define RED_MASKED (1u << 16)
#define RED_LEVEL (1u << 15)
#define RED_LOW (1u << 13)

enum line_kind { LINE_NONE, LINE_IOAPIC, LINE_MSI };
struct line { uint8_t kind, ioapic, pin, level, low, masked, latched, enabled; };

static struct line line[IRQ_USER_COUNT];
static struct { volatile uint32_t *regs; unsigned pins; } ioapic[MAX_IOAPICS];
static unsigned ioapic_count;
static uint32_t destination;                 /* APIC id of the boot CPU */

static uint32_t get(unsigned which, unsigned reg)
{
    ioapic[which].regs[IOAPIC_SELECT / 4] = reg;
    return ioapic[which].regs[IOAPIC_WINDOW / 4];
}

static void set(unsigned which, unsigned reg, uint32_t value)
{
    ioapic[which].regs[IOAPIC_SELECT / 4] = reg;
    ioapic[which].regs[IOAPIC_WINDOW / 4] = value;
}

static void program(unsigned irq, bool masked)
{
    const struct line *l = &line[irq];
    uint32_t low = (VECTOR_IRQ_BASE + irq) | (l->level ? RED_LEVEL : 0) | (l->low ? RED_LOW : 0)
        | (masked ? RED_MASKED : 0);
    set(l->ioapic, IOAPIC_REDIRECTION + 2 * l->pin + 1, destination << 24);
    set(l->ioapic, IOAPIC_REDIRECTION + 2 * l->pin, low);
}

void pic_disable(void)
{
    static const struct { uint8_t port, value; } sequence[] = {
        { 0x20, 0x11 }, { 0x21, 0x20 }, { 0x21, 4 }, { 0x21, 1 },   /* vectors 0x20.. for a spurious one */
        { 0xa0, 0x11 }, { 0xa1, 0x28 }, { 0xa1, 2 }, { 0xa1, 1 },
        { 0x21, 0xff }, { 0xa1, 0xff },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(sequence); i++)
        out8(sequence[i].port, sequence[i].value);
}

void ioapic_init(void)
{
    destination = apic_id();
    for (unsigned i = 0; i < acpi.ioapic_count; i++) {
        ioapic[i].regs = fixmap(acpi.ioapic[i].address);
        ioapic[i].pins = (get(i, IOAPIC_VERSION) >> 16 & 0xff) + 1;
        for (unsigned pin = 0; pin < ioapic[i].pins; pin++)
            set(i, IOAPIC_REDIRECTION + 2 * pin, RED_MASKED);
        ioapic_count++;
    }
}

/* ---- what the core calls ---- */

void arch_irq_mask(unsigned irq, bool masked)
{
    if (irq >= IRQ_USER_COUNT || line[irq].kind == LINE_NONE)
        return;
    struct line *l = &line[irq];
    l->masked = masked;
    if (l->kind == LINE_IOAPIC && (l->level || !l->enabled || !irq_is_active(irq))) {
        program(irq, masked);
        l->enabled = !masked;
    }
    if (!masked && l->latched) {
        l->latched = false;
        apic_ipi_self(VECTOR_IRQ_BASE + irq);
    }
}

void arch_irq_ack(unsigned irq) { apic_eoi(); }

bool irq_arrived(unsigned irq)
{
    struct line *l = &line[irq];
    if (l->kind == LINE_NONE || !irq_is_active(irq))
        return false;
    if (l->masked && !l->level)
        l->latched = true;
    return !l->masked;
}

/* ---- invocations of IRQControl (seL4 Reference Manual, 10.5.x: GetIOAPIC, GetMSI) ---- */

static bool pin_in_use(unsigned which, unsigned pin)
{
    for (unsigned i = 0; i < IRQ_USER_COUNT; i++)
        if (line[i].kind == LINE_IOAPIC && line[i].ioapic == which && line[i].pin == pin && irq_is_active(i))
            return true;
    return false;
}

static enum abi_error destination_slot(struct invocation *inv, word_t index, word_t depth, struct cte **slot)
{
    enum abi_error error = cspace_lookup_slot(inv, &inv->extra[0]->cap, index, depth, slot);
    if (error == ABI_NO_ERROR && !slot_is_empty(*slot))
        error = inv_fail(inv, ABI_DELETE_FIRST);
    return error;
}

static enum abi_error issue(struct invocation *inv, word_t vector, struct line l)
{
    struct cte *slot;
    if (vector >= IRQ_USER_COUNT)
        return inv_bad_range(inv, 0, IRQ_USER_COUNT - 1);
    if (irq_is_active((unsigned)vector))
        return inv_fail(inv, ABI_REVOKE_FIRST);
    enum abi_error error = destination_slot(inv, inv_arg(inv, 0), inv_arg(inv, 1), &slot);
    if (error != ABI_NO_ERROR)
        return error;
    l.masked = true;
    line[vector] = l;
    if (l.kind == LINE_IOAPIC)
        program((unsigned)vector, true);
    irq_issue((unsigned)vector, inv->slot, slot);
    return ABI_NO_ERROR;
}

static enum abi_error issue_ioapic(struct invocation *inv)
{
    if (inv->length < 7 || inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    word_t which = inv_arg(inv, 2), pin = inv_arg(inv, 3), level = inv_arg(inv, 4), polarity = inv_arg(inv, 5);
    if (ioapic_count == 0)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (which >= ioapic_count)
        return inv_bad_range(inv, 0, ioapic_count - 1);
    if (pin >= ioapic[which].pins)
        return inv_bad_range(inv, 0, ioapic[which].pins - 1);
    if (level > 1 || polarity > 1)
        return inv_bad_range(inv, 0, 1);
    if (pin_in_use((unsigned)which, (unsigned)pin))
        return inv_fail(inv, ABI_REVOKE_FIRST);
    return issue(inv, inv_arg(inv, 6), (struct line){ .kind = LINE_IOAPIC, .ioapic = (uint8_t)which,
                 .pin = (uint8_t)pin, .level = (uint8_t)level, .low = (uint8_t)polarity });
}

static enum abi_error issue_msi(struct invocation *inv)
{
    if (inv->length < 7 || inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    static const word_t most[3] = { 255, 31, 7 };       /* bus, device, function */
    for (unsigned i = 0; i < 3; i++)
        if (inv_arg(inv, 2 + i) > most[i])
            return inv_bad_range(inv, 0, most[i]);
    return issue(inv, inv_arg(inv, 6), (struct line){ .kind = LINE_MSI });
}

enum abi_error irq_control_arch_invoke(struct invocation *inv)
{
    if (inv->label == ABI_INV_IRQ_ISSUE_IOAPIC)
        return issue_ioapic(inv);
    if (inv->label == ABI_INV_IRQ_ISSUE_MSI)
        return issue_msi(inv);
    return inv_fail(inv, ABI_ILLEGAL_OPERATION);
}
