// SPDX-License-Identifier: BSD-2-Clause
// Values of settings, threads' settings, and settings that nothing reads; see settings.h.
#include "settings.h"

#include <string.h>

/* ---- values of settings ---- */

const struct value *setting_value(const struct instance *i, const char *name)
{
    const struct value *v = instance_setting(i, name);
    return v ? v : instance_attribute(i, name);
}

int64_t setting_number(const struct instance *i, const char *name, int64_t otherwise, int64_t low,
                      int64_t high)
{
    const struct value *v = setting_value(i, name);
    if (!v) {
        return otherwise;
    }
    if (v->kind != VALUE_INT) {
        diag_error(v->loc, "%s.%s is a number", i->name, name);
        return otherwise;
    }
    if (v->integer < low || v->integer > high) {
        diag_error(v->loc, "%s.%s is %lld: it must be from %lld to %lld", i->name, name,
                   (long long)v->integer, (long long)low, (long long)high);
        return otherwise;
    }
    return v->integer;
}

bool setting_true(const struct instance *i, const char *name)
{
    const struct value *v = setting_value(i, name);
    if (v && v->kind != VALUE_BOOL && v->kind != VALUE_INT) {
        diag_error(v->loc, "%s.%s is true or false", i->name, name);
        return false;
    }
    return v && v->integer;
}

/* ---- threads ---- */

static int64_t thread_number(const struct instance *i, const char *prefix, const char *name,
                             int64_t otherwise, int64_t low, int64_t high)
{
    return setting_number(i, strf("%s%s", prefix, name), setting_number(i, name, otherwise, low, high), low,
                          high);
}

static void check_domain(const struct instance *i, const char *name)
{
    const struct value *v = setting_value(i, name);
    if (v && (v->kind != VALUE_INT || v->integer != 0)) {
        diag_error(v->loc, "%s.%s: the kernel has one domain, 0", i->name, name);
    }
}

struct spec_thread_args setting_thread(const struct instance *i, const char *prefix,
                                       const struct back_options *o)
{
    enum { MAX_US = 1 << 30, MAX_STACK = 64 << 20 };
    struct spec_thread_args a = {
        .priority = (uint8_t)thread_number(i, prefix, "priority", o->priority, 1, 255),
        .stack = (uint64_t)setting_number(i, strf("%sstack_size", prefix), o->stack_size, 1, MAX_STACK),
        .core_plus_1 = (uint16_t)(thread_number(i, prefix, "affinity", o->affinity, 0, o->cores - 1) + 1),
        .period = (uint64_t)thread_number(i, prefix, "period", 0, 1, MAX_US),
        .budget = (uint64_t)thread_number(i, prefix, "budget", 0, 1, MAX_US),
    };
    a.max_priority = (uint8_t)thread_number(i, prefix, "max_priority", a.priority, 1, 255);
    const struct value *budget = setting_value(i, strf("%sbudget", prefix));
    budget = budget ? budget : setting_value(i, "budget");
    a.period = a.period ? a.period : a.budget > (uint64_t)o->period ? a.budget : (uint64_t)o->period;
    a.budget = a.budget ? a.budget : a.period < (uint64_t)o->budget ? a.period : (uint64_t)o->budget;
    if (a.budget > a.period) {
        diag_error(budget ? budget->loc : i->loc,
                   "%s: a budget of %llu us does not fit into a period of %llu us", i->name,
                   (unsigned long long)a.budget, (unsigned long long)a.period);
        a.budget = a.period;
    }
    check_domain(i, strf("%sdomain", prefix));
    return a;
}

void settings_of_ports(const struct instance *i)
{
    static const char *const names[] = { "priority", "max_priority", "stack_size", "affinity",
                                         "budget",   "period",       "data",       "size_bits" };
    for (size_t p = 0; p < i->port_count; p++) {
        check_domain(i, strf("%s_domain", i->ports[p]->iface->name));
        for (unsigned n = 0; n < sizeof(names) / sizeof(*names); n++) {
            (void)instance_setting(i, strf("%s_%s", i->ports[p]->iface->name, names[n]));
        }
    }
}

/* ---- settings nobody asked for ---- */

static bool is_attribute(const struct instance *i, const char *name)
{
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        if (!strcmp(i->type->attributes[n].name, name)) {
            return true;
        }
    }
    return false;
}

static const char *meant(const struct instance *i, const char *word)
{
    static const char *const thread[] = { "priority", "max_priority", "affinity",
                                          "budget",   "period",       "stack_size" };
    VEC(const char *) names = { 0 };
    for (size_t n = 0; n < i->type->attribute_count; n++) {
        *vec_add(&names) = i->type->attributes[n].name;
    }
    for (unsigned n = 0; settings_general_name(n); n++) {
        *vec_add(&names) = settings_general_name(n);
    }
    for (unsigned n = 0; n < sizeof(thread) / sizeof(*thread); n++) {
        *vec_add(&names) = thread[n];
        *vec_add(&names) = strf("_%s", thread[n]);
        for (size_t p = 0; p < i->port_count; p++) {
            *vec_add(&names) = strf("%s_%s", i->ports[p]->iface->name, thread[n]);
        }
    }
    return diag_nearest(word, names.at, (unsigned)names.count);
}

static bool is_connector_attribute(const struct connector *c, const char *name)
{
    for (size_t n = 0; n < c->attribute_count; n++) {
        if (!strcmp(c->attributes[n].name, name)) {
            return true;
        }
    }
    return false;
}

static const char *meant_of_connector(const struct connector *c, const char *word)
{
    VEC(const char *) names = { 0 };
    for (size_t n = 0; n < c->attribute_count; n++) {
        *vec_add(&names) = c->attributes[n].name;
    }
    return diag_nearest(word, names.at, (unsigned)names.count);
}

static void tell_unused(const struct setting *s, const char *owner, const char *hint)
{
    diag_warning(s->loc, "unused-setting", "nothing uses the setting %s.%s", owner, s->name);
    if (hint) {
        diag_hint("did you mean '%s'?", hint);
    }
}

void settings_check(const struct model *m)
{
    for (size_t n = 0; n < m->instance_count; n++) {
        const struct instance *i = m->instances[n];
        for (size_t k = 0; k < i->setting_count; k++) {
            const struct setting *s = &i->settings[k];
            if (!*s->used && !is_attribute(i, s->name)) {
                tell_unused(s, i->name, meant(i, s->name));
            }
        }
    }
    for (size_t n = 0; n < m->connection_count; n++) {
        for (size_t k = 0; k < m->connections[n]->setting_count; k++) {
            const struct setting *s = &m->connections[n]->settings[k];
            if (!*s->used && !is_connector_attribute(m->connections[n]->connector, s->name)) {
                tell_unused(s, m->connections[n]->name,
                            meant_of_connector(m->connections[n]->connector, s->name));
            }
        }
    }
}
