// SPDX-License-Identifier: BSD-2-Clause
// The parser: recursive descent, a function for each rule with the rule above it. After an error it goes on
// behind the next ';' or '}' of the same depth, so that one run tells many errors.
#include <string.h>
#include "ast.h"
#include "lex.h"
#include "parse.h"

static bool at(const struct parser *p, const char *text)
{
    const struct token *t = p->token;

    return (t->kind == TOKEN_WORD || t->kind == TOKEN_MARK) && strcmp(t->text, text) == 0;
}

void parse_fail(struct parser *p)
{
    if (!p->failed)
        p->open = p->dicts;
    p->failed = true;
}

bool parse_accept(struct parser *p, const char *text)
{
    if (!at(p, text))
        return false;
    p->token++;
    return true;
}

static struct loc after(const struct token *t)
{
    struct loc loc = t->loc;

    loc.column += loc.length;
    loc.length = 1;
    return loc;
}

const char *parse_shown(const struct token *t)
{
    switch (t->kind) {
    case TOKEN_END: return "the end of the file";
    case TOKEN_STRING: return "a string";
    case TOKEN_HEADER: return strf("<%.80s>", t->text);
    default: return strf("'%.128s'", t->text);
    }
}

void parse_error_expected(struct parser *p, const char *what)
{
    const struct token *t = p->token;
    bool line_end = t > p->first && (t->kind == TOKEN_END || t[-1].loc.line != t->loc.line);

    if (!p->failed && !p->at_end && t->kind != TOKEN_BAD && (!line_end || t[-1].kind != TOKEN_BAD))
        diag_error(line_end ? after(t - 1) : t->loc, "expected %s%s%s", what,
                   line_end ? " after " : " instead of ", parse_shown(line_end ? t - 1 : t));
    parse_fail(p);
}

/* Is what should be here missing at the end of a line? Then it is as good as there. */
static bool next_line(const struct parser *p)
{
    return p->token > p->first && p->token[-1].loc.line != p->token->loc.line && p->token->kind != TOKEN_END;
}

bool parse_expect(struct parser *p, const char *text)
{
    if (parse_accept(p, text))
        return true;
    if (p->failed || p->at_end || p->token->kind == TOKEN_BAD) {
        parse_fail(p);
        return false;
    }
    parse_error_expected(p, strf("'%s'", text));
    if (next_line(p) && (strcmp(text, ";") == 0 || (strcmp(text, "{") == 0 && p->token->kind == TOKEN_WORD)))
        p->failed = false;
    return !p->failed;
}

/* Behind the ';' that ends this item, or its '{...}'; or before the '}' that ends the items around. */
static void recover(struct parser *p)
{
    unsigned depth = p->open;           /* braces of dictionaries */

    p->failed = false;
    p->open = 0;
    if (p->token->kind == TOKEN_BAD)
        p->token++;
    if (p->token > p->first && p->token[-1].kind == TOKEN_BAD && next_line(p))
        return;                         /* a string without an end took the ';' as well */
    for (; p->token->kind != TOKEN_END; p->token++) {
        if (at(p, "{")) {
            depth++;
        } else if (at(p, "}")) {
            if (depth == 0)
                return;
            if (--depth == 0) {
                p->token++;
                parse_accept(p, ";");
                return;
            }
        } else if (at(p, ";") && depth == 0) {
            p->token++;
            return;
        }
    }
}

/* id: a word that is no keyword. */
static struct name parse_name(struct parser *p, const char *what)
{
    const struct token *t = p->token;
    struct name n = { NULL, t->loc };

    if (t->kind != TOKEN_WORD) {
        parse_error_expected(p, what);
    } else if (t->keyword) {
        if (!p->failed)
            diag_error(t->loc, "expected %s, but '%s' is a word of the language", what, t->text);
        parse_fail(p);
    } else {
        n.text = t->text;
        p->token++;
    }
    return n;
}

static struct loc join(struct loc from, struct loc to)
{
    if (from.line == to.line && to.column >= from.column)
        from.length = to.column + to.length - from.column;
    return from;
}

/* path: id {"." id} */
struct path parse_path(struct parser *p, const char *what)
{
    struct path path = { .loc = p->token->loc };

