// SPDX-License-Identifier: BSD-2-Clause
// Instances to programs. Each instance's <camkes.h> and glue.c are written out as text; instances with equal
// texts share one program. A member of a group is a set of objects with hidden names (NAME "group.instance"),
// and its group a program that calls the members' functions one after the other.
#include <ctype.h>
#include <string.h>

#include "attribute.h"
#include "back.h"

/* ---- one instance's text ---- */

/* What a mutex, semaphore or binary semaphore is in lib/camkes, and the author's calls on it. */
static const struct {
    const char *type, *init;
    const char *call[4];
    bool value;
    int64_t initial;
} sync_kinds[] = {
    [SYNC_MUTEX] = { "sync_mutex", "sync_mutex_init", { "lock", "unlock" } },
    [SYNC_SEMAPHORE] = { "sync_sem", "sync_sem_init", { "wait", "trywait", "post" }, true, 1 },
    [SYNC_BINARY_SEMAPHORE] = { "sync_bin_sem", "sync_bin_sem_init", { "wait", "post" }, true, 0 },
};

static void write_sync(struct glue *g, const struct sync *s)
{
    const char *type = sync_kinds[s->kind].type;
    text_add(g->top, "static %s_t camkes__%s;\n", type, s->name);
    for (unsigned i = 0; sync_kinds[s->kind].call[i]; i++) {
        const char *call = sync_kinds[s->kind].call[i];
        text_add(g->header, "int %s_%s(void);\n", s->name, call);
        text_add(g->body, "int %s_%s(void) { return %s_%s(&camkes__%s); }\n", s->name, call, type, call,
                 s->name);
    }
    text_add(g->init, "    %s(&camkes__%s, rt_cap(%s)", sync_kinds[s->kind].init, s->name,
             c_string(info_name(g->instance, s->name)));
    if (sync_kinds[s->kind].value) {
        text_add(g->init, ", (int)rt_attr_int(%s, %lld)",
                 c_string(info_name(g->instance, strf("%s_value", s->name))),
                 (long long)sync_kinds[s->kind].initial);
    }
    text_put(g->init, ");\n");
}

/* Interfaces that nothing is connected to: the author of a `maybe` one can ask whether a function is there;
 * what is provided for nobody still compiles. A connector adds only some of these, so a method may have the
 * name of one; then the method counts. */
