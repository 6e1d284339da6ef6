// SPDX-License-Identifier: BSD-2-Clause
// Reads a Linux bzImage: its setup header and the compressed kernel inside. Used by extract-vmlinux and its tests.
// Facts: [1] Linux documentation, "The Linux/x86 Boot Protocol" (field offsets, protocol 2.08 and later).
#ifndef BZIMAGE_H
#define BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t len;
};

struct bzimage {
    unsigned protocol;              /* 0x020f = 2.15 */
    const char *release;            /* version string inside the image, or NULL */
    const uint8_t *payload;         /* compressed kernel; the last four bytes are its unpacked size */
    size_t payload_len;
    uint32_t unpacked_len;
};

/* Checks the header and finds the payload. On failure returns false with a sentence in `why`. */
bool bzimage_parse(struct bytes image, struct bzimage *out, const char **why);

/* Unpacks the payload into memory from malloc. On failure returns false with a sentence in `why`. */
bool bzimage_unpack(const struct bzimage *image, struct bytes *out, const char **why);

/* Name of the payload's compression by its magic ("xz", "lz4" ...), or "unknown". */
const char *bzimage_compression(const struct bzimage *image);

#endif
