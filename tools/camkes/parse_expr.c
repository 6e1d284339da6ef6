// SPDX-License-Identifier: BSD-2-Clause
// Expressions: C's operators and their precedence, "**" above them, lists, dictionaries, references, queries.
#include <string.h>
#include "parse.h"

static bool at(const struct parser *p, const char *text)
{
    return p->token->kind == TOKEN_MARK && strcmp(p->token->text, text) == 0;
}

static struct expr *make(enum expr_kind kind, struct loc loc)
{
    struct expr *e = NEW(struct expr);

    e->kind = kind;
    e->loc = loc;
    return e;
}

static struct expr *parse_choice(struct parser *p, bool references);

/* list: "[" [expr {"," expr} [","]] "]" */
static struct expr *parse_list(struct parser *p, bool references)
{
    struct expr *e = make(EXPR_LIST, p->token++->loc);

    while (!p->failed && !at(p, "]")) {
        *vec_add(&e->items) = parse_choice(p, references);
        if (!parse_accept(p, ","))
            break;
    }
    parse_expect(p, "]");
    return e;
}

/* dict: "{" [expr ":" expr {"," expr ":" expr} [","]] "}" */
static struct expr *parse_dict(struct parser *p, bool references)
{
    struct expr *e = make(EXPR_DICT, p->token++->loc);

    p->dicts++;
    while (!p->failed && !at(p, "}")) {
        *vec_add(&e->keys) = parse_choice(p, references);
        parse_expect(p, ":");
        *vec_add(&e->items) = parse_choice(p, references);
        if (!parse_accept(p, ","))
            break;
    }
    parse_expect(p, "}");
    p->dicts--;
    return e;
}

/* A name in an expression: a query with its argument, or a reference. */
static struct expr *parse_word(struct parser *p, bool references)
{
    const struct token *t = p->token;
    struct expr *e = make(EXPR_BOOL, t->loc);

