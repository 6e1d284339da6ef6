// Made by camkes for component Driver: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>
#include <camkes/global.h>
#include <camkes/dataport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* one: consumes I, by seL4HardwareInterrupt */
int one_acknowledge(void);
void one_wait(void);
int one_poll(void);
int one_reg_callback(void (*callback)(void *), void *arg);
/* Define void one_handle(void), if you want a thread that calls it for each event. */
void one__init(void);

/* two: consumes I, by seL4GlobalAsynchHardwareInterrupt */
int two_acknowledge(void);
void two_wait(void);
int two_poll(void);
int two_reg_callback(void (*callback)(void *), void *arg);
seL4_CPtr two_notification(void);
seL4_Word two_notification_badge(void);
void two__init(void);

/* ports: uses Ports, by seL4HardwareIOPort */
uint8_t ports_in8(uint16_t port);
int ports_out8(uint16_t port, uint8_t value);
uint16_t ports_in16(uint16_t port);
int ports_out16(uint16_t port, uint16_t value);
uint32_t ports_in32(uint16_t port);
int ports_out32(uint16_t port, uint32_t value);
void ports__init(void);

/* registers: dataport Buf, by seL4HardwareMMIO */
extern Buf *registers;
size_t registers_get_size(void);
#define registers_size (registers_get_size())
void registers_acquire(void);
void registers_release(void);
int registers_cache_op(size_t start, size_t size, dma_cache_op_t op);
void registers__init(void);

#ifdef __cplusplus
}
#endif

#endif
