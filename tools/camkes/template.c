// SPDX-License-Identifier: BSD-2-Clause
// Connectors that users declare: C templates for the two ends, which also say what objects the connector
// needs. The language is described in docs/connectors.md. A line that begins with % is a directive, @word@ in
// any other line is replaced, all else is C as it stands.
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/syscall.h>
#include "back.h"
#include "source.h"

enum side { FROM, TO, FROM_HEADER, TO_HEADER, SIDE_COUNT };
static const char *const side_names[SIDE_COUNT] = { "from", "to", "from-header", "to-header" };

struct line { const char *at; size_t length; };
struct template { const struct source *source; VEC(struct line) lines; };
struct needed_setting { const char *name; bool string; };

/* What both ends' heads ask for. [FROM], [TO]. */
struct declared {
    const char *name;
    struct template *part[SIDE_COUNT];
    bool endpoint, notify[2];
    uint64_t buffer, memory;
    const char *thread[2];
    VEC(struct needed_setting) settings[2];
};

static VEC(struct declared *) declared;
static VEC(const char *) template_paths;
static VEC(const char *) files_read;

void template_files(void (*use)(void *context, const char *path), void *context)
{
    for (size_t i = 0; i < files_read.count; i++) {
        use(context, files_read.at[i]);
    }
}

void template_path(const char *dir) { *vec_add(&template_paths) = dir; }

static struct declared *find(const char *name)
{
    for (size_t i = 0; i < declared.count; i++) {
        if (!strcmp(declared.at[i]->name, name)) {
            return declared.at[i];
        }
    }
    return NULL;
}

bool connector_is_declared(const char *name) { return find(name); }

/* ---- files ---- */

static struct loc place(const struct template *t, size_t line)
{
    return (struct loc){ t->source, (uint32_t)line + 1, 1, (uint32_t)t->lines.at[line].length };
}

static struct template *template_read(const char *path)
{
    struct template *t = NEW(struct template);
    struct text content = { 0 };
    char buffer[4096];
    FILE *f = fopen(path, "rb");
    if (!f) {
        return NULL;
    }
    for (size_t n; (n = fread(buffer, 1, sizeof(buffer), f)) != 0;) {
        text_append(&content, buffer, n);
    }
    fclose(f);
    *vec_add(&files_read) = path;
    t->source = source_from_text(path, content.length ? content.data : "", content.length);
    const char *at = content.data, *end = content.data + content.length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t n = newline ? (size_t)(newline - at) : (size_t)(end - at);
        *vec_add(&t->lines) = (struct line){ at, n };
        at += n + 1;
    }
    return t;
}

/* ---- directives ---- */

struct words { const char *at[4]; unsigned count; };

/* "%for method" as its words; count 0 = an ordinary line. */
static struct words directive(const struct line *l)
{
    struct words w = { 0 };
    if (!l->length || *l->at != '%' || (l->length > 1 && l->at[1] == '%')) {
        return w;
    }
    const char *rest = mem_text(l->at + 1, l->length - 1);
    while (w.count < 4) {
        rest += strspn(rest, " \t");
        const size_t n = strcspn(rest, " \t");
        if (!n) {
            break;
        }
        w.at[w.count++] = mem_text(rest, n);
        rest += n;
    }
    if (!w.count) {
        w.at[w.count++] = "#";
    }
    return w;
}

static uint64_t bytes_of(const struct template *t, size_t line, const char *word)
{
    char *end = NULL;
    const uint64_t n = word ? strtoull(word, &end, 0) : 0;
    if (!word || *end || !n || n > 1 << 30) {
        diag_error(place(t, line), "a number of bytes is wanted here, up to 1 GiB");
        return 4096;
    }
    return n;
}

