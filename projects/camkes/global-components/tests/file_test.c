// SPDX-License-Identifier: BSD-2-Clause
// Tests of the file server's handles: whole and damaged archives, hostile arguments.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../components/FileServer/file_table.h"

static uint8_t archive[4096];
static size_t archive_size;
static char problems[1024];
static struct file_table t;

static void add(const char *name, uint32_t mode, const char *data)
{
    size_t n = strlen(data), name_size = strlen(name) + 1;
    char *out = (char *)archive;

    archive_size += (size_t)sprintf(out + archive_size, "070701%08x%08x%024x%08x%08x%032x%08x%08x", 1u, mode, 0u, 1u,
                                    (unsigned)n, 0u, (unsigned)name_size, 0u);
    memcpy(out + archive_size, name, name_size);
    archive_size = (archive_size + name_size + 3) & ~(size_t)3;
    memcpy(out + archive_size, data, n);
    archive_size = (archive_size + n + 3) & ~(size_t)3;
}

static void problem(void *ctx, const char *line)
{
    strcat(problems, line);
}

static int fresh(void **state)
{
    memset(archive, 0, sizeof archive);
    archive_size = 0;
    problems[0] = 0;
    add("dir", 0040755, "");
    add("bzimage", 0100644, "0123456789");
    add("rootfs.cpio", 0100644, "abcdef");
    add("TRAILER!!!", 0, "");
    return 0;
}

static void reads_in_pieces(void **state)
{
    char buf[16];
    assert_int_equal(file_table_init(&t, archive, archive_size, problem, NULL), 2);
    assert_string_equal(problems, "");
    int h = file_open(&t, 5, "bzimage", 8);
    assert_true(h >= 0);
    assert_int_equal(file_size(&t, 5, h), 10);
    assert_int_equal(file_read(&t, 5, h, buf, 4), 4);
    assert_int_equal(file_read(&t, 5, h, buf + 4, 100), 6);
    assert_int_equal(file_read(&t, 5, h, buf, 100), 0);
    assert_memory_equal(buf, "0123456789", 10);
    assert_int_equal(file_seek(&t, 5, h, -3, FILE_SEEK_END), 7);
    assert_int_equal(file_read(&t, 5, h, buf, 16), 3);
    assert_memory_equal(buf, "789", 3);
    assert_int_equal(file_close(&t, 5, h), 0);
    assert_int_equal(file_read(&t, 5, h, buf, 1), FILE_BAD_HANDLE);
}

static void clients_are_apart(void **state)
{
    file_table_init(&t, archive, archive_size, problem, NULL);
    int h = file_open(&t, 0, "bzimage", 8);
    assert_int_equal(file_size(&t, 1, h), FILE_BAD_HANDLE);
    assert_int_equal(file_close(&t, 1, h), FILE_BAD_HANDLE);
    for (int i = 0; i < FILES_PER_CLIENT - 1; i++)
        assert_true(file_open(&t, 0, "bzimage", 8) >= 0);
    assert_int_equal(file_open(&t, 0, "bzimage", 8), FILE_TOO_MANY);
    assert_true(file_open(&t, 1, "bzimage", 8) >= 0);
}

static void hostile_arguments(void **state)
{
    char longest[512];
    file_table_init(&t, archive, archive_size, problem, NULL);
    memset(longest, 'a', sizeof longest);
    assert_int_equal(file_open(&t, 0, longest, sizeof longest), FILE_BAD_ARGUMENT);
    assert_int_equal(file_open(&t, 0, "bzimage", 7), FILE_BAD_ARGUMENT);      /* not terminated in its room */
    assert_int_equal(file_open(&t, 0, "", 1), FILE_BAD_ARGUMENT);
    assert_int_equal(file_open(&t, 0, "nix", 4), FILE_NOT_FOUND);
    assert_int_equal(file_open(&t, 0, "dir", 4), FILE_NOT_FOUND);
    assert_int_equal(file_open(&t, 999, "bzimage", 8), FILE_BAD_ARGUMENT);
    int h = file_open(&t, 0, "bzimage", 8);
    assert_int_equal(file_seek(&t, 0, h, INT64_MIN, FILE_SEEK_CUR), FILE_BAD_ARGUMENT);
    assert_int_equal(file_seek(&t, 0, h, INT64_MAX, FILE_SEEK_END), FILE_BAD_ARGUMENT);
    assert_int_equal(file_seek(&t, 0, h, 11, FILE_SEEK_SET), FILE_BAD_ARGUMENT);
    assert_int_equal(file_seek(&t, 0, h, 0, 7), FILE_BAD_ARGUMENT);
    assert_int_equal(file_seek(&t, 0, -1, 0, 0), FILE_BAD_HANDLE);
    assert_int_equal(file_seek(&t, 0, 1000000, 0, 0), FILE_BAD_HANDLE);
}

static void damage_is_named_and_the_rest_served(void **state)
{
    size_t cut = archive_size - 124 - 4;                  /* inside rootfs.cpio's contents */
    assert_int_equal(file_table_init(&t, archive, cut, problem, NULL), 1);
    assert_non_null(strstr(problems, "rootfs.cpio"));
    assert_non_null(strstr(problems, "cut short"));
    assert_true(file_open(&t, 0, "bzimage", 8) >= 0);
    assert_int_equal(file_open(&t, 0, "rootfs.cpio", 12), FILE_NOT_FOUND);
}

static void garbage_instead_of_an_archive(void **state)
{
    memset(archive, 'x', sizeof archive);
    assert_int_equal(file_table_init(&t, archive, sizeof archive, problem, NULL), 0);
    assert_non_null(strstr(problems, "byte 0"));
    problems[0] = 0;
    assert_int_equal(file_table_init(&t, archive, 0, problem, NULL), 0);
    assert_true(problems[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_in_pieces, fresh), cmocka_unit_test_setup(clients_are_apart, fresh),
        cmocka_unit_test_setup(hostile_arguments, fresh), cmocka_unit_test_setup(damage_is_named_and_the_rest_served, fresh),
        cmocka_unit_test_setup(garbage_instead_of_an_archive, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
