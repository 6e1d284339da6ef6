// SPDX-License-Identifier: BSD-2-Clause
// Text to tokens.
#ifndef CAMKES_LEX_H
#define CAMKES_LEX_H

#include "source.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,                         /* identifiers and keywords */
    TOKEN_MARK,                         /* punctuation */
    TOKEN_INT,
    TOKEN_REAL,
    TOKEN_STRING,                       /* text: its content, escapes done */
    TOKEN_HEADER,                       /* <path> after import and include; text: the path */
    TOKEN_BAD,                          /* an error that has been told */
};

struct token {
    enum token_kind kind;
    bool keyword;
    struct loc loc;
    const char *text;                   /* how it is written; see STRING and HEADER */
    uint64_t integer;
    double real;
};

/* The tokens of a source; the last is TOKEN_END. Errors have been told. */
struct token *lex(const struct source *);
bool is_keyword(const char *word);

#endif
