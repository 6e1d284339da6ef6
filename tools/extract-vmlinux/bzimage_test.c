// SPDX-License-Identifier: BSD-2-Clause
// Host tests of the bzImage reader: every compression it carries, and files cut or changed at every place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "bzimage.h"

enum { KERNEL_LEN = 9 << 20, PAYLOAD_AT = 5 * 512 + 64 };   /* more than one LZ4 block */

static uint8_t kernel[KERNEL_LEN];

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* A bzImage of four setup sectors around `packed`, with the unpacked size at its end. */
static struct bytes wrap(const uint8_t *packed, size_t len, bool append_size)
{
    size_t payload = len + (append_size ? 4 : 0);
    struct bytes b = { calloc(1, PAYLOAD_AT + payload), PAYLOAD_AT + payload };

    b.data[0x1f1] = 4;
    b.data[0x1fe] = 0x55;
    b.data[0x1ff] = 0xaa;
    memcpy(b.data + 0x202, "HdrS", 4);
    b.data[0x206] = 0x0f;
    b.data[0x207] = 0x02;
    b.data[0x20e] = 0x80;
    strcpy((char *)b.data + 0x280, "6.1.0-test (someone) #1");
    put32(b.data + 0x248, 64);
    put32(b.data + 0x24c, (uint32_t)payload);
    memcpy(b.data + PAYLOAD_AT, packed, len);
    if (append_size)
        put32(b.data + PAYLOAD_AT + len, KERNEL_LEN);
    return b;
}

static struct bytes pack_gzip(void)
{
    size_t room = compressBound(KERNEL_LEN) + 64;
    uint8_t *p = malloc(room);
    z_stream z = { .next_in = kernel, .avail_in = KERNEL_LEN, .next_out = p, .avail_out = (uInt)room };

    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    struct bytes b = wrap(p, z.total_out, false);    /* gzip ends with the size by itself */
    deflateEnd(&z);
    free(p);
    return b;
}

static struct bytes pack_xz(void)
{
    size_t room = lzma_stream_buffer_bound(KERNEL_LEN), len = 0;
    uint8_t *p = malloc(room);

    assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, kernel, KERNEL_LEN, p, &len, room), LZMA_OK);
    struct bytes b = wrap(p, len, true);
    free(p);
    return b;
}

static struct bytes pack_zstd(void)
{
    size_t room = ZSTD_compressBound(KERNEL_LEN);
    uint8_t *p = malloc(room);
    size_t len = ZSTD_compress(p, room, kernel, KERNEL_LEN, 1);

    assert_false(ZSTD_isError(len));
    struct bytes b = wrap(p, len, true);
    free(p);
    return b;
}

static struct bytes pack_lz4(void)
{
    enum { BLOCK = 8 << 20 };
    size_t room = LZ4_COMPRESSBOUND(BLOCK) * 2 + 16, at = 4;
    uint8_t *p = malloc(room);

    put32(p, 0x184c2102);
    for (size_t done = 0; done < KERNEL_LEN; done += BLOCK) {
        int n = KERNEL_LEN - done < BLOCK ? (int)(KERNEL_LEN - done) : BLOCK;
        int len = LZ4_compress_default((char *)kernel + done, (char *)p + at + 4, n, LZ4_COMPRESSBOUND(BLOCK));
        assert_true(len > 0);
        put32(p + at, (uint32_t)len);
        at += 4 + (size_t)len;
    }
    struct bytes b = wrap(p, at, true);
    free(p);
    return b;
}

static const struct { const char *name; struct bytes (*pack)(void); } packers[] = {
    { "gzip", pack_gzip }, { "xz", pack_xz }, { "zstd", pack_zstd }, { "lz4", pack_lz4 },
};

