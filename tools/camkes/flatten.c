// SPDX-License-Identifier: BSD-2-Clause
// The tree of instances: composites opened, exports followed to the interface behind them, connections joined
// to ports, settings brought to what they set.
#include <string.h>
#include "program.h"

enum { DEPTH_MAX = 64, INSTANCES_MAX = 4096 };

struct flatten { struct program *p; unsigned instances; bool full; };

/* ---- names ---- */

static const char *const entry_names[] = { "instance", "connection", "group" };

static bool entry_add(struct node *scope, const struct name *name, int kind, void *is)
{
    struct entry *now = NEW(struct entry), *first;

    now->kind = kind;
    now->loc = name->loc;
    now->is = is;
    first = map_put(&scope->entries, name->text, now);
    if (!first)
        return true;
    if ((int)first->kind == kind)
        diag_error(name->loc, "a second %s '%s'", entry_names[kind], name->text);
    else
        diag_error(name->loc, "%s '%s' has the name of %s %s", entry_names[kind], name->text,
                   first->kind == ENTRY_INSTANCE ? "an" : "a", entry_names[first->kind]);
    diag_note(first->loc, "the first is here");
    return false;
}

/* The nearest name; when there is none, and they are few, all. */
static void did_you_mean_one_of(const struct map *names, const char *word)
{
    const char *all = "";

    if (map_nearest(names, word)) {
        did_you_mean(map_nearest(names, word));
        return;
    }
    if (names->entries.count > 8 || names->entries.count == 0)
        return;
    for (size_t i = 0; i < names->entries.count; i++)
        all = strf("%s%s'%s'", all, i ? ", " : "", names->entries.at[i].key);
    diag_hint("there %s %s", names->entries.count == 1 ? "is" : "are", all);
}

static const char *scope_name(const struct node *scope)
{
    return scope->type ? strf("component '%s'", scope->type->name.text) : "the assembly";
}

struct entry *node_entry(struct node *scope, const struct path *path, size_t drop, const char *warning)
{
    struct entry *e = NULL;

    for (size_t i = 0; i + drop < path->parts.count; i++) {
        const struct name *part = &path->parts.at[i];

        if (e && e->kind == ENTRY_CONNECTION) {
            diag_error(part->loc, "'%s' is a connection, and has nothing inside", path->parts.at[i - 1].text);
            return NULL;
        }
        if (e && e->kind == ENTRY_INSTANCE)
            scope = e->is;
        e = map_get(&scope->entries, part->text);   /* a group's instances stand beside it */
        if (!e) {
            if (warning)
                diag_warning(part->loc, warning, "there is no '%s' in %s", part->text, scope_name(scope));
            else
                diag_error(part->loc, "there is no '%s' in %s", part->text, scope_name(scope));
            did_you_mean_one_of(&scope->entries, part->text);
            return NULL;
        }
    }
    return e;
}

size_t iface_index(const struct component *c, const char *name)
{
    size_t i = 0;

    while (i < c->iface_count && strcmp(c->ifaces[i].name, name))
        i++;
    return i;
}

const char *iface_nearest(const struct component *c, const char *name)
{
    const char **names = mem_new((c->iface_count + 1) * sizeof *names);

    for (size_t i = 0; i < c->iface_count; i++)
        names[i] = c->ifaces[i].name;
    return diag_nearest(name, names, (unsigned)c->iface_count);
}

static void no_interface(const struct node *n, const struct name *name)
{
    diag_error(name->loc, "component '%s' has no interface '%s'", n->type->name.text, name->text);
    if (iface_nearest(n->type->made, name->text))
        did_you_mean(iface_nearest(n->type->made, name->text));
    else
        diag_note(n->type->name.loc, "'%s' is declared here", n->type->name.text);
}

/* ---- opening ---- */

static void open_node(struct flatten *f, struct node *n);

static void unknown_component(struct program *p, const struct name *type)
{
    diag_error(type->loc, "there is no component '%s'", type->text);
    if (map_get(&p->procedures, type->text))
        diag_hint("'%s' is a procedure", type->text);
    else if (map_get(&p->connectors, type->text))
        diag_hint("'%s' is a connector; connections begin with 'connection'", type->text);
    else
        hint_unknown(p, "component", &p->components, type->text);
}

