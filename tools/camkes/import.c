// SPDX-License-Identifier: BSD-2-Clause
// Reads the file and all it imports, each once, and collects their declarations by name.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "program.h"

enum { IMPORT_DEPTH_MAX = 100 };

/* A file being or having been imported. */
struct imported { bool running; };

/* ---- collecting ---- */

static void declared_twice(const char *what, const struct name *name, const struct name *first)
{
    diag_error(name->loc, "a second %s '%s'", what, name->text);
    diag_note(first->loc, "the first is here");
}

/* All of a list whose items begin with their name go into a map. What is built in gives way. */
#define COLLECT(list, names, what)                                                                           \
    for (size_t i = 0; i < (list).count; i++) {                                                              \
        struct name *name = &(list).at[i]->name, *first;                                                     \
        if (name->text && (first = map_put(names, name->text, name)) && !builtin)                            \
            declared_twice(what, name, first);                                                               \
    }

static void collect(struct program *p, const struct ast_file *f, bool builtin)
{
    COLLECT(f->components, &p->components, "component");
    COLLECT(f->procedures, &p->procedures, "procedure");
    COLLECT(f->connectors, &p->connectors, "connector");
    COLLECT(f->structs, &p->structs, "struct");
    for (size_t i = 0; i < f->components.count; i++)
        *vec_add(&p->all_components) = f->components.at[i];
    for (size_t i = 0; i < f->assemblies.count; i++)
        *vec_add(&p->assemblies) = f->assemblies.at[i];
}

/* Compositions and configurations outside of an assembly: with a name, to be used by one; without, part of
 * the whole. */
static void collect_loose(struct program *p, const struct ast_file *f)
{
    struct ast_assembly *loose = NEW(struct ast_assembly);

    for (size_t i = 0; i < f->compositions.count; i++) {
        struct ast_composition *c = f->compositions.at[i], *first;

        if (!c->name.text)
            *vec_add(&loose->compositions) = c;
        else if ((first = map_put(&p->compositions, c->name.text, c)))
            declared_twice("composition", &c->name, &first->name);
    }
    for (size_t i = 0; i < f->configurations.count; i++) {
        struct ast_configuration *c = f->configurations.at[i], *first;

        if (!c->name.text)
            *vec_add(&loose->configurations) = c;
        else if ((first = map_put(&p->configurations, c->name.text, c)))
            declared_twice("configuration", &c->name, &first->name);
    }
    if (loose->compositions.count + loose->configurations.count == 0)
        return;
    loose->loc =
        loose->compositions.count ? loose->compositions.at[0]->loc : loose->configurations.at[0]->loc;
    *vec_add(&p->assemblies) = loose;
}

/* ---- finding files ---- */

static const char *beside(struct loc from, const char *path)
{
    struct place p = source_place(from);
    const char *slash = strrchr(p.file, '/');

    if (path[0] == '/' || !slash)
        return path;
    return strf("%.*s/%s", (int)(slash - p.file), p.file, path);
}

/* The file of the same directory with the nearest name. */
static const char *file_nearest(const char *path)
{
    const char *slash = strrchr(path, '/');
    DIR *directory = opendir(slash ? strf("%.*s", (int)(slash - path + 1), path) : ".");
    const char *nearest = NULL;
    struct map names = { 0 };

    for (struct dirent *e; directory && (e = readdir(directory));)
        map_put(&names, mem_text(e->d_name, strlen(e->d_name)), &names);
    if (directory)
        closedir(directory);
    nearest = map_nearest(&names, slash ? slash + 1 : path);
    return nearest && slash ? strf("%.*s%s", (int)(slash - path + 1), path, nearest) : nearest;
}

static const char *find(struct program *p, const struct ast_import *import)
{
    const struct front_options *o = p->options;
    const char *path, *looked = "";

    if (!import->search) {
        path = beside(import->loc, import->path);
        if (access(path, F_OK) == 0)
            return path;
        diag_error(import->loc, "there is no file '%s'", path);
        did_you_mean(file_nearest(path));
        return NULL;
    }
    for (unsigned i = 0; i < o->import_count; i++) {
        const char *directory = o->import_paths[i];

        path = strf("%s%s%s", directory, *directory && directory[strlen(directory) - 1] == '/' ? "" : "/",
                    import->path);
        if (access(path, F_OK) == 0)
            return path;
        looked = strf("%s%s%s", looked, *looked ? ", " : "", directory);
    }
    diag_error(import->loc, "there is no '%s' in the import paths", import->path);
    if (access(beside(import->loc, import->path), F_OK) == 0)
        diag_hint("the file beside this one is imported with quotes: import \"%s\";", import->path);
    else if (*looked)
        diag_hint("looked in %s", looked);
    else
        diag_hint("no import path is set; give directories with -I");
    return NULL;
}

/* ---- reading ---- */

static void read_source(struct program *p, const struct source *s, unsigned depth);

static void read_file(struct program *p, const char *path, struct loc from, unsigned depth)
{
    struct imported *known = NEW(struct imported);
    char *real = realpath(path, NULL);
    struct imported *before = map_put(&p->imports, real ? mem_text(real, strlen(real)) : path, known);
    struct source *s;

    free(real);
    if (before) {
        if (before->running && from.source)
            diag_warning(from, "import-cycle",
                         "'%s' is being imported already: these files import each other", path);
        return;
    }
    if (depth > IMPORT_DEPTH_MAX) {
        diag_error(from, "imports are nested too deeply");
        return;
    }
    known->running = true;
    s = source_read(path, p->options, from, &p->files);
    if (s) {
        if (!p->main)
            p->main = s;
        read_source(p, s, depth);
    }
    known->running = false;
}

static void read_source(struct program *p, const struct source *s, unsigned depth)
{
    struct ast_file *f = parse(s);

    for (size_t i = 0; i < f->imports.count; i++) {
        const struct ast_import *import = &f->imports.at[i];
        const char *path;

        if (import->search && strcmp(import->path, BUILTIN_CONNECTORS) == 0)
            continue;                               /* everybody has them */
        path = find(p, import);
        if (path)
            read_file(p, path, import->loc, depth + 1);
    }
    collect(p, f, false);
    collect_loose(p, f);
}

void program_read(struct program *p)
{
    const char *text = p->options->text;

    if (text)
        read_source(p, p->main = source_from_text(p->options->file, text, strlen(text)), 0);
    else
        read_file(p, p->options->file, LOC_NONE, 0);
    collect(p, parse(source_builtin()), true);
}
