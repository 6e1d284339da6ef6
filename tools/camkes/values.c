// SPDX-License-Identifier: BSD-2-Clause
// Values of settings and attributes: references followed, defaults taken, everything brought to its type.
#include <string.h>
#include "program.h"

enum { CHAIN_MAX = 500 };

static unsigned chain;                  /* references being followed */
static struct assigned *running;        /* the last of them */

static const struct attribute *find_attribute(const struct attribute *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

static const struct attribute *node_attribute(const struct node *n, const char *name)
{
    const struct component *c = n->type ? n->type->made : NULL;

    return c ? find_attribute(c->attributes, c->attribute_count, name) : NULL;
}

static const struct attribute *link_attribute(const struct link *l, const char *name)
{
    const struct connector *c = l->made ? l->made->connector : NULL;

    return c ? find_attribute(c->attributes, c->attribute_count, name) : NULL;
}

/* The value of a setting; of an attribute's type where it sets one. */
static const struct value *assigned_value(struct assigned *a, const struct attribute *attribute)
{
    struct assigned *before = running;
    const struct value *v;

    if (a->state == VALUE_RUNNING) {
        diag_error(a->loc, "the value of '%s' is a reference that comes back to itself", a->name);
        for (const struct assigned *way = a->follows; way && way != a; way = way->follows)
            diag_note(way->loc, "by way of '%s'", way->name);
        return NULL;
    }
    if (a->state == VALUE_DONE)
        return a->result;
    if (chain > CHAIN_MAX) {
        diag_error(a->loc, "references are nested too deeply");
        return NULL;
    }
    a->state = VALUE_RUNNING;
    a->has_default = attribute && attribute->initial;
    if (running)
        running->follows = a;
    a->follows = NULL;
    running = a;
    chain++;
    v = eval(a->value, a->scope);
    chain--;
    running = before;
    if (v && attribute) {
        v = value_as(v, &attribute->type, strf("attribute '%s'", a->name));
        if (!v && a->value->kind == EXPR_PATH)
            diag_note(a->loc, "the reference is here");
        if (!v)
            diag_note(attribute->loc, "the attribute is declared here");
    }
    a->result = v;
    a->state = VALUE_DONE;
    a->used |= attribute != NULL;
    return v;
}

/* A reference to nothing. In a composite it may be one to what is set from outside, but not this time. */
static const struct value *no_such_value(const struct path *path, const struct node *n, const char *name)
{
    struct map names = { 0 };

    for (size_t i = 0; n->type && i < n->type->made->attribute_count; i++)
        map_put(&names, n->type->made->attributes[i].name, &names);
    for (size_t i = 0; i < n->set.settings.count; i++)
        map_put(&names, n->set.settings.at[i]->name, &names);
    if (path->parts.count == 1)
        diag_warning(path->loc, "unset-reference", "'%s' is neither an attribute of component '%s' nor set",
                     name, n->type->name.text);
    else
        diag_error(path->loc, "'%s' is neither an attribute nor set%s", name,
                   n->type ? strf(" in component '%s'", n->type->name.text) : "");
    did_you_mean(map_nearest(&names, name));
    return NULL;
}

const struct value *value_of_path(struct expr *, struct node *scope);
/* Whose attribute or setting a path names: an instance's, or a connection's. */
struct owner { struct node *node; struct link *link; };

static bool find_owner(const struct path *path, struct node *scope, struct owner *owner)
{
    const char *name = path->parts.at[path->parts.count - 1].text;
    struct entry *entry;

    *owner = (struct owner){ scope, NULL };
    if (!scope) {
        diag_error(path->loc, "a default cannot refer to '%s': it is the same for all instances", name);
        return false;
    }
    if (path->parts.count == 1) {
        if (scope->type)
            return true;
        diag_error(path->loc, "a reference names an instance and its attribute");
        diag_hint("... <- instance.%s;", name);
        return false;
    }
    entry = node_entry(scope, path, 1, NULL);
    if (entry && entry->kind == ENTRY_GROUP)
        diag_error(path->loc, "'%s' is a group, and has no attributes", path->parts.at[0].text);
    if (!entry || !entry->is)
        return false;
    *owner = (struct owner){ 0 };
    if (entry->kind == ENTRY_INSTANCE)
        owner->node = entry->is;
    else
        owner->link = entry->is;
    return true;
}

const struct value *value_of_path(struct expr *e, struct node *scope)
{
    const struct path *path = &e->path;
    const char *name = path->parts.at[path->parts.count - 1].text;
    const struct attribute *attribute;
    struct assigned *a;
    struct owner owner;

    if (!find_owner(path, scope, &owner))
        return NULL;
    a = map_get(owner.node ? &owner.node->set.by_name : &owner.link->set.by_name, name);
    attribute = owner.node ? node_attribute(owner.node, name) : link_attribute(owner.link, name);
    if (a) {
        a->used = true;
        return assigned_value(a, attribute);
    }
    if (attribute && attribute->initial)
        return attribute->initial;
    if (running->has_default && path->parts.count == 1)
        return NULL;
    if (attribute) {
        diag_warning(path->loc, "unset-reference", "attribute '%s' has no value here", name);
        diag_note(attribute->loc, "it is declared here, without a default");
        return NULL;
    }
    if (owner.node)
        return no_such_value(path, owner.node, name);
    diag_error(path->loc, "'%s' is not set for connection '%s'", name,
               path->parts.at[path->parts.count - 2].text);
    return NULL;
}

static void link_values(struct link *l)
{
    for (size_t i = 0; i < l->set.settings.count; i++) {
        struct assigned *a = l->set.settings.at[i];

        assigned_value(a, link_attribute(l, a->name));
    }
}

/* Nobody will ask for a shell's settings. */
static void check_shell(const struct node *n)
{
    if (n->real || !n->type)
        return;
    for (size_t i = 0; i < n->set.settings.count; i++) {
        const struct assigned *a = n->set.settings.at[i];

        if (a->used)
            continue;
        diag_warning(a->loc, "unused-setting", "'%s' is only a shell around others: nothing reads its '%s'",
                     n->name, a->name);
        if (n->children.count)
            diag_hint("set it within, for example %s.%s", n->children.at[0]->name, a->name);
    }
}

static void node_values(struct node *n)
{
    const struct component *c = n->type ? n->type->made : NULL;

    for (size_t i = 0; i < n->set.settings.count; i++) {
        struct assigned *a = n->set.settings.at[i];

        assigned_value(a, node_attribute(n, a->name));
    }
    n->attributes = mem_new(((c ? c->attribute_count : 0) + 1) * sizeof *n->attributes);
    for (size_t i = 0; c && i < c->attribute_count; i++) {
        struct assigned *a = map_get(&n->set.by_name, c->attributes[i].name);

        n->attributes[i] = a && a->result ? a->result : c->attributes[i].initial;
        if (!n->attributes[i])
            diag_warning(n->loc, "unset-attribute", "attribute '%s' of '%s' has no value",
                         c->attributes[i].name, n->name);
    }
    for (size_t i = 0; i < n->links.count; i++)
        link_values(n->links.at[i]);
    for (size_t i = 0; i < n->children.count; i++)
        node_values(n->children.at[i]);
}

static void check_shells(struct node *n)
{
    check_shell(n);
    for (size_t i = 0; i < n->children.count; i++)
        check_shells(n->children.at[i]);
}

void program_values(struct program *p)
{
    node_values(p->root);
    check_shells(p->root);
}
