// SPDX-License-Identifier: BSD-2-Clause
// Fills an overlay directory from a list, and empties it of what an earlier list had put there. A person's own files in
// the directory are left alone. Files appear by a rename, so that no reader sees half of one.
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct line {
    char *kind, *source, *path;     /* in the list's text */
};

struct list {
    char *text;
    struct line *line;
    size_t n, room;
};

static bool read_text(const char *path, char **text, struct problem *problem)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, room = 1 << 16, got;

    *text = NULL;
    if (!f)
        return fail(problem, "%s: %s", path, strerror(errno));
    do {
        room *= 2;
        *text = realloc(*text, room);
        got = *text ? fread(*text + n, 1, room - n - 1, f) : 0;
        n += got;
    } while (got && n == room - 1);
    fclose(f);
    if (!*text)
        return fail(problem, "not enough memory");
    (*text)[n] = 0;
    return true;
}

/* Lines "kind TAB source TAB path". */
static bool read_list(const char *path, struct list *l, struct problem *problem)
{
    char *save, *text;
    size_t lines = 1;

    *l = (struct list){ 0 };
    if (!read_text(path, &l->text, problem))
        return false;
    for (const char *p = l->text; *p; p++)
        lines += *p == '\n';
    l->line = calloc(lines, sizeof *l->line);
    if (!l->line)
        return fail(problem, "not enough memory");
    for (text = strtok_r(l->text, "\n", &save); text; text = strtok_r(NULL, "\n", &save)) {
        struct line *line = &l->line[l->n++];
        char *source = strchr(text, '\t'), *to = source ? strchr(source + 1, '\t') : NULL;

        if (!to || strchr(to + 1, '\t'))
            return fail(problem, "%s: line %zu is not `kind TAB source TAB path`", path, l->n);
        *source = *to = 0;
        *line = (struct line){ text, source + 1, to + 1 };
    }
    return true;
}

static void free_list(struct list *l)
{
    free(l->line);
    free(l->text);
}

/* Paths stay below the directory: no component may be "..". */
static bool safe_path(const char *path)
{
    for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || !p[2]))
            return false;
    return path[0] && path[0] != '/';
}

static bool make_parents(char *path, size_t below, struct problem *problem)
{
    for (char *slash = strchr(path + below, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        bool ok = mkdir(path, 0755) == 0 || errno == EEXIST;
        if (!ok)
            fail(problem, "%s: %s", path, strerror(errno));
        *slash = '/';
        if (!ok)
            return false;
    }
    return true;
}

static bool same_file(const char *a, const char *b)
{
    struct stat s, t;
    FILE *f, *g;
    bool same = false;

    if (stat(a, &s) < 0 || lstat(b, &t) < 0 || !S_ISREG(t.st_mode) || s.st_size != t.st_size ||
        (s.st_mode & 07777) != (t.st_mode & 07777))
        return false;
    f = fopen(a, "rb");
    g = fopen(b, "rb");
    if (f && g) {
        static char x[1 << 16], y[sizeof x];
        size_t n;

        do {
            n = fread(x, 1, sizeof x, f);
            same = fread(y, 1, sizeof y, g) == n && memcmp(x, y, n) == 0;
        } while (same && n);
    }
    if (f)
        fclose(f);
    if (g)
        fclose(g);
    return same;
}

static bool copy_bytes(const char *from, const char *to)
{
    FILE *f = fopen(from, "rb"), *g = f ? fopen(to, "wb") : NULL;
    static char buffer[1 << 16];
    struct stat st;
    bool ok = g && fstat(fileno(f), &st) == 0;
    size_t n;

    while (ok && (n = fread(buffer, 1, sizeof buffer, f)) > 0)
        ok = fwrite(buffer, 1, n, g) == n;
    ok = ok && !ferror(f) && fchmod(fileno(g), st.st_mode & 07777) == 0;
    int saved = errno;
    if (g && fclose(g) != 0)
        ok = false;
    if (f)
        fclose(f);
    errno = saved;
    return ok;
}

static bool put_line(const struct line *l, const char *to, bool *changed, struct problem *problem)
{
    char partial[PATH_MAX], target[PATH_MAX];
    bool link = strcmp(l->kind, "link") == 0;
    struct stat st;

    if (!link && strcmp(l->kind, "file") != 0)
        return fail(problem, "unknown kind '%s' of line in the list", l->kind);
    if (link) {
        ssize_t n = readlink(to, target, sizeof target - 1);
        if (n >= 0 && (target[n] = 0, strcmp(target, l->source) == 0))
            return true;
    } else {
        if (stat(l->source, &st) < 0)
            return fail(problem, "%s: %s (it is to go into the image as %s)", l->source, strerror(errno), l->path);
        if (!S_ISREG(st.st_mode))
            return fail(problem, "%s: is no regular file", l->source);
        if (same_file(l->source, to))
            return true;
        if (strcmp(l->path, "init") == 0 && !(st.st_mode & 0111))
            fprintf(stderr, "rootfs-overlay: warning: %s is not executable, so Linux will pass /init by: chmod +x it, "
                    "then touch it, since ninja looks at times\n", l->source);
    }
    *changed = true;
    if ((size_t)snprintf(partial, sizeof partial, "%s.partial", to) >= sizeof partial)
        return fail(problem, "%s: the path is too long", to);
    unlink(partial);
    if ((link ? symlink(l->source, partial) == 0 : copy_bytes(l->source, partial)) && rename(partial, to) == 0)
        return true;
    fail(problem, "%s: %s", to, strerror(errno));
    unlink(partial);
    return false;
}

static bool has_path(const struct list *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->line[i].path, path) == 0)
            return true;
    return false;
}

