// SPDX-License-Identifier: BSD-2-Clause
// The parts of an assembly that all virtual machines need, as macros. The n-th guest (from 0) is a component
// type Init<n> that the author declares with VM_INIT_DEF() inside, and an instance vm<n> of it:
//
//     component Init0 { VM_INIT_DEF() }
//     assembly {
//         composition   { VM_COMPOSITION_DEF()   VM_PER_VM_COMP_DEF(0) }
//         configuration { VM_CONFIGURATION_DEF() VM_PER_VM_CONFIG_DEF(0)
//                         vm0.guest_ram_mb = 128; vm0.simple_untyped23_pool = 20; vm0.kernel_image = "bzimage"; }
//     }
//
// Attributes and settings of vm<n>: docs/vm-attributes.md.
#ifndef CAMKES_VM_CONFIGURATIONS_VM_H
#define CAMKES_VM_CONFIGURATIONS_VM_H

#define VM_INIT_DEF() \
    control; \
    uses PutChar putchar;                       /* the monitor's own words */ \
    uses PutChar guest_putchar;                 /* the guest's COM1 */ \
    uses GetChar serial_getchar; \
    uses FileServerInterface fs; \
    uses RTC system_rtc; \
    uses Timer init_timer; \
    uses PCIConfig pci_config; \
    consumes HaveInterrupt intready; \
    emits HaveInterrupt intready_connector; \
    maybe uses Stopped stopped;                 /* configurations/poweroff.h */ \
    attribute int heap_size = 0x100000; \
    attribute string kernel_cmdline = ""; \
    attribute string kernel_image; \
    attribute string kernel_relocs = ""; \
    attribute string initrd_image = ""; \
    attribute int iospace_domain = 0; \
    attribute int guest_ram_mb; \
    attribute int cnode_size_bits = 0;          /* 0 = as many slots as the pools need */ \
    attribute vswitch_mapping vswitch_layout[] = []; \
    attribute string vswitch_mac_address = ""; \
    attribute serial_mapping serial_layout[] = []; \
    attribute socket_mapping socket_layout[] = []; \
    attribute int guest_cid = 0; \
    attribute int debug_exit_port = 0;          /* I/O port of a QEMU-style debug exit in the guest; 0 = none */ \
    attribute int vm_log_level = 0;             /* 1: also refused accesses, 2: every exit */ \
    attribute int hide_kvm = 0;                 /* 1: the guest sees no KVM clock and signature */

#define VM_COMPOSITION_DEF() \
    component FileServer fserv; \
    component SerialServer serial; \
    component PCIConfigIO pci_config; \
    component TimeServer time_server; \
    component RTC rtc; \
    connection seL4RPCCall fserv_putchar(from fserv.putchar, to serial.processed_putchar); \
    connection seL4RPCCall pciconfig_putchar(from pci_config.putchar, to serial.processed_putchar); \
    connection seL4RPCCall timeserver_putchar(from time_server.putchar, to serial.processed_putchar); \
    connection seL4RPCCall rtc_putchar(from rtc.putchar, to serial.processed_putchar); \
    connection seL4TimeServer serialserver_timer(from serial.timeout, to time_server.the_timer);

#define VM_PER_VM_COMP_DEF(num) \
    component Init##num vm##num; \
    connection seL4GlobalAsynch intready##num(from vm##num.intready_connector, to vm##num.intready); \
    connection seL4RPCDataport fs##num(from vm##num.fs, to fserv.fs_ctrl); \
    connection seL4RPCCall serial_vm##num(from vm##num.putchar, to serial.processed_putchar); \
    connection seL4RPCCall serial_guest_vm##num(from vm##num.guest_putchar, to serial.raw_putchar); \
    connection seL4SerialServer serial_input##num(from vm##num.serial_getchar, to serial.getchar); \
    connection seL4RPCCall rtc##num(from vm##num.system_rtc, to rtc.rtc); \
    connection seL4TimeServer vm##num##_timer(from vm##num.init_timer, to time_server.the_timer); \
    connection seL4RPCCall pciconfig##num(from vm##num.pci_config, to pci_config.pci_config);

// The services come before whoever calls them (254 unless said otherwise).
#define VM_CONFIGURATION_DEF() \
    fserv.heap_size = 0x30000; \
    fserv.priority = 255; \
    rtc.priority = 255; \
    pci_config.priority = 255; \
    time_server.timers_per_client = 12; \
    time_server.priority = 255; \
    time_server.simple = true; \
    time_server.simple_extra_bootinfo = ["SEL4_BOOTINFO_HEADER_X86_TSC_FREQ"]; \
    serial.priority = 255; \
    serial.serial_irq_priority = 255;

// A guest's kernel is tens of MiB: its file is read in pieces of fs_shmem_size.
#define VM_PER_VM_CONFIG_DEF(num) \
    vm##num.fs_shmem_size = 0x80000; \
    vm##num.serial_getchar_attributes = #num; \
    vm##num.serial_getchar_shmem_size = 0x1000; \
    vm##num._stack_size = 0x10000; \
    vm##num.simple = true; \
    vm##num.asid_pool = true; \
    vm##num.global_endpoint_base = 1 << 27; \
    vm##num.global_endpoint_mask = 0x1fffffff & ~0x1fffe;

#endif