    do {
        *vec_add(&path.parts) = parse_name(p, what);
        path.loc = join(path.loc, path.parts.at[path.parts.count - 1].loc);
        what = "a name after '.'";
    } while (!p->failed && parse_accept(p, "."));
    return path;
}

/* Nested components, structs and expressions end here, before the stack does. */
bool parse_enter(struct parser *p)
{
    if (++p->depth <= PARSE_DEPTH_MAX)
        return true;
    if (!p->failed)
        diag_error(p->token->loc, "nested too deeply");
    parse_fail(p);
    return false;
}

void parse_leave(struct parser *p) { p->depth--; }

/* items: "{" {item | ";"} "}" */
typedef void item_fn(struct parser *, void *);
static void parse_items(struct parser *p, item_fn *item, void *to)
{
    const struct token *open = p->token, *before;

    if (!parse_expect(p, "{"))
        return;
    if (!parse_enter(p)) {
        parse_leave(p);
        return;
    }
    while (!at(p, "}") && p->token->kind != TOKEN_END) {
        before = p->token;
        if (parse_accept(p, ";"))
            continue;
        item(p, to);
        if (p->brace_missing)
            break;
        if (p->failed)
            recover(p);
        if (p->token == before && p->token->kind != TOKEN_END && !at(p, "}"))
            p->token++;
    }
    parse_leave(p);
    if (p->brace_missing) {                         /* as if it were there */
        diag_note(open->loc, "it closes this '{'");
        p->brace_missing = false;
        return;
    }
    if (parse_accept(p, "}") || p->at_end)
        return;
    parse_error_expected(p, "'}'");
    diag_note(open->loc, "it closes this '{'");
    p->at_end = true;                               /* the end of the file: told once */
}

