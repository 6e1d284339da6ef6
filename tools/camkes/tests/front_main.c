// SPDX-License-Identifier: BSD-2-Clause
// The front end alone, for its tests: front_main [-I dir] [-D name=value] [-W name] [--dump] [--unused] file
// Ends with 1 when there were errors. --dump prints the model, --unused warns as if no back end read any setting.
#include <stdio.h>
#include <string.h>
#include "front.h"
#include "mem.h"

static void dump_value(const struct value *v)
{
    switch (v->kind) {
    case VALUE_INT:
        printf(v->is_unsigned ? "%llu" : "%lld", (long long)v->integer);
        break;
    case VALUE_BOOL:
        printf("%s", v->integer ? "true" : "false");
        break;
    case VALUE_FLOAT:
        printf("%g", v->real);
        break;
    case VALUE_STRING:
        printf("\"%s\"", v->string);
        break;
    default:
        printf("%s", v->kind == VALUE_DICT ? "{" : "[");
        for (size_t i = 0; i < v->count; i++) {
            printf("%s", i ? ", " : "");
            if (v->kind == VALUE_DICT)
                printf("%s: ", v->keys[i]);
            dump_value(v->items[i]);
        }
        printf("%s", v->kind == VALUE_DICT ? "}" : "]");
    }
}

static void dump_settings(const struct setting *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("  .%s = ", list[i].name);
        dump_value(list[i].value);
        printf("\n");
    }
}

static void dump_ends(const char *word, struct port *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf(" %s %s.%s", word, ends[i]->instance->name, ends[i]->iface->name);
}

static void dump(const struct model *m)
{
    static const char *const kinds[] = { "uses", "provides", "emits", "consumes", "dataport" };

    printf("assembly %s\n", m->name);
    for (size_t i = 0; i < m->instance_count; i++) {
        const struct instance *n = m->instances[i];

        printf("%s %s %s%s%s\n", n->type->hardware ? "hardware" : n->type->control ? "control" : "passive", n->type->name,
               n->name, n->group ? " in " : "", n->group ? n->group : "");
        for (size_t j = 0; j < n->port_count; j++)
            printf("  %s %s %s by %s, %zu\n", kinds[n->ports[j]->iface->kind], n->ports[j]->iface->type_name,
                   n->ports[j]->iface->name, n->ports[j]->connector ? n->ports[j]->connector->name : "nothing",
                   n->ports[j]->connection_count);
        for (size_t j = 0; j < n->type->attribute_count; j++) {
            if (!n->attributes[j])
                continue;
            printf("  %s%s %s = ", n->type->attributes[j].type.c_name, n->type->attributes[j].type.array ? "[]" : "",
                   n->type->attributes[j].name);
            dump_value(n->attributes[j]);
            printf("\n");
        }
        dump_settings(n->settings, n->setting_count);
    }
    for (size_t i = 0; i < m->connection_count; i++) {
        const struct connection *c = m->connections[i];

        printf("%s %s", c->connector->name, c->name);
        dump_ends("from", c->from, c->from_count);
        dump_ends("to", c->to, c->to_count);
        printf("\n");
        dump_settings(c->settings, c->setting_count);
    }
    for (size_t i = 0; i < m->schedule_count; i++)
        printf("domain %lld for %lld%s\n", (long long)m->schedule[i].domain, (long long)m->schedule[i].duration,
               m->schedule[i].microseconds ? " us" : "");
}

int main(int argc, char **argv)
{
    const char *imports[64] = { 0 }, *cpp[64] = { 0 };
    struct front_options o = { .cpp = true, .import_paths = imports, .cpp_flags = cpp };
    const struct model *m;
    bool dumping = false, unused = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dump") == 0)
            dumping = true;
        else if (strcmp(argv[i], "--unused") == 0)
            unused = true;
        else if (strncmp(argv[i], "-I", 2) == 0 && o.import_count < 64 && o.cpp_count < 64)
            cpp[o.cpp_count++] = argv[i], imports[o.import_count++] = argv[i] + 2;
        else if (strncmp(argv[i], "-D", 2) == 0 && o.cpp_count < 64)
            cpp[o.cpp_count++] = argv[i];
        else if (strncmp(argv[i], "-W", 2) == 0 && diag_option(argv[i] + 2))
            continue;
        else if (argv[i][0] != '-')
            o.file = argv[i];
        else
            diag_fatal("unknown option '%s'", argv[i]);
    }
    if (!o.file)
        diag_fatal("no file");
    m = front_compile(&o);
    if (unused)
        front_unused_settings(m);
    diag_stop();
    if (dumping)
        dump(m);
    mem_release();
    return 0;
}
