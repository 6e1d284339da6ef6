// SPDX-License-Identifier: BSD-2-Clause
// Declarations: from what was parsed to the model's types, procedures, components and connectors. What is
// wrong with one by itself is told here.
#include <string.h>
#include "program.h"

/* ---- names ---- */

static const char *const c_words[] = {
    "auto",   "break",  "case",   "const",  "continue", "default", "do",       "else",     "enum",
    "extern", "for",    "goto",   "if",     "inline",   "long",    "register", "restrict", "return",
    "short",  "sizeof", "static", "switch", "typedef",  "union",   "volatile", "while",    "bool",
    "true",   "false",  "asm",    "typeof", "NULL",     "errno",
};
/* Functions with a meaning of their own, and prefixes of the libraries below. */
static const char *const reserved[] = {
    "main", "run", "pre_init", "post_init", "exit", "abort", "printf", "malloc", "free",
    "get_instance_name", "get_instance_affinity", "set_putchar",
};
static const char *const prefixes[] = { "seL4_", "camkes_", "CAMKES_", "rt_", "__" };
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A name that stands alone in C; a method's does so in its author's mind. */
static void check_c_word(const char *what, struct name n)
{
    for (size_t i = 0; i < COUNT(c_words); i++)
        if (strcmp(n.text, c_words[i]) == 0)
            diag_error(n.loc, "%s '%s' has a name that means something in C", what, n.text);
}

static void check_function(const char *what, struct name n)
{
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (strcmp(n.text, reserved[i]) == 0)
            diag_error(n.loc, "%s '%s' has the name of a function in every component", what, n.text);
}

/* A name that begins one of C's. */
static void check_prefix(const char *what, struct name n)
{
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (strncmp(n.text, prefixes[i], strlen(prefixes[i])) == 0)
            diag_error(n.loc, "%s '%s' has a name that begins with '%s', as the runtime's do", what, n.text,
                       prefixes[i]);
}

static void check_symbol(const char *what, struct name n)
{
    check_c_word(what, n);
    check_function(what, n);
    check_prefix(what, n);
}

/* Names of one scope, each once. */
struct seen { const char *what; struct loc loc; };
static bool check_once(struct map *names, const char *what, const char *name, struct loc loc)
{
    struct seen *now = NEW(struct seen), *first;

    *now = (struct seen){ what, loc };
    first = map_put(names, name, now);
    if (!first)
        return true;
    if (strcmp(first->what, what) == 0)
        diag_error(loc, "a second %s '%s'", what, name);
    else
        diag_error(loc, "%s '%s' has the name of %s %s", what, name,
                   strchr("aeiou", first->what[0]) ? "an" : "a", first->what);
    diag_note(first->loc, "the first is here");
    return false;
}

/* ---- attributes ---- */

static struct attribute make_attribute(struct program *p, const struct ast_attribute *from, bool headers)
{
    struct attribute a = { from->name.text, type_make(p, &from->type, headers), NULL, from->name.loc };
    const struct value *v = from->initial ? eval(from->initial, NULL) : NULL;

    if (from->type.is_void)
        diag_error(from->type.loc, "attribute '%s' cannot be void", a.name);
    else if (v)
        a.initial = value_as(v, &a.type, strf("attribute '%s'", a.name));
    return a;
}

/* ---- procedures ---- */

static void make_params(struct program *p, const struct ast_method *from, struct method *m, bool headers)
{
    struct map names = { 0 };

    m->params = mem_new((from->params.count + 1) * sizeof *m->params);
    for (size_t i = 0; i < from->params.count; i++) {
        const struct ast_param *f = &from->params.at[i];
        struct param *param = &m->params[m->count];

        *param = (struct param){ f->dir, type_make(p, &f->type, headers), f->name.text, f->name.loc };
        if (f->type.is_void) {
            diag_error(f->type.loc,
                       f->type.array ? "parameter '%s' cannot be an array of void"
                                     : "parameter '%s' cannot be void",
                       param->name);
            diag_hint("bytes of any kind are passed as 'char %s[]'", param->name);
            continue;
        }
        if (f->type.inline_struct)
            diag_error(f->type.loc, "the struct of parameter '%s' needs a declaration of its own",
                       param->name);
        check_c_word("parameter", f->name);
        check_function("parameter", f->name);
        if (check_once(&names, "parameter", param->name, param->loc))
            m->count++;
    }
    /* Arrays pass their length beside them, as <name>_sz. */
    for (size_t i = 0; i < m->count; i++) {
        struct seen *other =
            m->params[i].type.array ? map_get(&names, strf("%s_sz", m->params[i].name)) : NULL;

        if (other) {
            diag_error(other->loc, "parameter '%s_sz' has the name of the length of array '%s'",
                       m->params[i].name, m->params[i].name);
            diag_note(m->params[i].loc, "the array is here");
        }
    }
}

