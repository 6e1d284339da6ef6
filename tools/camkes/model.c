// SPDX-License-Identifier: BSD-2-Clause
// Questions to the model.
#include "model.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "mem.h"

enum { PAGE = 4096 };

const char *strf(const char *format, ...)
{
    va_list args, again;
    int length;
    char *text;

    va_start(args, format);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        diag_fatal("bad format: %s", format);
    text = mem_new((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

const struct value *value_key(const struct value *dict, const char *key)
{
    for (size_t i = 0; dict && dict->kind == VALUE_DICT && i < dict->count; i++)
        if (dict->keys[i] && strcmp(dict->keys[i], key) == 0)
            return dict->items[i];
    return NULL;
}

/* ---- settings ---- */

static const struct value *find_setting(const struct setting *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            *list[i].used = true;
            return list[i].value;
        }
    }
    return NULL;
}

const struct value *instance_setting(const struct instance *i, const char *name)
{
    return find_setting(i->settings, i->setting_count, name);
}

const struct value *connection_setting(const struct connection *c, const char *name)
{
    return find_setting(c->settings, c->setting_count, name);
}

/* The setting, else the attribute's default, when it is of one of two kinds. */
static const struct value *typed(const struct instance *i, const char *name, enum value_kind kind,
                                 enum value_kind or, const char *wanted)
{
    const struct value *v = instance_setting(i, name);

    if (!v)
        v = instance_attribute(i, name);
    if (!v || v->kind == kind || v->kind == or)
        return v;
    diag_error(v->loc, "'%s' of '%s' is %s, not %s", name, i->name, wanted,
               ((const char *const[]){ "an integer", "a float", "a truth value", "a string", "a list",
                                       "a dictionary" })[v->kind]);
    return NULL;
}

int64_t instance_int(const struct instance *i, const char *name, int64_t otherwise)
{
    const struct value *v = typed(i, name, VALUE_INT, VALUE_BOOL, "an integer");

    return v ? v->integer : otherwise;
}

bool instance_bool(const struct instance *i, const char *name, bool otherwise)
{
    const struct value *v = typed(i, name, VALUE_BOOL, VALUE_INT, "a truth value");

    return v ? v->integer != 0 : otherwise;
}

const char *instance_str(const struct instance *i, const char *name, const char *otherwise)
{
    const struct value *v = typed(i, name, VALUE_STRING, VALUE_STRING, "a string");

    return v ? v->string : otherwise;
}

int64_t port_int(const struct port *p, const char *what, int64_t otherwise)
{
    return instance_int(p->instance, strf("%s_%s", p->iface->name, what), otherwise);
}

const char *port_str(const struct port *p, const char *what, const char *otherwise)
{
    return instance_str(p->instance, strf("%s_%s", p->iface->name, what), otherwise);
}

const struct value *instance_attribute(const struct instance *i, const char *name)
{
    for (size_t n = 0; n < i->type->attribute_count; n++)
        if (strcmp(i->type->attributes[n].name, name) == 0)
            return i->attributes[n];
    return NULL;
}

const struct instance *model_instance(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->instance_count; i++)
        if (strcmp(m->instances[i]->name, name) == 0)
            return m->instances[i];
    return NULL;
}

const struct port *instance_port(const struct instance *i, const char *iface)
{
    for (size_t n = 0; n < i->port_count; n++)
        if (strcmp(i->ports[n]->iface->name, iface) == 0)
            return i->ports[n];
    return NULL;
}

/* ---- dataports ---- */

static uint64_t size_in_bytes(const struct value *v)
{
    const int64_t most = 1ll << 32;

    if (v && v->kind == VALUE_INT && !v->is_unsigned && v->integer > 0 && v->integer <= most)
        return (uint64_t)v->integer;
    if (v)
        diag_error(v->loc, "the size of a dataport is a number of bytes, from 1 to %lld", (long long)most);
    return 1;
}

/* The largest size that an end says. */
static uint64_t end_bytes(struct port *const *ends, size_t count, uint64_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = strf("%s_size", ends[i]->iface->name);
        const uint64_t size = size_in_bytes(instance_setting(ends[i]->instance, name));

        bytes = size > bytes ? size : bytes;
        bytes = ends[i]->iface->buf_bytes > bytes ? ends[i]->iface->buf_bytes : bytes;
    }
    return bytes;
}

uint64_t connection_dataport_bytes(const struct connection *c)
{
    uint64_t bytes = size_in_bytes(connection_setting(c, "size"));

    bytes = end_bytes(c->from, c->from_count, bytes);
    bytes = end_bytes(c->to, c->to_count, bytes);
    return (bytes + PAGE - 1) / PAGE * PAGE;
}
