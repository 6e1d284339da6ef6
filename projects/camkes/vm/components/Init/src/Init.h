// SPDX-License-Identifier: BSD-2-Clause
// Init: what the VMM component's glue gives it. The names are those an assembly's interfaces make.
#ifndef INIT_H
#define INIT_H

#include <global-components/serial_shm.h>
#include <sel4/sel4.h>
#include <stddef.h>
#include <stdint.h>
#include "../../../../global-components/components/RTC/cmos.h"

/* attributes */
extern const char *kernel_image, *kernel_cmdline, *kernel_relocs, *initrd_image;
extern int64_t guest_ram_mb, debug_exit_port, vm_log_level, hide_kvm;
void init_attributes(void);

/* uses FileServerInterface fs */
int fs_open(const char *name, int mode);
int64_t fs_size(int handle);
int64_t fs_read(int handle, uint64_t n);
int64_t fs_seek(int handle, int64_t offset, int whence);
int fs_close(int handle);
void *fs_buf(size_t *size);

/* uses RTC system_rtc */
struct rtc_time_date system_rtc_time_date(void);

/* uses PutChar putchar (own words), guest_putchar (guest's console), GetChar serial_getchar: shared queues */
struct serial_shm *putchar_shm(void);
struct serial_shm *guest_putchar_shm(void);
seL4_CPtr serial_wake(void);

/* consumes HaveInterrupt intready: the bound notification. Bits of its badge: */
enum { INTREADY_SERIAL = 1 };

/* Tells the outside that this VM has stopped for good (assemblies that want to end with their guests). */
void vm_stopped_emit(uint32_t code);

#endif
