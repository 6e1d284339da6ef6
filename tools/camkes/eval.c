// SPDX-License-Identifier: BSD-2-Clause
// Expressions to values, and values to the type that wants them. Integers are computed in 128 bits, so that
// every overflow of 64 is seen.
#include <math.h>
#include <string.h>
#include "program.h"

typedef __int128 wide;
#define WIDE_MIN ((wide)INT64_MIN)
#define WIDE_MAX ((wide)UINT64_MAX)
enum { STRING_MAX = 1 << 16, WEIGHT_MAX = 1 << 20 };

static const char *wide_text(wide v)
{
    char digits[48], *at = digits + sizeof digits - 1;
    unsigned __int128 rest = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;

    *at = 0;
    do
        *--at = (char)('0' + (int)(rest % 10));
    while (rest /= 10);
    if (v < 0)
        *--at = '-';
    return mem_text(at, strlen(at));
}

static wide wide_of(const struct value *v)
{
    return v->is_unsigned ? (wide)(uint64_t)v->integer : (wide)v->integer;
}

static struct value *make(enum value_kind kind, struct loc loc)
{
    struct value *v = NEW(struct value);

    v->kind = kind;
    v->loc = loc;
    v->weight = 1;
    return v;
}

/* Lists of lists by reference take little room, but whoever goes through them would never end. */
static bool too_heavy(struct value *v)
{
    for (size_t i = 0; i < v->count && v->weight <= WEIGHT_MAX; i++)
        v->weight += v->items[i]->weight;
    if (v->weight > WEIGHT_MAX)
        diag_error(v->loc, "more than %d values within one", WEIGHT_MAX);
    return v->weight > WEIGHT_MAX;
}

static const struct value *make_int(wide n, struct loc loc)
{
    struct value *v = make(VALUE_INT, loc);

    if (n < WIDE_MIN || n > WIDE_MAX) {
        diag_error(loc, "the result of this operator does not fit into 64 bits");
        return NULL;
    }
    v->integer = (int64_t)(uint64_t)n;
    v->is_unsigned = n > INT64_MAX;
    return v;
}

static const struct value *make_bool(bool b, struct loc loc)
{
    struct value *v = make(VALUE_BOOL, loc);

    v->integer = b;
    return v;
}

static const struct value *make_real(double d, struct loc loc)
{
    struct value *v = make(VALUE_FLOAT, loc);

    if (!isfinite(d)) {
        diag_error(loc, "the result of this operator is not a finite number");
        return NULL;
    }
    v->real = d;
    return v;
}

const char *value_kind_name(const struct value *v)
{
    static const char *const names[] = { "an integer", "a float", "a truth value",
                                         "a string",   "a list",  "a dictionary" };

    return names[v->kind];
}

static bool is_integer(const struct value *v) { return v->kind == VALUE_INT || v->kind == VALUE_BOOL; }
static bool is_number(const struct value *v) { return is_integer(v) || v->kind == VALUE_FLOAT; }
static double real_of(const struct value *v) { return v->kind == VALUE_FLOAT ? v->real : (double)wide_of(v); }

static bool truth(const struct value *v)
{
    switch (v->kind) {
    case VALUE_FLOAT: return v->real != 0;
    case VALUE_STRING: return *v->string != 0;
    case VALUE_LIST: case VALUE_DICT: return v->count != 0;
    default: return v->integer != 0;
    }
}

static bool equal(const struct value *a, const struct value *b)
{
    if (is_number(a) && is_number(b))
        return is_integer(a) && is_integer(b) ? wide_of(a) == wide_of(b) : real_of(a) == real_of(b);
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == VALUE_STRING)
        return strcmp(a->string, b->string) == 0;
    for (size_t i = 0; i < a->count; i++)
        if (!equal(a->items[i], b->items[i]) || (a->keys && strcmp(a->keys[i], b->keys[i])))
            return false;
    return true;
}

/* ---- operators ---- */

static const struct value *divide_by_zero(struct loc loc)
{
    diag_error(loc, "division by zero");
    return NULL;
}