static bool begins_declaration(const struct parser *p)
{
    static const char *const words[] = { "import", "assembly", "component", "procedure", "connector", "struct" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (at(p, words[i]))
            return true;
    return false;
}

static void unknown_item(struct parser *p, const char *where, const char *const *words, unsigned count)
{
    const struct token *t = p->token;
    const char *nearest = t->kind == TOKEN_WORD ? diag_nearest(t->text, words, count) : NULL;

    if (!p->failed && t->loc.column == 1 && begins_declaration(p)) {
        diag_error(t->loc, "expected '}' before %s", parse_shown(t));
        p->brace_missing = true;
        return;
    }
    if (!p->failed && t->kind != TOKEN_BAD) {
        diag_error(t->loc, "%s cannot begin an item of %s", parse_shown(t), where);
        if (nearest && strcmp(nearest, t->text))
            diag_hint("did you mean '%s'?", nearest);
        else if (t->kind == TOKEN_WORD && t[1].kind == TOKEN_MARK && strcmp(t[1].text, "(") == 0)
            diag_hint("a macro? the file that defines it is included with '#include'");
    }
    parse_fail(p);
}
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- types, attributes, structs ---- */

static const char *const type_words[] = {
    "int",   "integer", "signed",   "unsigned", "char", "character", "string",
    "float", "double",  "uint64_t", "int64_t",  "long", "short",     "void",
};

static bool at_type_word(const struct parser *p)
{
    for (size_t i = 0; i < COUNT(type_words); i++)
        if (at(p, type_words[i]))
            return true;
    return false;
}

static void struct_field(struct parser *p, void *to);

/* type: "void" | type-word {type-word} | ["struct"] id | ["struct"] "{" {attribute} "}" */
static struct ast_type parse_type(struct parser *p, const char *what)
{
    struct ast_type type = { .loc = p->token->loc };
    bool tag = parse_accept(p, "struct");

    if (at(p, "{")) {
        type.inline_struct = NEW(struct ast_struct);
        type.inline_struct->name = (struct name){ "", type.loc };
        type.text = "struct";
        parse_items(p, struct_field, type.inline_struct);
    } else if (!tag && at_type_word(p)) {
        type.builtin = true;
        type.is_void = at(p, "void");
        for (type.text = NULL; at_type_word(p); p->token++) {
            type.text = type.text ? strf("%s %s", type.text, p->token->text) : p->token->text;
            type.loc = join(type.loc, p->token->loc);
        }
    } else {
        type.text = parse_name(p, what).text;
        type.loc = join(type.loc, p->token[-(p->token > p->first)].loc);
    }
    return type;
}

static void parse_array(struct parser *p, struct ast_type *type)
{
    if (parse_accept(p, "[")) {
        type->array = true;
        parse_expect(p, "]");
    }
}

/* attribute: type ["[" "]"] id ["[" "]"] [("=" | "<-") expr] ";" */
static struct ast_attribute parse_attribute(struct parser *p, const char *what)
{
    struct ast_attribute a = { .type = parse_type(p, strf("the type of %s", what)) };

    parse_array(p, &a.type);
    a.name = parse_name(p, strf("the name of %s", what));
    parse_array(p, &a.type);
    if (parse_accept(p, "="))
        a.initial = parse_expr(p, false);
    else if (parse_accept(p, "<-"))
        a.initial = parse_expr(p, true);
    parse_expect(p, ";");
    return a;
}

static void struct_field(struct parser *p, void *to)
{
    struct ast_struct *s = to;
    struct ast_attribute field;

    parse_accept(p, "attribute");
    field = parse_attribute(p, "the field");
    if (!p->failed)
        *vec_add(&s->fields) = field;
}

/* struct: "struct" id "{" {attribute} "}" */
static struct ast_struct *parse_struct(struct parser *p)
{
    struct ast_struct *s = NEW(struct ast_struct);

    s->name = parse_name(p, "the name of the struct");
    parse_items(p, struct_field, s);
    return s;
}

/* ---- procedures ---- */

/* include: ("<" path ">" | string) ";" */
static struct ast_include parse_include(struct parser *p)
{
    const struct token *t = p->token;
    struct ast_include include = { NULL, t->loc };

    if (t->kind == TOKEN_HEADER)
        include.text = strf("<%s>", t->text);
    else if (t->kind == TOKEN_STRING)
        include.text = strf("\"%s\"", t->text);
    else
        parse_error_expected(p, "<file> or \"file\"");
    if (include.text) {
        p->token++;
        parse_expect(p, ";");
    }
    return include;
}

/* param: ["in" | "out" | "inout" | "refin"] type ["[" "]"] id ["[" "]"] */
static struct ast_param parse_param(struct parser *p)
{
    static const struct { const char *word; enum param_dir dir; } dirs[] = {
        { "in", DIR_IN }, { "out", DIR_OUT }, { "inout", DIR_INOUT }, { "refin", DIR_REFIN },
    };
    struct ast_param param = { .dir = DIR_IN };

    for (size_t i = 0; i < COUNT(dirs); i++) {
        if (parse_accept(p, dirs[i].word)) {
            param.dir = dirs[i].dir;
            break;
        }
    }
    param.type = parse_type(p, "the type of the parameter");
    if (parse_accept(p, "*") && !p->failed) {
        diag_error(p->token[-1].loc, "parameters cannot be pointers: two components share no addresses");
        diag_hint("the words 'in', 'out', 'inout' and 'refin' say which way a value goes; 'x[]' is an array");
        parse_fail(p);
    }
    parse_array(p, &param.type);
    param.name = parse_name(p, "the name of the parameter");
    parse_array(p, &param.type);
    return param;
}

/* method: type id "(" ["void" | param {"," param}] ")" ";" */
static void parse_method(struct parser *p, struct ast_procedure *to)
{
    struct ast_method m = { .result = parse_type(p, "the type of the method's result") };

    if (at(p, "*") && !p->failed) {
        diag_error(p->token->loc, "a method cannot return a pointer: two components share no addresses");
        parse_fail(p);
    }
    parse_array(p, &m.result);
    m.name = parse_name(p, "the name of the method");
    parse_expect(p, "(");
    if (at(p, "void") && p->token[1].kind == TOKEN_MARK && strcmp(p->token[1].text, ")") == 0)
        p->token++;
    else if (!at(p, ")"))
        do
            *vec_add(&m.params) = parse_param(p);
        while (!p->failed && parse_accept(p, ","));
    parse_expect(p, ")");
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&to->methods) = m;
}

static void procedure_item(struct parser *p, void *to)
{
    struct ast_procedure *procedure = to;

    if (parse_accept(p, "include"))
        *vec_add(&procedure->includes) = parse_include(p);
    else if (parse_accept(p, "attribute"))
        *vec_add(&procedure->attributes) = parse_attribute(p, "the attribute");
    else
        parse_method(p, procedure);
}

