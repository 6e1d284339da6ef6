// SPDX-License-Identifier: BSD-2-Clause
// What connectors share when they write C (connector.h): names, literals, prototypes, rows of the interface
// table.
#include "connector.h"

#include <ctype.h>
#include <string.h>

const char *info_name(const struct instance *i, const char *name)
{
    return i->group ? strf("%s.%s", i->id, name) : name;
}

const char *c_string(const char *s)
{
    struct text t = { 0 };
    text_put(&t, "\"");
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        const char *escape = strchr("\"\\", c) ? "\\%c" : "%c";
        if (c == '\n') {
            text_put(&t, "\\n");
        } else if (!isprint(c)) {
            text_add(&t, "\\%03o", c);
        } else if (c == '?' && t.length > 1 && t.data[t.length - 1] == '?') {
            text_put(&t, "\\?");          /* no trigraphs */
        } else {
            text_add(&t, escape, c);
        }
    }
    text_put(&t, "\"");
    return t.data;
}

void glue_include(struct glue *g, const char *quoted)
{
    const char *line = strf("#include %s\n", quoted);
    if (!g->includes->data || !strstr(g->includes->data, line)) {
        text_put(g->includes, line);
    }
}

void glue_includes(struct glue *g, const struct procedure *p)
{
    for (size_t i = 0; i < p->include_count; i++) {
        glue_include(g, p->includes[i].text);
    }
}

const char *type_declare(const struct type *t, const char *name)
{
    const char *base = t->cls == TYPE_STRING ? "char *" : t->c_name;
    const bool star = base[strlen(base) - 1] == '*';
    return strf("%s%s%s", base, star ? "" : " ", name);
}

const char *param_declare(const struct param *p)
{
    const struct type *t = &p->type;
    const bool in = p->dir == DIR_IN || p->dir == DIR_REFIN, string = t->cls == TYPE_STRING;
    if (t->array) {
        const char *keep = in && !string ? "const " : "", *stars = in ? "*" : "**";
        return strf("size_t %s%s_sz, %s%s", in ? "" : "*", p->name, keep,
                    type_declare(t, strf("%s%s", stars, p->name)));
    }
    if (in && string) {
        return strf("const char *%s", p->name);
    }
    switch (p->dir) {
    case DIR_IN: return type_declare(t, p->name);
    case DIR_REFIN: return strf("const %s", type_declare(t, strf("*%s", p->name)));
    default: return type_declare(t, strf("*%s", p->name));
    }
}

const char *method_prototype(const struct port *port, const struct method *m)
{
    struct text t = { 0 };
    const char *name = strf("%s_%s", port->iface->name, m->name);
    text_add(&t, "%s(", m->result.cls == TYPE_VOID ? strf("void %s", name) : type_declare(&m->result, name));
    for (size_t i = 0; i < m->count; i++) {
        text_add(&t, "%s%s", i ? ", " : "", param_declare(&m->params[i]));
    }
    text_put(&t, m->count ? ")" : "void)");
    return t.data;
}

void glue_interface(struct glue *g, const struct port *port, const char *run_fn)
{
    const char *name = port->iface->name;
    text_add(g->header, "void %s__init(void);\n", name);
    text_add(g->body, "extern __typeof__(%s__init) %s__init __attribute__((weak));\n", name, name);
    if (!run_fn) {
        text_add(g->header, "int %s__run(void);\n", name);
        text_add(g->body, "extern __typeof__(%s__run) %s__run __attribute__((weak));\n", name, name);
        run_fn = strf("%s__run", name);
    }
    glue_thread(g, name, info_name(g->instance, name), strf("%s__init", name), run_fn);
}

void glue_thread(struct glue *g, const char *symbol, const char *thread, const char *init_fn,
                 const char *run_fn)
{
    text_add(g->body,
             "static const struct rt_interface camkes__row_%s\n"
             "    __attribute__((used, section(\"rt_interfaces\"), aligned(8))) = { %s, %s, %s };\n",
             symbol, c_string(thread), init_fn, run_fn);
}
