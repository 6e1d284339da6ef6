// SPDX-License-Identifier: BSD-2-Clause
// Growing text, and files that change only when their content does.
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "diag.h"

static void make_room(struct text *text, size_t more)
{
    size_t need = text->length + more + 1;

    if (need <= text->room)
        return;
    while (text->room < need)
        text->room = text->room ? text->room * 2 : 1024;
    text->data = realloc(text->data, text->room);
    if (!text->data)
        diag_fatal("out of memory");
}

void text_append(struct text *text, const char *data, size_t length)
{
    make_room(text, length);
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = 0;
}

void text_add_list(struct text *text, const char *format, va_list args)
{
    va_list again;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        diag_fatal("bad format: %s", format);
    make_room(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
    va_end(again);
}

void text_add(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_add_list(text, format, args);
    va_end(args);
}

void text_put(struct text *text, const char *lines)
{
    text_append(text, lines, strlen(lines));
}

static bool same_content(const struct text *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    char buffer[64 * 1024];
    size_t at = 0, n;
    bool same = file != NULL;

    while (same && (n = fread(buffer, 1, sizeof buffer, file)) > 0) {
        same = n <= text->length - at && memcmp(buffer, text->data + at, n) == 0;
        at += n;
    }
    same = same && !ferror(file) && at == text->length;
    if (file)
        fclose(file);
    return same;
}

static void make_directories(const char *path)
{
    char *copy = strdup(path);

    if (!copy)
        diag_fatal("out of memory");
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(copy, 0777) < 0 && errno != EEXIST)
            diag_fatal("cannot make directory '%s': %s", copy, strerror(errno));
        *slash = '/';
    }
    free(copy);
}

void text_write(const struct text *text, const char *path)
{
    FILE *file;

    if (same_content(text, path))
        return;
    if (*path)
        make_directories(path);
    file = fopen(path, "wb");
    if (!file)
        diag_fatal("cannot write '%s': %s", path, strerror(errno));
    if (text->length)
        fwrite(text->data, 1, text->length, file);
    if (ferror(file) | (fclose(file) != 0))
        diag_fatal("cannot write '%s': %s", path, strerror(errno));
}