static const struct value *shift(const char *op, wide a, wide by, struct loc loc)
{
    if (by < 0 || by > 63) {
        diag_error(loc, "cannot shift by %s: 0 to 63 makes sense", wide_text(by));
        return NULL;
    }
    return make_int(op[0] == '<' ? a * ((wide)1 << (int)by) : a >> (int)by, loc);
}

static const struct value *power(wide base, wide exponent, struct loc loc)
{
    wide result = 1;

    if (exponent < 0) {
        diag_error(loc, "the exponent %s of integers is negative", wide_text(exponent));
        return NULL;
    }
    if (base == 0 || base == 1)
        return make_int(exponent == 0 ? 1 : base, loc);
    if (base == -1)
        return make_int(exponent % 2 ? -1 : 1, loc);
    for (; exponent > 0; exponent--) {
        result *= base;
        if (result < WIDE_MIN || result > WIDE_MAX)
            return make_int(result, loc);
    }
    return make_int(result, loc);
}

static const struct value *integers(const char *op, wide a, wide b, struct loc loc)
{
    if (strcmp(op, "**") == 0)
        return power(a, b, loc);
    if (strcmp(op, "<<") == 0 || strcmp(op, ">>") == 0)
        return shift(op, a, b, loc);
    if (strcmp(op, "<=") == 0)
        return make_bool(a <= b, loc);
    if (strcmp(op, ">=") == 0)
        return make_bool(a >= b, loc);
    switch (op[0]) {
    case '+': return make_int(a + b, loc);
    case '-': return make_int(a - b, loc);
    case '*': {
        wide product;

        return make_int(__builtin_mul_overflow(a, b, &product) ? WIDE_MAX + 1 : product, loc);
    }
    case '/': return b ? make_int(a / b, loc) : divide_by_zero(loc);
    case '%': return b ? make_int(a % b, loc) : divide_by_zero(loc);
    case '&': return make_int(a & b, loc);
    case '|': return make_int(a | b, loc);
    case '^': return make_int(a ^ b, loc);
    case '<': return make_bool(a < b, loc);
    default: return make_bool(a > b, loc);
    }
}

static const struct value *reals(const char *op, double a, double b, struct loc loc)
{
    if (strcmp(op, "**") == 0)
        return make_real(pow(a, b), loc);
    if (strcmp(op, "<=") == 0)
        return make_bool(a <= b, loc);
    if (strcmp(op, ">=") == 0)
        return make_bool(a >= b, loc);
    if (strcmp(op, "<") == 0)
        return make_bool(a < b, loc);
    if (strcmp(op, ">") == 0)
        return make_bool(a > b, loc);
    switch (op[0]) {
    case '+': return make_real(a + b, loc);
    case '-': return make_real(a - b, loc);
    case '*': return make_real(a * b, loc);
    case '/': return b != 0 ? make_real(a / b, loc) : divide_by_zero(loc);
    default:
        diag_error(loc, "'%s' works on integers, not on floats", op);
        return NULL;
    }
}

static const struct value *eval_binary(struct expr *e, struct node *scope)
{
    const struct value *a = eval(e->a, scope), *b;

    if (a && (strcmp(e->op, "&&") == 0 || strcmp(e->op, "||") == 0) && truth(a) == (e->op[0] == '|'))
        return make_bool(truth(a), e->loc);         /* the other side does not count, as in C */
    b = eval(e->b, scope);
    if (!a || !b)
        return NULL;
    if (strcmp(e->op, "&&") == 0 || strcmp(e->op, "||") == 0)
        return make_bool(truth(b), e->loc);
    if (strcmp(e->op, "==") == 0 || strcmp(e->op, "!=") == 0)
        return make_bool(equal(a, b) == (e->op[0] == '='), e->loc);
    if (!is_number(a) || !is_number(b)) {
        diag_error(e->loc, "'%s' works on numbers, and this is %s", e->op,
                   value_kind_name(is_number(a) ? b : a));
        if (a->kind == VALUE_STRING && b->kind == VALUE_STRING && strcmp(e->op, "+") == 0)
            diag_hint("strings side by side are joined: \"a\" \"b\"");
        return NULL;
    }
    if (is_integer(a) && is_integer(b))
        return integers(e->op, wide_of(a), wide_of(b), e->loc);
    return reals(e->op, real_of(a), real_of(b), e->loc);
}

