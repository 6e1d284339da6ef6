// SPDX-License-Identifier: BSD-2-Clause
// The setup header of a bzImage. Every offset and length comes from a file we did not make: all are checked.
// Facts: [1] Linux documentation, "The Linux/x86 Boot Protocol".
#include "bzimage.h"

#include <string.h>

enum {                              /* [1] "The Real-Mode Kernel Header" */
    OFF_SETUP_SECTS = 0x1f1, OFF_BOOT_FLAG = 0x1fe, OFF_MAGIC = 0x202, OFF_PROTOCOL = 0x206,
    OFF_KERNEL_VERSION = 0x20e, OFF_LOADFLAGS = 0x211, OFF_PAYLOAD_OFFSET = 0x248, OFF_PAYLOAD_LENGTH = 0x24c,
    HEADER_END = 0x250, SECTOR = 512, DEFAULT_SETUP_SECTS = 4, FIRST_PROTOCOL_WITH_PAYLOAD = 0x0208
};

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t get32(const uint8_t *p) { return get16(p) | (uint32_t)get16(p + 2) << 16; }

static bool fail(const char **why, const char *sentence)
{
    *why = sentence;
    return false;
}

/* [1] kernel_version: offset of a NUL-terminated string from 0x200; must end inside the setup part. */
static const char *find_release(struct bytes image, size_t setup_len)
{
    size_t at = get16(image.data + OFF_KERNEL_VERSION);

    if (at == 0 || at + 0x200 >= setup_len)
        return NULL;
    at += 0x200;
    return memchr(image.data + at, 0, setup_len - at) ? (const char *)image.data + at : NULL;
}

bool bzimage_parse(struct bytes image, struct bzimage *out, const char **why)
{
    if (image.len < HEADER_END)
        return fail(why, "the file is too short for a bzImage");
    if (get16(image.data + OFF_BOOT_FLAG) != 0xaa55 || memcmp(image.data + OFF_MAGIC, "HdrS", 4) != 0)
        return fail(why, "this is no bzImage (boot flag or \"HdrS\" missing)");
    out->protocol = get16(image.data + OFF_PROTOCOL);
    if (out->protocol < FIRST_PROTOCOL_WITH_PAYLOAD)
        return fail(why, "boot protocol older than 2.08: the header does not tell where the kernel is");

    size_t sectors = image.data[OFF_SETUP_SECTS] ? image.data[OFF_SETUP_SECTS] : DEFAULT_SETUP_SECTS;
    uint64_t setup_len = (sectors + 1) * SECTOR;
    uint64_t start = setup_len + get32(image.data + OFF_PAYLOAD_OFFSET);
    uint64_t len = get32(image.data + OFF_PAYLOAD_LENGTH);

    if (setup_len > image.len)
        return fail(why, "the file ends inside its setup sectors");
    if (len < 8 || start > image.len || len > image.len - start)
        return fail(why, "the file is truncated or corrupt: the compressed kernel lies beyond its end");
    out->release = find_release(image, setup_len);
    out->payload = image.data + start;
    out->payload_len = len;
    out->unpacked_len = get32(out->payload + len - 4);
    return true;
}