static void unpacks_each_compression(void **state)
{
    for (size_t i = 0; i < 4; i++) {
        struct bytes image = packers[i].pack(), out = { 0 };
        struct bzimage bz;
        const char *why = NULL;

        assert_true(bzimage_parse(image, &bz, &why));
        assert_string_equal(bzimage_compression(&bz), packers[i].name);
        assert_int_equal(bz.protocol, 0x20f);
        assert_string_equal(bz.release, "6.1.0-test (someone) #1");
        assert_true(bzimage_unpack(&bz, &out, &why));
        assert_int_equal(out.len, KERNEL_LEN);
        assert_memory_equal(out.data, kernel, KERNEL_LEN);
        free(out.data);
        free(image.data);
    }
}

/* A shorter copy at the very end of an allocation, so that reading beyond it is seen. */
static bool try_cut(struct bytes image, size_t len)
{
    struct bytes cut = { malloc(len ? len : 1), len }, out = { 0 };
    struct bzimage bz;
    const char *why = NULL;

    memcpy(cut.data, image.data, len);
    bool ok = bzimage_parse(cut, &bz, &why) && bzimage_unpack(&bz, &out, &why);
    assert_true(ok || why);
    free(out.data);
    free(cut.data);
    return ok;
}

static void refuses_truncated_files(void **state)
{
    struct bytes image = pack_gzip();

    for (size_t len = 0; len < image.len; len += len < 0x300 ? 1 : image.len / 64 + 1)
        assert_false(try_cut(image, len));
    assert_true(try_cut(image, image.len));
    free(image.data);
}

static void refuses_damaged_files(void **state)
{
    for (size_t i = 0; i < 4; i++) {
        struct bytes image = packers[i].pack(), out = { 0 };
        struct bzimage bz;
        const char *why = NULL;

        memset(image.data + PAYLOAD_AT + 40, 0xff, (image.len - PAYLOAD_AT) / 2);
        assert_true(bzimage_parse(image, &bz, &why));
        assert_false(bzimage_unpack(&bz, &out, &why));
        assert_null(out.data);
        put32(image.data + image.len - 4, 0xffffffff);
        assert_true(bzimage_parse(image, &bz, &why));
        assert_false(bzimage_unpack(&bz, &out, &why));
        free(image.data);
    }
}

static void refuses_wild_header_fields(void **state)
{
    static const struct { size_t at; uint32_t value; } wild[] = {
        { 0x248, 0xffffffff }, { 0x24c, 0xffffffff }, { 0x24c, 0 }, { 0x24c, 7 }, { 0x202, 0 }, { 0x1fc, 0 },
        { 0x204, 0x02070000 | 'S' << 8 | 'r' },
    };
    for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        struct bytes image = pack_gzip();
        struct bzimage bz;
        const char *why = NULL;

        put32(image.data + wild[i].at, wild[i].value);
        assert_false(bzimage_parse(image, &bz, &why));
        assert_non_null(why);
        free(image.data);
    }
}

static void release_must_end_inside_the_setup_part(void **state)
{
    struct bytes image = pack_gzip();
    struct bzimage bz;
    const char *why = NULL;

    image.data[0x20e] = 0xff;
    image.data[0x20f] = 0xff;
    assert_true(bzimage_parse(image, &bz, &why));
    assert_null(bz.release);
    image.data[0x20e] = 0;
    image.data[0x20f] = 0x01;
    memset(image.data + 0x300, 'x', PAYLOAD_AT - 64 - 0x300);
    assert_true(bzimage_parse(image, &bz, &why));
    assert_null(bz.release);
    free(image.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_each_compression),
        cmocka_unit_test(refuses_truncated_files),
        cmocka_unit_test(refuses_damaged_files),
        cmocka_unit_test(refuses_wild_header_fields),
        cmocka_unit_test(release_must_end_inside_the_setup_part),
    };
    memcpy(kernel, "\177ELF", 4);
    for (uint32_t i = 4, x = 1; i < KERNEL_LEN; i++) {
        x = x * 1664525 + 1013904223;
        kernel[i] = (uint8_t)(x >> 24) & (i & 0x1000 ? 0xff : 0x03);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
