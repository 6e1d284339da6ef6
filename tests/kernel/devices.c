// SPDX-License-Identifier: BSD-2-Clause
// I/O ports and interrupts: the PIT as something that every PC has.
// Facts: Intel 8254 datasheet; ACPI 6.4, 5.2.12.5 (ISA interrupt 0 is input 2 of the I/O APIC on the PC QEMU makes).
#include "kt.h"

#define PIT 0x40
#define PIT_HZ 1193182
#define PIT_PIN 2

static seL4_CPtr ports;

static void test_ports(void)
{
    ports = kt_slot();
    kt_must(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT, PIT + 3, CSPACE, ports, seL4_WordBits), "ports");
    EQUAL("ports: once issued, not again", true,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT + 3, PIT + 9, CSPACE, kt_slot(), seL4_WordBits)
          != seL4_NoError);
    EQUAL("ports: backwards", true,
          seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x80, 0x7f, CSPACE, kt_slot(), seL4_WordBits)
          != seL4_NoError);
    EQUAL("ports: outside", true, seL4_X86_IOPort_In8(ports, PIT + 4).error != seL4_NoError);
    EQUAL("ports: partly outside", true, seL4_X86_IOPort_In16(ports, PIT + 3).error != seL4_NoError);
    EQUAL("ports: inside", seL4_NoError, seL4_X86_IOPort_In8(ports, PIT).error);
}

static void pit_once(unsigned us)
{
    unsigned ticks = (unsigned)((uint64_t)us * PIT_HZ / 1000000);

    seL4_X86_IOPort_Out8(ports, PIT + 3, 0x30);         /* counter 0, both bytes, mode 0 */
    seL4_X86_IOPort_Out8(ports, PIT, ticks & 0xff);
    seL4_X86_IOPort_Out8(ports, PIT, ticks >> 8);
}

static void test_interrupts(void)
{
    seL4_CPtr handler = kt_slot(), ntfn = kt_make(seL4_NotificationObject, 0), badged = kt_mint(ntfn, 0x100);
    seL4_Word badge;

    EQUAL("IRQ: legacy Get is refused", seL4_IllegalOperation,
          seL4_IRQControl_Get(seL4_CapIRQControl, 3, CSPACE, handler, seL4_WordBits));
    EQUAL("IRQ: no such I/O APIC", true,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, handler, seL4_WordBits, 99, 1, 0, 0, 1) != seL4_NoError);
    EQUAL("IRQ: no such pin", true,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, handler, seL4_WordBits, 0, 999, 0, 0, 1)
          != seL4_NoError);
    kt_must(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, handler, seL4_WordBits, 0, PIT_PIN, 0, 0, 5), "IRQ");
    EQUAL("IRQ: a vector belongs to one", true,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, kt_slot(), seL4_WordBits, 0, 10, 0, 0, 5)
          != seL4_NoError);
    kt_must(seL4_IRQHandler_SetNotification(handler, badged), "notification");
    kt_must(seL4_IRQHandler_Ack(handler), "ack");
    seL4_Poll(ntfn, &badge);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t begin = kt_tsc();

        pit_once(5000);
        seL4_Wait(ntfn, &badge);
        EQUAL("IRQ: arrives", 0x100, badge);
        CHECK("IRQ: in time", kt_tsc() - begin > kt_us(3000) && kt_tsc() - begin < kt_us(1000000));
        kt_must(seL4_IRQHandler_Ack(handler), "ack");
    }
    kt_must(seL4_IRQHandler_Clear(handler), "clear");
    pit_once(1000);
    kt_spin(5000);
    seL4_Poll(ntfn, &badge);
    EQUAL("IRQ: cleared, nothing comes", 0, badge);
    kt_delete(handler);
    EQUAL("IRQ: can be had again", seL4_NoError,
          seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, handler, seL4_WordBits, 0, PIT_PIN, 0, 0, 5));
    kt_delete(handler);
}

/* An interrupt gets through while the kernel deletes a lot. */
static void test_preemption(void)
{
    seL4_CPtr memory = kt_memory(20), node = kt_slot(), ep = kt_make(seL4_EndpointObject, 0);

    kt_must(seL4_Untyped_Retype(memory, seL4_CapTableObject, 14, CSPACE, 0, 0, node, 1), "CNode");
    for (unsigned i = 0; i < 4096; i++) {
        kt_must(seL4_CNode_Copy(node, i * 4, 14, CSPACE, ep, seL4_WordBits, seL4_AllRights), "copy");
    }
    seL4_CPtr handler = kt_slot(), ntfn = kt_make(seL4_NotificationObject, 0);
    seL4_Word badge;

    kt_must(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, CSPACE, handler, seL4_WordBits, 0, PIT_PIN, 0, 0, 5), "IRQ");
    kt_must(seL4_IRQHandler_SetNotification(handler, kt_mint(ntfn, 1)), "notification");
    pit_once(100);
    EQUAL("a CNode of 16384 slots is revoked", seL4_NoError, seL4_CNode_Revoke(CSPACE, memory, seL4_WordBits));
    EQUAL("and gone", 0, seL4_DebugCapIdentify(node));
    seL4_Wait(ntfn, &badge);
    EQUAL("the interrupt was not lost", 1, badge);
    kt_delete(handler);
}

void test_devices(void)
{
    test_ports();
    test_interrupts();
    test_preemption();
}
