// SPDX-License-Identifier: BSD-2-Clause
// Tests of the CPIO reader: whole archives, and every way of cutting and spoiling one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <cpio/cpio.h>

static size_t put(uint8_t *out, size_t at, const char *name, uint32_t mode, const char *data, size_t n)
{
    size_t name_size = strlen(name) + 1;
    at += (size_t)sprintf((char *)out + at, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u,
                          1u, 0u, (unsigned)n, 0u, 0u, 0u, 0u, (unsigned)name_size, 0u);
    memcpy(out + at, name, name_size);
    for (at += name_size; at % 4; at++)
        out[at] = 0;
    memcpy(out + at, data, n);
    for (at += n; at % 4; at++)
        out[at] = 0;
    return at;
}

/* A copy of exactly n bytes, so that AddressSanitizer sees each byte read too far. */
static uint8_t *tight(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    return copy;
}

static size_t sample(uint8_t *out)
{
    size_t at = put(out, 0, ".", 0040755, "", 0);
    at = put(out, at, "bzimage", 0100644, "kernel bytes", 12);
    at = put(out, at, "./dir/rootfs.cpio", 0100644, "root", 4);
    at = put(out, at, "empty", 0100644, "", 0);
    return put(out, at, "TRAILER!!!", 0, "", 0);
}

static void finds_files(void **state)
{
    uint8_t buf[2048];
    size_t n = sample(buf);
    uint8_t *a = tight(buf, n);
    struct cpio_entry e;

    assert_int_equal(cpio_find(a, n, "bzimage", &e), 0);
    assert_int_equal(e.size, 12);
    assert_memory_equal(e.data, "kernel bytes", 12);
    assert_int_equal(cpio_find(a, n, "/dir/rootfs.cpio", &e), 0);
    assert_int_equal(cpio_find(a, n, "empty", &e), 0);
    assert_int_equal(e.size, 0);
    assert_int_equal(cpio_find(a, n, "missing", &e), -1);
    assert_int_equal(cpio_find(a, n, ".", &e), -1);
    free(a);
}

static enum cpio_status walk(const uint8_t *p, size_t n, unsigned *whole, struct cpio_entry *e)
{
    struct cpio_cursor c = cpio_begin(p, n);
    enum cpio_status s;

    for (*whole = 0; (s = cpio_next(&c, e)) == CPIO_OK; ++*whole)
        ;
    return s;
}

/* Whatever the length, the walk ends, reads nothing outside, and never says END before the trailer. */
static void every_truncation(void **state)
{
    uint8_t buf[2048];
    size_t n = sample(buf);

    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *a = tight(buf, cut);
        struct cpio_entry e;
        unsigned whole;
        enum cpio_status s = walk(a, cut, &whole, &e);
        if (cut < n - 1)
            assert_true(s != CPIO_OK && (s != CPIO_END || cut > n - 4));
        free(a);
    }
}

static void names_the_cut_file(void **state)
{
    uint8_t buf[2048];
    size_t at = put(buf, 0, "one", 0100644, "1", 1);
    size_t n = put(buf, at, "two", 0100644, "0123456789abcdef", 16);
    struct cpio_entry e;
    unsigned whole;

    assert_int_equal(walk(buf, n - 5, &whole, &e), CPIO_SHORT_DATA);
    assert_int_equal(whole, 1);
    assert_string_equal(e.name, "two");
    assert_int_equal(e.offset, at);
    assert_int_equal(walk(buf, n, &whole, &e), CPIO_NO_TRAILER);
    assert_int_equal(whole, 2);
}

static void spoilt_headers(void **state)
{
    uint8_t buf[2048];
    struct cpio_entry e;
    unsigned whole;
    size_t n = sample(buf);

    buf[0] = 'x';
    assert_int_equal(walk(buf, n, &whole, &e), CPIO_BAD_MAGIC);
    sample(buf);
    buf[20] = 'g';
    assert_int_equal(walk(buf, n, &whole, &e), CPIO_BAD_NUMBER);
    sample(buf);
    memcpy(buf + 6 + 8 * 11, "ffffffff", 8);        /* name size */
    assert_int_equal(walk(buf, n, &whole, &e), CPIO_BAD_NAME);
    sample(buf);
    memcpy(buf + 6 + 8 * 6, "ffffffff", 8);         /* file size */
    assert_int_equal(walk(buf, n, &whole, &e), CPIO_SHORT_DATA);
    assert_string_equal(e.name, ".");
}

/* Random damage: must end, and stay inside (the sanitizers watch). */
static void random_damage(void **state)
{
    uint8_t buf[2048];

    srand(7);
    for (int i = 0; i < 20000; i++) {
        size_t n = sample(buf);
        for (int k = rand() % 4; k >= 0; k--)
            buf[(size_t)rand() % n] = (uint8_t)rand();
        size_t cut = (size_t)rand() % (n + 1);
        uint8_t *a = tight(buf, cut);
        struct cpio_entry e;
        unsigned whole;
        walk(a, cut, &whole, &e);
        assert_true(whole < 16);
        cpio_find(a, cut, "rootfs.cpio", &e);
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_files), cmocka_unit_test(every_truncation), cmocka_unit_test(names_the_cut_file),
        cmocka_unit_test(spoilt_headers), cmocka_unit_test(random_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
