// SPDX-License-Identifier: BSD-2-Clause
// Attributes of components; see attribute.h.
#include "attribute.h"

#include "mem.h"
#include <string.h>

static bool filled_at_start(const struct type *t)
{
    return !t->array && (t->cls == TYPE_INT || t->cls == TYPE_STRING);
}

/* ---- structs: C needs to know how long their arrays are, which the values say ---- */

struct use { const struct struct_def *def; const struct value *value; };
static VEC(struct use) uses; /* every struct value of the instance at hand, members before owners */

static const struct value *field_value(const struct value *v, const struct field *f)
{
    const struct value *found = v && v->kind == VALUE_DICT ? value_key(v, f->name) : NULL;
    return found ? found : f->initial;
}

static void find_uses(const struct type *t, const struct value *v)
{
    if (t->cls != TYPE_STRUCT) {
        return;
    }
    for (size_t i = 0; t->array && v && v->kind == VALUE_LIST && i < v->count; i++) {
        find_uses(&(struct type){ .cls = TYPE_STRUCT, .def = t->def }, v->items[i]);
    }
    if (t->array && v && v->kind == VALUE_LIST && v->count) {
        return;
    }
    for (size_t i = 0; i < t->def->count; i++) {
        find_uses(&t->def->fields[i].type, field_value(v, &t->def->fields[i]));
    }
    *vec_add(&uses) = (struct use){ t->def, v };
}

static size_t longest(const struct struct_def *def, const struct field *f)
{
    size_t n = 0;
    for (size_t i = 0; i < uses.count; i++) {
        const struct value *v = uses.at[i].def == def ? field_value(uses.at[i].value, f) : NULL;
        n = v && v->kind == VALUE_LIST && v->count > n ? v->count : n;
    }
    return n;
}

static const char *struct_name(const struct struct_def *def)
{
    return *def->name ? strf("struct %s", def->name)
                      : strf("struct camkes_struct_%u_%u", def->loc.line, def->loc.column);
}

static const char *base_type(const struct type *t)
{
    return t->cls == TYPE_STRUCT ? struct_name(t->def) : t->cls == TYPE_STRING ? "const char *" : t->c_name;
}

static void write_struct(struct text *out, const struct struct_def *def)
{
    text_add(out, "%s {\n", struct_name(def));
    for (size_t i = 0; i < def->count; i++) {
        const struct field *f = &def->fields[i];
        const char *base = base_type(&f->type);
        text_add(out, "    %s%s%s", base, base[strlen(base) - 1] == '*' ? "" : " ", f->name);
        text_put(out, f->type.array ? strf("[%zu];\n", longest(def, f)) : ";\n");
    }
    text_put(out, "};\n");
}

static void write_structs(struct glue *g)
{
    uses.count = 0;
    for (size_t n = 0; n < g->instance->type->attribute_count; n++) {
        if (g->instance->attributes[n]) {
            find_uses(&g->instance->type->attributes[n].type, g->instance->attributes[n]);
        }
    }
    for (size_t i = 0; i < uses.count; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++) {
            before = before || uses.at[k].def == uses.at[i].def;
        }
        if (!before) {
            write_struct(g->header, uses.at[i].def);
        }
    }
}

/* ---- literals ---- */

static const char *literal(const struct type *t, const struct value *v);

static const char *list_literal(const struct type *t, const struct value *v)
{
    struct type element = *t;
    struct text out = { 0 };
    element.array = false;
    text_put(&out, "{");
    for (size_t i = 0; i < v->count; i++) {
        text_add(&out, "%s %s", i ? "," : "", literal(&element, v->items[i]));
    }
    text_put(&out, " }");
    return out.data;
}

static const char *struct_literal(const struct type *t, const struct value *v)
{
    struct text out = { 0 };
    bool any = false;
    text_put(&out, "{");
    for (size_t i = 0; i < t->def->count; i++) {
        const struct field *f = &t->def->fields[i];
        const struct value *x = field_value(v, f);
        if (x) {
            text_add(&out, "%s .%s = %s", any ? "," : "", f->name, literal(&f->type, x));
            any = true;
        }
    }
    text_put(&out, " }");
    return out.data;
}

