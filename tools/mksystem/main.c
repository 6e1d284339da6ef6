// SPDX-License-Identifier: BSD-2-Clause
// mksystem: describes a system of virtual machines and their services for the loader, until the assembly compiler does.
// Passes: parse, check, guests' files, description, list of the image's contents.
#include <abi/syscall.h>
#include <global-components/serial_shm.h>
#include <spec/describe.h>
#include <spec/read.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "archive.h"
#include "plan.h"

#define FAIL(...) (fprintf(stderr, "mksystem: " __VA_ARGS__), fputc('\n', stderr), PLAN_BAD_INPUT)
#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)
#define KIB 1024ull
#define MIB (1024 * KIB)
#define FS_BUFFER (512 * KIB)            /* guest kernels are tens of MiB: few, large reads */

/* Badges of the services' bound notifications; those of messages stay below (see the components' glue). */
enum { BADGE_IRQ = 1 << 20, BADGE_WORK = 1 << 21, BADGE_TIMER = 1 << 22, BADGE_TYPED = 1 };
enum { PRIORITY_TIME = 240, PRIORITY_SERIAL = 220, PRIORITY_SERVICE = 200, PRIORITY_VM = 100 };

struct build {
    struct plan *plan;
    struct spec_system *system;
    struct spec_instance *serial, *time, *rtc, *files, *shutdown;
    unsigned reporters;                  /* clients of `shutdown` */
};

static struct spec_instance *service(struct build *b, const char *name, const char *type, unsigned priority)
{
    char *elf = NULL;

    if (asprintf(&elf, "%s.elf", type) < 0)
        abort();
    return spec_instance(b->system, &(struct spec_instance_args){
        .name = name, .type = type, .elf = elf, .heap = 128 * KIB, .priority = (uint8_t)priority });
}

/* Gives `user` timers at the time server, whose signals arrive at `consumes` with `badge`. */
static void connect_timer(struct build *b, struct spec_instance *user, const char *uses, const char *consumes,
                          uint64_t badge)
{
    char name[32];
    uint64_t id = spec_connect_rpc(user, uses, b->time, "the_timer", 0);

    snprintf(name, sizeof name, "the_timer.%llu", (unsigned long long)id);
    spec_connect_notification(b->time, name, user, consumes, badge);
}

static void irq(struct spec_instance *i, unsigned pin, const char *notification)
{
    /* ISA interrupts: edge-triggered, active high. */
    const struct spec_irq_args args = { .ioapic = 0, .pin = (uint16_t)pin, .vector = (uint8_t)pin };
    uint32_t n = spec_notification_of(i, notification);

    spec_bind_notification(i, 0, n);
    spec_irq(i, "irq", &args, n, BADGE_IRQ);
}

static void services(struct build *b)
{
    b->time = service(b, "time_server", "TimeServer", PRIORITY_TIME);
    spec_io_ports(b->time, "pit", 0x40, 0x43);
    irq(b->time, 2, "interrupt");        /* IRQ 0 arrives at pin 2 of the I/O APIC */

    b->serial = service(b, "serial", "SerialServer", PRIORITY_SERIAL);
    spec_io_ports(b->serial, "com1", 0x3f8, 0x3ff);
    irq(b->serial, 4, "work");
    connect_timer(b, b->serial, "timeout", "work", BADGE_TIMER);

    b->rtc = service(b, "rtc", "RTC", PRIORITY_SERVICE);
    spec_io_ports(b->rtc, "cmos", 0x70, 0x71);

    b->files = service(b, "fserv", "FileServer", PRIORITY_SERVICE);
    spec_connect_rpc(b->files, "putchar", b->serial, "processed_putchar", 0);
    spec_attr_int(b->serial, "clients", b->plan->vms);
}

