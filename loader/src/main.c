// SPDX-License-Identifier: BSD-2-Clause
// The initial task: builds the system of the spec in its image, then supervises it. See loader.h for the parts.
#include "loader.h"

#include <string.h>

struct loader loader;

void say(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    sel4_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sel4_printf("loader: %s\n", text);
}

void fatal(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    sel4_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sel4_printf("loader: cannot build the system: %s\n", text);
    seL4_DebugHalt();
    for (;;) {
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    }
}

const char *thread_label(uint32_t thread)
{
    static char text[64];
    const struct spec *s = &loader.spec;
    const struct spec_thread *t = &s->thread[thread];
    const char *name = spec_text(s, t->name);
    sel4_snprintf(text, sizeof(text), "%s%s%s", spec_text(s, s->component[t->component].name), *name ? "." : "", name);
    return text;
}

static uint64_t tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

int main(seL4_BootInfo *boot)
{
    const uint64_t start = tsc();
    loader.boot = boot;
    memory_init();
    archive_open();
    programs_plan();
    objects_make();
    irqs_make();
    frames_fill_all();
    spaces_map();
    threads_configure();
    caps_install();
    const uint64_t khz = boot->tscHz / 1000 ? boot->tscHz / 1000 : 1;
    say("%u components, %u threads, %u objects, %u capabilities; %lu KiB used, %u pages shared, %lu MiB left; %lu ms",
        loader.spec.count[SPEC_COMPONENTS], loader.spec.count[SPEC_THREADS], loader.spec.count[SPEC_OBJECTS],
        loader.capabilities, loader.used_bytes >> 10, loader.frames_lent, memory_left() >> 20, (tsc() - start) / khz);
    threads_start();
    supervise();
}