struct open_call { enum iface_kind kind; const char *call, *text; };
#define WEAK " __attribute__((weak));\n"
#define UNUSED "__attribute__((unused)) "
static const struct open_call open_calls[] = {
    { IFACE_PROVIDES, "get_sender_id", "static inline seL4_Word %s(void) { return 0; }\n" },
    { IFACE_PROVIDES, "num_badges", "static inline unsigned %s(void) { return 0; }\n" },
    { IFACE_PROVIDES, "enumerate_badge", "static inline seL4_Word %s(unsigned n) { (void)n; return 0; }\n" },
    { IFACE_PROVIDES, "buf", "static inline void *%s(seL4_Word badge) { (void)badge; return 0; }\n" },
    { IFACE_PROVIDES, "buf_size", "static inline size_t %s(seL4_Word badge) { (void)badge; return 0; }\n" },
    { IFACE_PROVIDES, "emit", "static inline void %s(seL4_Word badge) { (void)badge; }\n" },
    { IFACE_PROVIDES, "largest_badge", "static inline seL4_Word %s(void) { return 0; }\n" },
    { IFACE_PROVIDES, "num_clients", "static inline unsigned %s(void) { return 0; }\n" },
    { IFACE_PROVIDES, "endpoint", "static inline seL4_CPtr %s(void) { return 0; }\n" },
    { IFACE_PROVIDES, "handle_message",
      "static inline bool %s(seL4_MessageInfo_t *info, seL4_Word badge)\n"
      "{\n    (void)info;\n    (void)badge;\n    return false;\n}\n" },
#define HANDLER(kind)                                                                              \
    { kind, "register_error_handler",                                                              \
      "static inline camkes_error_handler_t %s(camkes_error_handler_t handler)\n"                  \
      "{\n    (void)handler;\n    return 0;\n}\n" }
    HANDLER(IFACE_PROVIDES),
    HANDLER(IFACE_USES),
    { IFACE_USES, "buf", "static void *const %s " UNUSED "= 0;\n" },
    { IFACE_USES, "get_buf", "void *%s(void)" WEAK },
    { IFACE_USES, "get_size", "size_t %s(void)" WEAK },
    { IFACE_EMITS, "emit", "void %s(void)" WEAK },
    { IFACE_EMITS, "emit_underlying", "void %s(void)" WEAK },
#define SIGNALLED(kind)                                                                            \
    { kind, "wait", "void %s(void)" WEAK }, { kind, "poll", "int %s(void)" WEAK },                 \
    { kind, "reg_callback", "int %s(void (*callback)(void *), void *arg)" WEAK },                  \
    { kind, "notification", "seL4_CPtr %s(void)" WEAK },                                           \
    { kind, "notification_badge", "seL4_Word %s(void)" WEAK }
    SIGNALLED(IFACE_CONSUMES),
    SIGNALLED(IFACE_USES),
    { IFACE_DATAPORT, "get_size", "static inline size_t %s(void) { return 0; }\n" },
    { IFACE_DATAPORT, "size", "#define %s ((size_t)0)\n" },
    { IFACE_DATAPORT, "acquire", "static inline void %s(void) { }\n" },
    { IFACE_DATAPORT, "release", "static inline void %s(void) { }\n" },
};

