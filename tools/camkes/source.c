// SPDX-License-Identifier: BSD-2-Clause
// Reads files, runs cpp over those it can change, and finds the way back from cpp's text to the author's.
#include "source.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "text.h"

extern char **environ;

enum { FILE_MAX = 64 << 20, SMALL_FILE_MAX = 1 << 20 };

/* ---- files ---- */

/* All of a stream; NULL with errno. */
static char *slurp(int fd, size_t *length)
{
    struct text text = { 0 };
    char buffer[64 * 1024];
    char *data = NULL;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof buffer)) > 0 && text.length < FILE_MAX)
        text_append(&text, buffer, (size_t)n);
    if (n == 0) {
        data = (char *)mem_text(text.data ? text.data : "", text.length);
        *length = text.length;
    } else if (n > 0) {
        errno = EFBIG;
    }
    free(text.data);
    return data;
}

static char *file_read(const char *path, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *data;
    int saved;

    if (fd < 0)
        return NULL;
    data = slurp(fd, length);
    saved = errno;
    close(fd);
    errno = saved;
    return data;
}

const char *source_text(const char *path)
{
    struct stat s;
    size_t length;

    if (stat(path, &s) < 0 || !S_ISREG(s.st_mode) || s.st_size > SMALL_FILE_MAX)
        return NULL;
    return file_read(path, &length);
}

/* ---- lines ---- */

static void find_lines(struct source *s)
{
    *vec_add(&s->lines) = 0;
    for (size_t i = 0; i < s->length; i++)
        if (s->text[i] == '\n')
            *vec_add(&s->lines) = (uint32_t)i + 1;
}

struct source *source_from_text(const char *path, const char *text, size_t length)
{
    struct source *s = NEW(struct source);

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {      /* the mark of UTF-8 that some editors write */
        text += 3;
        length -= 3;
    }
    s->path = path;
    s->text = text;
    s->length = length;
    find_lines(s);
    return s;
}

/* A cpp line marker, `# 12 "file" 1 3`: flag 1 enters an included file, 2 comes back from one. */
static bool parse_marker(const char *line, uint32_t *number, const char **file, unsigned *flag)
{
    struct text name = { 0 };
    char *end;

    if (line[0] != '#' || line[1] != ' ' || !isdigit((unsigned char)line[2]))
        return false;
    *number = (uint32_t)strtoul(line + 2, &end, 10);
    if (end[0] != ' ' || end[1] != '"')
        return false;
    for (end += 2; *end && *end != '"' && *end != '\n'; end++) {
        if (*end == '\\' && end[1] && end[1] != '\n')
            end++;
        text_append(&name, end, 1);
    }
    *file = mem_text(name.data ? name.data : "", name.length);
    free(name.data);
    *flag = *end == '"' && end[1] == ' ' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    return true;
}

static void find_markers(struct source *s, struct map *real_files)
{
    struct line_marker *last = NULL;

    for (uint32_t i = 0; i < s->lines.count; i++) {
        struct line_marker m = { .at = i + 2 };
        const struct line_marker *includer = last ? last->includer : NULL;
        unsigned flag;

        if (!parse_marker(s->text + s->lines.at[i], &m.line, &m.file, &flag))
            continue;
        if (flag == 1 && last) {                    /* the #include is on the line before */
            struct line_marker *at = NEW(struct line_marker);

            *at = *last;
            at->line = last->line + (i + 1 - last->at);
            m.includer = at;
        } else if (flag == 2 && includer) {
            m.includer = includer->includer;
        } else {
            m.includer = includer;
        }
        if (m.file[0] != '<')
            map_put(real_files, m.file, s);
        last = NEW(struct line_marker);
        *last = m;
        *vec_add(&s->markers) = last;
    }
}

/* ---- cpp ---- */

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* Is `word` defined by one of the -D flags? */
static bool defined_by_flag(const struct front_options *o, const char *word, size_t length)
{
    for (unsigned i = 0; i < o->cpp_count; i++) {
        const char *flag = o->cpp_flags[i];

        if (strncmp(flag, "-D", 2) == 0 && strncmp(flag + 2, word, length) == 0 && !is_word(flag[2 + length]))
            return true;
    }
    return false;
}

/* Starting cpp takes longer than all the rest, and most files have nothing for it: no directive, no word that
 * a flag or the compiler defines. */
