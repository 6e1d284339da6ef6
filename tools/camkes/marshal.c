// SPDX-License-Identifier: BSD-2-Clause
// C for the two ends of a method; see marshal.h. Local names in generated functions begin with '_', so that
// they cannot be those of parameters.
#include "marshal.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 4 };                       /* message registers of a call */

/* ---- what a parameter is ---- */

static bool goes_in(const struct param *p) { return p->dir != DIR_OUT; }
static bool comes_out(const struct param *p) { return p->dir == DIR_OUT || p->dir == DIR_INOUT; }
static bool is_string(const struct type *t) { return t->cls == TYPE_STRING; }
static bool is_word(const struct type *t) { return !t->array && (t->cls == TYPE_INT || t->cls == TYPE_REAL); }
static bool is_bool(const struct type *t) { return t->cls == TYPE_INT && !strcmp(t->c_name, "bool"); }
static bool has_result(const struct method *m) { return m->result.cls != TYPE_VOID; }

/* Of one element. */
static const char *c_type(const struct type *t) { return is_string(t) ? "char *" : t->c_name; }

/* Does the author's side see a pointer to the value (or to the array's or string's pointer)? */
static bool by_pointer(const struct param *p)
{
    return comes_out(p) || (p->dir == DIR_REFIN && !p->type.array && !is_string(&p->type));
}

bool marshal_by_words(const struct method *m)
{
    unsigned in = 0, out = has_result(m);
    bool words = !has_result(m) || is_word(&m->result);
    for (size_t i = 0; i < m->count; i++) {
        words = words && is_word(&m->params[i].type);
        in += goes_in(&m->params[i]);
        out += comes_out(&m->params[i]);
    }
    return words && in <= WORDS && out <= WORDS;
}

const char *marshal_arguments(const struct method *m)
{
    struct text t = { 0 };
    for (size_t i = 0; i < m->count; i++) {
        const char *name = m->params[i].name, *comma = i ? ", " : "";
        text_add(&t, m->params[i].type.array ? "%s%s_sz, %s" : "%s%s", comma, name, name);
    }
    return t.data ? t.data : "";
}

/* ---- structs ---- */

static void declare_struct(struct glue *g, const struct struct_def *def)
{
    const char *head = strf("struct %s {\n", def->name);
    if (g->header->data && strstr(g->header->data, head)) {
        return;
    }
    for (size_t i = 0; i < def->count; i++) {
        if (def->fields[i].type.def) {
            declare_struct(g, def->fields[i].type.def);
        }
    }
    text_put(g->header, head);
    for (size_t i = 0; i < def->count; i++) {
        text_add(g->header, "    %s;\n", type_declare(&def->fields[i].type, def->fields[i].name));
    }
    text_put(g->header, "};\n");
}

void marshal_structs(struct glue *g, const struct procedure *p)
{
    for (size_t i = 0; i < p->method_count; i++) {
        const struct method *m = &p->methods[i];
        if (m->result.def) {
            declare_struct(g, m->result.def);
        }
        for (size_t k = 0; k < m->count; k++) {
            if (m->params[k].type.def) {
                declare_struct(g, m->params[k].type.def);
            }
        }
    }
}

static const struct field *pointer_field(const struct struct_def *def)
{
    for (size_t i = 0; i < def->count; i++) {
        const struct field *f = &def->fields[i], *inner = f->type.def ? pointer_field(f->type.def) : NULL;
        if (f->type.array || is_string(&f->type)) {
            return f;
        }
        if (inner) {
            return inner;
        }
    }
    return NULL;
}

static void check_type(const struct type *t, const char *what, struct loc loc)
{
    const struct field *f = t->cls == TYPE_STRUCT ? pointer_field(t->def) : NULL;
    if (f) {
        diag_error(loc, "%s cannot be passed: struct %s has the %s '%s'", what, t->def->name,
                   f->type.array ? "array" : "string", f->name);
        diag_hint("pass the string or array as a parameter of its own");
    }
}