static void need(struct declared *d, enum side side, const struct template *t, size_t line,
                 const struct words *w)
{
    const unsigned end = side == TO || side == TO_HEADER ? TO : FROM;
    const char *what = w->at[0], *value = w->count > 1 ? w->at[1] : NULL;
    if (!strcmp(what, "endpoint")) {
        d->endpoint = true;
    } else if (!strcmp(what, "buffer")) {
        d->endpoint = true;
        d->buffer = bytes_of(t, line, value);
    } else if (!strcmp(what, "memory")) {
        d->memory = bytes_of(t, line, value);
    } else if (!strcmp(what, "thread") && value) {
        d->thread[end] = value;
    } else if (!strcmp(what, "notify") && value && (!strcmp(value, "from") || !strcmp(value, "to"))) {
        d->notify[*value == 't' ? TO : FROM] = true;
    } else if (!strcmp(what, "setting") && w->count == 3 &&
               (!strcmp(w->at[2], "int") || !strcmp(w->at[2], "string"))) {
        *vec_add(&d->settings[end]) = (struct needed_setting){ value, *w->at[2] == 's' };
    } else {
        diag_error(place(t, line), "%%%s is incomplete", what);
        diag_hint("%%endpoint, %%buffer BYTES, %%memory BYTES, %%notify from|to, %%thread FUNCTION, "
                  "%%setting NAME int|string");
    }
}

static bool is_need(const char *word)
{
    static const char *const needs[] = { "endpoint", "buffer", "memory", "thread", "notify", "setting" };
    for (unsigned i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
        if (!strcmp(needs[i], word)) {
            return true;
        }
    }
    return false;
}

void connector_declare(const char *argument)
{
    const char *colon = strchr(argument, ':'), *equals = colon ? strchr(colon, '=') : NULL;
    unsigned side = SIDE_COUNT;
    for (unsigned i = 0; equals && i < SIDE_COUNT; i++) {
        if (strlen(side_names[i]) == (size_t)(equals - colon - 1) &&
            !memcmp(side_names[i], colon + 1, (size_t)(equals - colon - 1))) {
            side = i;
        }
    }
    if (side == SIDE_COUNT) {
        diag_fatal("--connector %s: it is NAME:SIDE=FILE, SIDE one of from, to, from-header, to-header",
                   argument);
    }
    const char *name = mem_text(argument, (size_t)(colon - argument));
    struct declared *d = find(name);
    if (!d) {
        d = NEW(struct declared);
        d->name = name;
        *vec_add(&declared) = d;
    }
    struct template *t = template_read(equals + 1);
    if (!t) {
        diag_fatal("--connector %s: '%s' cannot be read: %s", argument, equals + 1, strerror(errno));
    }
    d->part[side] = t;
    for (size_t n = 0; n < t->lines.count; n++) {
        const struct words w = directive(&t->lines.at[n]);
        if (w.count && is_need(w.at[0])) {
            need(d, side, t, n, &w);
        }
    }
}

/* ---- running a template ---- */

struct run {
    struct glue *glue;
    const struct port *port;
    const struct declared *connector;
    const struct method *method;
    const struct param *param;
    unsigned number, param_number, depth;
    struct text *out;
};

static const char *call_text(const struct run *r)
{
    struct text t = { 0 };
    text_add(&t, "%s_%s(", r->port->iface->name, r->method->name);
    for (size_t i = 0; i < r->method->count; i++) {
        const struct param *p = &r->method->params[i];
        const char *address = p->dir == DIR_IN || (p->dir == DIR_REFIN && p->type.array) ? "" : "&";
        text_put(&t, i ? ", " : "");
        text_put(&t, p->type.array ? strf("%s%s_sz, ", address, p->name) : "");
        text_add(&t, "%s%s", address, p->name);
    }
    text_put(&t, ")");
    return t.data;
}