static bool cpp_needed(const struct front_options *o, const char *text)
{
    bool line_start = true;

    for (unsigned i = 0; i < o->cpp_count; i++)
        if (strncmp(o->cpp_flags[i], "-D", 2) && strncmp(o->cpp_flags[i], "-I", 2))
            return true;
        else if (!o->cpp_flags[i][2])               /* "-D" "NAME": two words */
            return true;
    for (const char *p = text; *p; p++) {
        const char *start = p;

        if (*p == '\n')
            line_start = true;
        else if (line_start && *p == '#')
            return true;
        else if (!isspace((unsigned char)*p))
            line_start = false;
        if (!is_word(*p))
            continue;
        while (is_word(p[1]))
            p++;
        if ((start[0] == '_' && start[1] == '_') || defined_by_flag(o, start, (size_t)(p + 1 - start)))
            return true;
    }
    return false;
}

/* Tells one line of cpp's own complaints, "file:line:column: error: text", in our form. */
static void tell_cpp_line(const char *line, bool failed)
{
    const char *colon = line, *kind;
    unsigned long number[2];
    struct source *s;
    char *end;

    do {                                            /* the file's name may have colons */
        colon = strchr(colon, ':');
        if (!colon)
            return;
        number[0] = strtoul(++colon, &end, 10);
    } while (end == colon || *end != ':');
    number[1] = strtoul(end + 1, &end, 10);
    if (*end != ':')
        return;
    kind = end + 1 + strspn(end + 1, " ");
    s = source_from_text(mem_text(line, (size_t)(colon - 1 - line)), "", 0);
    s->preprocessed = true;
    *vec_add(&s->markers) = NEW(struct line_marker);
    *s->markers.at[0] = (struct line_marker){ .at = 1, .line = 1, .file = s->path };
    kind = strncmp(kind, "fatal ", 6) == 0 ? kind + 6 : kind;
    if (strncmp(kind, "error: ", 7) == 0)
        diag_error((struct loc){ s, (uint32_t)number[0], (uint32_t)number[1], 1 }, "%s", kind + 7);
    else if (strncmp(kind, "warning: ", 9) == 0 && !failed)
        diag_warning((struct loc){ s, (uint32_t)number[0], (uint32_t)number[1], 1 }, "cpp", "%s", kind + 9);
}

static void tell_cpp(char *messages, bool failed)
{
    for (char *line = messages, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        tell_cpp_line(line, failed);
    }
}

/* Its standard output; *failed and *messages say how it went. */
static char *cpp_run(const struct front_options *o, const char *path, size_t *length, char **messages,
                     bool *failed)
{
    const char *program = o->cpp_program ? o->cpp_program : "cpp";
    const char **argv = mem_new((o->cpp_count + 8) * sizeof *argv);
    FILE *errors = tmpfile();
    posix_spawn_file_actions_t actions;
    int out[2], status = -1, error;
    size_t ignored;
    unsigned n = 0;
    char *text;
    pid_t child;

    argv[n++] = program;
    argv[n++] = "-nostdinc";
    argv[n++] = "-std=c11";                         /* no macros called "linux" and "unix" */
    for (unsigned i = 0; i < o->cpp_count; i++)
        argv[n++] = o->cpp_flags[i];
    argv[n++] = path;
    if (!errors || pipe2(out, O_CLOEXEC) < 0)
        diag_fatal("cannot start '%s': %s", program, strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(errors), STDERR_FILENO);
    error = posix_spawnp(&child, program, &actions, NULL, (char *const *)argv, environ);
    if (error)
        diag_fatal("cannot start the preprocessor '%s': %s", program, strerror(error));
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    text = slurp(out[0], length);
    close(out[0]);
    waitpid(child, &status, 0);
    *failed = !text || !WIFEXITED(status) || WEXITSTATUS(status);
    rewind(errors);
    *messages = slurp(fileno(errors), &ignored);
    fclose(errors);
    return text;
}

static struct source *preprocess(const char *path, const struct front_options *o, struct map *real_files)
{
    unsigned before = diag_errors();
    char *messages, *text;
    struct source *s;
    size_t length;
    bool failed;