/* Is a component of this type around the scope already? */
static bool contains_itself(const struct node *scope, const struct ast_component *type, struct loc loc)
{
    for (const struct node *n = scope; n && n->type; n = n->parent) {
        if (n->type != type)
            continue;
        diag_error(loc, "component '%s' contains itself", type->name.text);
        for (const struct node *way = scope; way != n; way = way->parent)
            diag_note(way->loc, "through this instance of '%s'", way->type->name.text);
        return true;
    }
    return false;
}

static void open_instance(struct flatten *f, struct node *scope, const struct ast_instance *i)
{
    struct ast_component *type = i->inline_component;
    struct node *n = NEW(struct node);

    if (!type)
        type = map_get(&f->p->components, i->type.text);
    n->local = i->name.text;
    n->name = scope->type ? strf("%s.%s", scope->name, i->name.text) : i->name.text;
    n->group = i->group.text ? (scope->type ? strf("%s.%s", scope->name, i->group.text) : i->group.text)
                             : scope->group;
    n->type = type;
    n->parent = scope;
    n->depth = scope->depth + 1;
    n->loc = i->name.loc;
    if (!type) {
        unknown_component(f->p, &i->type);
        n = NULL;                                   /* the name is known, but stands for nothing */
    } else if (contains_itself(scope, type, i->type.loc)) {
        n = NULL;
    } else if (n->depth > DEPTH_MAX || ++f->instances > INSTANCES_MAX) {
        if (!f->full)
            diag_error(i->name.loc,
                       n->depth > DEPTH_MAX ? "components nested more than %d deep"
                                            : "more than %d component instances",
                       n->depth > DEPTH_MAX ? DEPTH_MAX : INSTANCES_MAX);
        f->full = true;
        n = NULL;
    }
    if (!entry_add(scope, &i->name, ENTRY_INSTANCE, n) || !n)
        return;
    *vec_add(&scope->children) = n;
    type->instantiated = true;
    if (n->group && type->hardware)
        diag_error(n->loc, "hardware instance '%s' has no address space to share in a group", n->name);
    n->slots = mem_new((type->made->iface_count + 1) * sizeof *n->slots);
    if (!f->full)
        open_node(f, n);
}

static void open_composition(struct flatten *f, struct node *scope, struct ast_composition *c)
{
    c->used = true;
    for (size_t i = 0; i < c->groups.count; i++) {
        bool empty = true;

        entry_add(scope, &c->groups.at[i], ENTRY_GROUP, NULL);
        for (size_t j = 0; j < c->instances.count; j++)
            empty &= !c->instances.at[j].group.text
                     || strcmp(c->instances.at[j].group.text, c->groups.at[i].text);
        if (empty)
            diag_warning(c->groups.at[i].loc, "empty", "group '%s' has no instances", c->groups.at[i].text);
    }
    for (size_t i = 0; i < c->instances.count; i++)
        open_instance(f, scope, &c->instances.at[i]);
}

/* ---- exports ---- */

/* The slot where an interface really is, with the node that has it. */
static struct slot *slot_behind(struct node **n, size_t *index)
{
    struct slot *s = &(*n)->slots[*index];

    while (s->inner) {
        *n = s->inner;
        *index = s->index;
        s = &(*n)->slots[*index];
    }
    return s;
}

static void check_export(const struct ast_export *e, const struct iface *outer, const struct iface *inner)
{
    if (outer->kind != inner->kind)
        diag_error(e->loc, "interface '%s' is exported as '%s', which is of another kind", inner->name,
                   outer->name);
    else if (outer->procedure ? inner->procedure && inner->procedure != outer->procedure
                              : outer->kind >= IFACE_EMITS && strcmp(outer->type_name, inner->type_name))
        diag_error(e->loc, "interface '%s' of type '%s' is exported as '%s' of type '%s'", inner->name,
                   inner->type_name, outer->name, outer->type_name);
    else
        return;
    diag_note(inner->loc, "inside, it is declared here");
    diag_note(outer->loc, "outside, it is declared here");
}

