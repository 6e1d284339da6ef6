// SPDX-License-Identifier: BSD-2-Clause
// Prints messages with their lines and carets, counts errors, knows the warnings by name.
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "diag_state.h"
#include "source.h"
#include "text.h"

enum { ERRORS_SHOWN = 100, LINE_SHOWN = 100, DISTANCE_MAX = 40 };

static struct {
    unsigned errors;
    struct text *capture;               /* instead of standard error; tests */
    bool silent;                        /* the last message was not shown, nor are its hints */
    struct map *seen;                   /* messages already shown */
    const struct source *chain;         /* the file whose imports were shown last */
    const struct line_marker *includer;
    bool werror;
} state;

/* ---- warnings by name ---- */

enum by_default { OFF, ON, ERROR };
static struct warning { const char *name, *what; bool on, error; } warnings[] = {
#define WARNING(name, by_default, what) { name, what, by_default != OFF, by_default == ERROR },
#include "warnings.def"
#undef WARNING
};
enum { WARNING_COUNT = sizeof warnings / sizeof warnings[0] };

static struct warning *warning_find(const char *name)
{
    for (unsigned i = 0; i < WARNING_COUNT; i++)
        if (strcmp(warnings[i].name, name) == 0)
            return &warnings[i];
    return NULL;
}

bool diag_option(const char *name)
{
    bool on = strncmp(name, "no-", 3) != 0;
    const char *base = on ? name : name + 3;
    bool error = strncmp(base, "error=", 6) == 0;
    struct warning *w;

    base += error ? 6 : 0;
    if (strcmp(base, "error") == 0) {
        state.werror = on;
        return true;
    }
    if (strcmp(base, "all") == 0) {
        for (unsigned i = 0; i < WARNING_COUNT; i++)
            warnings[i].on = on;
        return true;
    }
    w = warning_find(base);
    if (!w)
        return false;
    if (error)
        w->error = on;
    if (!error || on)
        w->on = on;
    return true;
}

const char *diag_warning_names(void)
{
    struct text t = { 0 };
    const char *names;

    for (unsigned i = 0; i < WARNING_COUNT; i++)
        text_add(&t, "  %-22s %s%s\n", warnings[i].name, warnings[i].what,
                 warnings[i].error ? " (an error unless -Wno-error=...)" : warnings[i].on ? "" : " (off)");
    names = mem_text(t.data, t.length);
    free(t.data);
    return names;
}

/* ---- printing ---- */

static void out(const char *format, ...) DIAG_PRINTF(1, 2);
static void out(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (state.capture)
        text_add_list(state.capture, format, args);
    else
        vfprintf(stderr, format, args);
    va_end(args);
}

enum colour { RED, MAGENTA, CYAN, BOLD, PLAIN };
static const char *colour(enum colour c)
{
    static const char *const codes[] = { "\033[1;31m", "\033[1;35m", "\033[36m", "\033[1m", "\033[0m" };
    static int use = -1;

    if (use < 0)
        use = isatty(STDERR_FILENO) && !getenv("NO_COLOR") && getenv("TERM")
              && strcmp(getenv("TERM"), "dumb");
    return use && !state.capture ? codes[c] : "";
}

static size_t at_most(size_t a, size_t b) { return a < b ? a : b; }

/* The line and a caret below; of a long line the part around it. */
static void show_line(const struct place *p)
{
    size_t length, start = 0, column = p->column - 1, carets;

    if (!p->text)
        return;
    length = strlen(p->text);
    column = at_most(column, length);
    if (length > LINE_SHOWN && column > LINE_SHOWN / 2)
        start = at_most(column - LINE_SHOWN / 2, length - LINE_SHOWN);
    out("%5u | %s%.*s%s\n      | %s", p->line, start ? "..." : "", LINE_SHOWN, p->text + start,
        length - start > LINE_SHOWN ? "..." : "", start ? "   " : "");
    for (size_t i = start; i < column; i++)
        if ((p->text[i] & 0xc0) != 0x80)            /* letters in UTF-8 have more bytes */
            out("%c", p->text[i] == '\t' ? '\t' : ' ');
    carets = at_most(p->length, start + LINE_SHOWN - column + 1);
    carets = at_most(carets, length > column ? length - column : 1);
    out("%s^", colour(CYAN));
    for (size_t i = 1; i < carets; i++)
        if ((p->text[column + i] & 0xc0) != 0x80)
            out("~");
    out("%s\n", colour(PLAIN));
    if (p->expansion)
        out("      after preprocessing: %.*s\n", 2 * LINE_SHOWN, p->expansion);
}

