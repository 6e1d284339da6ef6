// SPDX-License-Identifier: BSD-2-Clause
// The server: what it gets is valid until it returns; what it gives back in memory is from malloc, and is freed
// when it was sent.
#include <camkes.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kinds_nothing(void) {}
int kinds_add(int a, int b) { return a + b; }
char kinds_next_letter(char c) { return (char)(c + 1); }
void kinds_scale(double *x, const float *by) { *x *= *by; }

void kinds_halve(uint64_t n, uint64_t *half, bool *exact)
{
    *half = n / 2;
    *exact = n % 2 == 0;
}

char *kinds_greet(const char *name, char **language)
{
    char text[64];
    snprintf(text, sizeof(text), "Hello, %s!", name);
    *language = strdup("English");
    return strdup(text);
}

void kinds_shout(char **text)
{
    for (char *c = *text; *c; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
}

int64_t kinds_sum(size_t numbers_sz, const int64_t *numbers)
{
    int64_t sum = 0;
    for (size_t i = 0; i < numbers_sz; i++) {
        sum += numbers[i];
    }
    return sum;
}

void kinds_primes(int below, size_t *found_sz, int **found)
{
    *found_sz = 0;
    *found = malloc((size_t)below * sizeof(**found));
    for (int n = 2; *found && n < below; n++) {
        int divisor = 2;
        while (n % divisor) {
            divisor++;
        }
        if (divisor == n) {
            (*found)[(*found_sz)++] = n;
        }
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void kinds_sort(size_t *words_sz, char ***words) { qsort(*words, *words_sz, sizeof(**words), by_text); }

shape_t kinds_grow(shape_t shape, const shape_t *by)
{
    return (shape_t){ shape.width + by->width, shape.height + by->height };
}

double kinds_area(size_t shapes_sz, const shape_t *shapes)
{
    double area = 0;
    for (size_t i = 0; i < shapes_sz; i++) {
        area += shapes[i].width * shapes[i].height;
    }
    return area;
}

struct Date kinds_tomorrow(struct Date d)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (++d.day > days[d.month - 1] + (d.month == 2 && d.leap)) {
        d.day = 1;
        d.month = d.month % 12 + 1;
        d.year += d.month == 1;
    }
    return d;
}

void bulk_reverse(size_t *bytes_sz, char **bytes)
{
    for (size_t i = 0; i < *bytes_sz / 2; i++) {
        const char c = (*bytes)[i];
        (*bytes)[i] = (*bytes)[*bytes_sz - 1 - i];
        (*bytes)[*bytes_sz - 1 - i] = c;
    }
}
