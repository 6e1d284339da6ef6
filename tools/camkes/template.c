// SPDX-License-Identifier: BSD-2-Clause
// The language of connector templates; see template.h.
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VEC(const char *) template_paths;
static VEC(const char *) files_read;

void template_files(void (*use)(void *context, const char *path), void *context)
{
    for (size_t i = 0; i < files_read.count; i++) {
        use(context, files_read.at[i]);
    }
}

void template_path(const char *dir) { *vec_add(&template_paths) = dir; }

/* ---- files ---- */

struct loc template_place(const struct template *t, size_t line)
{
    return (struct loc){ t->source, (uint32_t)line + 1, 1, (uint32_t)t->lines.at[line].length };
}

struct template *template_read(const char *path)
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
    char *real = realpath(path, NULL);
    t->real = real ? mem_text(real, strlen(real)) : path;
    free(real);
    t->source = source_from_text(path, content.length ? content.data : "", content.length);
    const char *at = content.data, *end = content.data + content.length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t n = newline ? (size_t)(newline - at) : (size_t)(end - at);
        *vec_add(&t->lines) = (struct template_line){ at, n };
        at += n + 1;
    }
    return t;
}

/* ---- directives ---- */

struct template_words template_directive(const struct template_line *l)
{
    struct template_words w = { 0 };
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

bool template_is_need(const char *word)
{
    static const char *const needs[] = { "endpoint", "buffer", "memory", "thread", "notify", "setting" };
    for (unsigned i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
        if (!strcmp(needs[i], word)) {
            return true;
        }
    }
    return false;
}

/* ---- running a template ---- */

enum { MAX_OPEN = 8 };
struct run {
    struct glue *glue;
    const struct port *port;
    const struct method *method;
    const struct param *param;
    unsigned number, param_number;
    const struct template *open[MAX_OPEN];      /* this one, what it includes, ... */
    unsigned depth;
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
    if (!strcmp(word, "connector")) { return r->port->connector->name; }
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
            diag_error(template_place(t, n), "a word between two @ has no end; @@ stands for one @");
            return;
        }
        const char *word = mem_text(mark + 1, (size_t)(close - mark - 1));
        const char *text = *word ? word_text(r, word) : "@";
        if (!text) {
            diag_error(template_place(t, n), "@%s@ means nothing here", word);
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

static void run_all(struct run *, const struct template *);

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
    bool open = found && r->depth + 1 == MAX_OPEN;
    for (unsigned i = 0; found && i <= r->depth; i++) {
        open = open || !strcmp(r->open[i]->real, found->real);
    }
    if (!found || open) {
        diag_error(template_place(t, line), found ? "'%s' includes itself" : "%%include: there is no '%s'",
                   name);
        return;
    }
    r->open[++r->depth] = found;
    run_all(r, found);
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

static size_t run_if(struct run *r, const struct template *t, size_t n, const struct template_words *w,
                     bool live)
{
    const bool negated = w->count > 2 && !strcmp(w->at[1], "not");
    const char *word = w->count > 1 ? w->at[negated ? 2 : 1] : "";
    bool known = true, yes = live && condition(r, word, &known) != negated;
    if (!known) {
        diag_error(template_place(t, n), "%%if %s: there is no such condition here", word);
        diag_hint("everywhere: connected group; in %%for method: result params; in %%for param: in out inout "
                  "refin array "
                  "string last");
    }
    size_t end = run_block(r, t, n + 1, yes);
    const struct template_words at =
        end < t->lines.count ? template_directive(&t->lines.at[end]) : (struct template_words){ 0 };
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
        const struct template_words w = template_directive(&t->lines.at[n]);
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
        } else if (*d != '#' && !template_is_need(d)) {
            diag_error(template_place(t, n), "there is no directive %%%s%s%s", d, *what ? " " : "", what);
            diag_hint("%%for method|param, %%if, %%else, %%end, %%header, %%top, %%init, %%include; %%%% at "
                      "a line's start "
                      "stands for one %%");
        }
    }
    return n;
}

static void run_all(struct run *r, const struct template *t)
{
    const size_t end = run_block(r, t, 0, true);
    if (end < t->lines.count) {
        diag_error(template_place(t, end), "nothing is open that could end here");
    }
    unsigned open = 0;
    for (size_t n = 0; n < t->lines.count; n++) {
        const struct template_words w = template_directive(&t->lines.at[n]);
        const char *d = w.count ? w.at[0] : "";
        open += !strcmp(d, "for") || !strcmp(d, "if") || !strcmp(d, "header") || !strcmp(d, "top") ||
                !strcmp(d, "init");
        open -= open && !strcmp(d, "end");
    }
    if (open) {
        diag_error(template_place(t, t->lines.count - 1), "%%end is missing");
    }
}

void template_run(const struct template *t, struct glue *g, const struct port *p, struct text *out)
{
    run_all(&(struct run){ .glue = g, .port = p, .out = out, .open = { t } }, t);
}

const char *template_words_in(const char *text, const struct template *where, const struct port *p)
{
    struct text out = { 0 };
    struct template line = { .source = where->source };
    *vec_add(&line.lines) = (struct template_line){ text, strlen(text) };
    put_line(&(struct run){ .port = p, .out = &out }, &line, 0);
    return mem_text(out.data, out.length - 1);          /* without the newline */
}