/* procedure: "procedure" id "{" {include | "attribute" attribute | method} "}" */
static struct ast_procedure *parse_procedure(struct parser *p)
{
    struct ast_procedure *procedure = NEW(struct ast_procedure);

    procedure->name = parse_name(p, "the name of the procedure");
    parse_items(p, procedure_item, procedure);
    return procedure;
}

/* ---- components ---- */

static struct ast_composition *parse_composition(struct parser *p);
static struct ast_configuration *parse_configuration(struct parser *p);

/* interface: kind ("Buf" ["(" expr ")"] | id | "procedure" "{" ... "}") id ";" */
static void parse_iface(struct parser *p, struct ast_component *c, enum iface_kind kind, bool maybe)
{
    static const char *const of[] = { "procedure", "procedure", "event type", "event type",
                                      "C type, or Buf," };
    struct ast_iface i = { .kind = kind, .maybe = maybe };

    if (kind == IFACE_DATAPORT && at(p, "Buf")) {
        i.type = (struct name){ "Buf", p->token++->loc };
        if (parse_accept(p, "(")) {
            i.bytes = parse_expr(p, false);
            parse_expect(p, ")");
        }
    } else if (kind <= IFACE_PROVIDES && parse_accept(p, "procedure")) {
        i.inline_procedure = NEW(struct ast_procedure);
        i.inline_procedure->name = (struct name){ "", p->token->loc };
        parse_items(p, procedure_item, i.inline_procedure);
        i.type = i.inline_procedure->name;
    } else {
        if (kind == IFACE_DATAPORT)
            parse_accept(p, "struct");
        i.type = parse_name(p, strf("the %s of the interface", of[kind]));
    }
    i.name = parse_name(p, "the name of the interface");
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&c->ifaces) = i;
}

/* has: "has" ("mutex" | "semaphore" | "binary_semaphore") id ";" */
static void parse_has(struct parser *p, struct ast_component *c)
{
    static const char *const kinds[] = { "mutex", "semaphore", "binary_semaphore" };
    struct ast_sync s;

    for (unsigned i = 0; i < COUNT(kinds); i++) {
        if (parse_accept(p, kinds[i])) {
            s = (struct ast_sync){ (enum sync_kind)i, parse_name(p, strf("the name of the %s", kinds[i])) };
            parse_expect(p, ";");
            if (!p->failed)
                *vec_add(&c->syncs) = s;
            return;
        }
    }
    parse_error_expected(p, "'mutex', 'semaphore' or 'binary_semaphore'");
}

static void component_flag(struct parser *p, bool *flag, struct loc *loc)
{
    const struct token *word = p->token - 1;

    if (*flag) {
        diag_error(word->loc, "'%s' is said twice", word->text);
        diag_note(*loc, "first here");
    }
    *flag = true;
    *loc = word->loc;
    parse_expect(p, ";");
}

static void component_item(struct parser *p, void *to)
{
    static const char *const words[] = {
        "control",  "hardware", "attribute", "uses",    "provides",    "emits",         "consumes",
        "dataport", "maybe",    "has",       "include", "composition", "configuration",
    };
    static const char *const kinds[] = { "uses", "provides", "emits", "consumes", "dataport" };
    struct ast_component *c = to;
    struct ast_attribute a;
    bool maybe = parse_accept(p, "maybe");

    for (unsigned i = 0; i < COUNT(kinds); i++) {
        if (parse_accept(p, kinds[i])) {
            parse_iface(p, c, (enum iface_kind)i, maybe);
            return;
        }
    }
    if (maybe) {
        parse_error_expected(p, "'uses', 'provides', 'emits', 'consumes' or 'dataport'");
    } else if (parse_accept(p, "control")) {
        component_flag(p, &c->control, &c->control_loc);
    } else if (parse_accept(p, "hardware")) {
        component_flag(p, &c->hardware, &c->hardware_loc);
    } else if (parse_accept(p, "attribute")) {
        a = parse_attribute(p, "the attribute");
        if (!p->failed)
            *vec_add(&c->attributes) = a;
    } else if (parse_accept(p, "has")) {
        parse_has(p, c);
    } else if (parse_accept(p, "include")) {
        struct ast_include include = parse_include(p);

        if (!p->failed)
            *vec_add(&c->includes) = include;
    } else if (parse_accept(p, "composition")) {
        *vec_add(&c->compositions) = parse_composition(p);
    } else if (parse_accept(p, "configuration")) {
        *vec_add(&c->configurations) = parse_configuration(p);
    } else {
        unknown_item(p, "a component", words, COUNT(words));
    }
}

