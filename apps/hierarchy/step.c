// SPDX-License-Identifier: BSD-2-Clause
// Changes a text and hands it to the next step, where there is one.
#include <camkes.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void nothing(char *s) {}

static void upper(char *s)
{
    for (; *s; s++) {
        *s = (char)toupper((unsigned char)*s);
    }
}

static void lower(char *s)
{
    for (; *s; s++) {
        *s = (char)tolower((unsigned char)*s);
    }
}

static void stars(char *s)
{
    for (; *s; s++) {
        *s = *s == ' ' ? '*' : *s;
    }
}

static void reverse(char *s)
{
    for (char *e = s + strlen(s); s + 1 < e; s++) {
        const char c = *--e;
        *e = *s;
        *s = c;
    }
}

static const struct { const char *name; void (*change)(char *); } operations[] = {
    { "nothing", nothing }, { "upper", upper },     { "lower", lower },
    { "stars", stars },     { "reverse", reverse },
};

char *text_convert(const char *text)
{
    char *s = strdup(text);
    if (!s) {
        return NULL;                      /* arrives as "" */
    }
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
        if (!strcmp(operations[i].name, operation)) {
            operations[i].change(s);
        }
    }
    printf("%s: %s\n", get_instance_name(), s);
    if (next_convert) {                   /* NULL where nothing is connected to a `maybe` interface */
        char *result = next_convert(s);
        free(s);
        return result;
    }
    return s;
}