static void make_methods(struct program *p, const struct ast_procedure *from, struct procedure *to)
{
    struct map names = { 0 };

    to->methods = mem_new((from->methods.count + 1) * sizeof *to->methods);
    for (size_t i = 0; i < from->methods.count; i++) {
        const struct ast_method *f = &from->methods.at[i];
        struct method *m = &to->methods[to->method_count];

        *m = (struct method){ f->name.text, type_make(p, &f->result, to->include_count), NULL, 0,
                              f->name.loc };
        if (f->result.array) {
            diag_error(f->result.loc, "method '%s' cannot return an array", m->name);
            diag_hint("give it a parameter 'out %s result[]'", f->result.text);
        }
        if (f->result.inline_struct)
            diag_error(f->result.loc, "the struct that method '%s' returns needs a declaration of its own",
                       m->name);
        check_c_word("method", f->name);
        make_params(p, f, m, to->include_count);
        if (check_once(&names, "method", m->name, m->loc))
            to->method_count++;
    }
}

static struct include *make_includes(const struct ast_include *from, size_t count)
{
    struct include *to = mem_new((count + 1) * sizeof *to);

    for (size_t i = 0; i < count; i++)
        to[i].text = from[i].text;
    return to;
}

static void make_procedure(struct program *p, struct ast_procedure *from)
{
    struct procedure *to = from->made = NEW(struct procedure);
    struct map names = { 0 };

    to->name = from->name.text;
    to->loc = from->name.loc;
    to->includes = make_includes(from->includes.at, from->includes.count);
    to->include_count = from->includes.count;
    to->attributes = mem_new((from->attributes.count + 1) * sizeof *to->attributes);
    for (size_t i = 0; i < from->attributes.count; i++) {
        to->attributes[to->attribute_count] = make_attribute(p, &from->attributes.at[i], to->include_count);
        if (check_once(&names, "attribute", from->attributes.at[i].name.text,
                       from->attributes.at[i].name.loc))
            to->attribute_count++;
    }
    make_methods(p, from, to);
    if (to->method_count == 0 && to->include_count == 0)     /* with a header it describes shared memory */
        diag_warning(to->loc, "empty", "procedure '%s' has no methods", to->name);
}

/* ---- components ---- */

static const struct procedure *find_procedure(struct program *p, struct ast_iface *i)
{
    struct ast_procedure *found;
    const char *other;

    if (i->inline_procedure) {
        i->inline_procedure->name.text = strf("%s", i->name.text);
        make_procedure(p, i->inline_procedure);
        return i->inline_procedure->made;
    }
    found = map_get(&p->procedures, i->type.text);
    if (found)
        return found->made;
    diag_error(i->type.loc, "there is no procedure '%s'", i->type.text);
    other = map_get(&p->structs, i->type.text) ? "struct" : NULL;
    if (map_get(&p->components, i->type.text))
        other = "component";
    if (other)
        diag_hint("'%s' is a %s", i->type.text, other);
    else
        hint_unknown(p, "procedure", &p->procedures, i->type.text);
    return NULL;
}

enum { BUF_MAX = 1 << 30 };

static struct iface make_iface(struct program *p, struct ast_iface *from)
{
    struct iface to = { .kind = from->kind,
                        .name = from->name.text,
                        .type_name = from->type.text,
                        .maybe = from->maybe,
                        .loc = from->name.loc };

    if (to.kind == IFACE_USES || to.kind == IFACE_PROVIDES) {
        to.procedure = find_procedure(p, from);
        if (from->inline_procedure)
            to.type_name = from->inline_procedure->name.text;
    }
    if (from->bytes)
        to.buf_bytes = (uint64_t)eval_int(from->bytes, "the size of a dataport", 1, BUF_MAX, 4096);
    if (to.kind == IFACE_DATAPORT)
        check_symbol("interface", from->name);
    else
        check_prefix("interface", from->name);
    return to;
}

