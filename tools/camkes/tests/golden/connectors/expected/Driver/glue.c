// Made by camkes for component Driver: its side of the connectors. Do not edit.
#define CAMKES_GLUE
#include <camkes.h>
#include <rt/rt.h>
#include <camkes/event.h>
#include <camkes/dataport.h>

static seL4_CPtr camkes__one_irq;
static struct camkes_event camkes__one;
static seL4_CPtr camkes__two_irq;
static struct camkes_global camkes__two_signal;
static seL4_CPtr camkes__ports;
static struct camkes_dataport camkes__registers;

/* ---- one: consumes I, by seL4HardwareInterrupt ---- */

int one_acknowledge(void)
{
    return seL4_IRQHandler_Ack(camkes__one_irq) == seL4_NoError ? 0 : -1;
}
void one_wait(void) { camkes_event_wait(&camkes__one); }
int one_poll(void) { return camkes_event_poll(&camkes__one); }
int one_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_event_reg_callback(&camkes__one, callback, arg);
}
extern void one_handle(void) __attribute__((weak));
static int camkes__one_thread(void)
{
    while (one_handle) {
        camkes_event_wait(&camkes__one);
        one_handle();
    }
    return camkes_event_thread(&camkes__one);
}
extern __typeof__(one__init) one__init __attribute__((weak));
static const struct rt_interface camkes__row_one
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "one", one__init, camkes__one_thread };

/* ---- two: consumes I, by seL4GlobalAsynchHardwareInterrupt ---- */

int two_acknowledge(void)
{
    return seL4_IRQHandler_Ack(camkes__two_irq) == seL4_NoError ? 0 : -1;
}
void two_wait(void) { camkes_global_wait(&camkes__two_signal); }
int two_poll(void) { return camkes_global_poll(&camkes__two_signal); }
int two_reg_callback(void (*callback)(void *), void *arg)
{
    return camkes_global_reg_callback(&camkes__two_signal, callback, arg);
}
seL4_CPtr two_notification(void) { return camkes_global_notification(); }
seL4_Word two_notification_badge(void) { return camkes__two_signal.badge; }
extern __typeof__(two__init) two__init __attribute__((weak));
static const struct rt_interface camkes__row_two
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "two", two__init, NULL };

/* ---- ports: uses Ports, by seL4HardwareIOPort ---- */

uint8_t ports_in8(uint16_t port) { return seL4_X86_IOPort_In8(camkes__ports, port).result; }
int ports_out8(uint16_t port, uint8_t value)
{
    return seL4_X86_IOPort_Out8(camkes__ports, port, value) == seL4_NoError ? 0 : -1;
}
uint16_t ports_in16(uint16_t port) { return seL4_X86_IOPort_In16(camkes__ports, port).result; }
int ports_out16(uint16_t port, uint16_t value)
{
    return seL4_X86_IOPort_Out16(camkes__ports, port, value) == seL4_NoError ? 0 : -1;
}
uint32_t ports_in32(uint16_t port) { return seL4_X86_IOPort_In32(camkes__ports, port).result; }
int ports_out32(uint16_t port, uint32_t value)
{
    return seL4_X86_IOPort_Out32(camkes__ports, port, value) == seL4_NoError ? 0 : -1;
}
extern __typeof__(ports__init) ports__init __attribute__((weak));
static const struct rt_interface camkes__row_ports
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "ports", ports__init, NULL };

/* ---- registers: dataport Buf, by seL4HardwareMMIO ---- */

Buf *registers;
size_t registers_get_size(void) { return camkes__registers.size; }
void registers_acquire(void) { camkes_dataport_acquire(); }
void registers_release(void) { camkes_dataport_release(); }
int registers_cache_op(size_t start, size_t size, dma_cache_op_t op) { return 0; }
extern __typeof__(registers__init) registers__init __attribute__((weak));
static const struct rt_interface camkes__row_registers
    __attribute__((used, section("rt_interfaces"), aligned(8))) = { "registers", registers__init, NULL };

/* Before pre_init and all other threads. */
__attribute__((constructor(101))) static void camkes_start(void)
{
    camkes__one_irq = rt_cap("one.irq");
    camkes_event_init(&camkes__one, "one");
    camkes__two_irq = rt_cap("two.irq");
    camkes_global_init(&camkes__two_signal, "two", "rt.global");
    camkes__ports = rt_cap("ports");
    registers = camkes_dataport_init(&camkes__registers, "registers", sizeof(Buf));
}
