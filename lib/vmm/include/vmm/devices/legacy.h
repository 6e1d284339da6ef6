// SPDX-License-Identifier: BSD-2-Clause
// Small fixtures of a PC: keyboard controller without keyboard (reset, A20), port 0x92, POST port 0x80,
// QEMU-style debug exit.
#ifndef VMM_DEVICES_LEGACY_H
#define VMM_DEVICES_LEGACY_H

#include <vmm/device.h>

struct i8042 {
    uint8_t status, data, command, config, output_port;
    bool line;                     /* IRQ 1 */
    struct irq_router *router;
};
extern const struct device_class i8042_class;      /* ports 0x60 and 0x64; cfg: NULL */

struct port92 {
    uint8_t value;
};
extern const struct device_class port92_class;     /* cfg: NULL */

struct post_port {
    uint8_t last;
    uint64_t writes;
};
extern const struct device_class post_port_class;  /* port 0x80; cfg: NULL */

struct debug_exit_config {
    uint16_t port;                 /* QEMU's isa-debug-exit: 0xf4 (or 0x501) */
    uint8_t size;                  /* bytes of ports; 0 = 4 */
    void (*report)(void *ctx, uint32_t value);     /* the written value; then the machine stops */
    void *ctx;
};
struct debug_exit {
    struct debug_exit_config cfg;
};
extern const struct device_class debug_exit_class; /* cfg: struct debug_exit_config */

#endif
