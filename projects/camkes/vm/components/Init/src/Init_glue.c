// SPDX-License-Identifier: BSD-2-Clause
// Init's glue: attributes, connections. Stands in for what the assembly compiler generates.
#include "Init.h"
#include <global-components/clients.h>
#include <rt/rpc.h>

const char *kernel_image, *kernel_cmdline, *kernel_relocs, *initrd_image;
int64_t guest_ram_mb, debug_exit_port, vm_log_level, hide_kvm;

void init_attributes(void)
{
    kernel_image = rt_attr_str("kernel_image", "");
    kernel_cmdline = rt_attr_str("kernel_cmdline", "");
    kernel_relocs = rt_attr_str("kernel_relocs", "");
    initrd_image = rt_attr_str("initrd_image", "");
    guest_ram_mb = rt_attr_int("guest_ram_mb", 128);
    debug_exit_port = rt_attr_int("debug_exit_port", 0);
    vm_log_level = rt_attr_int("vm_log_level", 0);
    hide_kvm = rt_attr_int("hide_kvm", 0);
}

int fs_open(const char *name, int mode) { return fs_client_open("fs", name, mode); }
int64_t fs_size(int handle) { return fs_client_size("fs", handle); }
int64_t fs_read(int handle, uint64_t n) { return fs_client_read("fs", handle, n); }
int64_t fs_seek(int handle, int64_t offset, int whence) { return fs_client_seek("fs", handle, offset, whence); }
int fs_close(int handle) { return fs_client_close("fs", handle); }
void *fs_buf(size_t *size) { return fs_client_buf("fs", size); }

struct rtc_time_date system_rtc_time_date(void)
{
    struct rtc_time_date t;
    rtc_client_time_date("system_rtc", &t);
    return t;
}

static struct serial_shm *shm(const char *name)
{
    size_t size = 0;
    void *p = rt_dataport(name, &size);
    return p && size >= SERIAL_SHM_BYTES ? p : NULL;
}

struct serial_shm *putchar_shm(void) { return shm("putchar"); }
struct serial_shm *guest_putchar_shm(void) { return shm("guest_putchar"); }
seL4_CPtr serial_wake(void) { return rt_cap("serial_wake"); }

void vm_stopped_emit(uint32_t code)
{
    if (rt_cap("stopped"))
        rt_call3(rt_cap("stopped"), 1, code, 0, 0);
}