/* ---- compositions ---- */

/* instance: "component" (id | "{" ... "}") id ";" */
static void parse_instance(struct parser *p, struct ast_composition *c, struct name group)
{
    struct ast_instance i = { .group = group };

    if (at(p, "{")) {
        i.inline_component = NEW(struct ast_component);
        i.type = i.inline_component->name = (struct name){ "", p->token->loc };
        parse_items(p, component_item, i.inline_component);
    } else {
        i.type = parse_name(p, "a component type");
    }
    i.name = parse_name(p, "the name of the instance");
    if (i.inline_component && i.name.text)
        i.type.text = i.inline_component->name.text = i.name.text;
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&c->instances) = i;
}

static void connector_item(struct parser *p, void *to);

/* connection: "connection" (id | "connector" "{" ... "}") [id] "(" end {"," end} ")" ";"
 * end: ("from" | "to") path */
static void parse_connection(struct parser *p, struct ast_composition *c)
{
    struct ast_connection n = { .loc = p->token->loc };
    struct ast_end end;

    if (parse_accept(p, "connector")) {
        n.inline_connector = NEW(struct ast_connector);
        n.inline_connector->name = n.connector = (struct name){ "", p->token->loc };
        parse_items(p, connector_item, n.inline_connector);
    } else {
        n.connector = parse_name(p, "a connector type");
    }
    n.name.loc = p->token->loc;
    if (!at(p, "("))
        n.name = parse_name(p, "the name of the connection");
    if (n.name.text)
        n.loc = n.name.loc;
    parse_expect(p, "(");
    do {
        end.is_to = at(p, "to");
        if (!at(p, "from") && !at(p, "to"))
            parse_error_expected(p, "'from' or 'to'");
        else
            p->token++;
        end.path = parse_path(p, "an instance and its interface, as in a.b");
        if (!p->failed)
            *vec_add(&n.ends) = end;
    } while (!p->failed && parse_accept(p, ","));
    parse_expect(p, ")");
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&c->connections) = n;
}

/* export: "export" path "->" id ";" */
static void parse_export(struct parser *p, struct ast_composition *c)
{
    struct ast_export e = { .inner = parse_path(p, "the inner interface, as in a.b") };

    parse_expect(p, "->");
    e.outer = parse_name(p, "the component's interface");
    e.loc = join(e.inner.loc, e.outer.loc);
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&c->exports) = e;
}

struct group_items { struct ast_composition *composition; struct name name; };
static void group_item(struct parser *p, void *to)
{
    static const char *const words[] = { "component" };
    struct group_items *group = to;

    if (parse_accept(p, "component"))
        parse_instance(p, group->composition, group->name);
    else
        unknown_item(p, "a group", words, COUNT(words));
}

/* composition item: instance | connection | export | "group" [id] "{" {instance} "}" */
static void composition_item(struct parser *p, void *to)
{
    static const char *const words[] = { "component", "connection", "export", "group" };
    struct ast_composition *c = to;

    if (parse_accept(p, "component")) {
        parse_instance(p, c, (struct name){ 0 });
    } else if (parse_accept(p, "connection")) {
        parse_connection(p, c);
    } else if (parse_accept(p, "export")) {
        parse_export(p, c);
    } else if (parse_accept(p, "group")) {
        struct group_items group = { c, { strf("group%zu", c->groups.count), p->token[-1].loc } };

        if (!at(p, "{"))
            group.name = parse_name(p, "the name of the group");
        if (group.name.text)
            *vec_add(&c->groups) = group.name;
        parse_items(p, group_item, &group);
    } else {
        unknown_item(p, "a composition", words, COUNT(words));
    }
}

static struct ast_composition *parse_composition(struct parser *p)
{
    struct ast_composition *c = NEW(struct ast_composition);

    c->loc = p->token[-1].loc;
    if (!at(p, "{"))
        c->name = parse_name(p, "'{' or a name");
    parse_items(p, composition_item, c);
    return c;
}