void marshal_check(const struct procedure *p)
{
    static const struct procedure **checked;
    static size_t count;
    for (size_t i = 0; i < count; i++) {
        if (checked[i] == p) {
            return;
        }
    }
    checked = realloc(checked, (count + 1) * sizeof(*checked));
    if (!checked) {
        diag_fatal("out of memory");
    }
    checked[count++] = p;
    for (size_t i = 0; i < p->method_count; i++) {
        const struct method *m = &p->methods[i];
        check_type(&m->result, strf("the result of '%s'", m->name), m->loc);
        for (size_t k = 0; k < m->count; k++) {
            check_type(&m->params[k].type, strf("parameter '%s'", m->params[k].name), m->params[k].loc);
        }
    }
}

/* ---- words ---- */

static const char *to_word(const struct type *t, const char *value)
{
    return t->cls == TYPE_REAL ? strf("camkes_word_of_real(%s)", value) : strf("(seL4_Word)%s", value);
}

static const char *from_word(const struct type *t, unsigned n)
{
    return t->cls == TYPE_REAL ? strf("(%s)camkes_real_of_word(_w[%u])", t->c_name, n)
                               : strf("(%s)_w[%u]", t->c_name, n);
}

static void stub_by_words(struct text *t, const struct port *port, const struct method *m, unsigned index)
{
    unsigned in = 0, out = has_result(m);
    text_put(t, "    seL4_Word _w[4] = { ");
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        if (goes_in(p)) {
            text_add(t, "%s%s", in++ ? ", " : "",
                     to_word(&p->type, strf("%s%s", by_pointer(p) ? "*" : "", p->name)));
        }
    }
    for (size_t i = 0; i < m->count; i++) {
        out += comes_out(&m->params[i]);
    }
    text_add(t, "%s };\n    camkes_rpc_words(&camkes__%s, %u, %u, _w, %u);\n", in ? "" : "0",
             port->iface->name, index, in, out);
    out = has_result(m);
    for (size_t i = 0; i < m->count; i++) {
        if (comes_out(&m->params[i])) {
            text_add(t, "    *%s = %s;\n", m->params[i].name, from_word(&m->params[i].type, out++));
        }
    }
    if (has_result(m)) {
        text_add(t, "    return %s;\n", from_word(&m->result, 0));
    }
}

void marshal_words_case(struct text *t, const struct port *port, const struct method *m, unsigned index)
{
    unsigned in = 0, out = has_result(m);
    struct text locals = { 0 }, call = { 0 }, results = { 0 };
    text_add(&call, "%s_%s(", port->iface->name, m->name);
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        const char *value = goes_in(p) ? from_word(&p->type, in++) : "0";
        if (by_pointer(p)) {
            text_add(&locals, "        %s = %s;\n", type_declare(&p->type, p->name), value);
        }
        text_add(&call, "%s%s%s", i ? ", " : "", by_pointer(p) ? "&" : "", by_pointer(p) ? p->name : value);
        if (comes_out(p)) {
            text_add(&results, "        _w[%u] = %s;\n", out++, to_word(&p->type, p->name));
        }
    }
    text_put(&call, ")");
    text_add(t, "    case CAMKES_TAG(%u, %u):%s                     /* %s */\n%s", index, in,
             locals.data ? " {" : "  ", m->name, locals.data ? locals.data : "");
    if (has_result(m)) {
        text_add(t, "        _w[0] = %s;\n", to_word(&m->result, call.data));
    } else {
        text_add(t, "        %s;\n", call.data);
    }
    text_add(t, "%s        return (seL4_MessageInfo_t){ { CAMKES_TAG(0, %u) } };\n%s",
             results.data ? results.data : "", out, locals.data ? "    }\n" : "");
}

/* ---- bytes: one value. `pre` is "*" where `name` points to the value, else "" ---- */

static const char *address(const char *pre, const char *name) { return *pre ? name : strf("&%s", name); }

static void put_value(struct text *t, const char *indent, const struct type *type, const char *pre,
                      const char *name)
{
    if (type->array && is_string(type)) {
        text_add(t, "%scamkes_put_strings(&_m, %s%s_sz, %s%s);\n", indent, pre, name, pre, name);
    } else if (type->array) {
        text_add(t, "%scamkes_put_array(&_m, %s%s_sz, %s%s, sizeof(%s), _Alignof(%s));\n", indent, pre, name,
                 pre, name, c_type(type), c_type(type));
    } else if (is_string(type)) {
        text_add(t, "%scamkes_put_string(&_m, %s%s);\n", indent, pre, name);
    } else {
        text_add(t, "%scamkes_put(&_m, %s, sizeof(%s));\n", indent, address(pre, name), c_type(type));
    }
}