/* The text for @word@; NULL = there is no such word here. */
static const char *word_text(const struct run *r, const char *word)
{
    const struct iface *f = r->port->iface;
    const struct instance *i = r->port->instance;
    if (!strcmp(word, "iface")) { return f->name; }
    if (!strcmp(word, "type")) { return f->type_name ? f->type_name : "Buf"; }
    if (!strcmp(word, "connector")) { return r->connector->name; }
    if (!strcmp(word, "cap")) { return c_string(info_name(i, f->name)); }
    if (!strncmp(word, "cap ", 4)) { return c_string(info_name(i, strf("%s.%s", f->name, word + 4))); }
    if (!strncmp(word, "setting ", 8)) { return c_string(info_name(i, strf("%s_%s", f->name, word + 8))); }
    if (r->method) {
        const struct type *result = &r->method->result;
        if (!strcmp(word, "method")) { return r->method->name; }
        if (!strcmp(word, "number")) { return strf("%u", r->number); }
        if (!strcmp(word, "prototype")) { return method_prototype(r->port, r->method); }
        if (!strcmp(word, "call")) { return call_text(r); }
        if (!strcmp(word, "result")) { return result->cls == TYPE_STRING ? "char *" : result->c_name; }
    }
    if (r->param) {
        const struct type *t = &r->param->type;
        if (!strcmp(word, "param")) { return r->param->name; }
        if (!strcmp(word, "param_type")) { return t->cls == TYPE_STRING ? "char *" : t->c_name; }
        if (!strcmp(word, "declare")) { return type_declare(t, r->param->name); }
    }
    return NULL;
}

static bool condition(const struct run *r, const char *word, bool *known)
{
    const struct param *p = r->param;
    *known = true;
    if (!strcmp(word, "connected")) { return r->port->connector; }
    if (!strcmp(word, "group")) { return r->port->instance->group; }
    if (r->method && !strcmp(word, "result")) { return r->method->result.cls != TYPE_VOID; }
    if (r->method && !strcmp(word, "params")) { return r->method->count; }
    if (p) {
        if (!strcmp(word, "in")) { return p->dir == DIR_IN || p->dir == DIR_REFIN || p->dir == DIR_INOUT; }
        if (!strcmp(word, "out")) { return p->dir == DIR_OUT || p->dir == DIR_INOUT; }
        if (!strcmp(word, "inout")) { return p->dir == DIR_INOUT; }
        if (!strcmp(word, "refin")) { return p->dir == DIR_REFIN; }
        if (!strcmp(word, "array")) { return p->type.array; }
        if (!strcmp(word, "string")) { return p->type.cls == TYPE_STRING; }
        if (!strcmp(word, "last")) { return r->param_number + 1 == r->method->count; }
    }
    *known = false;
    return false;
}

static void put_line(struct run *r, const struct template *t, size_t n)
{
    const char *at = t->lines.at[n].at, *end = at + t->lines.at[n].length;
    if (end - at > 1 && at[0] == '%' && at[1] == '%') {
        at++;
    }
    while (at < end) {
        const char *mark = memchr(at, '@', (size_t)(end - at));
        const char *close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        text_append(r->out, at, (size_t)((mark ? mark : end) - at));
        if (!mark) {
            break;
        }
        if (!close) {
            diag_error(place(t, n), "a word between two @ has no end; @@ stands for one @");
            return;
        }
        const char *word = mem_text(mark + 1, (size_t)(close - mark - 1));
        const char *text = *word ? word_text(r, word) : "@";
        if (!text) {
            diag_error(place(t, n), "@%s@ means nothing here", word);
            diag_hint("everywhere: iface type connector cap \"cap X\" \"setting X\"; in %%for method: method "
                      "number "
                      "prototype call result; in %%for param: param param_type declare");
            text = "";
        }
        text_put(r->out, text);
        at = close + 1;
    }
    text_put(r->out, "\n");
}

static void run_template(struct run *, const struct template *);

static void run_include(struct run *r, const struct template *t, size_t line, const char *quoted)
{
    const size_t n = strlen(quoted);
    const char *name = n > 2 && *quoted == '"' ? mem_text(quoted + 1, n - 2) : quoted;
    const char *slash = strrchr(t->source->path, '/');
    const char *here = slash ? mem_text(t->source->path, (size_t)(slash - t->source->path + 1)) : "";
    struct template *found = template_read(strf("%s%s", here, name));
    for (size_t i = 0; !found && i < template_paths.count; i++) {
        found = template_read(strf("%s/%s", template_paths.at[i], name));
    }
    if (!found || r->depth > 8) {
        diag_error(place(t, line), found ? "templates include each other" : "%%include: there is no '%s'",
                   name);
        return;
    }
    r->depth++;
    run_template(r, found);
    r->depth--;
}

