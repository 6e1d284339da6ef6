// SPDX-License-Identifier: BSD-2-Clause
// A spec as text, in the manner of capDL; see spec/read.h.
#include <spec/read.h>

#include <abi/object.h>
#include <abi/syscall.h>
#include <stdarg.h>
#include <stdio.h>

struct dump { const struct spec *s; spec_line_fn line; void *context; };

__attribute__((format(printf, 2, 3))) static void say(const struct dump *d, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    d->line(d->context, text);
}

static const char *rights_text(uint32_t rights, char text[8])
{
    int n = 0;
    if (rights & ABI_RIGHT_READ) { text[n++] = 'R'; }
    if (rights & ABI_RIGHT_WRITE) { text[n++] = 'W'; }
    if (rights & ABI_RIGHT_GRANT) { text[n++] = 'G'; }
    if (rights & ABI_RIGHT_GRANT_REPLY) { text[n++] = 'P'; }
    text[n] = 0;
    return text;
}

/* "vm0.heap" is not unique by force: the index makes it so. */
static const char *label(const struct dump *d, uint32_t object, char *text, size_t size)
{
    if (object == SPEC_NONE) {
        snprintf(text, size, "-");
    } else {
        snprintf(text, size, "%s#%u", spec_object_name(d->s, object), object);
    }
    return text;
}
#define LABEL(d, object) label(d, object, (char[128]){ 0 }, 128)

static void dump_object(const struct dump *d, uint32_t i)
{
    const struct spec_object *o = &d->s->object[i];
    const char *name = LABEL(d, i), *kind = spec_kind_name(o->kind);
    const char *device = o->flags & SPEC_DEVICE ? ", device" : "";
    switch (o->kind) {
    case SPEC_UNTYPED:
        say(d, "    %s[%u] = %s (%u bits%s)", name, o->count, kind, o->bits, device);
        break;
    case SPEC_CNODE: case SPEC_SCHED_CONTEXT:
        say(d, "    %s = %s (%u bits)", name, kind, o->bits);
        break;
    case SPEC_FRAMES:
        if (o->flags & SPEC_DEVICE) {
            say(d, "    %s = %s (0x%llx bytes at 0x%llx, device)", name, kind, (unsigned long long)o->frames.bytes,
                (unsigned long long)o->frames.paddr);
        } else {
            say(d, "    %s = %s (0x%llx bytes, page bits %u%s)", name, kind, (unsigned long long)o->frames.bytes, o->bits,
                o->flags & SPEC_CONTIGUOUS ? ", contiguous" : "");
        }
        break;
    case SPEC_IRQ:
        say(d, "    %s = %s (ioapic %u, pin %u, %s, %s, vector %u) -> %s badge 0x%llx", name, kind, o->irq.ioapic,
            o->irq.pin, o->irq.level ? "level" : "edge", o->irq.polarity ? "low" : "high", o->irq.vector,
            LABEL(d, o->irq.notification), (unsigned long long)o->irq.badge);
        break;
    case SPEC_PORTS: say(d, "    %s = %s (0x%x-0x%x)", name, kind, o->ports.first, o->ports.last); break;
    case SPEC_SCHED_CONTROL: say(d, "    %s = %s (core %u)", name, kind, o->sched_control.core); break;
    default: say(d, "    %s = %s", name, kind); break;
    }
}

static void dump_caps(const struct dump *d)
{
    const struct spec *s = d->s;
    char r[8];
    say(d, "caps {");
    for (uint32_t n = 0; n < s->count[SPEC_OBJECTS]; n++) {
        if (s->object[n].kind != SPEC_CNODE) {
            continue;
        }
        say(d, "    %s {", LABEL(d, n));
        for (uint32_t i = 0; i < s->count[SPEC_CAPS]; i++) {
            const struct spec_cap *c = &s->cap[i];
            if (c->cnode != n) {
                continue;
            }
            if (c->count > 1) {
                say(d, "        0x%x-0x%x: %s[%u..] (%s)", c->slot, c->slot + c->count - 1, LABEL(d, c->object),
                    c->first, rights_text(c->rights, r));
            } else {
                say(d, "        0x%x: %s (%s, badge: 0x%llx)", c->slot, LABEL(d, c->object), rights_text(c->rights, r),
                    (unsigned long long)c->badge);
            }
        }
        say(d, "    }");
    }
    say(d, "}");
}

