// SPDX-License-Identifier: BSD-2-Clause
// Gives every component the capabilities its spec names, no others.
#include "loader.h"

/* A guard that makes slot numbers capability pointers: all address bits above the radix are zero. */
seL4_Word cnode_guard(uint32_t cnode)
{
    return seL4_CNode_CapData_new(0, 64u - loader.spec.object[cnode].bits).words[0];
}

seL4_CPtr badged(seL4_CPtr cap, seL4_Word rights, seL4_Word badge, const char *name)
{
    const seL4_CPtr slot = slots(1);
    const seL4_CapRights_t r = { { rights } };
    const seL4_Error e = seL4_CNode_Mint(ROOT, slot, DEPTH, ROOT, cap, DEPTH, r, badge);
    if (e != seL4_NoError) {
        fatal("%s: minting a capability: %s", name, sel4_error_name(e));
    }
    return slot;
}

void irqs_make(void)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        const struct spec_object *o = &s->object[i];
        const char *name = spec_object_name(s, i);
        if (o->kind != SPEC_IRQ) {
            continue;
        }
        const seL4_CPtr handler = slots(1);
        seL4_Error e = seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, o->irq.ioapic, o->irq.pin,
                                                 o->irq.level, o->irq.polarity, o->irq.vector);
        if (e == seL4_NoError && o->irq.notification != SPEC_NONE) {
            const seL4_CPtr n = badged(loader.object[o->irq.notification].cap, ABI_RIGHT_WRITE, o->irq.badge, name);
            e = seL4_IRQHandler_SetNotification(handler, n);
            /* One that came before is nobody's, and would keep the line masked: the firmware's timer ticks on. */
            (void)seL4_IRQHandler_Ack(handler);
        }
        if (e != seL4_NoError) {
            fatal("%s: interrupt %u of I/O APIC %u, vector %u: %s", name, o->irq.pin, o->irq.ioapic, o->irq.vector,
                  sel4_error_name(e));
        }
        loader.object[i].cap = handler;
    }
}

/* The capability of one element of an object. */
static seL4_CPtr element(const struct spec_cap *c, uint32_t n)
{
    const struct object *o = &loader.object[c->object];
    const uint8_t bits = loader.spec.object[c->object].bits;
    unsigned unused;
    return o->frames ? frame_at(o->frames, (uint64_t)(c->first + n) << bits, &unused) : o->cap + c->first + n;
}

static seL4_Error install(const struct spec_cap *c, uint32_t n)
{
    const struct spec_object *o = &loader.spec.object[c->object];
    const uint8_t depth = loader.spec.object[c->cnode].bits;
    const seL4_CapRights_t r = { { c->rights } };
    const seL4_CPtr cnode = loader.object[c->cnode].cap, from = element(c, n);
    const bool badge = o->kind == SPEC_ENDPOINT || o->kind == SPEC_NOTIFICATION;
    if (o->kind == SPEC_CNODE) {
        const seL4_Word guard = c->badge ? c->badge : cnode_guard(c->object);
        return seL4_CNode_Mint(cnode, c->slot + n, depth, ROOT, from, DEPTH, r, guard);
    }
    if (badge && c->badge) {
        return seL4_CNode_Mint(cnode, c->slot + n, depth, ROOT, from, DEPTH, r, c->badge);
    }
    return seL4_CNode_Copy(cnode, c->slot + n, depth, ROOT, from, DEPTH, r);
}

void caps_install(void)
{
    const struct spec *s = &loader.spec;
    for (uint32_t i = 0; i < s->count[SPEC_CAPS]; i++) {
        const struct spec_cap *c = &s->cap[i];
        for (uint32_t n = 0; n < c->count; n++) {
            const seL4_Error e = install(c, n);
            if (e != seL4_NoError) {
                fatal("slot %u of %s: capability to %s: %s", c->slot + n, spec_object_name(s, c->cnode),
                      spec_object_name(s, c->object),
                      e == seL4_DeleteFirst ? "the slot is taken" : sel4_error_name(e));
            }
        }
        loader.capabilities += c->count;
    }
}
