// SPDX-License-Identifier: BSD-2-Clause
// What a person asks mksystem for, checked: virtual machines, services, tests. No capabilities here yet.
#ifndef MKSYSTEM_PLAN_H
#define MKSYSTEM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAX_VMS 10                  /* the serial server's digits */
#define PLAN_MAX_NATIVE 8
#define PLAN_MAX_FILES 32

struct plan_vm {
    const char *name;
    const char *elf;                     /* host path of the VMM component's program; NULL = the common one */
    const char *kernel, *initrd;         /* host paths; initrd may be NULL */
    const char *cmdline;
    const char *kernel_file, *initrd_file;          /* names in the file server */
    uint64_t ram_mb, log_level, debug_exit;
    uint64_t pool;                       /* pieces of 8 MiB for the VM's monitor; 0 = what ram_mb needs */
    bool no_kvm;
};

struct plan_native { const char *name, *elf; };

struct plan_file { const char *name, *path; uint64_t bytes; };

struct plan {
    const char *out;                     /* directory for the results */
    const char *components;              /* directory of the components' programs */
    const char *archive;                 /* the file server's archive, made already; NULL = it is made here */
    uint64_t archive_bytes;
    uint64_t machine_mb;                 /* RAM of the machine; 0 = not told, not checked */
    bool poweroff;                       /* leave when all VMs and native components have stopped */
    uint64_t exit_port;                  /* debug-exit device of the machine, 0 = none */
    bool dump;
    unsigned vms, natives, files;
    struct plan_vm vm[PLAN_MAX_VMS];
    struct plan_native native[PLAN_MAX_NATIVE];
    struct plan_file file[PLAN_MAX_FILES];
};

/* Exit statuses. */
enum { PLAN_OK = 0, PLAN_BAD_INPUT = 1, PLAN_BAD_USAGE = 2, PLAN_HELP = -1 };

/* From the command line; PLAN_OK, or another after a message on stderr (stdout for PLAN_HELP). */
int plan_parse(struct plan *, int argc, char **argv);
/* Files exist, sizes fit; gives every guest file its name. */
int plan_check(struct plan *);

#endif