/* Removes a file and the directories it leaves empty. */
static void take_out(const char *dir, const char *path)
{
    char whole[PATH_MAX];
    size_t below = strlen(dir);

    if (!safe_path(path) || (size_t)snprintf(whole, sizeof whole, "%s/%s", dir, path) >= sizeof whole)
        return;
    unlink(whole);
    for (char *slash; (slash = strrchr(whole, '/')) > whole + below;) {
        *slash = 0;
        if (rmdir(whole) < 0)
            break;
    }
}

static bool write_record(const char *record, const struct list *l, struct problem *problem)
{
    FILE *f = fopen(record, "wb");

    for (size_t i = 0; f && i < l->n; i++)
        fprintf(f, "%s\t%s\t%s\n", l->line[i].kind, l->line[i].source, l->line[i].path);
    if (f && fclose(f) == 0)
        return true;
    return fail(problem, "%s: %s", record, strerror(errno));
}

static bool put_all(const struct list *l, const char *dir, bool *changed, struct problem *problem)
{
    char to[PATH_MAX];

    for (size_t i = 0; i < l->n; i++) {
        if (!safe_path(l->line[i].path))
            return fail(problem, "'%s' leads out of the overlay", l->line[i].path);
        if ((size_t)snprintf(to, sizeof to, "%s/%s", dir, l->line[i].path) >= sizeof to)
            return fail(problem, "%s: the path is too long", l->line[i].path);
        if (!make_parents(to, strlen(dir) + 1, problem) || !put_line(&l->line[i], to, changed, problem))
            return false;
    }
    return true;
}

static bool stage_list(const struct list *now, const char *dir, const char *record, struct problem *problem)
{
    struct list before = { 0 };
    struct problem none = { 0 };
    bool changed = access(record, R_OK) != 0;

    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return fail(problem, "%s: %s", dir, strerror(errno));
    if (!changed && read_list(record, &before, &none))
        for (size_t i = 0; i < before.n; i++)
            if (!has_path(now, before.line[i].path)) {
                take_out(dir, before.line[i].path);
                changed = true;
            }
    free_list(&before);
    return put_all(now, dir, &changed, problem) && (!changed || write_record(record, now, problem));
}

bool stage(const char *list, const char *dir, const char *record, struct problem *problem)
{
    struct list now;
    bool ok = read_list(list, &now, problem) && stage_list(&now, dir, record, problem);

    free_list(&now);
    return ok;
}

/* ------------------------------------------------- mirroring ------------------------------------------------- */

static char *joined(struct tree *t, const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *path = tree_alloc(t, size);

    snprintf(path, size, "%s%s%s", a, *a ? "/" : "", b);
    return path;
}

static bool add_file(struct tree *t, struct list *l, const char *source, const char *path, mode_t mode,
                     struct problem *problem)
{
    char target[PATH_MAX];
    ssize_t n = S_ISLNK(mode) ? readlink(source, target, sizeof target - 1) : 0;

    if (n < 0)
        return fail(problem, "%s: %s", source, strerror(errno));
    if (l->n == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        l->line = realloc(l->line, l->room * sizeof *l->line);
        if (!l->line)
            return fail(problem, "not enough memory");
    }
    target[n] = 0;
    l->line[l->n++] = S_ISLNK(mode) ? (struct line){ "link", joined(t, "", target), (char *)path }
                                    : (struct line){ "file", (char *)source, (char *)path };
    return true;
}

static bool add_directory(struct tree *t, struct list *l, const char *from, const char *below, struct problem *problem)
{
    DIR *d = opendir(from);
    struct dirent *e;
    struct stat st;
    bool ok = d || fail(problem, "%s: %s", from, strerror(errno));

    while (ok && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *source = joined(t, from, e->d_name), *path = joined(t, below, e->d_name);
        if (lstat(source, &st) < 0)
            ok = fail(problem, "%s: %s", source, strerror(errno));
        else if (S_ISDIR(st.st_mode))
            ok = add_directory(t, l, source, path, problem);
        else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
            ok = add_file(t, l, source, path, st.st_mode, problem);
    }
    if (d)
        closedir(d);
    return ok;
}

bool mirror(const char *from, const char *dir, const char *record, struct problem *problem)
{
    struct list now = { 0 };
    struct tree memory;

    tree_init(&memory);
    bool ok = add_directory(&memory, &now, from, "", problem) && stage_list(&now, dir, record, problem);
    free_list(&now);
    tree_free(&memory);
    return ok;
}