static bool has_method(const struct iface *f, const char *name)
{
    for (size_t i = 0; f->procedure && i < f->procedure->method_count; i++) {
        if (!strcmp(f->procedure->methods[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void write_unconnected(struct glue *g, const struct port *p)
{
    const struct iface *f = p->iface;
    text_add(g->header, "\n/* %s: not connected */\n", f->name);
    if (f->kind == IFACE_DATAPORT) {
        const char *type = f->buf_bytes || !f->type_name ? "void" : f->type_name;
        text_add(g->header, "extern %s *%s;                          /* NULL */\n", type, f->name);
        text_add(g->body, "%s *%s;\n", type, f->name);
    }
    for (size_t i = 0; i < sizeof(open_calls) / sizeof(*open_calls); i++) {
        const struct open_call *o = &open_calls[i];
        if (o->kind == f->kind && !has_method(f, o->call)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            text_add(g->header, o->text, strf("%s_%s", f->name, o->call));
#pragma GCC diagnostic pop
        }
    }
    for (size_t i = 0; f->procedure && i < f->procedure->method_count; i++) {
        const char *weak = f->kind == IFACE_USES ? " __attribute__((weak))" : "";
        text_add(g->header, "%s%s;\n", method_prototype(p, &f->procedure->methods[i]), weak);
    }
}

static void write_port(struct glue *g, const struct port *p)
{
    static const char *const verb[IFACE_KIND_COUNT] = { "uses", "provides", "emits", "consumes", "dataport" };
    if (!p->connector) {
        write_unconnected(g, p);
        return;
    }
    const char *title = strf("%s: %s %s, by %s", p->iface->name, verb[p->iface->kind],
                             p->iface->type_name ? p->iface->type_name : "Buf", p->connector->name);
    text_add(g->header, "\n/* %s */\n", title);
    text_add(g->body, "\n/* ---- %s ---- */\n\n", title);
    const struct connector_impl *c = connector_of(p->connector);
    void (*const write)(struct glue *, const struct port *) = !c ? NULL : p->is_from ? c->from : c->to;
    if (write) {
        write(g, p);
    }
}

/* Of a group's member: its functions under names that only it has, for the group's own program. */
static void write_member(struct glue *g)
{
    const char *id = g->instance->id;
    text_add(g->header, "\n#define get_instance_name() %s\n", c_string(g->instance->name));
    static const char *const functions[] = { "pre_init", "post_init", "run" };
    text_put(g->body, "\n/* ---- what the group's program calls ---- */\n\n");
    for (unsigned i = 0; i < 3; i++) {
        const char *f = functions[i], *type = i == 2 ? "int" : "void";
        text_add(g->body, "extern __typeof__(%s) %s __attribute__((weak));\n%s camkes_in_%s_%s(void);\n", f,
                 f, type, id, f);
        text_add(g->body, i == 2 ? "%s camkes_in_%s_%s(void) { return %s ? %s() : 0; }\n"
                                 : "%s camkes_in_%s_%s(void) { if (%s) { %s(); } }\n", type, id, f, f, f);
    }
}

static bool listed(const char *name, const char *const *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!strcmp(list[i], name)) {
            return true;
        }
    }
    return false;
}

static const char *or_empty(const struct text *t) { return t->data ? t->data : ""; }

/* The lines of `from` that are #includes, or those that are not. */
static void put_lines(struct text *to, const struct text *from, bool includes)
{
    for (const char *at = or_empty(from); *at;) {
        const size_t n = strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
        if ((strncmp(at, "#include", 8) == 0) == includes) {
            text_append(to, at, n);
        }
        at += n;
    }
}

static void write_instance(const struct instance *i, const struct back_options *o, struct program *out)
{
    struct text includes = { 0 }, header = { 0 }, top = { 0 }, body = { 0 }, init = { 0 },
                rest = { 0 }, h = { 0 }, c = { 0 };
    struct glue g = { i, &includes, &header, &top, &body, &init };
    const struct component *t = i->type;
    for (size_t n = 0; n < t->include_count; n++) {
        glue_include(&g, t->includes[n].text);
    }
    for (size_t n = 0; n < i->port_count; n++) {
        if (i->ports[n]->iface->procedure) {
            glue_includes(&g, i->ports[n]->iface->procedure);
        }
    }
    attributes_write(&g, listed(t->name, o->const_attr_types, o->const_attr_count));
    for (size_t n = 0; n < t->sync_count; n++) {
        text_put(g.header, n ? "" : "\n");
        write_sync(&g, &t->syncs[n]);
    }
    for (size_t n = 0; n < i->port_count; n++) {
        write_port(&g, i->ports[n]);
    }
    if (i->group) {
        write_member(&g);
    }
    text_add(&h, "// Made by camkes for component %s: what its author may call. Do not edit.\n"
                 "#ifndef CAMKES_H\n#define CAMKES_H\n\n#include <camkes/base.h>\n", t->name);
    text_put(&h, or_empty(&includes));
    text_put(&h, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    text_put(&h, or_empty(&header));
    text_put(&h, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    text_add(&c, "// Made by camkes for component %s: its side of the connectors. Do not edit.\n"
                 "#define CAMKES_GLUE\n#include <camkes.h>\n%s#include <rt/rt.h>\n", t->name,
             t->sync_count ? "#include <camkes/sync.h>\n" : "");
    put_lines(&c, &top, true);
    put_lines(&rest, &top, false);
    while (rest.length > 1 && !strcmp(rest.data + rest.length - 2, "\n\n")) {
        rest.data[--rest.length] = 0;
    }
    text_put(&c, rest.length ? "\n" : "");
    text_put(&c, or_empty(&rest));
    text_put(&c, t->sync_count ? "\n" : "");
    text_put(&c, or_empty(&body));
    if (init.length) {
        text_put(&c, "\n/* Before pre_init and all other threads. */\n"
                     "__attribute__((constructor(101))) static void camkes_start(void)\n{\n");
        text_put(&c, init.data);
        text_put(&c, "}\n");
    }
    out->header = h.data;
    out->glue = c.data;
}

/* ---- which instances share a program ---- */

static struct program *program_add(struct programs *ps)
{
    struct program *p = vec_add(&ps->list);
    *p = (struct program){ 0 };
    return p;
}

static struct program *equal_program(struct programs *ps, const struct program *p, const char *type,
                                     unsigned *variants)
{
    *variants = 0;
    for (size_t n = 0; n < ps->list.count; n++) {
        struct program *other = &ps->list.at[n];
        if (other->group || strcmp(other->type, type)) {
            continue;
        }
        ++*variants;
        if (strchr(other->name, '-') == NULL && !strcmp(other->glue, p->glue) &&
            !strcmp(other->header, p->header)) {
            return other;
        }
    }
    return NULL;
}

static void place(struct programs *ps, const struct instance *i, const struct program *text, bool separate)
{
    unsigned variants;
    struct program *p = equal_program(ps, text, i->type->name, &variants);
    if (i->group || separate || !p) {
        p = program_add(ps);
        *p = (struct program){
            .type = i->type->name, .header = text->header, .glue = text->glue, .group = i->group
        };
        if (i->group) {
            p->name = strf("%s.%s", i->group, i->id);
        } else if (separate) {
            p->name = strf("%s-%s", i->type->name, i->id);
        } else {
            p->name = variants ? strf("%s.%u", i->type->name, variants + 1) : i->type->name;
        }
    }
    *vec_add(&p->instances) = i;
}

/* ---- groups ---- */

static void group_calls(struct text *t, const struct program *p, const char *function)
{
    text_add(t, "\nvoid %s(void)\n{\n", function);
    for (size_t n = 0; n < p->instances.count; n++) {
        text_add(t, "    camkes_in_%s_%s();\n", p->instances.at[n]->id, function);
    }
    text_put(t, "}\n");
}

/* The group's own glue: starts the members in turn, and a thread for each control but the first, which has
 * thread 0. */
static void write_group(struct program *p)
{
    struct text t = { 0 }, rows = { 0 };
    struct glue g = { .body = &rows };
    text_add(&t,
             "// Made by camkes for the group %s: starts its members. Do not edit.\n#include <rt/rt.h>\n\n",
             p->name);
    const char *first = NULL;
    for (size_t n = 0; n < p->instances.count; n++) {
        const char *id = p->instances.at[n]->id;
        text_add(&t,
                 "void camkes_in_%s_pre_init(void);\nvoid camkes_in_%s_post_init(void);\nint "
                 "camkes_in_%s_run(void);\n",
                 id, id, id);
        if (!p->instances.at[n]->type->control) {
            continue;
        }
        if (first) {
            glue_thread(&g, id, id, "NULL", strf("camkes_in_%s_run", id));
        } else {
            first = id;
        }
    }
    group_calls(&t, p, "pre_init");
    group_calls(&t, p, "post_init");
    if (first) {
        text_add(&t, "\nint run(void) { return camkes_in_%s_run(); }\n", first);
    }
    text_add(&t, "\n%s", or_empty(&rows));
    p->glue = t.data;
}

static struct program *group_program(struct programs *ps, const char *group)
{
    for (size_t n = 0; n < ps->list.count; n++) {
        if (!*ps->list.at[n].type && !strcmp(ps->list.at[n].name, group)) {
            return &ps->list.at[n];
        }
    }
    struct program *p = program_add(ps);
    p->name = group;
    p->type = "";
    return p;
}

struct programs *programs_make(const struct model *m, const struct back_options *o)
{
    struct programs *ps = NEW(struct programs);
    for (size_t n = 0; n < m->instance_count; n++) {
        const struct instance *i = m->instances[n];
        struct program text = { 0 };
        if (i->type->hardware) {
            continue;
        }
        write_instance(i, o, &text);
        place(ps, i, &text, listed(i->name, o->separate, o->separate_count));
        if (i->group) {
            *vec_add(&group_program(ps, i->group)->instances) = i;
        }
    }
    for (size_t n = 0; n < ps->list.count; n++) {
        if (!*ps->list.at[n].type) {
            write_group(&ps->list.at[n]);
        }
    }
    return ps;
}

const char *program_elf(const struct programs *ps, const struct instance *i)
{
    if (i->group) {
        return strf("%s.elf", i->group);
    }
    for (size_t n = 0; n < ps->list.count; n++) {
        for (size_t k = 0; !ps->list.at[n].group && k < ps->list.at[n].instances.count; k++) {
            if (ps->list.at[n].instances.at[k] == i) {
                return strf("%s.elf", ps->list.at[n].name);
            }
        }
    }
    return "";
}

/* ---- files ---- */

/* The declared connectors whose templates a program's glue comes from, for their libraries. */
static void write_connectors(struct text *t, const struct program *p, bool from)
{
    const struct instance *i = p->instances.at[0];
    bool any = false;
    for (size_t n = 0; *p->type && n < i->port_count; n++) {
        const struct port *port = i->ports[n];
        if (port->connector && port->is_from == from && connector_is_declared(port->connector->name)) {
            text_add(t, "%s %s",
                     any    ? ""
                     : from ? "\n    CONNECTORS_FROM"
                            : "\n    CONNECTORS_TO",
                     port->connector->name);
            any = true;
        }
    }
}

static void write_program(struct text *t, const struct programs *ps, const struct program *p)
{
    const bool group = !*p->type;
    text_add(t, "camkes_program(NAME %s", p->name);
    if (!group) {
        text_add(t, " TYPE %s", p->type);
    }
    text_put(t, "\n    INSTANCES");
    for (size_t n = 0; n < p->instances.count; n++) {
        text_add(t, " %s", p->instances.at[n]->name);
    }
    text_add(t, "\n    GLUE \"${CMAKE_CURRENT_LIST_DIR}/%s/glue.c\"", p->name);
    if (!group) {
        text_add(t, "\n    INCLUDE \"${CMAKE_CURRENT_LIST_DIR}/%s/include\"", p->name);
    }
    if (p->group) {
        text_add(t, "\n    GROUP %s KEEP camkes_in_%s_*", p->group, p->instances.at[0]->id);
    }
    if (group) {
        text_put(t, "\n    MEMBERS");
        for (size_t n = 0; n < ps->list.count; n++) {
            if (ps->list.at[n].group && !strcmp(ps->list.at[n].group, p->name)) {
                text_add(t, " %s", ps->list.at[n].name);
            }
        }
    }
    write_connectors(t, p, true);
    write_connectors(t, p, false);
    text_put(t, ")\n");
}

static void write_input(void *text, const char *path) { text_add(text, "\n    \"%s\"", path); }

void programs_write(const struct programs *ps, const struct model *m, const char *dir)
{
    struct text build = { 0 };
    text_add(&build, "# Made by camkes: an assembly's programs and the files it was read from.\n");
    for (int groups = 0; groups < 2; groups++) { /* members before the groups they belong to */
        for (size_t n = 0; n < ps->list.count; n++) {
            const struct program *p = &ps->list.at[n];
            if ((*p->type == 0) != (groups == 1)) {
                continue;
            }
            write_program(&build, ps, p);
            text_write(&(struct text){ (char *)(uintptr_t)p->glue, strlen(p->glue), 0 },
                       strf("%s/%s/glue.c", dir, p->name));
            if (p->header) {
                text_write(&(struct text){ (char *)(uintptr_t)p->header, strlen(p->header), 0 },
                           strf("%s/%s/include/camkes.h", dir, p->name));
            }
        }
    }
    text_put(&build, "camkes_inputs(");
    for (size_t n = 0; n < m->source_count; n++) {
        write_input(&build, m->sources[n]);
    }
    template_files(write_input, &build);
    text_put(&build, ")\n");
    text_write(&build, strf("%s/build.cmake", dir));
}
