// SPDX-License-Identifier: BSD-2-Clause
// What parse.c and parse_expr.c share.
#ifndef CAMKES_PARSE_H
#define CAMKES_PARSE_H

#include "ast.h"
#include "lex.h"

enum { PARSE_DEPTH_MAX = 100, EXPR_OPERATORS_MAX = 1000 };

struct parser {
    const struct token *first, *token;
    unsigned depth;
    unsigned operators;                 /* of the expression being parsed */
    unsigned dicts, open;               /* dictionaries around here; around the failure */
    bool failed;                        /* an error has been told, what follows is a consequence */
    bool brace_missing;                 /* a declaration begins where none can, at the start of a line */
    bool at_end;                        /* a '}' is missing at the end of the file */
};

void parse_fail(struct parser *);
bool parse_accept(struct parser *, const char *text);
bool parse_expect(struct parser *, const char *text);
void parse_error_expected(struct parser *, const char *what);
const char *parse_shown(const struct token *);
bool parse_enter(struct parser *);      /* false = too deep; parse_leave in any case */
void parse_leave(struct parser *);
struct path parse_path(struct parser *, const char *what);
/* references: names of attributes may stand in it (after "<-"). Never NULL. */
struct expr *parse_expr(struct parser *, bool references);

#endif