static void check_hardware(const struct ast_component *c)
{
    if (!c->hardware)
        return;
    if (c->control) {
        diag_error(c->control_loc, "hardware component '%s' cannot have a thread of control", c->name.text);
        diag_note(c->hardware_loc, "it is hardware by this word");
    }
    for (size_t i = 0; i < c->syncs.count; i++)
        diag_error(c->syncs.at[i].name.loc, "hardware component '%s' cannot have locks", c->name.text);
    for (size_t i = 0; i < c->compositions.count; i++)
        diag_error(c->compositions.at[i]->loc, "hardware component '%s' cannot be composed of others",
                   c->name.text);
}

/* What the C header of a component declares, besides the methods: <name><suffix>. */
static const char *const suffixes[][12] = {
    [IFACE_USES] = { "_register_error_handler" },
    [IFACE_PROVIDES] = { "_get_sender_id", "_register_error_handler", "_enumerate_badge", "_num_badges" },
    [IFACE_EMITS] = { "_emit", "_emit_underlying" },
    [IFACE_CONSUMES] = { "_wait", "_poll", "_reg_callback", "_notification", "_acknowledge" },
    [IFACE_DATAPORT] = { "", "_acquire", "_release", "_get_size", "_size" },
};
static const char *const sync_suffixes[][4] = {
    [SYNC_MUTEX] = { "_lock", "_unlock" },
    [SYNC_SEMAPHORE] = { "_wait", "_trywait", "_post" },
    [SYNC_BINARY_SEMAPHORE] = { "_wait", "_post" },
};

struct symbol { const char *owner; struct loc loc; };
static void add_symbol(struct map *symbols, const char *name, const char *owner, struct loc loc)
{
    struct symbol *now = NEW(struct symbol), *first;

    *now = (struct symbol){ owner, loc };
    first = map_put(symbols, name, now);
    if (first && strcmp(first->owner, owner)) {
        diag_error(loc, "%s and %s both declare '%s' in C", first->owner, owner, name);
        if (memcmp(&first->loc, &loc, sizeof loc) != 0)
            diag_note(first->loc, "the first is here");
    }
}

/* Two things of one component must not have the same name in C. */
static void check_symbols(const struct component *c)
{
    struct map symbols = { 0 };

    for (size_t i = 0; i < c->attribute_count; i++)
        add_symbol(&symbols, c->attributes[i].name, strf("attribute '%s'", c->attributes[i].name),
                   c->attributes[i].loc);
    for (size_t i = 0; i < c->sync_count; i++)
        for (size_t j = 0; j < 4 && sync_suffixes[c->syncs[i].kind][j]; j++)
            add_symbol(&symbols, strf("%s%s", c->syncs[i].name, sync_suffixes[c->syncs[i].kind][j]),
                       strf("lock '%s'", c->syncs[i].name), c->syncs[i].loc);
    for (size_t i = 0; i < c->iface_count; i++) {
        const struct iface *f = &c->ifaces[i];
        const char *owner = strf("interface '%s'", f->name);

        for (size_t j = 0; j < 12 && suffixes[f->kind][j]; j++)
            add_symbol(&symbols, strf("%s%s", f->name, suffixes[f->kind][j]), owner, f->loc);
        for (size_t j = 0; f->procedure && j < f->procedure->method_count; j++)
            add_symbol(&symbols, strf("%s_%s", f->name, f->procedure->methods[j].name),
                       strf("method '%s' of %s", f->procedure->methods[j].name, owner), f->loc);
    }
}

static void make_component(struct program *p, struct ast_component *from)
{
    struct component *to = from->made = NEW(struct component);
    struct map names = { 0 };

    *to = (struct component){
        .name = from->name.text, .control = from->control, .hardware = from->hardware,
        .ifaces = mem_new((from->ifaces.count + 1) * sizeof *to->ifaces),
        .attributes = mem_new((from->attributes.count + 1) * sizeof *to->attributes),
        .syncs = mem_new((from->syncs.count + 1) * sizeof *to->syncs),
        .includes = make_includes(from->includes.at, from->includes.count),
        .include_count = from->includes.count, .loc = from->name.loc,
    };
    for (size_t i = 0; i < from->ifaces.count; i++) {
        to->ifaces[to->iface_count] = make_iface(p, &from->ifaces.at[i]);
        if (check_once(&names, "interface", from->ifaces.at[i].name.text, from->ifaces.at[i].name.loc))
            to->iface_count++;
    }
    for (size_t i = 0; i < from->attributes.count; i++) {
        to->attributes[to->attribute_count] = make_attribute(p, &from->attributes.at[i], to->include_count);
        check_symbol("attribute", from->attributes.at[i].name);
        if (check_once(&names, "attribute", from->attributes.at[i].name.text,
                       from->attributes.at[i].name.loc))
            to->attribute_count++;
    }
    for (size_t i = 0; i < from->syncs.count; i++) {
        static const char *const kinds[] = { "mutex", "semaphore", "binary semaphore" };
        const struct ast_sync *f = &from->syncs.at[i];

        to->syncs[to->sync_count] = (struct sync){ f->kind, f->name.text, f->name.loc };
        check_prefix(kinds[f->kind], f->name);
        if (check_once(&names, kinds[f->kind], f->name.text, f->name.loc))
            to->sync_count++;
    }
    check_hardware(from);
    check_symbols(to);
}