static size_t run_block(struct run *r, const struct template *t, size_t n, bool live);

static size_t run_methods(struct run *r, const struct template *t, size_t body, bool live)
{
    const struct procedure *p = r->port->iface->procedure;
    const struct method *outer = r->method;
    size_t end = run_block(&(struct run){ .port = r->port }, t, body, false);
    for (size_t i = 0; live && p && i < p->method_count; i++) {
        r->method = &p->methods[i];
        r->number = (unsigned)i;
        end = run_block(r, t, body, true);
    }
    r->method = outer;
    return end;
}

static size_t run_params(struct run *r, const struct template *t, size_t body, bool live)
{
    const struct param *outer = r->param;
    size_t end = run_block(&(struct run){ .port = r->port }, t, body, false);
    for (size_t i = 0; live && r->method && i < r->method->count; i++) {
        r->param = &r->method->params[i];
        r->param_number = (unsigned)i;
        end = run_block(r, t, body, true);
    }
    r->param = outer;
    return end;
}

static size_t run_if(struct run *r, const struct template *t, size_t n, const struct words *w, bool live)
{
    const bool negated = w->count > 2 && !strcmp(w->at[1], "not");
    const char *word = w->count > 1 ? w->at[negated ? 2 : 1] : "";
    bool known = true, yes = live && condition(r, word, &known) != negated;
    if (!known) {
        diag_error(place(t, n), "%%if %s: there is no such condition here", word);
        diag_hint("everywhere: connected group; in %%for method: result params; in %%for param: in out inout "
                  "refin array "
                  "string last");
    }
    size_t end = run_block(r, t, n + 1, yes);
    const struct words at = end < t->lines.count ? directive(&t->lines.at[end]) : (struct words){ 0 };
    if (at.count && !strcmp(at.at[0], "else")) {
        end = run_block(r, t, end + 1, live && !yes);
    }
    return end;
}

/* %header, %top, %init: the block's text goes there. */
static size_t run_section(struct run *r, const struct template *t, size_t n, struct text *to, bool live)
{
    struct text *outer = r->out;
    r->out = to;
    const size_t end = run_block(r, t, n + 1, live);
    r->out = outer;
    return end;
}

/* Runs lines from n to the block's end (%end, %else); returns where that is. Not live: only looks for the
 * end. */
static size_t run_block(struct run *r, const struct template *t, size_t n, bool live)
{
    for (; n < t->lines.count; n++) {
        const struct words w = directive(&t->lines.at[n]);
        const char *d = w.count ? w.at[0] : NULL, *what = w.count > 1 ? w.at[1] : "";
        struct glue *g = r->glue;
        if (!d) {
            if (live) {
                put_line(r, t, n);
            }
        } else if (!strcmp(d, "end") || !strcmp(d, "else")) {
            return n;
        } else if (!strcmp(d, "for") && !strcmp(what, "method")) {
            n = run_methods(r, t, n + 1, live);
        } else if (!strcmp(d, "for") && !strcmp(what, "param")) {
            n = run_params(r, t, n + 1, live);
        } else if (!strcmp(d, "if")) {
            n = run_if(r, t, n, &w, live);
        } else if (!strcmp(d, "header")) {
            n = run_section(r, t, n, g ? g->header : NULL, live);
        } else if (!strcmp(d, "top")) {
            n = run_section(r, t, n, g ? g->top : NULL, live);
        } else if (!strcmp(d, "init")) {
            n = run_section(r, t, n, g ? g->init : NULL, live);
        } else if (!strcmp(d, "include")) {
            if (live) {
                run_include(r, t, n, what);
            }
        } else if (*d != '#' && !is_need(d)) {
            diag_error(place(t, n), "there is no directive %%%s%s%s", d, *what ? " " : "", what);
            diag_hint("%%for method|param, %%if, %%else, %%end, %%header, %%top, %%init, %%include; %%%% at "
                      "a line's start "
                      "stands for one %%");
        }
    }
    return n;
}