static const char *integer_literal(int64_t n, bool is_signed)
{
    if (!is_signed && n < 0) {
        return strf("0x%llxull", (unsigned long long)n);
    }
    if (n == INT64_MIN) {
        return "(-0x7fffffffffffffffll - 1)";
    }
    return strf("%lld%s", (long long)n, n > INT32_MAX || n < INT32_MIN ? "ll" : "");
}

static const char *literal(const struct type *t, const struct value *v)
{
    if (v->kind == VALUE_LIST) {
        return list_literal(t, v);
    }
    if (v->kind == VALUE_DICT && t->cls == TYPE_STRUCT) {
        return struct_literal(t, v);
    }
    switch (v->kind) {
    case VALUE_STRING: return c_string(v->string);
    case VALUE_FLOAT: return strf("%.17g", v->real);
    default: return integer_literal(v->integer, !v->is_unsigned && (t->cls != TYPE_INT || t->is_signed));
    }
}

/* ---- C ---- */

static void write_filled(struct glue *g, const struct attribute *a)
{
    const bool string = a->type.cls == TYPE_STRING;
    const char *c = base_type(&a->type), *key = c_string(info_name(g->instance, a->name)),
               *space = string ? "" : " ";
    text_add(g->header, "extern %s%s %s;\n", string ? "" : "const ", string ? "const char *const" : c,
             a->name);
    text_add(g->top, "%s%s%s;\n", c, space, a->name);
    if (string) {
        text_add(g->init, "    %s = rt_attr_str(%s, \"\");\n", a->name, key);
    } else {
        text_add(g->init, "    %s = (%s)rt_attr_int(%s, 0);\n", a->name, c, key);
    }
}

static void write_constant(struct glue *g, const struct attribute *a, const struct value *v)
{
    const char *c =
        a->type.cls == TYPE_STRING ? "const char *const " : strf("const %s ", base_type(&a->type));
    const char *array = !a->type.array ? "" : strf("[%zu]", v->kind == VALUE_LIST ? v->count : 0);
    text_add(g->header, "extern %s%s%s;\n", c, a->name, array);
    text_add(g->top, "%s%s%s = %s;\n", c, a->name, array, literal(&a->type, v));
}

static void write_literal(struct glue *g, const struct attribute *a, const struct value *v)
{
    const char *cast = v->kind == VALUE_DICT ? strf("(%s)", base_type(&a->type)) : "";
    text_add(g->header, "#define CAMKES_CONST_ATTR_%s %s%s\n", a->name, cast, literal(&a->type, v));
}

void attributes_write(struct glue *g, bool literals)
{
    const struct instance *i = g->instance;
    unsigned filled = 0;
    text_put(g->header, i->type->attribute_count ? "\n" : "");
    write_structs(g);
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        const struct attribute *a = &i->type->attributes[n];
        const struct value *v = i->attributes[n];
        if (v && filled_at_start(&a->type)) {
            text_put(g->header,
                     filled++ ? "" : "#ifndef CAMKES_GLUE             /* which sets them at the start */\n");
            write_filled(g, a);
        }
    }
    text_put(g->header, filled ? "#endif\n" : "");
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        const struct attribute *a = &i->type->attributes[n];
        const struct value *v = i->attributes[n];
        if (v && !filled_at_start(&a->type)) {
            write_constant(g, a, v);
        }
        if (v && literals) {
            write_literal(g, a, v);
        }
    }
    text_put(g->top, i->type->attribute_count ? "\n" : "");
}

/* ---- information page ---- */

void attributes_distribute(struct spec_instance *to, const struct instance *i)
{
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        const struct attribute *a = &i->type->attributes[n];
        const struct value *v = i->attributes[n];
        const char *name = info_name(i, a->name);
        if (!v || !filled_at_start(&a->type)) {
            continue;
        }
        if (a->type.cls == TYPE_STRING && v->kind == VALUE_STRING) {
            spec_attr_str(to, name, v->string);
        } else if (a->type.cls == TYPE_INT && (v->kind == VALUE_INT || v->kind == VALUE_BOOL)) {
            spec_attr_int(to, name, v->integer);
        } else {
            diag_error(v->loc, "%s.%s: this is no value of type %s", i->name, a->name, a->type.adl_name);
        }
    }
}
