// SPDX-License-Identifier: BSD-2-Clause
// The lexer: words, numbers, strings, punctuation; comments and cpp's line markers are blanks.
#include "lex.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

static const char *const keywords[] = {
    "Buf",       "Dataport",   "Dataports", "Event",       "Events",        "False",
    "Procedure", "Procedures", "True",      "assembly",    "attribute",     "binary_semaphore",
    "char",      "character",  "component", "composition", "configuration", "connection",
    "connector", "consumes",   "control",   "dataport",    "double",        "emits",
    "export",    "false",      "float",     "from",        "group",         "hardware",
    "has",       "import",     "in",        "include",     "inout",         "int",
    "int64_t",   "integer",    "maybe",     "mutex",       "out",           "procedure",
    "provides",  "refin",      "schedule",  "semaphore",   "signed",        "string",
    "struct",    "thread",     "threads",   "to",          "true",          "uint64_t",
    "unsigned",  "uses",       "void",      "with",
};

/* Longest first among those that begin alike. */
static const char *const marks[] = {
    "<<", ">>", "<=", ">=", "<-", "->", "==", "!=", "&&", "||", "**", "{", "}", "(", ")", "[", "]", ";",
    ",",  ".",  "=",  ":",  "?",  "+",  "-",  "*",  "/",  "%",  "<",  ">", "!", "~", "&", "|", "^",
};

enum { STRING_LINES_MAX = 40, NAME_MAX_LENGTH = 128 };

struct lexer {
    const struct source *source;
    const char *at, *line_start;
    uint32_t line;
    VEC(struct token) tokens;
    struct map words;                   /* every word once in memory */
};

bool is_keyword(const char *word)
{
    size_t low = 0, high = sizeof keywords / sizeof keywords[0];

    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(word, keywords[mid]);

        if (order == 0)
            return true;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

static struct loc loc_here(const struct lexer *x, const char *start, const char *end)
{
    return (struct loc){ x->source, x->line, (uint32_t)(start - x->line_start) + 1, (uint32_t)(end - start) };
}

static struct token *token_add(struct lexer *x, enum token_kind kind, const char *start)
{
    struct token *t = vec_add(&x->tokens);

    *t = (struct token){ .kind = kind, .loc = loc_here(x, start, x->at) };
    return t;
}

static const char *word_text(struct lexer *x, const char *start, size_t length)
{
    const char *text = mem_text(start, length);
    const char *known = map_put(&x->words, text, (void *)text);

    return known ? known : text;
}

static void newline(struct lexer *x)
{
    x->line++;
    x->line_start = ++x->at;
}

static void skip_comment(struct lexer *x)
{
    struct loc start = loc_here(x, x->at, x->at + 2);

    for (x->at += 2; *x->at; x->at++) {
        while (*x->at == '\n')
            newline(x);
        if (x->at[0] == '*' && x->at[1] == '/') {
            x->at += 2;
            return;
        }
        if (!*x->at)
            break;
    }
    diag_error(start, "this comment has no end");
    diag_hint("close it with '*/'");
}

static void skip_line(struct lexer *x)
{
    while (*x->at && *x->at != '\n')
        x->at++;
}

static void lex_word(struct lexer *x)
{
    const char *start = x->at;
    struct token *t;

    while (isalnum((unsigned char)*x->at) || *x->at == '_')
        x->at++;
    t = token_add(x, TOKEN_WORD, start);
    if (x->at - start > NAME_MAX_LENGTH) {
        t->kind = TOKEN_BAD;
        diag_error(t->loc, "a name of more than %d letters", NAME_MAX_LENGTH);
    }
    t->text = word_text(x, start, (size_t)(x->at - start));
    t->keyword = is_keyword(t->text);
}

static void lex_number(struct lexer *x)
{
    const char *start = x->at;
    bool hex = start[0] == '0' && (start[1] == 'x' || start[1] == 'X');
    struct token *t;
    char *end, *real_end;

    errno = 0;
    t = token_add(x, TOKEN_INT, start);
    t->integer = strtoull(start, &end, 0);
    if (!hex && (*end == '.' || *end == 'e' || *end == 'E')) {
        t->kind = TOKEN_REAL;
        errno = 0;
        t->real = strtod(start, &real_end);
        end = real_end;
        if (t->real > 1e308 || t->real < -1e308)
            errno = ERANGE;
        else
            errno = 0;
    } else {
        while (*end == 'u' || *end == 'U' || *end == 'l' || *end == 'L')
            end++;
    }
    x->at = end;
    while (isalnum((unsigned char)*x->at) || *x->at == '_')
        x->at++;
    t->loc = loc_here(x, start, x->at);
    t->text = mem_text(start, (size_t)(x->at - start));
    if (x->at != end || (hex && end == start + 2))
        diag_error(t->loc, "'%.40s' is not a number", t->text);
    else if (errno == ERANGE)
        diag_error(t->loc, "the number %.40s is too large", t->text);
}

static bool escape(struct lexer *x, struct text *to)
{
    static const char from[] = "ntr\\\"'abfv", codes[] = "\n\t\r\\\"'\a\b\f\v";
    const char *start = x->at++, *known = *x->at ? strchr(from, *x->at) : NULL;
    char c;

    if (known) {
        c = codes[known - from];
        x->at++;
    } else if (*x->at >= '0' && *x->at <= '7') {
        unsigned value = 0;

        for (int i = 0; i < 3 && *x->at >= '0' && *x->at <= '7'; i++)
            value = value * 8 + (unsigned)(*x->at++ - '0');
        c = (char)value;
    } else if (*x->at == 'x' && isxdigit((unsigned char)x->at[1])) {
        char digits[3] = { x->at[1], isxdigit((unsigned char)x->at[2]) ? x->at[2] : 0, 0 };

        c = (char)strtoul(digits, NULL, 16);
        x->at += 1 + strlen(digits);
    } else {
        diag_warning(loc_here(x, start, start + 2), "unknown-escape", "'\\%c' has no meaning in a string",
                     *x->at);
        diag_hint("a backslash itself is written '\\\\'");
        c = '\\';
    }
    if (c == 0)
        diag_error(loc_here(x, start, x->at), "a string cannot contain a zero byte");
    text_append(to, &c, c != 0);
    return c != 0;
}

/* A string may go on over lines, as long as it surely is one: its end stands where a value ends. */
static bool goes_on(const char *at)
{
    for (unsigned lines = 0; *at && lines < STRING_LINES_MAX; at++) {
        lines += *at == '\n';
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '"')
            return at[1 + strspn(at + 1, " \t\r\n")] && strchr(";,])}", at[1 + strspn(at + 1, " \t\r\n")]);
    }
    return false;
}