static void run_template(struct run *r, const struct template *t)
{
    const size_t end = run_block(r, t, 0, true);
    if (end < t->lines.count) {
        diag_error(place(t, end), "nothing is open that could end here");
    }
    unsigned open = 0;
    for (size_t n = 0; n < t->lines.count; n++) {
        const struct words w = directive(&t->lines.at[n]);
        const char *d = w.count ? w.at[0] : "";
        open += !strcmp(d, "for") || !strcmp(d, "if") || !strcmp(d, "header") || !strcmp(d, "top") ||
                !strcmp(d, "init");
        open -= open && !strcmp(d, "end");
    }
    if (open) {
        diag_error(place(t, t->lines.count - 1), "%%end is missing");
    }
}

static void write_side(struct glue *g, const struct port *p, enum side side)
{
    const struct declared *d = find(p->connector->name);
    struct run r = { .glue = g, .port = p, .connector = d, .out = g->body };
    if (d->part[side]) {
        run_template(&r, d->part[side]);
    }
    r.out = g->header;
    if (d->part[side + FROM_HEADER]) {
        run_template(&r, d->part[side + FROM_HEADER]);
    }
    const char *thread = d->thread[side];
    if (thread) {
        struct text name = { 0 };
        struct template line = { .source = d->part[side]->source };
        *vec_add(&line.lines) = (struct line){ thread, strlen(thread) };
        r.out = &name;
        put_line(&r, &line, 0);
        thread = mem_text(name.data, name.length - 1);
    }
    glue_interface(g, p, thread);
}

static void template_from(struct glue *g, const struct port *p) { write_side(g, p, FROM); }
static void template_to(struct glue *g, const struct port *p) { write_side(g, p, TO); }

/* ---- capabilities ---- */

/* All ports at the other ends of a port's connections. */
typedef VEC(const struct port *) ports;
static ports peers_of(const struct port *p)
{
    ports out = { 0 };
    for (size_t c = 0; c < p->connection_count; c++) {
        const struct connection *k = p->connections[c];
        for (size_t i = 0; i < (p->is_from ? k->to_count : k->from_count); i++) {
            *vec_add(&out) = p->is_from ? k->to[i] : k->from[i];
        }
    }
    return out;
}

static const char *runtime_name(const struct port *p, const char *what)
{
    return info_name(p->instance, strf("%s%s%s", p->iface->name, *what ? "." : "", what));
}

/* "<iface>.signal" towards each peer's "<iface>.wait", in the order of the connections. */
static void give_signals(struct dist *d, const struct port *p)
{
    const ports to = peers_of(p);
    uint32_t *objects = mem_new((to.count + 1) * sizeof(*objects));
    uint64_t *badges = mem_new((to.count + 1) * sizeof(*badges));
    for (size_t i = 0; i < to.count; i++) {
        const ports back = peers_of(to.at[i]);
        objects[i] =
            spec_notification_of(dist_instance(d, to.at[i]->instance), runtime_name(to.at[i], "wait"));
        for (size_t k = 0; k < back.count; k++) {
            badges[i] = back.at[k] == p ? 1ull << (k % 64) : badges[i];
        }
    }
    spec_cap_row(dist_instance(d, p->instance), runtime_name(p, "signal"), objects, badges,
                 (unsigned)to.count, ABI_RIGHT_WRITE);
}

static void give_memory(struct dist *d, const struct port *to, const struct declared *c)
{
    const ports users = peers_of(to);
    uint64_t bytes = c->memory;
    if (to->iface->kind == IFACE_DATAPORT) {
        bytes = connection_dataport_bytes(to->connections[0]);
    }
    const uint32_t frames =
        spec_frames(dist_system(d), strf("%s.%s", to->instance->name, to->iface->name), bytes, 0);
    spec_dataport(dist_instance(d, to->instance), runtime_name(to, ""), frames,
                  ABI_RIGHT_READ | ABI_RIGHT_WRITE);
    for (size_t i = 0; i < users.count; i++) {
        spec_dataport(dist_instance(d, users.at[i]->instance), runtime_name(users.at[i], ""), frames,
                      ABI_RIGHT_READ | ABI_RIGHT_WRITE);
    }
}