static void shutdown_service(struct build *b)
{
    if (!b->plan->poweroff)
        return;
    b->shutdown = service(b, "shutdown", "Shutdown", PRIORITY_VM - 1);
    connect_timer(b, b->shutdown, "timer", "due", 1);
    spec_io_ports(b->shutdown, "acpi_pm", 0x604, 0x605);
    if (b->plan->exit_port) {
        spec_io_ports(b->shutdown, "exit", (uint16_t)b->plan->exit_port, (uint16_t)b->plan->exit_port);
        spec_attr_int(b->shutdown, "exit_port", (int64_t)b->plan->exit_port);
    }
}

static void connect_shutdown(struct build *b, struct spec_instance *i)
{
    if (!b->shutdown)
        return;
    spec_connect_rpc(i, "stopped", b->shutdown, "stopped", 0);
    spec_attr_int(b->shutdown, "clients", ++b->reporters);
}

/* Guest RAM as pieces the machine is likely to have, and room for the VM's own objects. */
static void memory_pool(struct spec_instance *i, const struct plan_vm *vm)
{
    uint64_t ram_mb = vm->ram_mb, left = ram_mb * MIB;
    unsigned largest = ram_mb >= 4096 ? 30 : 26;

    if (vm->pool) {
        spec_untyped_pool(i, 23, (uint32_t)vm->pool);
        return;
    }
    for (unsigned bits = largest; bits >= 21; bits--) {
        uint32_t n = (uint32_t)(left >> bits);
        if (n)
            spec_untyped_pool(i, bits, n);
        left -= (uint64_t)n << bits;
    }
    if (left)
        spec_untyped_pool(i, 21, 1);
    spec_untyped_pool(i, ram_mb >= 4096 ? 22 : 19, 1);
}

static void serial_stream(struct build *b, struct spec_instance *i, const char *vm, const char *port, const char *kind)
{
    char name[40];

    snprintf(name, sizeof name, "%s.%s", vm, kind);
    spec_connect_dataport(i, port, RW, b->serial, name, RW, SERIAL_SHM_BYTES);
}

static void connect_serial(struct build *b, struct spec_instance *i, unsigned number, const char *vm)
{
    char name[40];

    snprintf(name, sizeof name, "client%u", number);
    spec_attr_str(b->serial, name, vm);
    serial_stream(b, i, vm, "guest_putchar", "console");
    serial_stream(b, i, vm, "putchar", "log");
    spec_connect_notification(i, "serial_wake", b->serial, "work", BADGE_WORK);
    snprintf(name, sizeof name, "%s.typed", vm);
    spec_connect_notification(b->serial, name, i, "intready", BADGE_TYPED);
    spec_bind_notification(i, 0, spec_notification_of(i, "intready"));
}

static char *elf_name(const struct plan_vm *vm)
{
    char *name;

    if (asprintf(&name, vm->elf ? "%s.elf" : "Init.elf", vm->name) < 0)
        abort();
    return name;
}

static void virtual_machine(struct build *b, unsigned n)
{
    const struct plan_vm *vm = &b->plan->vm[n];
    struct spec_instance *i = spec_instance(b->system, &(struct spec_instance_args){
        .name = vm->name, .type = "Init", .elf = elf_name(vm), .heap = 1 * MIB, .stack = 64 * KIB,
        .priority = PRIORITY_VM, .free_slots = (uint32_t)(vm->ram_mb + 512) });

    memory_pool(i, vm);
    spec_self_caps(i);
    spec_thread_tcb_cap(i, 0);
    spec_asid_pool(i);
    connect_serial(b, i, n, vm->name);
    spec_connect_rpc_buffer(i, "fs", b->files, "fs_ctrl", 0, FS_BUFFER);
    spec_connect_rpc(i, "system_rtc", b->rtc, "rtc", 0);
    connect_shutdown(b, i);

    spec_attr_str(i, "kernel_image", vm->kernel_file);
    spec_attr_str(i, "initrd_image", vm->initrd_file ? vm->initrd_file : "");
    spec_attr_str(i, "kernel_cmdline", vm->cmdline);
    spec_attr_int(i, "guest_ram_mb", (int64_t)vm->ram_mb);
    spec_attr_int(i, "debug_exit_port", (int64_t)vm->debug_exit);
    spec_attr_int(i, "vm_log_level", (int64_t)vm->log_level);
    spec_attr_int(i, "hide_kvm", vm->no_kvm);
}

