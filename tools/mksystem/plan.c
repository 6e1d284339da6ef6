// SPDX-License-Identifier: BSD-2-Clause
// Command line of mksystem and the checks on it; see plan.h.
#include "plan.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIB (1ull << 20)
#define LEAST_RAM_MB 4
#define MOST_RAM_MB (1ull << 20)
#define SERVICES_MB 64                   /* kernel, services, monitors: what the machine must have beside guest RAM */

static const char usage[] =
    "usage: mksystem --out DIR --components DIR [options] --vm NAME --kernel FILE [VM options] [--vm NAME ...]\n"
    "Describes a system of virtual machines and services: writes DIR/system.spec, DIR/files.cpio (the guests' files) and\n"
    "DIR/image.list (lines `name path`: what the loader's archive holds).\n"
    "\n"
    "  --out DIR               where the results go\n"
    "  --components DIR        where the components' programs are (Init.elf, SerialServer.elf, ...)\n"
    "  --vm NAME               a virtual machine; the options of VMs that follow belong to it\n"
    "  --native NAME=ELF       a native component with a console; its program\n"
    "  --archive CPIO          serve this archive; --kernel and --initrd are then names in it (which nobody checks)\n"
    "  --machine-ram MB        RAM of the machine: complain now if the VMs do not fit\n"
    "  --poweroff-when-done    leave the machine when every VM and native component has stopped\n"
    "  --exit-port PORT        ... through this debug-exit device, with the value of the first VM's own (see --debug-exit)\n"
    "  --dump                  print the finished description as text\n"
    "  --help                  this text\n"
    "Options of a VM:\n"
    "  --kernel FILE           guest kernel: bzImage, vmlinux or multiboot\n"
    "  --initrd FILE           initial RAM disk\n"
    "  --cmdline TEXT          kernel command line\n"
    "  --ram MB                guest RAM (128)\n"
    "  --pool N                N pieces of 8 MiB for guest RAM and tables (simple_untyped23_pool), not what --ram needs\n"
    "  --elf FILE              program of this VM's monitor (Init.elf)\n"
    "  --debug-exit PORT       the guest has a QEMU-style debug-exit device at this I/O port\n"
    "  --log-level N           0: errors and life cycle, 1: also refused accesses, 2: every exit (0)\n"
    "  --no-kvm                hide the paravirtual clock and the rest of KVM's interface from the guest\n";

enum option {
    OPT_OUT, OPT_COMPONENTS, OPT_VM, OPT_NATIVE, OPT_ARCHIVE, OPT_MACHINE_RAM, OPT_POWEROFF, OPT_EXIT_PORT,
    OPT_DUMP, OPT_HELP,
    OPT_KERNEL, OPT_INITRD, OPT_CMDLINE, OPT_RAM, OPT_POOL, OPT_ELF, OPT_DEBUG_EXIT, OPT_LOG_LEVEL, OPT_NO_KVM, OPT_COUNT
};

static const struct { const char *name; bool takes_value, of_vm; } options[OPT_COUNT] = {
    [OPT_OUT] = { "--out", true, false },
    [OPT_COMPONENTS] = { "--components", true, false },
    [OPT_VM] = { "--vm", true, false },
    [OPT_NATIVE] = { "--native", true, false },
    [OPT_ARCHIVE] = { "--archive", true, false },
    [OPT_MACHINE_RAM] = { "--machine-ram", true, false },
    [OPT_POWEROFF] = { "--poweroff-when-done", false, false },
    [OPT_EXIT_PORT] = { "--exit-port", true, false },
    [OPT_DUMP] = { "--dump", false, false },
    [OPT_HELP] = { "--help", false, false },
    [OPT_KERNEL] = { "--kernel", true, true },
    [OPT_INITRD] = { "--initrd", true, true },
    [OPT_CMDLINE] = { "--cmdline", true, true },
    [OPT_RAM] = { "--ram", true, true },
    [OPT_POOL] = { "--pool", true, true },
    [OPT_ELF] = { "--elf", true, true },
    [OPT_DEBUG_EXIT] = { "--debug-exit", true, true },
    [OPT_LOG_LEVEL] = { "--log-level", true, true },
    [OPT_NO_KVM] = { "--no-kvm", false, true },
};

#define FAIL(status, ...) (fprintf(stderr, "mksystem: " __VA_ARGS__), fputc('\n', stderr), (status))