/* How a file other than the first came into the assembly; once for each time the file changes. */
static void show_chain(const struct source *s, const struct line_marker *includer)
{
    if (!s || (s == state.chain && includer == state.includer))
        return;
    state.chain = s;
    state.includer = includer;
    for (const struct line_marker *i = includer; i; i = i->includer)
        out("in a file included by %s:%u:\n", i->file, i->line);
    for (; s->imported.source; s = s->imported.source) {
        struct place p = source_place(s->imported);

        out("in a file imported by %s:%u:\n", p.file, p.line);
    }
}

static void message(struct loc loc, const char *kind, enum colour c, const char *name, const char *text)
{
    struct place p = source_place(loc);

    if (*p.file)
        out("%s%s:%u:%u: ", colour(BOLD), p.file, p.line, p.column);
    else
        out("%scamkes: ", colour(BOLD));
    out("%s%s: %s%s%s", colour(c), kind, colour(PLAIN), colour(BOLD), text);
    if (name)
        out(" [-W%s]", name);
    out("%s\n", colour(PLAIN));
    show_line(&p);
}

/* The same message at the same place comes once (a component may have many instances). */
static bool seen_before(struct loc loc, const char *text)
{
    struct place p = source_place(loc);
    const char *key = strf("%s:%u:%u:%s", p.file, p.line, p.column, text);

    if (!state.seen)
        state.seen = NEW(struct map);
    return map_put(state.seen, key, state.seen) != NULL;
}

static void tell(struct loc loc, const char *name, bool error, const char *text)
{
    state.silent = seen_before(loc, text);
    if (state.silent)
        return;
    state.errors += error;
    if (error && state.errors > ERRORS_SHOWN) {
        state.silent = true;
        return;
    }
    show_chain(loc.source, source_place(loc).includer);
    message(loc, error ? "error" : "warning", error ? RED : MAGENTA, name, text);
}

static const char *format_list(const char *format, va_list args)
{
    struct text t = { 0 };
    const char *text;

    text_add_list(&t, format, args);
    text = mem_text(t.data, t.length);
    free(t.data);
    return text;
}

#define FORMATTED(result)                                                                                    \
    va_list args;                                                                                            \
    const char *result;                                                                                      \
    va_start(args, format);                                                                                  \
    result = format_list(format, args);                                                                      \
    va_end(args)

void diag_error(struct loc loc, const char *format, ...)
{
    FORMATTED(text);
    tell(loc, NULL, true, text);
}

void diag_warning(struct loc loc, const char *name, const char *format, ...)
{
    const struct warning *w = warning_find(name);

    FORMATTED(text);
    if (w && !w->on)
        state.silent = true;
    else
        tell(loc, name, state.werror || (w && w->error), text);
}

void diag_hint(const char *format, ...)
{
    FORMATTED(text);
    if (!state.silent)
        out("      %shint:%s %s\n", colour(CYAN), colour(PLAIN), text);
}

void diag_note(struct loc loc, const char *format, ...)
{
    FORMATTED(text);
    if (!state.silent)
        message(loc, "note", CYAN, NULL, text);
}

unsigned diag_errors(void) { return state.errors; }

void diag_stop(void)
{
    if (state.errors == 0)
        return;
    if (state.errors > ERRORS_SHOWN)
        out("camkes: %u more errors\n", state.errors - ERRORS_SHOWN);
    exit(1);
}

void diag_fatal(const char *format, ...)
{
    va_list args;

    va_start(args, format);                         /* no memory is taken here */
    fprintf(stderr, "camkes: ");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void diag_capture(struct text *text)
{
    state.capture = text;
    state.errors = 0;
    state.seen = NULL;
    state.chain = NULL;
    state.includer = NULL;
    state.silent = false;
}

/* ---- did you mean ---- */

/* Letters inserted, deleted, replaced, or two neighbours swapped; case counts half. The result is doubled. */
static unsigned distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned row[3][DISTANCE_MAX + 1];

    if (n > DISTANCE_MAX || m > DISTANCE_MAX)
        return strcmp(a, b) == 0 ? 0 : 2 * DISTANCE_MAX;
    for (size_t j = 0; j <= m; j++)
        row[0][j] = 2 * (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *two = row[(i + 1) % 3];

        now[0] = 2 * (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            bool folded = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned best = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : folded ? 1 : 2);

            best = best < before[j] + 2 ? best : before[j] + 2;
            best = best < now[j - 1] + 2 ? best : now[j - 1] + 2;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && two[j - 2] + 2 < best)
                best = two[j - 2] + 2;
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *diag_nearest(const char *word, const char *const *candidates, unsigned count)
{
    size_t length = strlen(word);
    unsigned best = 2 * (unsigned)(length < 3 ? 1 : (length + 2) / 3) + 1;
    const char *nearest = NULL;

    for (unsigned i = 0; i < count; i++) {
        unsigned d = distance(word, candidates[i]);

        if (d < best && d < 2 * length) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
