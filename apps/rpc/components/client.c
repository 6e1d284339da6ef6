// SPDX-License-Identifier: BSD-2-Clause
// The client: what comes back in memory (strings, arrays) is from malloc, and ours to free. An inout string or
// array must be from malloc too: it is replaced.
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void numbers(void)
{
    uint64_t half;
    bool exact;
    double x = 1.5;
    const float by = 4;
    kinds_nothing();
    printf("add: %d\n", kinds_add(40, 2));
    kinds_halve(0x100000000000001, &half, &exact);
    printf("halve: 0x%llx %s\n", (unsigned long long)half, exact ? "exact" : "rounded");
    kinds_scale(&x, &by);
    printf("scale: %d.%d\n", (int)x, (int)(x * 10) % 10);
    printf("next_letter: %c\n", kinds_next_letter('a'));
}

static void strings(void)
{
    char *language, *text = kinds_greet("World", &language);
    printf("greet: %s (%s)\n", text, language);
    kinds_shout(&text);
    printf("shout: %s\n", text);
    free(text);
    free(language);
}

static void arrays(void)
{
    const int64_t terms[] = { 5000000000, -1, 1 };
    printf("sum: %lld\n", (long long)kinds_sum(3, terms));

    size_t count;
    int *found;
    kinds_primes(20, &count, &found);
    printf("primes:");
    for (size_t i = 0; i < count; i++) {
        printf(" %d", found[i]);
    }
    printf("\n");
    free(found);

    count = 3;
    char **words = malloc(count * sizeof(*words));
    words[0] = strdup("so");
    words[1] = strdup("far");
    words[2] = strdup("good");
    kinds_sort(&count, &words);
    printf("sort:");
    for (size_t i = 0; i < count; i++) {
        printf(" %s", words[i]);
        free(words[i]);
    }
    printf("\n");
    free(words);
}

static void structs(void)
{
    const shape_t shapes[] = { { 1, 2 }, { 3, 4 } };
    const shape_t grown = kinds_grow(shapes[0], &shapes[1]);
    printf("grow: %d x %d\n", (int)grown.width, (int)grown.height);
    printf("area: %d\n", (int)kinds_area(2, shapes));
    const struct Date d = kinds_tomorrow((struct Date){ 2024, 2, 28, true });
    printf("tomorrow: %d-%d-%d\n", d.year, d.month, d.day);
}

static camkes_error_action_t on_error(camkes_error_t *e)
{
    printf("error in %s: %s\n", e->interface, e->description);
    return CEA_DISCARD;                   /* the call returns zeros */
}

/* 20 kB go through the buffer of `bulk`; `kinds` has none. */
static void large(void)
{
    size_t count = 20000;
    char *bytes = calloc(count, 1);
    bytes[0] = 'z';
    bulk_reverse(&count, &bytes);
    printf("reverse: %u bytes, the last is %c\n", (unsigned)count, bytes[count - 1]);

    kinds_register_error_handler(on_error);
    printf("sum: %lld\n", (long long)kinds_sum(count / sizeof(int64_t), (const int64_t *)(void *)bytes));
    free(bytes);
}

int run(void)
{
    numbers();
    strings();
    arrays();
    structs();
    large();
    printf("all calls done\n");
    return 0;
}