    text = cpp_run(o, path, &length, &messages, &failed);
    tell_cpp(messages, failed);
    if (failed && diag_errors() == before)
        diag_error(LOC_NONE, "the preprocessor failed on '%s': %s", path,
                   messages && *messages ? messages : "?");
    if (failed)
        return NULL;
    s = source_from_text(path, text, length);
    s->preprocessed = true;
    find_markers(s, real_files);
    return s;
}

struct source *source_read(const char *path, const struct front_options *o, struct loc imported,
                           struct map *real_files)
{
    struct source *s;
    size_t length;
    char *text = file_read(path, &length);

    if (!text) {
        diag_error(imported, "cannot read '%s': %s", path, strerror(errno));
        return NULL;
    }
    map_put(real_files, path, (void *)path);
    if (memchr(text, 0, length)) {
        diag_error(imported, "'%s' is not a text file: it contains a zero byte", path);
        return NULL;
    }
    s = o->cpp && cpp_needed(o, text) ? preprocess(path, o, real_files)
                                      : source_from_text(path, text, length);
    if (s)
        s->imported = imported;
    return s;
}

extern const char builtin_std_connector[], builtin_std_connector_end[];
__asm__(".pushsection .rodata\n"
        "builtin_std_connector: .incbin \"" CAMKES_BUILTIN_DIR "/" BUILTIN_CONNECTORS "\"\n"
        "builtin_std_connector_end: .byte 0\n"
        ".popsection\n");

struct source *source_builtin(void)
{
    return source_from_text("<built-in>/" BUILTIN_CONNECTORS, builtin_std_connector,
                            (size_t)(builtin_std_connector_end - builtin_std_connector));
}

/* ---- places ---- */

static const char *line_text(const struct source *s, uint32_t line)
{
    const char *start;

    if (line == 0 || line > s->lines.count)
        return NULL;
    start = s->text + s->lines.at[line - 1];
    return mem_text(start, strcspn(start, "\r\n"));
}

/* The lines of a file as it is on disk, read when a message needs them. */
static const char *disk_line(const char *path, uint32_t line)
{
    static struct map *files;
    static unsigned life;
    struct source *s;

    if (!files || life != mem_life()) {             /* tests release all memory */
        files = NEW(struct map);
        life = mem_life();
    }
    s = map_get(files, path);
    if (!s) {
        size_t length = 0;
        char *text = file_read(path, &length);

        s = source_from_text(path, text ? text : "", text ? length : 0);
        map_put(files, path, s);
    }
    return line_text(s, line);
}

/* cpp changes blanks and comments besides macros, so both lines are compared word by word. A word that both
 * have is shown where it was written; one that only cpp's has comes from a macro, and what was written
 * instead is shown. */
static size_t skip_blanks(const char *s, size_t at)
{
    while (isspace((unsigned char)s[at]))
        at++;
    if (s[at] == '/' && s[at + 1] == '*') {
        const char *end = strstr(s + at + 2, "*/");

        return end ? skip_blanks(s, (size_t)(end + 2 - s)) : strlen(s);
    }
    return s[at] == '/' && s[at + 1] == '/' ? strlen(s) : at;
}

static size_t word_end(const char *s, size_t at)
{
    size_t end = at + 1;

    if (s[at] == '"') {
        while (s[end] && s[end] != '"')
            end += s[end] == '\\' && s[end + 1] ? 2 : 1;
        return s[end] ? end + 1 : end;
    }
    if (is_word(s[at]))
        while (is_word(s[end]))
            end++;
    return end;
}

struct word { size_t at, end; };
typedef VEC(struct word) words;

static words split(const char *s)
{
    words w = { 0 };

    for (size_t at = skip_blanks(s, 0); s[at]; at = skip_blanks(s, at)) {
        struct word *one = vec_add(&w);

        *one = (struct word){ at, word_end(s, at) };
        at = one->end;
    }
    return w;
}

static bool word_equal(const char *a, struct word x, const char *b, struct word y)
{
    return x.end - x.at == y.end - y.at && memcmp(a + x.at, b + y.at, x.end - x.at) == 0;
}