/* setting: path ("=" | "<-") expr ";" */
static void setting(struct parser *p, void *to)
{
    struct ast_configuration *c = to;
    struct ast_setting s = { .target = parse_path(p, "a setting, as in instance.name = value;") };

    s.loc = s.target.loc;
    if (parse_accept(p, "<-"))
        s.value = parse_expr(p, true);
    else if (parse_expect(p, "="))
        s.value = parse_expr(p, false);
    parse_expect(p, ";");
    if (!p->failed)
        *vec_add(&c->settings) = s;
}

static struct ast_configuration *parse_configuration(struct parser *p)
{
    struct ast_configuration *c = NEW(struct ast_configuration);

    c->loc = p->token[-1].loc;
    if (!at(p, "{"))
        c->name = parse_name(p, "'{' or a name");
    parse_items(p, setting, c);
    return c;
}

/* ---- connectors ---- */

/* side: ["hardware"] kind ["with" expr ("thread" | "threads")] ";" */
static void parse_side(struct parser *p, struct ast_side *side)
{
    static const char *const kinds[] = {
        "Procedure", "Event", "Dataport", "Procedures", "Events", "Dataports",
    };
    const struct token *word = p->token - 1;

    if (side->given)
        diag_error(word->loc, "a connector has one '%s'", word->text);
    *side = (struct ast_side){ .given = true, .hardware = parse_accept(p, "hardware"), .loc = p->token->loc };
    for (unsigned i = 0; i < COUNT(kinds); i++) {
        if (parse_accept(p, kinds[i])) {
            side->kind = i % 3;
            side->many = i >= 3;
            if (parse_accept(p, "with")) {
                side->threads = parse_expr(p, false);
                if (!parse_accept(p, "threads") && !parse_accept(p, "thread"))
                    parse_error_expected(p, "'thread' or 'threads'");
            }
            if (at(p, "template") && !p->failed) {
                diag_error(p->token->loc, "templates of a connector are not named in its declaration");
                diag_hint("DeclareCAmkESConnector(... FROM ... TO ...) in CMakeLists.txt names them");
                parse_fail(p);
            }
            parse_expect(p, ";");
            return;
        }
    }
    if (p->token->kind == TOKEN_WORD && diag_nearest(p->token->text, kinds, COUNT(kinds)) && !p->failed) {
        diag_error(p->token->loc, "'%s' is no kind of end", p->token->text);
        diag_hint("did you mean '%s'?", diag_nearest(p->token->text, kinds, COUNT(kinds)));
        parse_fail(p);
    }
    parse_error_expected(p, "'Procedure', 'Event' or 'Dataport', or one of them with an s,");
}

/* connector: "connector" id "{" "from" side "to" side {"attribute" attribute} "}" */
static void connector_item(struct parser *p, void *to)
{
    static const char *const words[] = { "from", "to", "attribute" };
    struct ast_connector *c = to;
    struct ast_attribute a;

    if (parse_accept(p, "from")) {
        parse_side(p, &c->from);
    } else if (parse_accept(p, "to")) {
        parse_side(p, &c->to);
    } else if (parse_accept(p, "attribute")) {
        a = parse_attribute(p, "the attribute");
        if (!p->failed)
            *vec_add(&c->attributes) = a;
    } else {
        unknown_item(p, "a connector", words, COUNT(words));
    }
}

static struct ast_connector *parse_connector(struct parser *p)
{
    struct ast_connector *c = NEW(struct ast_connector);

    c->name = parse_name(p, "the name of the connector");
    parse_items(p, connector_item, c);
    return c;
}

/* ---- assemblies ---- */

/* entry: "(" expr "," expr ["ticks" | "us"] ")" */
static struct ast_schedule_entry parse_schedule_entry(struct parser *p)
{
    struct ast_schedule_entry e = { .loc = p->token->loc };

    parse_expect(p, "(");
    e.domain = parse_expr(p, false);
    parse_expect(p, ",");
    e.duration = parse_expr(p, false);
    e.microseconds = parse_accept(p, "us");
    if (!e.microseconds)
        parse_accept(p, "ticks");
    e.loc = join(e.loc, p->token->loc);
    parse_expect(p, ")");
    return e;
}