static void fix_fields(struct text *t, const struct type *whole, const struct struct_def *def,
                       const char *path, const char *array, const char *count)
{
    for (size_t i = 0; i < def->count; i++) {
        const struct field *f = &def->fields[i];
        const char *inner = strf("%s%s%s", path, *path ? "." : "", f->name);
        if (is_bool(&f->type)) {
            text_add(t, "    camkes_fix_bools(%s, %s, sizeof(%s), offsetof(%s, %s));\n", array, count,
                     whole->c_name, whole->c_name, inner);
        } else if (f->type.cls == TYPE_STRUCT) {
            fix_fields(t, whole, f->type.def, inner, array, count);
        }
    }
}

/* A bool that came from the other side is not yet one. */
static void fix_value(struct text *t, const struct type *type, const char *pre, const char *name)
{
    const char *array = type->array ? strf("%s%s", pre, name) : address(pre, name);
    const char *count = type->array ? strf("%s%s_sz", pre, name) : "1";
    if (is_bool(type)) {
        text_add(t, "    camkes_fix_bools(%s, %s, 1, 0);\n", array, count);
    } else if (type->cls == TYPE_STRUCT) {
        fix_fields(t, type, type->def, "", array, count);
    }
}

/* verb: "view" or "take". `to`: what the value is assigned to, where it is a pointer. */
static void get_value(struct text *t, const char *verb, const struct type *type, const char *pre,
                      const char *name, const char *to)
{
    const char *count = address(pre, strf("%s_sz", name));
    if (type->array && is_string(type)) {
        text_add(t, "    %s = camkes_%s_strings(&_m, %s);\n", to, verb, count);
    } else if (type->array) {
        text_add(t, "    %s = camkes_%s_array(&_m, %s, sizeof(%s), _Alignof(%s));\n", to, verb, count,
                 c_type(type), c_type(type));
    } else if (is_string(type)) {
        text_add(t, "    %s = camkes_%s_string(&_m);\n", to, verb);
    } else {
        text_add(t, "    camkes_get(&_m, %s, sizeof(%s));\n", address(pre, name), c_type(type));
    }
    fix_value(t, type, pre, name);
}

static void free_value(struct text *t, const char *indent, const struct type *type, const char *pre,
                       const char *name)
{
    if (type->array && is_string(type)) {
        text_add(t, "%scamkes_free_strings(%s%s, %s%s_sz);\n", indent, pre, name, pre, name);
    } else if (type->array || is_string(type)) {
        text_add(t, "%sfree(%s%s);\n", indent, pre, name);
    }
}

static void zero_value(struct text *t, const char *indent, const struct type *type, const char *pre,
                       const char *name)
{
    if (type->array || is_string(type)) {
        text_add(t, "%s%s%s = NULL;\n", indent, pre, name);
    } else {
        text_add(t, "%smemset(%s, 0, sizeof(%s));\n", indent, address(pre, name), c_type(type));
    }
    if (type->array) {
        text_add(t, "%s%s%s_sz = 0;\n", indent, pre, name);
    }
}

/* ---- bytes: the client ---- */

static void stub_by_bytes(struct text *t, const struct port *port, const struct method *m, unsigned index)
{
    bool results = has_result(m);
    text_add(t, "    struct camkes_message _m;\n    camkes_message_begin(&_m, &camkes__%s, %u);\n",
             port->iface->name, index);
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        if (goes_in(p)) {
            put_value(t, "    ", &p->type, by_pointer(p) ? "*" : "", p->name);
        }
        results |= comes_out(p);
    }
    text_put(t, "    camkes_message_call(&_m);\n");
    if (has_result(m)) {
        if (!is_string(&m->result)) {
            text_add(t, "    %s;\n", type_declare(&m->result, "_result"));
        }
        get_value(t, "take", &m->result, "", "_result", "char *_result");
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        if (p->dir == DIR_INOUT) {
            free_value(t, "    ", &p->type, "*", p->name);
        }
        if (comes_out(p)) {
            get_value(t, "take", &p->type, "*", p->name, strf("*%s", p->name));
        }
    }
    if (!results) {
        text_put(t, "    camkes_message_end(&_m);\n");
        return;
    }
    text_put(t, "    if (!camkes_message_end(&_m)) {\n");
    if (has_result(m)) {
        free_value(t, "        ", &m->result, "", "_result");
        zero_value(t, "        ", &m->result, "", "_result");
    }
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        if (comes_out(p)) {
            free_value(t, "        ", &p->type, "*", p->name);
            zero_value(t, "        ", &p->type, "*", p->name);
        }
    }
    text_add(t, "    }\n%s", has_result(m) ? "    return _result;\n" : "");
}

