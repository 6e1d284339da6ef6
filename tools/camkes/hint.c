// SPDX-License-Identifier: BSD-2-Clause
// Hints below messages: the name that was meant, the file that should have been imported.
#include <dirent.h>
#include <string.h>
#include "program.h"

void did_you_mean(const char *nearest)
{
    if (nearest)
        diag_hint("did you mean '%s'?", nearest);
}

/* ---- declarations that are not imported ---- */

/* Does the text declare it: "procedure", blanks, "Timer"? */
static bool declares(const char *text, const char *kind, const char *name)
{
    size_t kind_length = strlen(kind), length = strlen(name);

    for (const char *at = text; (at = strstr(at, kind)); at += kind_length) {
        const char *word = at + kind_length + strspn(at + kind_length, " \t\n");

        if ((at == text || strchr(" \t\n;}", at[-1])) && strncmp(word, name, length) == 0
            && strchr(" \t\n{", word[length]))
            return true;
    }
    return false;
}

static bool file_declares(const char *path, const char *kind, const char *name)
{
    const char *text = source_text(path);

    return text && declares(text, kind, name);
}

/* The file of a directory that declares it: its .camkes and .idl4 files, and Name/Name.camkes below it. */
static const char *file_with(const char *directory, const char *kind, const char *name)
{
    const char *path = strf("%s/%s.camkes", name, name);
    DIR *d;

    if (file_declares(strf("%s/%s", directory, path), kind, name))
        return path;
    d = opendir(directory);
    path = NULL;
    for (struct dirent *e; d && !path && (e = readdir(d));) {
        const char *dot = strrchr(e->d_name, '.');

        if (dot && (!strcmp(dot, ".camkes") || !strcmp(dot, ".idl4"))
            && file_declares(strf("%s/%s", directory, e->d_name), kind, name))
            path = mem_text(e->d_name, strlen(e->d_name));
    }
    if (d)
        closedir(d);
    return path;
}

void hint_unknown(const struct program *p, const char *kind, const struct map *known, const char *name)
{
    for (unsigned i = 0; i < p->options->import_count; i++) {
        const char *path = file_with(p->options->import_paths[i], kind, name);

        if (path) {
            diag_hint("it is in a file that is not imported: import <%s>;", path);
            return;
        }
    }
    if (map_nearest(known, name))
        did_you_mean(map_nearest(known, name));
    else
        diag_hint("is the file that declares it imported?");
}