static const struct value *eval_unary(struct expr *e, struct node *scope)
{
    const struct value *a = eval(e->a, scope);

    if (!a)
        return NULL;
    if (e->op[0] == '!')
        return make_bool(!truth(a), e->loc);
    if (!is_number(a) || (e->op[0] == '~' && !is_integer(a))) {
        diag_error(e->loc, "'%s' works on %s, and this is %s", e->op,
                   e->op[0] == '~' ? "integers" : "numbers", value_kind_name(a));
        return NULL;
    }
    if (a->kind == VALUE_FLOAT)
        return make_real(e->op[0] == '-' ? -a->real : a->real, e->loc);
    switch (e->op[0]) {
    case '-': return make_int(-wide_of(a), e->loc);
    case '~': return make_int(a->is_unsigned ? (wide)~(uint64_t)a->integer : ~wide_of(a), e->loc);
    default: return make_int(wide_of(a), e->loc);
    }
}

/* ---- lists, dictionaries, strings ---- */

static const struct value *eval_list(struct expr *e, struct node *scope)
{
    struct value *v = make(VALUE_LIST, e->loc);
    bool failed = false;

    v->count = e->items.count;
    v->items = mem_new((v->count + 1) * sizeof *v->items);
    for (size_t i = 0; i < v->count; i++) {
        v->items[i] = (struct value *)eval(e->items.at[i], scope);
        failed |= !v->items[i];
    }
    return failed || too_heavy(v) ? NULL : v;
}

static const struct value *eval_dict(struct expr *e, struct node *scope)
{
    struct value *v = make(VALUE_DICT, e->loc);
    struct map keys = { 0 };
    bool failed = false;

    v->count = e->items.count;
    v->items = mem_new((v->count + 1) * sizeof *v->items);
    v->keys = mem_new((v->count + 1) * sizeof *v->keys);
    for (size_t i = 0; i < v->count; i++) {
        const struct value *key = eval(e->keys.at[i], scope);

        v->items[i] = (struct value *)eval(e->items.at[i], scope);
        failed |= !key || !v->items[i];
        if (!key)
            continue;
        if (key->kind != VALUE_STRING) {
            diag_error(key->loc, "a key is a string, not %s", value_kind_name(key));
            failed = true;
            continue;
        }
        v->keys[i] = key->string;
        if (map_put(&keys, key->string, v)) {
            diag_error(key->loc, "key \"%s\" comes twice", key->string);
            failed = true;
        }
    }
    return failed || too_heavy(v) ? NULL : v;
}

static const struct value *eval_index(struct expr *e, struct node *scope)
{
    const struct value *whole = eval(e->a, scope), *index = eval(e->b, scope), *found;

    if (!whole || !index)
        return NULL;
    if (whole->kind == VALUE_DICT && index->kind == VALUE_STRING) {
        found = value_key(whole, index->string);
        if (found)
            return found;
        diag_error(index->loc, "there is no key \"%s\"", index->string);
        did_you_mean(diag_nearest(index->string, whole->keys, (unsigned)whole->count));
        return NULL;
    }
    if (whole->kind == VALUE_LIST && is_integer(index)) {
        if (index->integer >= 0 && (uint64_t)index->integer < whole->count)
            return whole->items[index->integer];
        diag_error(index->loc, "there is no item %s: the list has %zu", wide_text(wide_of(index)),
                   whole->count);
        return NULL;
    }
    diag_error(e->loc, "%s cannot be looked up with %s", value_kind_name(whole), value_kind_name(index));
    return NULL;
}