static int number(const char *option, const char *text, uint64_t most, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 0);
    if (errno || end == text || *end || text[0] == '-' || *out > most)
        return FAIL(PLAN_BAD_USAGE, "%s: '%s' is no number from 0 to %llu", option, text, (unsigned long long)most);
    return PLAN_OK;
}

static int good_name(const char *option, const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    if (n == 0 || name[n] || n > 16)
        return FAIL(PLAN_BAD_USAGE, "%s: '%s' is no name (1 to 16 letters, digits, _)", option, name);
    return PLAN_OK;
}

static int add_vm(struct plan *p, const char *name)
{
    if (good_name("--vm", name))
        return PLAN_BAD_USAGE;
    for (unsigned i = 0; i < p->vms; i++)
        if (strcmp(p->vm[i].name, name) == 0)
            return FAIL(PLAN_BAD_USAGE, "--vm: there are two VMs named '%s'", name);
    if (p->vms == PLAN_MAX_VMS)
        return FAIL(PLAN_BAD_USAGE, "--vm %s: at most %d VMs", name, PLAN_MAX_VMS);
    p->vm[p->vms++] = (struct plan_vm){ .name = name, .cmdline = "", .ram_mb = 128 };
    return PLAN_OK;
}

static int add_native(struct plan *p, char *text)
{
    char *elf = strchr(text, '=');

    if (!elf)
        return FAIL(PLAN_BAD_USAGE, "--native: '%s' is not NAME=ELF", text);
    *elf++ = '\0';
    if (good_name("--native", text))
        return PLAN_BAD_USAGE;
    if (p->natives == PLAN_MAX_NATIVE)
        return FAIL(PLAN_BAD_USAGE, "--native %s: at most %d", text, PLAN_MAX_NATIVE);
    p->native[p->natives++] = (struct plan_native){ text, elf };
    return PLAN_OK;
}

static int apply(struct plan *p, enum option o, char *value)
{
    struct plan_vm *vm = p->vms ? &p->vm[p->vms - 1] : NULL;

    if (options[o].of_vm && !vm)
        return FAIL(PLAN_BAD_USAGE, "%s belongs to a VM: give --vm NAME before it", options[o].name);
    switch (o) {
    case OPT_OUT: p->out = value; break;
    case OPT_COMPONENTS: p->components = value; break;
    case OPT_VM: return add_vm(p, value);
    case OPT_NATIVE: return add_native(p, value);
    case OPT_ARCHIVE: p->archive = value; break;
    case OPT_MACHINE_RAM: return number("--machine-ram", value, MOST_RAM_MB, &p->machine_mb);
    case OPT_POWEROFF: p->poweroff = true; break;
    case OPT_EXIT_PORT: return number("--exit-port", value, 0xffff, &p->exit_port);
    case OPT_DUMP: p->dump = true; break;
    case OPT_HELP: fputs(usage, stdout); return PLAN_HELP;
    case OPT_KERNEL: vm->kernel = value; break;
    case OPT_INITRD: vm->initrd = value; break;
    case OPT_CMDLINE: vm->cmdline = value; break;
    case OPT_RAM: return number("--ram", value, MOST_RAM_MB, &vm->ram_mb);
    case OPT_POOL: return number("--pool", value, 4096, &vm->pool);
    case OPT_ELF: vm->elf = value; break;
    case OPT_DEBUG_EXIT: return number("--debug-exit", value, 0xffff, &vm->debug_exit);
    case OPT_LOG_LEVEL: return number("--log-level", value, 9, &vm->log_level);
    case OPT_NO_KVM: vm->no_kvm = true; break;
    case OPT_COUNT: break;
    }
    return PLAN_OK;
}

int plan_parse(struct plan *p, int argc, char **argv)
{
    *p = (struct plan){ 0 };
    for (int i = 1; i < argc; i++) {
        int o = 0;
        while (o < OPT_COUNT && strcmp(argv[i], options[o].name) != 0)
            o++;
        if (o == OPT_COUNT)
            return FAIL(PLAN_BAD_USAGE, "unknown option '%s' (see --help)", argv[i]);
        if (options[o].takes_value && i + 1 == argc)
            return FAIL(PLAN_BAD_USAGE, "%s needs a value (see --help)", argv[i]);
        int status = apply(p, (enum option)o, options[o].takes_value ? argv[++i] : NULL);
        if (status != PLAN_OK)
            return status;
    }
    if (!p->out || !p->components)
        return FAIL(PLAN_BAD_USAGE, "--out and --components are needed (see --help)");
    if (p->vms + p->natives == 0)
        return FAIL(PLAN_BAD_USAGE, "neither --vm nor --native: nothing to run (see --help)");
    return PLAN_OK;
}