void marshal_stub(struct glue *g, const struct port *port, const struct method *m, unsigned index)
{
    text_add(g->body, "%s\n{\n", method_prototype(port, m));
    (marshal_by_words(m) ? stub_by_words : stub_by_bytes)(g->body, port, m, index);
    text_put(g->body, "}\n\n");
}

/* ---- bytes: the server ---- */

/* A local for the parameter, with what arrived or empty. */
static void local_value(struct text *t, const struct param *p)
{
    const struct type *type = &p->type;
    const char *pointer = type->array ? type_declare(type, strf("*%s", p->name))
                                      : strf("%schar *%s", comes_out(p) ? "" : "const ", p->name);
    const bool plain = !type->array && !is_string(type);
    if (type->array) {
        text_add(t, "    size_t %s_sz = 0;\n", p->name);
    } else if (plain) {
        text_add(t, "    %s;\n", type_declare(type, p->name));
    }
    if (goes_in(p)) {
        get_value(t, p->dir == DIR_INOUT ? "take" : "view", type, "", p->name, pointer);
    } else if (plain) {
        text_add(t, "    memset(&%s, 0, sizeof(%s));\n", p->name, c_type(type));
    } else {
        text_add(t, "    %s = NULL;\n", pointer);
    }
}

static const char *call_arguments(const struct method *m)
{
    struct text t = { 0 };
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        const char *pre = by_pointer(p) ? "&" : "";
        text_put(&t, i ? ", " : "");
        if (p->type.array) {
            text_add(&t, "%s%s_sz, ", pre, p->name);
        }
        text_add(&t, "%s%s", pre, p->name);
    }
    return t.data ? t.data : "";
}

/* What the call leaves behind: everything but views, and the lists of views of strings. */
static void free_locals(struct text *t, const struct method *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct param *p = &m->params[i];
        if (comes_out(p)) {
            free_value(t, "    ", &p->type, "", p->name);
        } else if (p->type.array && is_string(&p->type)) {
            text_add(t, "    free(%s);\n", p->name);
        }
    }
}

void marshal_bytes_function(struct text *t, const struct port *port, const struct method *m)
{
    const char *iface = port->iface->name;
    text_add(t,
             "static seL4_MessageInfo_t camkes__%s_do_%s(seL4_MessageInfo_t _info, seL4_Word _client, "
             "seL4_Word _w[4])\n"
             "{\n    struct camkes_message _m;\n    camkes_message_receive(&_m, &camkes__%s, _client, _info, "
             "_w);\n",
             iface, m->name, iface);
    for (size_t i = 0; i < m->count; i++) {
        local_value(t, &m->params[i]);
    }
    text_put(t, "    if (camkes_message_arrived(&_m)) {\n        ");
    if (has_result(m)) {
        text_add(t, "%s = ", type_declare(&m->result, "_result"));
    }
    text_add(t, "%s_%s(%s);\n        camkes_message_answer(&_m);\n", iface, m->name, call_arguments(m));
    if (has_result(m)) {
        put_value(t, "        ", &m->result, "", "_result");
        free_value(t, "        ", &m->result, "", "_result");
    }
    for (size_t i = 0; i < m->count; i++) {
        if (comes_out(&m->params[i])) {
            put_value(t, "        ", &m->params[i].type, "", m->params[i].name);
        }
    }
    text_put(t, "    }\n");
    free_locals(t, m);
    text_put(t, "    return camkes_message_reply(&_m, _w);\n}\n\n");
}
