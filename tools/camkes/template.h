// SPDX-License-Identifier: BSD-2-Clause
// The language of connector templates (docs/connectors.md): a line that begins with % is a directive, @word@
// in any other line is replaced, all else is C as it stands. connect_template.c makes connectors of
// templates.
#ifndef CAMKES_TEMPLATE_H
#define CAMKES_TEMPLATE_H

#include "back.h"
#include "source.h"

struct template_line { const char *at; size_t length; };
struct template {
    const struct source *source;
    const char *real;                   /* its path without links and dots */
    VEC(struct template_line) lines;
};

struct template *template_read(const char *path);              /* NULL: errno says why not */
struct loc template_place(const struct template *, size_t line);

/* "%for method" as its words; count 0 = an ordinary line. */
struct template_words { const char *at[4]; unsigned count; };
struct template_words template_directive(const struct template_line *);
/* Directives that say what a connector needs; they make no text. */
bool template_is_need(const char *word);

/* Runs a template for a port; its text goes to `out`, %header and the like to their places. */
void template_run(const struct template *, struct glue *, const struct port *, struct text *out);
/* "@iface@_serve" with its words replaced; mistakes are reported at `where`'s first line. */
const char *template_words_in(const char *text, const struct template *where, const struct port *);

#endif