static void open_export(struct node *scope, const struct ast_export *e)
{
    const struct name *inner_name = &e->inner.parts.at[e->inner.parts.count - 1];
    struct entry *entry;
    struct node *inner;
    size_t from, to;

    if (!scope->type) {
        diag_error(e->loc, "an assembly has no interfaces to export to");
        return;
    }
    if (e->inner.parts.count < 2) {
        diag_error(e->inner.loc, "an export names an instance and its interface");
        diag_hint("export instance.%s -> %s;", inner_name->text, e->outer.text);
        return;
    }
    to = iface_index(scope->type->made, e->outer.text);
    if (to == scope->type->made->iface_count)
        no_interface(scope, &e->outer);
    entry = node_entry(scope, &e->inner, 1, NULL);
    inner = entry && entry->kind == ENTRY_INSTANCE ? entry->is : NULL;
    if (entry && entry->kind != ENTRY_INSTANCE)
        diag_error(e->inner.loc, "'%s' is a %s, and has no interfaces", e->inner.parts.at[0].text,
                   entry_names[entry->kind]);
    if (!inner)
        return;
    if (inner->parent != scope) {
        diag_error(e->inner.loc, "'%s' is inside of '%s', which has to export it first", inner_name->text,
                   inner->parent->local);
        return;
    }
    from = iface_index(inner->type->made, inner_name->text);
    if (from == inner->type->made->iface_count)
        no_interface(inner, inner_name);
    if (to == scope->type->made->iface_count || from == inner->type->made->iface_count)
        return;
    if (scope->slots[to].inner) {
        diag_error(e->outer.loc, "interface '%s' is exported to twice", e->outer.text);
        diag_note(scope->slots[to].exported, "the first is here");
        return;
    }
    check_export(e, &scope->type->made->ifaces[to], &inner->type->made->ifaces[from]);
    scope->slots[to] = (struct slot){ .inner = inner, .index = from, .exported = e->loc };
}

/* ---- connections ---- */

static struct port *port_of(struct node *n, size_t index)
{
    struct slot *s = slot_behind(&n, &index);

    if (!s->port) {
        s->port = NEW(struct port);
        s->port->iface = &n->type->made->ifaces[index];
    }
    return s->port;
}

/* The interface that an end names: of an instance, or, in a component, of the component itself. */
static struct port *find_end(struct node *scope, const struct ast_end *end)
{
    const struct path *path = &end->path;
    const struct name *name = &path->parts.at[path->parts.count - 1];
    struct node *n = scope;
    struct entry *entry;
    size_t index;

    if (path->parts.count == 1) {
        entry = map_get(&scope->entries, name->text);
        if (!scope->type || (entry && entry->kind == ENTRY_INSTANCE)) {
            diag_error(path->loc, "an end names an instance and its interface");
            diag_hint("%s instance.interface", end->is_to ? "to" : "from");
            return NULL;
        }
    } else {
        entry = node_entry(scope, path, 1, NULL);
        if (!entry)
            return NULL;
        if (entry->kind != ENTRY_INSTANCE) {
            diag_error(path->loc, "'%s' is a %s, and has no interfaces",
                       path->parts.at[path->parts.count - 2].text, entry_names[entry->kind]);
            return NULL;
        }
        n = entry->is;
        if (!n)
            return NULL;
        if (n->parent != scope) {
            diag_error(path->loc, "'%s' is inside of '%s', which has to export it", name->text,
                       n->parent->local);
            diag_note(n->parent->type->name.loc, "in a composition of this component: export %s.%s -> ...;",
                      n->local, name->text);
            return NULL;
        }
    }
    index = iface_index(n->type->made, name->text);
    if (index == n->type->made->iface_count) {
        no_interface(n, name);
        return NULL;
    }
    if (n == scope) {
        if (n->slots[index].inner) {
            diag_error(path->loc, "interface '%s' is exported from within, and cannot be connected within",
                       name->text);
            diag_note(n->slots[index].exported, "the export is here");
            return NULL;
        }
        n->slots[index].used = path->loc;
    }
    return port_of(n, index);
}

static struct ast_connector *find_connector(struct program *p, const struct ast_connection *c)
{
    struct ast_connector *found =
        c->inline_connector ? c->inline_connector : map_get(&p->connectors, c->connector.text);

    if (found)
        return found;
    diag_error(c->connector.loc, "there is no connector '%s'", c->connector.text);
    if (map_get(&p->components, c->connector.text))
        diag_hint("'%s' is a component", c->connector.text);
    else
        hint_unknown(p, "connector", &p->connectors, c->connector.text);
    return NULL;
}