static void lex_string(struct lexer *x)
{
    const char *start = x->at++;
    struct text text = { 0 };
    struct token *t;

    while (*x->at && *x->at != '"' && (*x->at != '\n' || goes_on(x->at))) {
        if (*x->at == '\n') {
            text_append(&text, "\n", 1);
            newline(x);
            start = x->at;
        } else if (x->at[0] == '\\' && x->at[1] == '\n') {
            x->at++;
            newline(x);
            start = x->at;
        } else if (x->at[0] == '\\' && x->at[1]) {
            escape(x, &text);
        } else {
            text_append(&text, x->at++, 1);
        }
    }
    if (*x->at == '"') {
        x->at++;
        t = token_add(x, TOKEN_STRING, start);
    } else {
        t = token_add(x, TOKEN_STRING, start);
        t->kind = TOKEN_BAD;
        diag_error(t->loc, "this string has no end");
        diag_hint("strings end on the line where they begin; two strings side by side are one");
    }
    t->text = mem_text(text.data ? text.data : "", text.length);
    free(text.data);
}

static void lex_header(struct lexer *x)
{
    const char *start = x->at;
    size_t length = strcspn(start + 1, ">\n");
    struct token *t;

    x->at += 1 + length + (start[1 + length] == '>');
    t = token_add(x, TOKEN_HEADER, start);
    t->text = mem_text(start + 1, length);
    if (x->at[-1] == '>' && length)
        return;
    t->kind = TOKEN_BAD;
    diag_error(t->loc, length ? "'>' is missing after '<%s'" : "there is no name between '<' and '>'",
               t->text);
}

static bool lex_mark(struct lexer *x)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t length = strlen(marks[i]);

        if (strncmp(x->at, marks[i], length) == 0) {
            const char *start = x->at;

            x->at += length;
            token_add(x, TOKEN_MARK, start)->text = marks[i];
            return true;
        }
    }
    return false;
}

/* One message for all of a word in another script, or in single quotes. */
static void lex_unknown(struct lexer *x)
{
    const char *start = x->at++, *quote = *start == '\'' ? strpbrk(x->at, "'\n") : NULL;
    struct token *t;

    if (quote && *quote == '\'')
        x->at = quote + 1;
    else
        while (*start & 0x80 && (*x->at & 0x80 || isalnum((unsigned char)*x->at)))
            x->at++;
    t = token_add(x, TOKEN_BAD, start);
    t->text = mem_text(start, (size_t)(x->at - start));
    if (quote && *quote == '\'') {
        diag_error(t->loc, "strings stand in double quotes");
    } else if (isprint((unsigned char)*start) || *start & 0x80) {
        diag_error(t->loc, "'%s' means nothing here", t->text);
        if (*start & 0x80)
            diag_hint("names are made of the letters a to z, digits and '_'");
    } else {
        diag_error(t->loc, "a character (byte 0x%02x) that means nothing here", (unsigned char)*start);
    }
}

static bool after_include(const struct lexer *x)
{
    const struct token *last = x->tokens.count ? &x->tokens.at[x->tokens.count - 1] : NULL;

    return last && last->kind == TOKEN_WORD &&
           (!strcmp(last->text, "import") || !strcmp(last->text, "include"));
}

struct token *lex(const struct source *source)
{
    struct lexer x = { .source = source, .at = source->text, .line_start = source->text, .line = 1 };

    while (*x.at) {
        if (*x.at == '\n')
            newline(&x);
        else if (isspace((unsigned char)*x.at) || (x.at[0] == '\\' && x.at[1] == '\n'))
            x.at++;
        else if (x.at[0] == '/' && x.at[1] == '*')
            skip_comment(&x);
        else if ((x.at[0] == '/' && x.at[1] == '/') || *x.at == '#')
            skip_line(&x);
        else if (isalpha((unsigned char)*x.at) || *x.at == '_')
            lex_word(&x);
        else if (isdigit((unsigned char)*x.at) || (x.at[0] == '.' && isdigit((unsigned char)x.at[1])))
            lex_number(&x);
        else if (*x.at == '"')
            lex_string(&x);
        else if (*x.at == '<' && after_include(&x))
            lex_header(&x);
        else if (!lex_mark(&x))
            lex_unknown(&x);
    }
    token_add(&x, TOKEN_END, x.at)->text = "end of file";
    return x.tokens.at;
}