static void give_settings(struct dist *d, const struct port *p, const struct declared *c)
{
    const unsigned side = p->is_from ? FROM : TO;
    for (size_t i = 0; i < c->settings[side].count; i++) {
        const struct needed_setting *s = &c->settings[side].at[i];
        const char *name = info_name(p->instance, strf("%s_%s", p->iface->name, s->name));
        if (!instance_setting(p->instance, strf("%s_%s", p->iface->name, s->name))) {
            continue;
        }
        if (s->string) {
            spec_attr_str(dist_instance(d, p->instance), name, port_str(p, s->name, ""));
        } else {
            spec_attr_int(dist_instance(d, p->instance), name, port_int(p, s->name, 0));
        }
    }
}

static void give_port(struct dist *d, const struct port *p, const struct declared *c)
{
    const unsigned side = p->is_from ? FROM : TO;
    struct spec_instance *i = dist_instance(d, p->instance);
    if (c->thread[side]) {
        dist_thread(d, p);
    }
    give_settings(d, p, c);
    if (c->notify[side]) {
        spec_notification_of(i, runtime_name(p, "wait"));
    }
    if (c->notify[!side]) {
        give_signals(d, p);
    }
    if (c->memory && !p->is_from) {
        give_memory(d, p, c);
    }
    if (c->endpoint && p->is_from) {
        const struct port *to = p->connections[0]->to[0];
        const uint64_t buffer = c->buffer ? (uint64_t)port_int(p, "shmem_size", (int64_t)c->buffer) : 0;
        spec_connect_rpc_buffer(i, runtime_name(p, ""), dist_instance(d, to->instance), runtime_name(to, ""),
                                dist_badge(p), buffer);
    }
}

static void template_distribute(struct dist *d, const struct connection *c)
{
    const struct declared *k = find(c->connector->name);
    for (size_t i = 0; i < c->to_count; i++) {
        if (c->to[i]->connections[0] == c) {
            give_port(d, c->to[i], k);
        }
    }
    for (size_t i = 0; i < c->from_count; i++) {
        if (c->from[i]->connections[0] == c) {
            give_port(d, c->from[i], k);
        }
    }
}

static void template_check(const struct connection *c)
{
    const struct declared *k = find(c->connector->name);
    for (size_t i = 0; i < c->from_count; i++) {
        if (k->endpoint && peers_of(c->from[i]).count != 1) {
            diag_error(c->loc, "%s.%s: connector %s calls one end only, this interface has %zu",
                       c->from[i]->instance->name, c->from[i]->iface->name, k->name,
                       peers_of(c->from[i]).count);
        }
    }
    for (size_t i = 0; i < c->from_count + c->to_count; i++) {
        const struct port *p = i < c->from_count ? c->from[i] : c->to[i - c->from_count];
        if (p->instance->type->hardware) {
            diag_error(c->loc, "%s is hardware, but %s has C on both ends", p->instance->name, k->name);
        }
    }
}

/* ---- all connectors ---- */

const struct connector_impl *connector_of(const struct connector *c)
{
    static const struct connector_impl from_templates = { "", template_from, template_to, template_distribute,
                                                          template_check };
    return connector_is_declared(c->name) ? &from_templates : connector_find(c->name);
}

void connectors_check(const struct model *m)
{
    const char *names[128];
    const unsigned count = connector_names(names, sizeof(names) / sizeof(*names));
    for (size_t n = 0; n < m->connection_count; n++) {
        const struct connection *c = m->connections[n];
        const struct connector_impl *impl = connector_of(c->connector);
        if (!impl) {
            const char *near = diag_nearest(c->connector->name, names, count);
            diag_error(c->loc, "nothing implements the connector '%s'", c->connector->name);
            diag_hint(near ? "did you mean '%s'? Else DeclareCAmkESConnector(%s FROM ... TO ...) gives C for "
                             "its ends"
                           : "%.0sDeclareCAmkESConnector(%s FROM ... TO ...) gives C for its ends "
                             "(docs/connectors.md)",
                      near ? near : "", c->connector->name);
        } else if (impl->check) {
            impl->check(c);
        }
    }
}