static const struct value *eval_join(struct expr *e, struct node *scope)
{
    struct value *v = make(VALUE_STRING, e->loc);
    const char *joined = "";

    for (size_t i = 0; i < e->items.count; i++) {
        const struct value *part = eval(e->items.at[i], scope);

        if (!part)
            return NULL;
        if (part->kind != VALUE_STRING) {
            diag_error(e->items.at[i]->loc, "only strings are joined, and this is %s", value_kind_name(part));
            return NULL;
        }
        if (strlen(joined) + strlen(part->string) > STRING_MAX) {
            diag_error(e->loc, "this string is longer than %d bytes", STRING_MAX);
            return NULL;
        }
        joined = strf("%s%s", joined, part->string);
    }
    v->string = joined;
    return v;
}

static const struct value *eval_query(struct expr *e)
{
    static const char *const queries[] = { "dtb", "gpio" };

    if (strcmp(e->string, queries[0]) && strcmp(e->string, queries[1])) {
        diag_error(e->loc, "there is no query '%s'", e->string);
        did_you_mean(diag_nearest(e->string, queries, 2));
    } else {
        diag_error(e->loc, "the query '%s' has nothing to look in: this machine (x86) has no device tree",
                   e->string);
        diag_hint("give addresses and interrupts as settings, for example dev.mem_paddr = 0xfed00000;");
    }
    return NULL;
}

const struct value *value_of_path(struct expr *, struct node *scope);       /* values.c */

const struct value *eval(struct expr *e, struct node *scope)
{
    struct value *v;

    switch (e->kind) {
    case EXPR_INT:
        return make_int((wide)e->integer, e->loc);
    case EXPR_BOOL:
        return make_bool(e->integer, e->loc);
    case EXPR_REAL:
        return make_real(e->real, e->loc);
    case EXPR_STRING:
        v = make(VALUE_STRING, e->loc);
        v->string = e->string;
        return v;
    case EXPR_LIST: return eval_list(e, scope);
    case EXPR_DICT: return eval_dict(e, scope);
    case EXPR_UNARY: return eval_unary(e, scope);
    case EXPR_BINARY: return eval_binary(e, scope);
    case EXPR_CHOICE: {
        const struct value *a = eval(e->a, scope);

        return a ? eval(truth(a) ? e->b : e->c, scope) : NULL;
    }
    case EXPR_INDEX: return eval_index(e, scope);
    case EXPR_JOIN: return eval_join(e, scope);
    case EXPR_QUERY: return eval_query(e);
    case EXPR_PATH: return value_of_path(e, scope);
    }
    return NULL;
}

int64_t eval_int(struct expr *e, const char *what, int64_t low, int64_t high, int64_t otherwise)
{
    const struct value *v = eval(e, NULL);

    if (!v)
        return otherwise;
    if (!is_integer(v)) {
        diag_error(v->loc, "%s is an integer, not %s", what, value_kind_name(v));
        return otherwise;
    }
    if (wide_of(v) < low || wide_of(v) > high) {
        diag_error(v->loc, "%s is %s, and must be %s", what, wide_text(wide_of(v)),
                   high == INT64_MAX ? strf("at least %lld", (long long)low)
                                     : strf("between %lld and %lld", (long long)low, (long long)high));
        return otherwise;
    }
    return v->integer;
}

/* ---- conversion ---- */

static const struct value *wrong_kind(const struct value *v, const char *what, const char *wanted)
{
    diag_error(v->loc, "%s is %s, and cannot be %s", what, wanted, value_kind_name(v));
    return NULL;
}

static const struct value *as_int(const struct value *v, const struct type *t, const char *what)
{
    wide low, high, n;
    struct value *copy;

    if (v->kind == VALUE_STRING && t->bytes == 1 && t->is_signed && strlen(v->string) == 1)
        return make_int((unsigned char)v->string[0], v->loc);          /* char c = "x" */
    if (!is_integer(v)) {
        wrong_kind(v, what, strf("of type '%s'", t->adl_name));
        if (v->kind == VALUE_STRING && *v->string && strspn(v->string, "0123456789") == strlen(v->string))
            diag_hint("write the number without quotes");
        return NULL;
    }
    n = wide_of(v);
    low = t->is_signed ? -((wide)1 << (t->bytes * 8 - 1)) : 0;
    high = ((wide)1 << (t->bytes * 8 - t->is_signed)) - 1;
    if (strcmp(t->c_name, "char") == 0)
        high = 255;
    if (strcmp(t->c_name, "bool") == 0)
        high = 1;
    if (n < low || n > high) {
        diag_error(v->loc, "%s is of type '%s', and %s is not between %s and %s", what, t->adl_name,
                   wide_text(n), wide_text(low), wide_text(high));
        return NULL;
    }
    copy = make(VALUE_INT, v->loc);
    copy->integer = v->integer;
    copy->is_unsigned = v->is_unsigned;
    return copy;
}

