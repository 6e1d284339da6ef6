// SPDX-License-Identifier: BSD-2-Clause
// Init: one virtual machine as a component. Reads its attributes, builds the machine from its untyped pool,
// loads the guest through the file server and runs it; the serial server carries the guest's console, and
// this program's printf.
//
// An assembly's author adds to main_continued: hypercall handlers with reg_new_handler, devices with
// vm_add_device; or has files of his own for that (vm_module.h). Signals of further event and timer
// interfaces arrive while the guest runs: give them a callback, <interface>_reg_callback.
#include <camkes.h>
#include <stdio.h>
#include <string.h>
#include "vm_console.h"
#include "vm_memory.h"
#include "vm_module.h"
#include "vm_passthrough.h"

static vmm_t *init_vm;
#define vmm (*init_vm)                   /* so that &vmm is what the library's calls want */

static struct vm_console console;
static struct vm_objects objects;
static int64_t boot_ns;                  /* wall clock when it was read, and the TSC then */
static uint64_t boot_tsc;

static void say(const char *line)
{
    printf("%s\n", line);
}

/* ---------------------------------------- what the library wants to have -------------------------------- */

static uint64_t host_now(void *ctx)
{
    return rt_tsc();
}

static int64_t host_wall_clock(void *ctx)
{
    uint64_t hz = rt_tsc_hz(), ticks = rt_tsc() - boot_tsc;

    return hz ? boot_ns + (int64_t)(ticks / hz * 1000000000u + ticks % hz * 1000000000u / hz) : boot_ns;
}

static void host_console_out(void *ctx, unsigned port, const char *bytes, size_t n)
{
    vm_console_out(&console, port, bytes, n);
}

static void host_log(void *ctx, const char *line)
{
    say(line);
}

static int host_enter(void *ctx, unsigned vcpu, uint64_t *badge)
{
    return (int)seL4_VMEnter(badge);
}

static int host_read_state(void *ctx, unsigned vcpu, uint32_t groups)
{
    return seL4_X86_VCPU_ReadState(objects.vcpu, groups) == seL4_NoError ? 0 : -1;
}

/* Everything that comes as a signal: real interrupts to the guest, the rest to the callbacks of its
 * interface. */
static void host_notified(void *ctx, struct vm *vm, uint64_t badge)
{
    vm_passthrough_notified(vm, badge);
    camkes_global_dispatch(badge);
}

static void typed(void *ctx)
{
    vm_console_typed(&console);
}

static int host_file_open(void *ctx, const char *name, uint64_t *size)
{
    int handle = fs_open(name, 0);

    if (handle >= 0)
        *size = (uint64_t)fs_size(handle);
    return handle;
}

/* In pieces as large as the buffer shared with the file server. */
static long host_file_read(void *ctx, int handle, uint64_t offset, void *to, size_t n)
{
    const size_t room = fs_get_size();
    size_t done = 0;

    if (fs_seek(handle, (int64_t)offset, 0) < 0)
        return -1;
    while (done < n) {
        int64_t k = fs_read(handle, n - done < room ? n - done : room);
        if (k < 0 || (uint64_t)k > room || (uint64_t)k > n - done)
            return -1;
        if (k == 0)
            break;
        memcpy((char *)to + done, fs_buf, (size_t)k);
        done += (size_t)k;
    }
    return (long)done;
}

static void host_file_close(void *ctx, int handle)
{
    fs_close(handle);
}

/* ---------------------------------------------------- start --------------------------------------------- */

static void read_clock(void)
{
    struct rtc_time_date t = system_rtc_time_date();

    boot_tsc = rt_tsc();
    boot_ns = rtc_to_unix(&t) * 1000000000;
    rt_set_boot_time(boot_ns / 1000000000 - (int64_t)(rt_time_ns() / 1000000000u));
}

static int build(void)
{
    struct vm_ram_region ram[VM_MAX_RAM_REGIONS];
    const char *name = get_instance_name();
    struct vm_config config = {
        .name = name,
        .ram_mb = (uint64_t)guest_ram_mb,
        .kernel = kernel_image,
        .initrd = initrd_image,
        .cmdline = kernel_cmdline,
        .ncpus = 1,
        .debug_exit_port = (uint16_t)debug_exit_port,
        .no_kvm = hide_kvm,
        .log_level = (int)vm_log_level,
    };
    struct vm_host host = {
        .platform = { .tsc_hz = rt_tsc_hz(), .now = host_now, .wall_clock_ns = host_wall_clock,
                      .console_out = host_console_out, .log = host_log },
        .enter = host_enter, .read_state = host_read_state, .notified = host_notified,
        .file_open = host_file_open, .file_read = host_file_read, .file_close = host_file_close,
    };
    int regions = guest_ram_mb > 0 ? vm_ram_layout((uint64_t)guest_ram_mb, ram) : -1;

    if (regions < 0) {
        printf("%s: guest_ram_mb = %d is no size for a machine\n", name, guest_ram_mb);
        return -1;
    }
    if (rt_virt_backend() == ABI_VIRT_NONE) {
        printf("%s: this CPU has no virtualisation the kernel can use (AMD SVM or Intel VT-x, with nested paging)\n", name);
        return -1;
    }
    if (vm_memory_build(name, ram, regions, say, &objects) < 0)
        return -1;
    host.state[0] = objects.state;
    init_vm = vm_create(&config, &host, ram, regions);
    if (!init_vm)
        return -1;
    vm_console_attach(&console, init_vm);
    return vm_passthrough(init_vm, objects.ept_root);
}

seL4_CPtr vm_ept_root(void)
{
    return objects.ept_root;
}

extern const struct vm_module __start_vm_modules[] __attribute__((weak));
extern const struct vm_module __stop_vm_modules[] __attribute__((weak));

static int start_modules(void)
{
    for (const struct vm_module *m = __start_vm_modules; m != __stop_vm_modules; m++)
        if (m->start(&vmm) != 0) {
            printf("%s: its module '%s' did not start\n", get_instance_name(), m->name);
            return -1;
        }
    return 0;
}

static enum vm_stop main_continued(void)
{
    if (build() < 0 || start_modules() < 0 || vm_load(&vmm) < 0)
        return VM_STOP_LOAD_FAILED;

    /* Handlers of the assembly's author go here: reg_new_handler(&vmm, poke_handler, 4); */

    /* Now go run the event loop */
    return vmm_run(&vmm);
}

/* printf's way out: the guest's words that are still here come first. */
static void write_log(const char *text, size_t n)
{
    vm_console_flush(&console);
    putchar_write(putchar_batch, text, n);
}

void pre_init(void)
{
    rt_set_write(write_log);
    setvbuf(stdout, NULL, _IONBF, 0);    /* each printf is seen at once, with or without an end of line */
}

/* For assemblies that end with their guests (configurations/poweroff.h). */
static void tell_stopped(enum vm_stop why)
{
    void (*const report)(int) = stopped_report;      /* NULL when it is not connected */

    if (report)
        report((int)(why == VM_STOP_DEBUG_EXIT ? vm_exit_code(init_vm)
                             : why == VM_STOP_POWER_OFF ? 0 : 0x100u + why));
}

int run(void)
{
    vm_console_init(&console, guest_putchar_batch,
                    getchar_ring(serial_getchar_buf, serial_getchar_get_size()), rt_tsc_hz());
    serial_getchar_reg_callback(typed, NULL);
    read_clock();
    enum vm_stop why = main_continued();
    vm_console_flush(&console);
    if (init_vm)
        printf("%s: %s\n", get_instance_name(), vm_stop_name(why));
    tell_stopped(why);
    return 0;
}