/* ---------------------------------------------------- checks -------------------------------------------------- */

static int size_of(const char *what, const char *path, uint64_t *bytes)
{
    struct stat st;
    FILE *f = fopen(path, "rb");

    if (!f)
        return FAIL(PLAN_BAD_INPUT, "%s '%s': %s", what, path, strerror(errno));
    int failed = fstat(fileno(f), &st);
    fclose(f);
    if (failed || !S_ISREG(st.st_mode))
        return FAIL(PLAN_BAD_INPUT, "%s '%s' is not a file", what, path);
    if (st.st_size == 0)
        return FAIL(PLAN_BAD_INPUT, "%s '%s' is empty", what, path);
    if ((uint64_t)st.st_size > UINT32_MAX)
        return FAIL(PLAN_BAD_INPUT, "%s '%s' is larger than the archive format can say (4 GiB)", what, path);
    *bytes = (uint64_t)st.st_size;
    return PLAN_OK;
}

/* One entry for each path; the name is the last part of the path, made different where two would be the same. */
static int add_file(struct plan *p, const char *vm, const char *what, const char *path, const char **name,
                    uint64_t *bytes)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    bool taken = false;

    int status = size_of(what, path, bytes);
    if (status)
        return status;
    for (unsigned i = 0; i < p->files; i++) {
        if (strcmp(p->file[i].path, path) == 0) {
            *name = p->file[i].name;
            return PLAN_OK;
        }
        taken = taken || strcmp(p->file[i].name, base) == 0;
    }
    char *unique = NULL;
    if (taken && asprintf(&unique, "%s-%s-%u", vm, base, p->files) < 0)
        return FAIL(PLAN_BAD_INPUT, "out of memory");
    *name = unique ? unique : base;
    p->file[p->files++] = (struct plan_file){ *name, path, *bytes };
    return PLAN_OK;
}

static int check_vm(struct plan *p, struct plan_vm *vm)
{
    uint64_t kernel = 0, initrd = 0;

    if (!vm->kernel)
        return FAIL(PLAN_BAD_INPUT, "%s has no kernel: give --kernel FILE", vm->name);
    int status = PLAN_OK;
    vm->kernel_file = vm->kernel;
    vm->initrd_file = vm->initrd;
    if (!p->archive)
        status = add_file(p, vm->name, "kernel", vm->kernel, &vm->kernel_file, &kernel);
    if (!status && !p->archive && vm->initrd)
        status = add_file(p, vm->name, "initrd", vm->initrd, &vm->initrd_file, &initrd);
    if (status)
        return status;
    if (vm->ram_mb < LEAST_RAM_MB)
        return FAIL(PLAN_BAD_INPUT, "%s: --ram %llu: a guest needs %d MiB at least", vm->name,
                    (unsigned long long)vm->ram_mb, LEAST_RAM_MB);
    if (initrd >= vm->ram_mb * MIB)
        return FAIL(PLAN_BAD_INPUT, "%s: --ram %llu: the initrd '%s' alone has %llu MiB", vm->name,
                    (unsigned long long)vm->ram_mb, vm->initrd, (unsigned long long)(initrd / MIB + 1));
    return PLAN_OK;
}

int plan_check(struct plan *p)
{
    uint64_t ram = 0, files = 0, ignored;

    if (p->archive && size_of("archive", p->archive, &p->archive_bytes))
        return PLAN_BAD_INPUT;
    for (unsigned i = 0; i < p->vms; i++) {
        int status = check_vm(p, &p->vm[i]);
        if (!status && p->vm[i].elf)
            status = size_of("program", p->vm[i].elf, &ignored);
        if (status)
            return status;
        ram += p->vm[i].ram_mb;
    }
    for (unsigned i = 0; i < p->natives; i++)
        if (size_of("program", p->native[i].elf, &ignored))
            return PLAN_BAD_INPUT;
    for (unsigned i = 0; i < p->files; i++)
        files += p->file[i].bytes / MIB + 1;
    files += p->archive_bytes / MIB;
    if (p->machine_mb && ram + files + SERVICES_MB > p->machine_mb)
        return FAIL(PLAN_BAD_INPUT, "the VMs' RAM (%llu MiB), their files (%llu MiB) and the system itself (%d MiB) "
                    "do not fit the machine's %llu MiB", (unsigned long long)ram, (unsigned long long)files, SERVICES_MB,
                    (unsigned long long)p->machine_mb);
    return PLAN_OK;
}
