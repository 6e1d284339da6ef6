// SPDX-License-Identifier: BSD-2-Clause
// Types by name: the language's, structs of the assembly, and whatever an included C header may declare.
#include <string.h>
#include "program.h"

static const struct {
    const char *name, *c_name;
    enum type_class cls;
    unsigned bytes;
    bool is_signed;
} builtin[] = {
    { "int", "int", TYPE_INT, 4, true },
    { "integer", "int", TYPE_INT, 4, true },
    { "signed", "int", TYPE_INT, 4, true },
    { "signed int", "int", TYPE_INT, 4, true },
    { "signed integer", "int", TYPE_INT, 4, true },
    { "unsigned", "unsigned int", TYPE_INT, 4, false },
    { "unsigned int", "unsigned int", TYPE_INT, 4, false },
    { "unsigned integer", "unsigned int", TYPE_INT, 4, false },
    { "char", "char", TYPE_INT, 1, true },
    { "character", "char", TYPE_INT, 1, true },
    { "signed char", "signed char", TYPE_INT, 1, true },
    { "unsigned char", "unsigned char", TYPE_INT, 1, false },
    { "short", "short", TYPE_INT, 2, true },
    { "short int", "short", TYPE_INT, 2, true },
    { "unsigned short", "unsigned short", TYPE_INT, 2, false },
    { "unsigned short int", "unsigned short", TYPE_INT, 2, false },
    { "long", "long", TYPE_INT, 8, true },
    { "long int", "long", TYPE_INT, 8, true },
    { "unsigned long", "unsigned long", TYPE_INT, 8, false },
    { "unsigned long int", "unsigned long", TYPE_INT, 8, false },
    { "long long", "long long", TYPE_INT, 8, true },
    { "long long int", "long long", TYPE_INT, 8, true },
    { "unsigned long long", "unsigned long long", TYPE_INT, 8, false },
    { "bool", "bool", TYPE_INT, 1, false },
    { "boolean", "bool", TYPE_INT, 1, false },
    { "int8_t", "int8_t", TYPE_INT, 1, true },
    { "int16_t", "int16_t", TYPE_INT, 2, true },
    { "int32_t", "int32_t", TYPE_INT, 4, true },
    { "int64_t", "int64_t", TYPE_INT, 8, true },
    { "uint8_t", "uint8_t", TYPE_INT, 1, false },
    { "uint16_t", "uint16_t", TYPE_INT, 2, false },
    { "uint32_t", "uint32_t", TYPE_INT, 4, false },
    { "uint64_t", "uint64_t", TYPE_INT, 8, false },
    { "size_t", "size_t", TYPE_INT, 8, false },
    { "ssize_t", "ssize_t", TYPE_INT, 8, true },
    { "intptr_t", "intptr_t", TYPE_INT, 8, true },
    { "uintptr_t", "uintptr_t", TYPE_INT, 8, false },
    { "seL4_Word", "seL4_Word", TYPE_INT, 8, false },
    { "seL4_CPtr", "seL4_CPtr", TYPE_INT, 8, false },
    { "float", "float", TYPE_REAL, 4, true },
    { "double", "double", TYPE_REAL, 8, true },
    { "real", "double", TYPE_REAL, 8, true },
    { "string", "const char *", TYPE_STRING, 0, false },
    { "void", "void", TYPE_VOID, 0, false },
};
enum { BUILTIN_COUNT = sizeof builtin / sizeof *builtin };

/* Not ours: a C type from a header; where no header is included, more likely a slip. */
static struct type type_unknown(struct program *p, const struct ast_type *ast, bool headers)
{
    const char *names[BUILTIN_COUNT], *nearest = map_nearest(&p->structs, ast->text);

    for (unsigned i = 0; i < BUILTIN_COUNT; i++)
        names[i] = builtin[i].name;
    if (ast->builtin) {
        diag_error(ast->loc, "there is no type '%s'", ast->text);
    } else if (!headers) {
        diag_warning(ast->loc, "unknown-type", "type '%s' is not declared, and no header is included here",
                     ast->text);
        if (!nearest)
            nearest = diag_nearest(ast->text, names, BUILTIN_COUNT);
        if (nearest)
            did_you_mean(nearest);
        else
            diag_hint("include the C header that declares it: include <file.h>;");
    }
    return (struct type){ .cls = TYPE_OPAQUE, .c_name = ast->text, .adl_name = ast->text };
}

struct type type_make(struct program *p, const struct ast_type *ast, bool headers)
{
    struct ast_struct *s = ast->inline_struct ? ast->inline_struct : map_get(&p->structs, ast->text);
    struct type t = { .adl_name = ast->text };

    if (s) {
        t.cls = TYPE_STRUCT;
        t.def = struct_make(p, s);
        t.c_name = strf("struct %s", t.def->name);
        t.array = ast->array;
        return t;
    }
    for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
        if (strcmp(ast->text, builtin[i].name) == 0) {
            t.cls = builtin[i].cls;
            t.c_name = builtin[i].c_name;
            t.bytes = builtin[i].bytes;
            t.is_signed = builtin[i].is_signed;
            t.array = ast->array;
            return t;
        }
    }
    t = type_unknown(p, ast, headers);
    t.array = ast->array;
    return t;
}

static void make_fields(struct program *p, struct ast_struct *ast, struct struct_def *def)
{
    struct map names = { 0 };

    for (size_t i = 0; i < ast->fields.count; i++) {
        const struct ast_attribute *from = &ast->fields.at[i];
        struct field *f = &def->fields[def->count], *first;

        *f = (struct field){ from->name.text, type_make(p, &from->type, false), NULL, from->name.loc };
        first = map_put(&names, f->name, f);
        if (first) {
            diag_error(f->loc, "a second field '%s'", f->name);
            diag_note(first->loc, "the first is here");
            continue;
        }
        if (from->type.is_void)
            diag_error(from->type.loc, "field '%s' cannot be void", f->name);
        else if (from->initial) {
            const struct value *v = eval(from->initial, NULL);

            f->initial = v ? value_as(v, &f->type, strf("field '%s'", f->name)) : NULL;
        }
        def->count++;
    }
}

struct struct_def *struct_make(struct program *p, struct ast_struct *ast)
{
    if (ast->made) {
        if (ast->making) {
            diag_error(ast->name.loc, "struct '%s' contains itself", ast->made->name);
            ast->making = false;
        }
        return ast->made;
    }
    ast->made = NEW(struct struct_def);
    ast->made->name = ast->name.text;
    ast->made->loc = ast->name.loc;
    ast->made->fields = mem_new((ast->fields.count + 1) * sizeof *ast->made->fields);
    ast->making = true;
    make_fields(p, ast, ast->made);
    ast->making = false;
    if (ast->fields.count == 0)
        diag_error(ast->name.loc, "a struct without fields");
    return ast->made;
}
