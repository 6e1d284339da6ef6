// SPDX-License-Identifier: BSD-2-Clause
// For assemblies that end with their guests: when every VM (and every other client of shutdown.stopped) has
// stopped, the machine is switched off. Use these beside the macros of vm.h; a native component takes part
// with `uses Stopped stopped;` and a connection of its own.
#ifndef CAMKES_VM_CONFIGURATIONS_POWEROFF_H
#define CAMKES_VM_CONFIGURATIONS_POWEROFF_H

#define VM_POWEROFF_COMPOSITION_DEF() \
    component Shutdown shutdown; \
    connection seL4RPCCall shutdown_putchar(from shutdown.putchar, to serial.processed_putchar); \
    connection seL4TimeServer shutdown_timer(from shutdown.timer, to time_server.the_timer);

#define VM_PER_VM_POWEROFF_DEF(num) \
    connection seL4RPCCall stopped##num(from vm##num.stopped, to shutdown.stopped);

// After the guests: what is still waiting to be printed goes first.
#define VM_POWEROFF_CONFIGURATION_DEF() \
    shutdown.priority = 253;

#endif
