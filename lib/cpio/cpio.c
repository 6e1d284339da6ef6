// SPDX-License-Identifier: BSD-2-Clause
// Reader of "newc" CPIO archives; see cpio/cpio.h.
#include <cpio/cpio.h>
#include <string.h>

/* Header: 6 bytes magic, then 13 fields of 8 hexadecimal digits. */
enum {
    HEADER_BYTES = 110,
    FIELD_INODE = 0, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_LINKS, FIELD_MTIME, FIELD_FILESIZE,
    FIELD_DEV_MAJOR, FIELD_DEV_MINOR, FIELD_RDEV_MAJOR, FIELD_RDEV_MINOR, FIELD_NAMESIZE, FIELD_CHECK, FIELDS
};
#define MODE_TYPE 0170000u
#define MODE_FILE 0100000u

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int parse_fields(const uint8_t *header, uint32_t field[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        field[i] = 0;
        for (int k = 0; k < 8; k++) {
            int d = hex_digit(header[6 + 8 * i + k]);
            if (d < 0)
                return -1;
            field[i] = field[i] << 4 | (uint32_t)d;
        }
    }
    return 0;
}

static uint64_t align4(uint64_t n)
{
    return (n + 3) & ~(uint64_t)3;
}

/* Some writers pad archives to a block with zeros; nothing but zeros from `at` on counts as the end. */
static int only_zeros(const struct cpio_cursor *c)
{
    for (uint64_t i = c->at; i < c->size; i++)
        if (c->base[i])
            return 0;
    return 1;
}

static enum cpio_status check_magic(const struct cpio_cursor *c)
{
    uint64_t left = c->size - c->at;
    const uint8_t *h = c->base + c->at;

    if (left == 0)
        return CPIO_NO_TRAILER;
    if (left >= 6 && memcmp(h, "07070", 5) == 0 && (h[5] == '1' || h[5] == '2'))
        return left < HEADER_BYTES ? CPIO_SHORT_HEADER : CPIO_OK;
    if (only_zeros(c))
        return CPIO_NO_TRAILER;
    return left < HEADER_BYTES ? CPIO_SHORT_HEADER : CPIO_BAD_MAGIC;
}

enum cpio_status cpio_next(struct cpio_cursor *c, struct cpio_entry *e)
{
    *e = (struct cpio_entry){ .offset = c->at };
    enum cpio_status s = check_magic(c);
    if (s != CPIO_OK)
        return s;

    uint32_t field[FIELDS];
    if (parse_fields(c->base + c->at, field) < 0)
        return CPIO_BAD_NUMBER;

    uint64_t left = c->size - c->at;
    uint64_t name_size = field[FIELD_NAMESIZE];
    const char *name = (const char *)c->base + c->at + HEADER_BYTES;
    if (name_size < 2 || name_size > left - HEADER_BYTES || name[name_size - 1] != '\0')
        return CPIO_BAD_NAME;
    *e = (struct cpio_entry){
        .name = name, .size = field[FIELD_FILESIZE], .mode = field[FIELD_MODE], .offset = c->at,
        .inode = field[FIELD_INODE], .links = field[FIELD_LINKS],
        .uid = field[FIELD_UID], .gid = field[FIELD_GID], .mtime = field[FIELD_MTIME],
        .dev_major = field[FIELD_DEV_MAJOR], .dev_minor = field[FIELD_DEV_MINOR],
        .rdev_major = field[FIELD_RDEV_MAJOR], .rdev_minor = field[FIELD_RDEV_MINOR],
    };
    if (strcmp(name, "TRAILER!!!") == 0)
        return CPIO_END;

    uint64_t data = align4(HEADER_BYTES + name_size);
    if (e->size > 0 && (data > left || e->size > left - data))
        return CPIO_SHORT_DATA;
    if (e->size > 0)
        e->data = c->base + c->at + data;
    uint64_t next = align4(data + e->size);
    c->at = next > left ? c->size : c->at + next;
    return CPIO_OK;
}

static const char *plain_name(const char *name)
{
    while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
        name += name[0] == '/' ? 1 : 2;
    return name;
}

int cpio_same_name(const char *a, const char *b)
{
    return strcmp(plain_name(a), plain_name(b)) == 0;
}

int cpio_find(const void *archive, uint64_t size, const char *name, struct cpio_entry *e)
{
    struct cpio_cursor c = cpio_begin(archive, size);

    while (cpio_next(&c, e) == CPIO_OK)
        if ((e->mode & MODE_TYPE) == MODE_FILE && cpio_same_name(e->name, name))
            return 0;
    return -1;
}

const char *cpio_strerror(enum cpio_status s)
{
    static const char *const text[] = {
        [CPIO_OK] = "ok",
        [CPIO_END] = "end of archive",
        [CPIO_NO_TRAILER] = "the archive ends without a trailer (cut short?)",
        [CPIO_SHORT_HEADER] = "the archive ends inside an entry's header (cut short?)",
        [CPIO_BAD_MAGIC] = "no newc CPIO header where one should be",
        [CPIO_BAD_NUMBER] = "a header field is not a hexadecimal number",
        [CPIO_BAD_NAME] = "the entry's name is empty, not terminated or past the archive's end",
        [CPIO_SHORT_DATA] = "the file's contents are cut short",
    };
    return (unsigned)s < sizeof text / sizeof *text ? text[s] : "unknown error";
}