static const struct value *as_scalar(const struct value *v, const struct type *t, const char *what);

static const struct value *as_struct(const struct value *v, const struct struct_def *def, const char *what)
{
    const char *shown = *def->name ? strf("a struct '%s'", def->name) : "a struct";
    struct value *made = make(VALUE_DICT, v->loc);
    bool failed = false;

    if (v->kind != VALUE_DICT)
        return wrong_kind(v, what, shown);
    made->items = mem_new((def->count + 1) * sizeof *made->items);
    made->keys = mem_new((def->count + 1) * sizeof *made->keys);
    for (size_t i = 0; i < def->count; i++) {
        const struct field *f = &def->fields[i];
        const struct value *given = value_key(v, f->name);

        made->keys[i] = f->name;
        if (given)
            given = value_as(given, &f->type, strf("field '%s' of %s", f->name, what));
        else if (!(given = f->initial)) {
            diag_error(v->loc, "%s lacks field '%s' of %s", what, f->name, shown + 2);
            diag_note(f->loc, "it has no default");
        }
        made->items[i] = (struct value *)given;
        failed |= !given;
    }
    made->count = def->count;
    made->weight = v->weight;
    for (size_t i = 0; i < v->count; i++) {
        if (value_key(made, v->keys[i]))
            continue;
        for (size_t j = 0; j < def->count; j++)     /* a field whose value was wrong */
            if (strcmp(v->keys[i], def->fields[j].name) == 0)
                goto next;
        diag_error(v->items[i]->loc, "%s is %s, which has no field '%s'", what, shown, v->keys[i]);
        did_you_mean(diag_nearest(v->keys[i], made->keys, (unsigned)def->count));
        failed = true;
    next:;
    }
    return failed ? NULL : made;
}

static const struct value *as_scalar(const struct value *v, const struct type *t, const char *what)
{
    struct value *real;

    switch (t->cls) {
    case TYPE_INT:
        return as_int(v, t, what);
    case TYPE_REAL:
        if (!is_number(v))
            return wrong_kind(v, what, strf("of type '%s'", t->adl_name));
        real = make(VALUE_FLOAT, v->loc);
        real->real = real_of(v);
        return real;
    case TYPE_STRING:
        return v->kind == VALUE_STRING ? v : wrong_kind(v, what, "a string");
    case TYPE_STRUCT:
        return as_struct(v, t->def, what);
    default:
        return v;
    }
}

const struct value *value_as(const struct value *v, const struct type *t, const char *what)
{
    struct value *list;
    bool failed = false;

    if (!t->array && v->kind == VALUE_LIST && t->cls != TYPE_OPAQUE) {
        diag_error(v->loc, "%s is a single '%s', and cannot be a list", what, t->adl_name);
        diag_hint("an array is declared with '[]' behind its name");
        return NULL;
    }
    if (!t->array)
        return as_scalar(v, t, what);
    if (v->kind != VALUE_LIST) {
        diag_error(v->loc, "%s is an array of '%s', and cannot be %s", what, t->adl_name, value_kind_name(v));
        diag_hint("a list is written in square brackets: [...]");
        return NULL;
    }
    list = make(VALUE_LIST, v->loc);
    list->count = v->count;
    list->weight = v->weight;
    list->items = mem_new((v->count + 1) * sizeof *list->items);
    for (size_t i = 0; i < v->count; i++) {
        list->items[i] = (struct value *)as_scalar(v->items[i], t, strf("item %zu of %s", i, what));
        failed |= !list->items[i];
    }
    return failed ? NULL : list;
}