static void open_connection(struct flatten *f, struct node *scope, const struct ast_connection *ast)
{
    struct link *l = NEW(struct link);
    struct ast_connector *connector = find_connector(f->p, ast);
    size_t ends[2] = { 0, 0 };
    struct name name = ast->name;

    if (!name.text)
        name.text = strf("connection%zu", scope->links.count);
    l->name = scope->type ? strf("%s.%s", scope->name, name.text) : name.text;
    l->ast = ast;
    for (size_t i = 0; i < ast->ends.count; i++) {
        struct port *port = find_end(scope, &ast->ends.at[i]);

        ends[ast->ends.at[i].is_to]++;
        if (port && ast->ends.at[i].is_to) {
            *vec_add(&l->to) = port;
            *vec_add(&l->to_loc) = ast->ends.at[i].path.loc;
        } else if (port) {
            *vec_add(&l->from) = port;
            *vec_add(&l->from_loc) = ast->ends.at[i].path.loc;
        }
    }
    if (!ends[0] || !ends[1])
        diag_error(ast->loc, "connection '%s' has no end '%s'", name.text, ends[0] ? "to" : "from");
    if (connector) {
        l->made = NEW(struct connection);
        l->made->name = l->name;
        l->made->connector = connector->made;
        l->made->loc = ast->loc;
    }
    if (entry_add(scope, &name, ENTRY_CONNECTION, l))
        *vec_add(&scope->links) = l;
}

/* A shell has nothing of its own: no thread, no interface of its own. */
static bool is_real(const struct node *n)
{
    const struct component *c = n->type->made;

    if (c->control || n->type->compositions.count == 0)
        return true;
    for (size_t i = 0; i < c->iface_count; i++)
        if (!n->slots[i].inner)
            return true;
    return false;
}

static void check_unexported(const struct node *n)
{
    const struct component *c = n->type->made;

    if (c->control || n->type->compositions.count == 0 || diag_errors())
        return;
    for (size_t i = 0; i < c->iface_count; i++) {
        if (n->slots[i].inner || n->slots[i].used.source)
            continue;
        diag_warning(c->ifaces[i].loc, "unexported",
                     "interface '%s' of composite '%s' is not exported from within", c->ifaces[i].name,
                     c->name);
        diag_hint("'export instance.interface -> %s;' in its composition; else it takes C code of its own",
                  c->ifaces[i].name);
    }
}

static void open_compositions(struct flatten *f, struct node *n, struct ast_composition *const *list,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        open_composition(f, n, list[i]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < list[i]->exports.count; j++)
            open_export(n, &list[i]->exports.at[j]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < list[i]->connections.count; j++)
            open_connection(f, n, &list[i]->connections.at[j]);
}

static void open_node(struct flatten *f, struct node *n)
{
    open_compositions(f, n, n->type->compositions.at, n->type->compositions.count);
    n->real = is_real(n);
    check_unexported(n);
}

/* ---- settings ---- */

/* "fs_shmem_size" of a shell whose interface "fs" is exported from within belongs to the instance within. */
static struct node *setting_behind(struct node *n, const char **name)
{
    const struct component *c = n->type ? n->type->made : NULL;

    for (size_t i = 0; c && i < c->attribute_count; i++)
        if (strcmp(c->attributes[i].name, *name) == 0)
            return n;
    for (size_t i = 0; c && i < c->iface_count; i++) {
        size_t length = strlen(c->ifaces[i].name), index = i;
        struct node *inner = n;

        if (!n->slots[i].inner || strncmp(*name, c->ifaces[i].name, length) || (*name)[length] != '_')
            continue;
        slot_behind(&inner, &index);
        *name = strf("%s%s", inner->type->made->ifaces[index].name, *name + length);
        return inner;
    }
    return n;
}

static void set(struct settable *to, struct node *scope, const char *name, const struct ast_setting *s)
{
    struct assigned *a = NEW(struct assigned), *first;

    *a = (struct assigned){ .name = name, .value = s->value, .scope = scope, .loc = s->loc };
    first = map_put(&to->by_name, name, a);
    if (!first) {
        *vec_add(&to->settings) = a;
    } else if (first->scope == scope) { /* else: what stands further out has come first, and counts */
        diag_warning(s->loc, "duplicate-setting", "'%s' is set again; this one counts", name);
        diag_note(first->loc, "it was set here");
        first->value = s->value;
        first->loc = s->loc;
    }
}