/* schedule: "[" [entry {"," entry} [","]] "]" */
static void schedule_item(struct parser *p, void *to)
{
    struct ast_schedule *s = to;

    parse_expect(p, "[");
    while (!p->failed && !at(p, "]")) {
        *vec_add(&s->entries) = parse_schedule_entry(p);
        if (!parse_accept(p, ","))
            break;
    }
    parse_expect(p, "]");
    parse_accept(p, ";");
}

/* assembly item: "composition" ([id] "{" ... "}" | id ";"), "configuration" likewise,
 * "schedule" "{" schedule "}" */
static void assembly_item(struct parser *p, void *to)
{
    static const char *const words[] = { "composition", "configuration", "schedule" };
    struct ast_assembly *a = to;
    bool by_name = p->token[0].kind != TOKEN_END && p->token[1].kind == TOKEN_WORD && !p->token[1].keyword
                   && p->token[2].kind == TOKEN_MARK && strcmp(p->token[2].text, ";") == 0;

    if (parse_accept(p, "composition")) {
        if (by_name)
            *vec_add(&a->composition_names) = parse_name(p, "a composition");
        else
            *vec_add(&a->compositions) = parse_composition(p);
    } else if (parse_accept(p, "configuration")) {
        if (by_name)
            *vec_add(&a->configuration_names) = parse_name(p, "a configuration");
        else
            *vec_add(&a->configurations) = parse_configuration(p);
    } else if (parse_accept(p, "schedule")) {
        struct ast_schedule *s = NEW(struct ast_schedule);

        s->loc = p->token[-1].loc;
        parse_items(p, schedule_item, s);
        *vec_add(&a->schedules) = s;
    } else {
        unknown_item(p, "an assembly", words, COUNT(words));
    }
}

static struct ast_assembly *parse_assembly(struct parser *p)
{
    struct ast_assembly *a = NEW(struct ast_assembly);

    a->loc = p->token[-1].loc;
    if (!at(p, "{"))
        a->name = parse_name(p, "'{' or the name of the assembly");
    parse_items(p, assembly_item, a);
    return a;
}

/* ---- files ---- */

/* import: "import" ("<" path ">" | string) ";" */
static void parse_import(struct parser *p, struct ast_file *f)
{
    const struct token *t = p->token;

    if (t->kind != TOKEN_HEADER && t->kind != TOKEN_STRING) {
        parse_error_expected(p, "<file> or \"file\"");
        return;
    }
    *vec_add(&f->imports) = (struct ast_import){ t->text, t->kind == TOKEN_HEADER, t->loc };
    p->token++;
    parse_expect(p, ";");
}

static void file_item(struct parser *p, struct ast_file *f)
{
    static const char *const words[] = {
        "import", "assembly", "component", "procedure", "connector", "struct", "composition", "configuration",
    };

    if (parse_accept(p, "import")) {
        parse_import(p, f);
    } else if (parse_accept(p, "assembly")) {
        *vec_add(&f->assemblies) = parse_assembly(p);
    } else if (parse_accept(p, "component")) {
        struct ast_component *c = NEW(struct ast_component);

        c->name = parse_name(p, "the name of the component");
        parse_items(p, component_item, c);
        *vec_add(&f->components) = c;
    } else if (parse_accept(p, "procedure")) {
        *vec_add(&f->procedures) = parse_procedure(p);
    } else if (parse_accept(p, "connector")) {
        *vec_add(&f->connectors) = parse_connector(p);
    } else if (parse_accept(p, "struct")) {
        *vec_add(&f->structs) = parse_struct(p);
    } else if (parse_accept(p, "composition")) {
        *vec_add(&f->compositions) = parse_composition(p);
    } else if (parse_accept(p, "configuration")) {
        *vec_add(&f->configurations) = parse_configuration(p);
    } else {
        unknown_item(p, "a file", words, COUNT(words));
    }
}

struct ast_file *parse(const struct source *source)
{
    struct parser p = { .first = lex(source) };
    struct ast_file *f = NEW(struct ast_file);

    for (p.token = p.first; p.token->kind != TOKEN_END && !p.at_end;) {
        const struct token *before = p.token;

        if (parse_accept(&p, ";"))
            continue;
        if (at(&p, "}")) {
            diag_error(p.token++->loc, "this '}' closes nothing");
            continue;
        }
        file_item(&p, f);
        if (p.failed)
            recover(&p);
        if (p.token == before)
            p.token++;
    }
    return f;
}