    if (!strcmp(t->text, "True") || !strcmp(t->text, "true") || !strcmp(t->text, "False") ||
        !strcmp(t->text, "false")) {
        e->integer = t->text[0] == 'T' || t->text[0] == 't';
        p->token++;
    } else if (t->keyword) {
        parse_error_expected(p, "a value");
    } else if (t[1].kind == TOKEN_MARK && strcmp(t[1].text, "(") == 0) {
        e->kind = EXPR_QUERY;
        e->string = t->text;
        p->token += 2;
        e->a = parse_choice(p, references);
        parse_expect(p, ")");
    } else if (!references) {
        if (!p->failed) {
            diag_error(t->loc, "'%s' is not a value", t->text);
            if (t->text[strspn(t->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
                diag_hint("a string stands in double quotes; "
                          "the value of another attribute is taken with '<-'");
            else
                diag_hint("a macro that nothing defines? a file is missing in an #include, or -D%s=...",
                          t->text);
        }
        parse_fail(p);
    } else {
        e->kind = EXPR_PATH;
        e->path = parse_path(p, "a name");
        e->loc = e->path.loc;
    }
    return e;
}

/* primary: number | string | "True" | ... | list | dict | reference | query | "(" expr ")" */
static struct expr *parse_primary(struct parser *p, bool references)
{
    const struct token *t = p->token;
    struct expr *e = make(EXPR_INT, t->loc);

    switch (t->kind) {
    case TOKEN_INT:
        e->integer = t->integer;
        p->token++;
        return e;
    case TOKEN_REAL:
        e->kind = EXPR_REAL;
        e->real = t->real;
        p->token++;
        return e;
    case TOKEN_STRING:
        e->kind = EXPR_STRING;
        e->string = t->text;
        p->token++;
        return e;
    case TOKEN_WORD:
        return parse_word(p, references);
    default:
        break;
    }
    if (at(p, "["))
        return parse_list(p, references);
    if (at(p, "{"))
        return parse_dict(p, references);
    if (parse_accept(p, "(")) {
        e = parse_choice(p, references);
        parse_expect(p, ")");
        return e;
    }
    parse_error_expected(p, "a value");
    return e;
}

static bool count_operator(struct parser *p)
{
    if (++p->operators <= EXPR_OPERATORS_MAX)
        return true;
    if (!p->failed)
        diag_error(p->token->loc, "this expression is too long");
    parse_fail(p);
    return false;
}

/* postfix: primary {"[" expr "]"} */
static struct expr *parse_postfix(struct parser *p, bool references)
{
    struct expr *e = parse_primary(p, references);

    while (!p->failed && at(p, "[") && count_operator(p)) {
        struct expr *index = make(EXPR_INDEX, p->token++->loc);

        index->a = e;
        index->b = parse_choice(p, references);
        parse_expect(p, "]");
        e = index;
    }
    return e;
}

static bool joins(const struct parser *p, bool references)
{
    return p->token->kind == TOKEN_STRING ||
           (references && p->token->kind == TOKEN_WORD && !p->token->keyword);
}

/* join: postfix {postfix}    strings side by side, and references to strings, are one */
static struct expr *parse_join(struct parser *p, bool references)
{
    struct expr *e = parse_postfix(p, references), *all;

    if (p->failed || !joins(p, references) ||
        (e->kind != EXPR_STRING && e->kind != EXPR_PATH && e->kind != EXPR_INDEX))
        return e;
    all = make(EXPR_JOIN, e->loc);
    *vec_add(&all->items) = e;
    while (!p->failed && joins(p, references))
        *vec_add(&all->items) = parse_postfix(p, references);
    return all;
}

/* unary: ("-" | "+" | "!" | "~") unary | join ["**" unary] */
static struct expr *parse_unary(struct parser *p, bool references)
{
    static const char *const ops[] = { "-", "+", "!", "~" };
    struct expr *e, *power;

    if (!parse_enter(p)) {
        parse_leave(p);
        return make(EXPR_INT, p->token->loc);
    }
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (at(p, ops[i])) {
            e = make(EXPR_UNARY, p->token++->loc);
            e->op = ops[i];
            e->a = parse_unary(p, references);
            parse_leave(p);
            return e;
        }
    }
    e = parse_join(p, references);
    if (!p->failed && at(p, "**")) {
        power = make(EXPR_BINARY, p->token++->loc);
        power->op = "**";
        power->a = e;
        power->b = parse_unary(p, references);
        e = power;
    }
    parse_leave(p);
    return e;
}

/* binary: unary {op unary}, by C's precedence. "<-" is "<" and "-". */
static const struct { const char *op; int precedence; } binary_ops[] = {
    { "||", 1 }, { "&&", 2 }, { "|", 3 },  { "^", 4 },  { "&", 5 },  { "==", 6 }, { "!=", 6 },
    { "<", 7 },  { ">", 7 },  { "<=", 7 }, { ">=", 7 }, { "<-", 7 }, { "<<", 8 }, { ">>", 8 },
    { "+", 9 },  { "-", 9 },  { "*", 10 }, { "/", 10 }, { "%", 10 },
};

static int precedence(const struct parser *p, const char **op)
{
    if (p->token->kind == TOKEN_MARK)
        for (unsigned i = 0; i < sizeof binary_ops / sizeof *binary_ops; i++)
            if (strcmp(p->token->text, binary_ops[i].op) == 0) {
                *op = binary_ops[i].op;
                return binary_ops[i].precedence;
            }
    return 0;
}

static struct expr *parse_binary(struct parser *p, bool references, int least)
{
    struct expr *left = parse_unary(p, references), *e;
    const char *op;
    int level;

    while (!p->failed && (level = precedence(p, &op)) >= least && level && count_operator(p)) {
        e = make(EXPR_BINARY, p->token++->loc);
        e->op = op;
        e->a = left;
        e->b = parse_binary(p, references, level + 1);
        if (strcmp(op, "<-") == 0) {
            struct expr *minus = make(EXPR_UNARY, e->loc);

            minus->op = "-";
            minus->a = e->b;
            e->op = "<";
            e->b = minus;
        }
        left = e;
    }
    return left;
}

/* choice: binary ["?" expr ":" choice] */
static struct expr *parse_choice(struct parser *p, bool references)
{
    struct expr *e, *choice;

    if (!parse_enter(p)) {
        parse_leave(p);
        return make(EXPR_INT, p->token->loc);
    }
    e = parse_binary(p, references, 1);
    if (!p->failed && at(p, "?")) {
        choice = make(EXPR_CHOICE, p->token++->loc);
        choice->a = e;
        choice->b = parse_choice(p, references);
        parse_expect(p, ":");
        choice->c = parse_choice(p, references);
        e = choice;
    }
    parse_leave(p);
    return e;
}

struct expr *parse_expr(struct parser *p, bool references)
{
    p->operators = 0;
    return parse_choice(p, references);
}