static void open_setting(struct node *scope, const struct ast_setting *s)
{
    const char *name = s->target.parts.at[s->target.parts.count - 1].text;
    struct node *n = scope;
    struct entry *e;

    if (s->target.parts.count == 1) {
        if (!scope->type) {
            diag_error(s->loc, "a setting names an instance or a connection, and what to set");
            diag_hint("instance.%s = ...;", name);
            return;
        }
    } else {
        e = node_entry(scope, &s->target, 1, "unknown-instance");
        if (!e || (e->kind == ENTRY_INSTANCE && !e->is))
            return;
        if (e->kind == ENTRY_CONNECTION) {
            struct link *l = e->is;

            set(&l->set, scope, name, s);
            return;
        }
        if (e->kind == ENTRY_GROUP) {
            diag_error(s->loc, "a group has no settings; its instances have");
            return;
        }
        n = e->is;
    }
    n = setting_behind(n, &name);
    set(&n->set, scope, name, s);
}

static void open_configurations(struct node *n, struct ast_configuration *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list[i]->used = true;
        for (size_t j = 0; j < list[i]->settings.count; j++)
            open_setting(n, &list[i]->settings.at[j]);
    }
}

/* Outer scopes first. */
static void open_inner_configurations(struct node *n)
{
    if (n->type)
        open_configurations(n, n->type->configurations.at, n->type->configurations.count);
    for (size_t i = 0; i < n->children.count; i++)
        open_inner_configurations(n->children.at[i]);
}

/* ---- assemblies ---- */

typedef VEC(struct ast_composition *) compositions;
typedef VEC(struct ast_configuration *) configurations;

static void merge_compositions(struct program *p, const struct ast_assembly *a, compositions *to)
{
    for (size_t i = 0; i < a->compositions.count; i++)
        *vec_add(to) = a->compositions.at[i];
    for (size_t i = 0; i < a->composition_names.count; i++) {
        const struct name *name = &a->composition_names.at[i];
        struct ast_composition *c = map_get(&p->compositions, name->text);

        if (c) {
            *vec_add(to) = c;
            continue;
        }
        diag_error(name->loc, "there is no composition '%s'", name->text);
        did_you_mean(map_nearest(&p->compositions, name->text));
    }
}

static void merge_configurations(struct program *p, const struct ast_assembly *a, configurations *to)
{
    for (size_t i = 0; i < a->configurations.count; i++)
        *vec_add(to) = a->configurations.at[i];
    for (size_t i = 0; i < a->configuration_names.count; i++) {
        const struct name *name = &a->configuration_names.at[i];
        struct ast_configuration *c = map_get(&p->configurations, name->text);

        if (c) {
            *vec_add(to) = c;
            continue;
        }
        diag_error(name->loc, "there is no configuration '%s'", name->text);
        did_you_mean(map_nearest(&p->configurations, name->text));
    }
}

static void check_unused(const struct program *p)
{
    for (size_t i = 0; i < p->compositions.entries.count; i++) {
        const struct ast_composition *c = p->compositions.entries.at[i].value;

        if (!c->used)
            diag_warning(c->name.loc, "unused-composition", "no assembly uses composition '%s'",
                         c->name.text);
    }
    for (size_t i = 0; i < p->configurations.entries.count; i++) {
        const struct ast_configuration *c = p->configurations.entries.at[i].value;

        if (!c->used)
            diag_warning(c->name.loc, "unused-composition", "no assembly uses configuration '%s'",
                         c->name.text);
    }
}

void program_flatten(struct program *p)
{
    struct flatten f = { .p = p };
    compositions all = { 0 };
    configurations settings = { 0 };

    p->root = NEW(struct node);
    p->root->name = p->root->local = "";
    for (size_t i = 0; i < p->assemblies.count; i++) {
        merge_compositions(p, p->assemblies.at[i], &all);
        merge_configurations(p, p->assemblies.at[i], &settings);
    }
    open_compositions(&f, p->root, all.at, all.count);
    open_configurations(p->root, settings.at, settings.count);
    open_inner_configurations(p->root);
    if (!diag_errors())
        check_unused(p);
}