static void native(struct build *b, const struct plan_native *n)
{
    char elf[32];

    snprintf(elf, sizeof elf, "%s.elf", n->name);
    struct spec_instance *i = spec_instance(b->system, &(struct spec_instance_args){
        .name = n->name, .elf = strdup(elf), .heap = 256 * KIB, .priority = PRIORITY_VM });
    spec_connect_rpc(i, "putchar", b->serial, "processed_putchar", 0);
    spec_connect_rpc(i, "system_rtc", b->rtc, "rtc", 0);
    connect_timer(b, i, "timer", "due", 1);
    connect_shutdown(b, i);
}

/* ---------------------------------------------------- results ------------------------------------------------- */

static char *result(const struct plan *p, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", p->out, name) < 0)
        abort();
    return path;
}

static int write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        return FAIL("writing '%s' failed", path);
    return PLAN_OK;
}

static void print_line(void *ctx, const char *line)
{
    puts(line);
}

static int write_spec(struct build *b)
{
    size_t bytes;
    struct spec_problem problem;
    struct spec spec;
    void *data = spec_system_finish(b->system, &bytes);

    if (!data)
        return FAIL("%s", spec_system_error(b->system));
    if (b->plan->dump && spec_open(&spec, data, bytes, &problem) == 0)
        spec_dump(&spec, print_line, NULL);
    return write_file(result(b->plan, SPEC_FILE_NAME), data, bytes);
}

/* What the loader's archive is to hold: name and place. */
static int write_list(const struct plan *p)
{
    static const char *const common[] = { "TimeServer.elf", "SerialServer.elf", "RTC.elf", "FileServer.elf" };
    char *path = result(p, "image.list");
    FILE *f = fopen(path, "w");
    bool common_init = false;

    if (!f)
        return FAIL("writing '%s' failed", path);
    fprintf(f, "%s %s\n", SPEC_FILE_NAME, result(p, SPEC_FILE_NAME));
    for (unsigned i = 0; i < sizeof common / sizeof *common; i++)
        fprintf(f, "%s %s/%s\n", common[i], p->components, common[i]);
    if (p->poweroff)
        fprintf(f, "Shutdown.elf %s/Shutdown.elf\n", p->components);
    for (unsigned i = 0; i < p->vms; i++) {
        if (p->vm[i].elf)
            fprintf(f, "%s.elf %s\n", p->vm[i].name, p->vm[i].elf);
        common_init = common_init || !p->vm[i].elf;
    }
    if (common_init)
        fprintf(f, "Init.elf %s/Init.elf\n", p->components);
    for (unsigned i = 0; i < p->natives; i++)
        fprintf(f, "%s.elf %s\n", p->native[i].name, p->native[i].elf);
    fprintf(f, "files.cpio %s\n", p->archive);
    return fclose(f) == 0 ? PLAN_OK : FAIL("writing '%s' failed", path);
}

int main(int argc, char **argv)
{
    static struct plan plan;
    struct build b = { .plan = &plan };

    int status = plan_parse(&plan, argc, argv);
    if (status == PLAN_HELP)
        return 0;
    if (status || (status = plan_check(&plan)))
        return status;
    if (!plan.archive) {
        plan.archive = result(&plan, "files.cpio");
        if (archive_write(plan.archive, plan.file, plan.files, &plan.archive_bytes))
            return PLAN_BAD_INPUT;
    }

    b.system = spec_system_new();
    services(&b);
    spec_file(b.files, "archive", "files.cpio", plan.archive_bytes);
    shutdown_service(&b);
    for (unsigned i = 0; i < plan.vms; i++)
        virtual_machine(&b, i);
    for (unsigned i = 0; i < plan.natives; i++)
        native(&b, &plan.native[i]);
    status = write_spec(&b);
    return status ? status : write_list(&plan);
}
