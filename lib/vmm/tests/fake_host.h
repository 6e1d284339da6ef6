// SPDX-License-Identifier: BSD-2-Clause
// A machine without hardware for host tests: RAM from malloc, files from memory, a VCPU that plays a script.
#ifndef VMM_TESTS_FAKE_HOST_H
#define VMM_TESTS_FAKE_HOST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine.h"

struct fake_file { const char *name; const void *data; uint64_t size; };

struct fake {
    struct vm_state state __attribute__((aligned(4096)));
    struct vm_host host;
    struct vm_config cfg;
    struct vm_ram_region ram[VM_MAX_RAM_REGIONS];
    int nregions;
    struct vm *vm;
    struct vcpu *v;
    struct fake_file file[4];
    uint64_t now;
    char log[16384];
    char console[4096];
    /* called for each entry; returns enum vm_enter_result */
    int (*enter)(struct fake *, uint64_t *badge);
    unsigned entries, notifications;
    void *data;
};

static inline uint64_t fake_now(void *ctx) { return ((struct fake *)ctx)->now; }
static inline int64_t fake_wall(void *ctx) { return 1700000000000000000 + (int64_t)((struct fake *)ctx)->now; }

static inline void fake_append(char *to, size_t max, const char *s, size_t n)
{
    size_t have = strlen(to);

    if (n > max - have - 1)
        n = max - have - 1;
    memcpy(to + have, s, n);
    to[have + n] = 0;
}

static inline void fake_log(void *ctx, const char *line)
{
    struct fake *f = ctx;

    fake_append(f->log, sizeof(f->log), line, strlen(line));
    fake_append(f->log, sizeof(f->log), "\n", 1);
}

static inline void fake_console(void *ctx, unsigned port, const char *bytes, size_t n)
{
    struct fake *f = ctx;

    fake_append(f->console, sizeof(f->console), bytes, n);
}

static inline int fake_open(void *ctx, const char *name, uint64_t *size)
{
    struct fake *f = ctx;

    for (int i = 0; i < 4; i++)
        if (f->file[i].name && strcmp(f->file[i].name, name) == 0) {
            *size = f->file[i].size;
            return i;
        }
    return -1;
}

static inline long fake_read(void *ctx, int handle, uint64_t offset, void *to, size_t n)
{
    struct fake_file *file = &((struct fake *)ctx)->file[handle];

    if (offset > file->size)
        return -1;
    if (n > file->size - offset)
        n = file->size - offset;
    memcpy(to, (const uint8_t *)file->data + offset, n);
    return (long)n;
}

static inline void fake_close(void *ctx, int handle) { }

static inline int fake_enter(void *ctx, unsigned vcpu, uint64_t *badge)
{
    struct fake *f = ctx;

    f->entries++;
    f->state.dirty = 0;
    f->state.inject.valid = 0;
    f->state.valid = VM_GROUP_GPR | VM_GROUP_RIP;
    memset(&f->state.exit, 0, sizeof(f->state.exit));
    return f->enter(f, badge);
}

static inline int fake_read_state(void *ctx, unsigned vcpu, uint32_t groups)
{
    ((struct fake *)ctx)->state.valid |= groups;
    return 0;
}

static inline void fake_notified(void *ctx, struct vm *vm, uint64_t badge) { ((struct fake *)ctx)->notifications++; }

/* A machine of ram_mb MiB without a guest; `f` is zeroed first. */
static inline struct vm *fake_machine(struct fake *f, uint64_t ram_mb)
{
    struct vm_config cfg = f->cfg;

    memset(f, 0, sizeof(*f));
    f->cfg = cfg;
    f->cfg.name = "t";
    f->cfg.ram_mb = ram_mb;
    f->host = (struct vm_host){
        .platform = { f, 2000000000, fake_now, fake_wall, fake_console, fake_log },
        .state = { &f->state }, .enter = fake_enter, .read_state = fake_read_state, .notified = fake_notified,
        .file_open = fake_open, .file_read = fake_read, .file_close = fake_close,
    };
    f->nregions = vm_ram_layout(ram_mb, f->ram);
    for (int i = 0; i < f->nregions; i++)
        assert_non_null(f->ram[i].host = calloc(1, f->ram[i].size));
    f->vm = vm_create(&f->cfg, &f->host, f->ram, f->nregions);
    if (f->vm) {
        f->v = &f->vm->cpu[0];
        vcpu_power_on(f->v);
        f->state.dirty = 0;
    }
    return f->vm;
}

static inline void fake_free(struct fake *f)
{
    vm_destroy(f->vm);
    for (int i = 0; i < f->nregions; i++)
        free(f->ram[i].host);
    f->vm = NULL;
    memset(&f->cfg, 0, sizeof(f->cfg));
}

static inline uint8_t *fake_ram(struct fake *f, uint64_t gpa) { return guest_ptr(f->vm, gpa, 1); }

#endif