/* Anonymous components inside of compositions are components like others. */
static void make_inline_components(struct program *p, struct ast_composition *c)
{
    for (size_t i = 0; i < c->instances.count; i++) {
        struct ast_component *inner = c->instances.at[i].inline_component;

        if (!inner)
            continue;
        *vec_add(&p->all_components) = inner;       /* the loop over these comes to it */
    }
}

/* ---- connectors ---- */

enum { THREADS_MAX = 64 };

static struct connector_side make_side(const struct ast_connector *c, const char *word,
                                       const struct ast_side *from)
{
    struct connector_side to = { .many = from->many, .hardware = from->hardware, .threads = 1 };

    to.kind = from->kind == SIDE_PROCEDURE ? END_PROCEDURE : END_DATAPORT;
    if (from->kind == SIDE_EVENT)
        to.kind = END_EVENT;
    if (!from->given)
        diag_error(c->name.loc, "connector '%s' does not say what it connects '%s'", c->name.text, word);
    if (from->threads)
        to.threads = (unsigned)eval_int(from->threads, "the number of threads", 0, THREADS_MAX, 1);
    return to;
}

static void make_connector(struct program *p, struct ast_connector *from)
{
    struct connector *to = from->made = NEW(struct connector);
    struct map names = { 0 };

    to->name = from->name.text;
    to->loc = from->name.loc;
    to->from = make_side(from, "from", &from->from);
    to->to = make_side(from, "to", &from->to);
    if (from->from.given && from->to.given && from->from.kind != from->to.kind) {
        diag_error(from->to.loc, "connector '%s' joins ends of different kinds", to->name);
        diag_note(from->from.loc, "the other end is here");
    }
    if (from->from.hardware && from->to.hardware)
        diag_error(from->to.loc, "connector '%s' joins hardware to hardware", to->name);
    to->attributes = mem_new((from->attributes.count + 1) * sizeof *to->attributes);
    for (size_t i = 0; i < from->attributes.count; i++) {
        to->attributes[to->attribute_count] = make_attribute(p, &from->attributes.at[i], true);
        if (check_once(&names, "attribute", from->attributes.at[i].name.text,
                       from->attributes.at[i].name.loc))
            to->attribute_count++;
    }
}

static void make_inline_connectors(struct program *p, struct ast_composition *c)
{
    for (size_t i = 0; i < c->connections.count; i++) {
        struct ast_connector *inner = c->connections.at[i].inline_connector;

        if (inner) {
            inner->name.text = c->connections.at[i].connector.text = "(connector without a name)";
            make_connector(p, inner);
        }
    }
}

static void make_composition(struct program *p, struct ast_composition *c)
{
    make_inline_components(p, c);
    make_inline_connectors(p, c);
}

void program_declare(struct program *p)
{
    for (size_t i = 0; i < p->structs.entries.count; i++)
        struct_make(p, p->structs.entries.at[i].value);
    for (size_t i = 0; i < p->procedures.entries.count; i++)
        make_procedure(p, p->procedures.entries.at[i].value);
    for (size_t i = 0; i < p->connectors.entries.count; i++)
        make_connector(p, p->connectors.entries.at[i].value);
    for (size_t i = 0; i < p->assemblies.count; i++)
        for (size_t j = 0; j < p->assemblies.at[i]->compositions.count; j++)
            make_composition(p, p->assemblies.at[i]->compositions.at[j]);
    for (size_t i = 0; i < p->compositions.entries.count; i++)
        make_composition(p, p->compositions.entries.at[i].value);
    for (size_t i = 0; i < p->all_components.count; i++) {      /* grows inside */
        struct ast_component *c = p->all_components.at[i];

        make_component(p, c);
        for (size_t j = 0; j < c->compositions.count; j++)
            make_composition(p, c->compositions.at[j]);
    }
}
