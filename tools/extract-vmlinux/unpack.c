// SPDX-License-Identifier: BSD-2-Clause
// Unpacks the payload of a bzImage with the system's compression libraries. One row per format.
// Facts: [1] RFC 1952 (gzip), [2] The .xz File Format, [3] RFC 8878 (zstd), [4] LZ4 frame format, "Legacy frame".
#include "bzimage.h"

#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
    LZ4_LEGACY_BLOCK = 8 << 20,             /* [4] a block never unpacks to more */
    UNPACKED_LIMIT = 1 << 30                /* a size beyond this is a corrupt file, not a kernel */
};

/* Fills out[0..out_len) from `in`; true if exactly out_len bytes came out. */
typedef bool unpack_fn(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len);

static bool unpack_gzip(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
    z_stream z = { .next_in = (Bytef *)in, .avail_in = (uInt)in_len,
                   .next_out = out, .avail_out = (uInt)out_len };

    if (inflateInit2(&z, 15 + 16) != Z_OK)  /* 32 KiB window, gzip header */
        return false;
    int status = inflate(&z, Z_FINISH);
    bool ok = status == Z_STREAM_END && z.total_out == out_len;
    inflateEnd(&z);
    return ok;
}

static bool unpack_xz(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
    lzma_stream s = LZMA_STREAM_INIT;

    if (lzma_stream_decoder(&s, UINT64_MAX, 0) != LZMA_OK)
        return false;
    s.next_in = in;
    s.avail_in = in_len;
    s.next_out = out;
    s.avail_out = out_len;
    lzma_ret status = lzma_code(&s, LZMA_FINISH);
    bool ok = status == LZMA_STREAM_END && s.total_out == out_len;
    lzma_end(&s);
    return ok;
}

static bool unpack_zstd(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
    size_t frame = ZSTD_findFrameCompressedSize(in, in_len);

    return !ZSTD_isError(frame) && ZSTD_decompress(out, out_len, in, frame) == out_len;
}

/* [4] magic, then blocks: little-endian length, data. What follows the last block is the unpacked size. */
static bool unpack_lz4_legacy(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
    size_t at = 4, done = 0;

    while (done < out_len) {
        if (in_len - at < 4)
            return false;
        size_t block = in[at] | in[at + 1] << 8 | in[at + 2] << 16 | (size_t)in[at + 3] << 24;
        at += 4;
        if (block == 0 || block > in_len - at || block > LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK))
            return false;
        size_t room = out_len - done < LZ4_LEGACY_BLOCK ? out_len - done : LZ4_LEGACY_BLOCK;
        int got = LZ4_decompress_safe((const char *)in + at, (char *)out + done, (int)block, (int)room);
        if (got <= 0)
            return false;
        at += block;
        done += (size_t)got;
    }
    return true;
}

static const struct format {
    const char *name;
    uint8_t magic_len;
    uint8_t magic[6];
    unpack_fn *unpack;                      /* NULL: known, not carried */
} format_table[] = {
    { "gzip",  2, { 0x1f, 0x8b },                         unpack_gzip },
    { "xz",    6, { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00 }, unpack_xz },
    { "lz4",   4, { 0x02, 0x21, 0x4c, 0x18 },             unpack_lz4_legacy },
    { "zstd",  4, { 0x28, 0xb5, 0x2f, 0xfd },             unpack_zstd },
    { "bzip2", 3, { 0x42, 0x5a, 0x68 },                   NULL },
    { "lzma",  3, { 0x5d, 0x00, 0x00 },                   NULL },
    { "lzo",   3, { 0x89, 0x4c, 0x5a },                   NULL },
};

static const struct format *find_format(const struct bzimage *image)
{
    for (size_t i = 0; i < sizeof(format_table) / sizeof(format_table[0]); i++) {
        const struct format *f = &format_table[i];
        if (image->payload_len >= sizeof(f->magic) && memcmp(image->payload, f->magic, f->magic_len) == 0)
            return f;
    }
    return NULL;
}

const char *bzimage_compression(const struct bzimage *image)
{
    const struct format *f = find_format(image);

    return f ? f->name : "unknown";
}

bool bzimage_unpack(const struct bzimage *image, struct bytes *out, const char **why)
{
    const struct format *f = find_format(image);

    if (!f || !f->unpack) {
        *why = f ? "this compression is not supported (gzip, xz, lz4 and zstd are)"
                 : "the compressed kernel starts with no known magic: the file is corrupt";
        return false;
    }
    if (image->unpacked_len < 4 || image->unpacked_len > UNPACKED_LIMIT) {
        *why = "the unpacked size the file tells is not credible: the file is corrupt";
        return false;
    }
    out->len = image->unpacked_len;
    out->data = malloc(out->len);
    if (!out->data) {
        *why = "not enough memory";
        return false;
    }
    if (f->unpack(image->payload, image->payload_len, out->data, out->len)) {
        *why = "the unpacked kernel is no ELF file";
        if (memcmp(out->data, "\177ELF", 4) == 0)
            return true;
    } else {
        *why = "unpacking failed: the compressed kernel is corrupt";
    }
    free(out->data);
    *out = (struct bytes){ 0 };
    return false;
}