static void dump_spaces(const struct dump *d)
{
    const struct spec *s = d->s;
    char r[8];
    say(d, "spaces {");
    for (uint32_t n = 0; n < s->count[SPEC_OBJECTS]; n++) {
        if (s->object[n].kind != SPEC_VSPACE) {
            continue;
        }
        say(d, "    %s {", LABEL(d, n));
        for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
            if (s->component[i].vspace == n && s->component[i].file) {
                say(d, "        elf \"%s\"", spec_text(s, s->component[i].file));
            }
        }
        for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
            const struct spec_mapping *m = &s->mapping[i];
            if (m->vspace == n) {
                say(d, "        0x%llx-0x%llx: %s + 0x%llx (%s%s%s)", (unsigned long long)m->vaddr,
                    (unsigned long long)(m->vaddr + m->bytes), LABEL(d, m->frames), (unsigned long long)m->offset,
                    rights_text(m->rights, r), m->attributes & ABI_ATTR_EXECUTE_NEVER ? "" : "X",
                    m->attributes & ~(uint32_t)ABI_ATTR_EXECUTE_NEVER ? ", uncached" : "");
            }
        }
        say(d, "    }");
    }
    say(d, "}");
}

static void dump_fills(const struct dump *d)
{
    const struct spec *s = d->s;
    say(d, "fills {");
    for (uint32_t i = 0; i < s->count[SPEC_FILLS]; i++) {
        const struct spec_fill *f = &s->fill[i];
        if (f->kind == SPEC_FILL_FILE) {
            say(d, "    %s + 0x%llx: file \"%s\" + 0x%llx, 0x%llx bytes", LABEL(d, f->frames),
                (unsigned long long)f->dest, spec_text(s, f->file), (unsigned long long)f->source,
                (unsigned long long)f->bytes);
        } else {
            say(d, "    %s + 0x%llx: 0x%llx bytes", LABEL(d, f->frames), (unsigned long long)f->dest,
                (unsigned long long)f->bytes);
        }
    }
    say(d, "}");
}

static void dump_threads(const struct dump *d)
{
    const struct spec *s = d->s;
    say(d, "threads {");
    for (uint32_t i = 0; i < s->count[SPEC_THREADS]; i++) {
        const struct spec_thread *t = &s->thread[i];
        const char *name = spec_text(s, t->name);
        say(d, "    %s%s%s (tcb %s, cspace %s, vspace %s, sc %s %llu/%llu us, prio %u, max_prio %u, core %u,",
            spec_text(s, s->component[t->component].name), *name ? "." : "", name, LABEL(d, t->tcb),
            LABEL(d, t->cnode), LABEL(d, t->vspace), LABEL(d, t->sched_context), (unsigned long long)t->budget,
            (unsigned long long)t->period, t->priority, t->max_priority, t->core);
        say(d, "        ip 0x%llx, sp 0x%llx, ipc 0x%llx, bound %s, fault_ep %s%s)", (unsigned long long)t->entry,
            (unsigned long long)t->stack, (unsigned long long)t->ipc_vaddr, LABEL(d, t->notification),
            LABEL(d, t->fault_endpoint), t->flags & SPEC_THREAD_HELD ? ", held" : "");
    }
    say(d, "}");
}

void spec_dump(const struct spec *s, spec_line_fn line, void *context)
{
    const struct dump d = { s, line, context };
    say(&d, "arch x86_64");
    say(&d, "objects {");
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        dump_object(&d, i);
    }
    say(&d, "}");
    dump_caps(&d);
    dump_spaces(&d);
    dump_fills(&d);
    dump_threads(&d);
}