/* A macro with its arguments is one word of the written line. */
static words join_macros(const char *written, words w, const char *made, words m)
{
    words joined = { 0 };

    for (size_t i = 0, depth; i < w.count; i++) {
        struct word *one = vec_add(&joined);
        bool known = false;

        *one = w.at[i];
        if (!is_word(written[one->at]) || i + 1 == w.count || written[w.at[i + 1].at] != '(')
            continue;
        for (size_t j = 0; j < m.count && !known; j++)
            known = word_equal(written, *one, made, m.at[j]);
        if (known)
            continue;
        depth = 0;
        do {
            i++;
            depth += written[w.at[i].at] == '(';
            depth -= written[w.at[i].at] == ')';
            one->end = w.at[i].end;
        } while (depth && i + 1 < w.count);
    }
    return joined;
}

enum { ALIGN_MAX = 1 << 20 };

/* For each word of `made` the one of `written` that it is (index + 1); 0 = made by a macro. By the longest
 * common subsequence. */
static uint32_t *align(const char *made, words m, const char *written, words w)
{
    size_t columns = w.count + 1;
    uint32_t *best = mem_new((m.count + 1) * columns * sizeof *best),
             *which = mem_new((m.count + 1) * sizeof *which);

    for (size_t i = m.count; i-- > 0;)
        for (size_t j = w.count; j-- > 0;) {
            uint32_t skip = best[(i + 1) * columns + j], other = best[i * columns + j + 1];

            best[i * columns + j] = skip > other ? skip : other;
            if (word_equal(made, m.at[i], written, w.at[j]))
                best[i * columns + j] = best[(i + 1) * columns + j + 1] + 1;
        }
    for (size_t i = 0, j = 0; i < m.count && j < w.count;) {
        if (word_equal(made, m.at[i], written, w.at[j]))
            which[i++] = (uint32_t)++j;
        else if (best[(i + 1) * columns + j] >= best[i * columns + j + 1])
            i++;
        else
            j++;
    }
    return which;
}

static void place_in_expansion(struct place *p, const char *made)
{
    const char *written = p->text;
    words m = split(made), w = join_macros(written, split(written), made, m);
    size_t token = 0, first, last;
    bool behind = m.count && m.at[m.count - 1].end < p->column;        /* after the last word */
    uint32_t *which;

    if (m.count == 0 || w.count == 0 || (m.count + 1) * (w.count + 1) > ALIGN_MAX)
        return;
    while (token + 1 < m.count && m.at[token].end < p->column)
        token++;
    which = align(made, m, written, w);
    if (which[token]) {
        p->column = (uint32_t)(behind ? w.at[which[token] - 1].end : w.at[which[token] - 1].at) + 1;
        return;
    }
    for (first = token; first > 0 && !which[first - 1]; first--)
        ;
    for (last = token; last + 1 < m.count && !which[last + 1]; last++)
        ;
    first = first ? which[first - 1] : 0; /* the words between the nearest common ones */
    last = last + 1 < m.count ? which[last + 1] - 1 : w.count;
    if (first >= last)
        first = last ? last - 1 : 0, last = first + 1;
    p->column = (uint32_t)w.at[first].at + 1;
    p->length = (uint32_t)(w.at[last - 1].end - w.at[first].at);
    first = token > 4 ? token - 4 : 0;
    last = token + 5 < m.count ? token + 5 : m.count;
    p->expansion = strf("%s%.*s%s", first ? "... " : "", (int)(m.at[last - 1].end - m.at[first].at),
                        made + m.at[first].at, last < m.count ? " ..." : "");
}

struct place source_place(struct loc loc)
{
    struct place p = { "", loc.line, loc.column, loc.length ? loc.length : 1 };
    const struct line_marker *marker = NULL;
    const struct source *s = loc.source;
    size_t low = 0, high;

    if (!s)
        return p;
    p.file = s->path;
    if (!s->preprocessed) {
        p.text = line_text(s, loc.line);
        return p;
    }
    for (high = s->markers.count; low < high;) {
        size_t mid = (low + high) / 2;

        if (s->markers.at[mid]->at <= loc.line)
            low = mid + 1;
        else
            high = mid;
    }
    if (low) {
        marker = s->markers.at[low - 1];
        p.file = marker->file;
        p.line = marker->line + (loc.line - marker->at);
        p.includer = marker->includer;
    }
    p.text = disk_line(p.file, p.line);
    if (p.text && line_text(s, loc.line))
        place_in_expansion(&p, line_text(s, loc.line));
    return p;
}
