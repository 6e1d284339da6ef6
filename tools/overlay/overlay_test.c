// SPDX-License-Identifier: BSD-2-Clause
// rootfs-overlay's parts: paths and links inside the root, images in parts and packings, bad images, what is written,
// boot scripts, staging.
#include "overlay.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char work[] = "/tmp/overlay-test.XXXXXX";
static struct tree t;
static struct problem p;

static const char *at(const char *name)
{
    static char path[8][256];
    static unsigned turn;

    snprintf(path[turn = (turn + 1) % 8], sizeof *path, "%s/%s", work, name);
    return path[turn];
}

static void clean(void)
{
    pid_t child = fork();

    if (child == 0) {
        execlp("rm", "rm", "-rf", work, (char *)NULL);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}

static int set_up(void **state)
{
    clean();
    mkdir(work, 0755);
    tree_init(&t);
    p = (struct problem){ 0 };
    return 0;
}

static int tear_down(void **state)
{
    tree_free(&t);
    clean();
    return 0;
}

/* ---------------------------------------------------- trees --------------------------------------------------- */

static bool put(const char *path, uint32_t mode, const char *data, enum put_rule rule)
{
    struct inode *i = tree_inode(&t);

    p.text[0] = 0;
    i->mode = mode;
    i->data = (const uint8_t *)data;
    i->size = data ? strlen(data) : 0;
    return tree_put(&t, path, i, rule, &p);
}

static bool file(const char *path, const char *data) { return put(path, S_IFREG | 0644, data, PUT_OVERLAY); }
static bool link_to(const char *path, const char *to) { return put(path, S_IFLNK | 0777, to, PUT_IMAGE); }
static bool directory(const char *path, uint32_t mode) { return put(path, S_IFDIR | mode, NULL, PUT_OVERLAY); }

static void assert_path(const char *find, const char *is)
{
    char path[TREE_MAX_PATH];
    struct node *n = tree_find(&t, find);

    assert_non_null(n);
    tree_path(n, path);
    assert_string_equal(path, is);
}

static void files_replace_files(void **state)
{
    assert_true(file("./etc/issue", "old"));
    assert_true(file("/etc/issue", "new"));
    assert_path("etc/issue", "etc/issue");
    assert_int_equal(tree_find(&t, "etc")->children, 1);
    assert_memory_equal(tree_find(&t, "etc/issue")->inode->data, "new", 3);
    assert_true(S_ISDIR(tree_find(&t, "etc")->inode->mode));
}

/* Debian's /lib is a link: modules for lib/ must not replace it. */
static void links_to_directories_are_followed(void **state)
{
    assert_true(directory("usr/lib", 0755));
    assert_true(link_to("lib", "usr/lib"));
    assert_true(link_to("lib64", "/lib"));
    assert_true(directory("lib", 0755));
    assert_true(S_ISLNK(tree_find(&t, "lib")->inode->mode));
    assert_true(file("lib/modules/x.ko", "x"));
    assert_true(file("lib64/y.so", "y"));
    assert_path("usr/lib/modules/x.ko", "usr/lib/modules/x.ko");
    assert_path("lib/y.so", "usr/lib/y.so");
}

static void directories_keep_their_modes(void **state)
{
    assert_true(put("tmp", S_IFDIR | 01777, NULL, PUT_IMAGE));
    assert_true(directory("tmp", 0755));
    assert_int_equal(tree_find(&t, "tmp")->inode->mode, S_IFDIR | 01777);
    assert_true(put("tmp", S_IFDIR | 0700, NULL, PUT_IMAGE));
    assert_int_equal(tree_find(&t, "tmp")->inode->mode, S_IFDIR | 0700);
}

static void nothing_leaves_the_root(void **state)
{
    static const char *const bad[] = { "..", "../x", "a/../../x", "up/x", "far/x", "etc/..", "loop/x", "file/x", "." };

    assert_true(directory("a", 0755) && directory("etc", 0755) && file("file", ""));
    assert_true(link_to("up", "..") && link_to("far", "/a/../../etc") && link_to("loop", "loop"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (file(bad[i], "x"))
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(p.text, i == 5 ? "etc/.." : bad[i]));
    }
    assert_true(file("a/../etc/x", "fine"));
    assert_path("etc/x", "etc/x");
    assert_false(file("a/b/..", "x"));
}

static void a_full_directory_is_no_file(void **state)
{
    assert_true(file("etc/issue", "x"));
    assert_false(file("etc", "x"));
    assert_non_null(strstr(p.text, "etc: a directory with files in it"));
}

static void paths_have_an_end(void **state)
{
    char path[3 * TREE_MAX_DEPTH];

    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i % 2 ? '/' : 'd';
    path[sizeof path - 1] = 0;
    assert_false(file(path, "x"));
    assert_non_null(strstr(p.text, "too long"));
    char *name = malloc(5000);
    memset(name, 'x', 4999);
    name[4999] = 0;
    assert_false(file(name, "x"));
    free(name);
}

/* ---------------------------------------------------- images -------------------------------------------------- */

static void write_file(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(at(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
}

static uint8_t *load(const char *name, size_t *n)
{
    FILE *f = fopen(at(name), "rb");
    uint8_t *data;

    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    data = malloc(*n + 1);
    assert_int_equal(fread(data, 1, *n, f), *n);
    fclose(f);
    return data;
}

/* Writes the present tree and begins a new one. */
static void save(const char *name, bool gzip)
{
    if (!image_write(&t, &(struct output){ .path = at(name), .gzip = gzip }, &p))
        fail_msg("%s", p.text);
    tree_free(&t);
    tree_init(&t);
}

static bool read_image(const char *name)
{
    struct image image;

    tree_free(&t);
    tree_init(&t);
    p.text[0] = 0;
    return image_read(&t, at(name), false, &image, &p);
}

/* One part of an image: an archive with one file, packed by libarchive. */
static size_t packed(uint8_t *out, size_t room, const char *name, const char *text, int filter)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    size_t n, used = 0;

    assert_true(file(name, text));
    save("part", false);
    uint8_t *plain = load("part", &n);
    archive_write_set_format_raw(a);
    if (filter)
        assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    archive_write_set_bytes_per_block(a, 0);
    assert_int_equal(archive_write_open_memory(a, out, room, &used), ARCHIVE_OK);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_pathname(e, "x");
    archive_write_header(a, e);
    assert_int_equal(archive_write_data(a, plain, n), n);
    archive_write_close(a);
    archive_entry_free(e);
    archive_write_free(a);
    free(plain);
    return used;
}

static const struct { int filter; bool tail; } packings[] = {         /* tail: another kind of part may follow */
    { 0, true }, { ARCHIVE_FILTER_GZIP, true }, { ARCHIVE_FILTER_XZ, false }, { ARCHIVE_FILTER_ZSTD, false },
    { ARCHIVE_FILTER_LZ4, false }, { ARCHIVE_FILTER_BZIP2, false }, { ARCHIVE_FILTER_LZMA, false },
};
enum { PACKINGS = sizeof packings / sizeof *packings };

static void images_come_in_parts(void **state)
{
    static uint8_t bytes[1 << 16];

    for (unsigned a = 0; a < PACKINGS; a++)
        for (unsigned b = 0; b < PACKINGS; b++) {
            size_t n = packed(bytes, sizeof bytes, "first", "1", packings[a].filter);
            n += packed(bytes + n, sizeof bytes - n, "second", "2", packings[b].filter);
            write_file("image", bytes, n);
            bool ok = read_image("image");
            if (packings[a].tail && !ok)
                fail_msg("parts %u and %u: %s", a, b, p.text);
            if (ok) {                                                 /* taken whole, never in part */
                assert_non_null(tree_find(&t, "first"));
                assert_non_null(tree_find(&t, "second"));
            } else
                assert_true(p.text[0]);
        }
}

static void later_parts_win(void **state)
{
    static uint8_t bytes[1 << 16];
    size_t n = packed(bytes, sizeof bytes, "same", "first", 0);

    n += packed(bytes + n, sizeof bytes - n, "same", "second", ARCHIVE_FILTER_GZIP);
    write_file("image", bytes, n);
    assert_true(read_image("image"));
    assert_memory_equal(tree_find(&t, "same")->inode->data, "second", 6);
}

static void the_head_can_stay_as_it_is(void **state)
{
    static uint8_t bytes[1 << 16];
    size_t head = packed(bytes, sizeof bytes, "kernel/x86/microcode/m.bin", "code", 0);
    size_t n = head + packed(bytes + head, sizeof bytes - head, "init", "#!", ARCHIVE_FILTER_XZ), out;
    struct image image;

    write_file("image", bytes, n);
    assert_true(image_read(&t, at("image"), true, &image, &p));
    assert_null(tree_find(&t, "kernel"));
    assert_int_equal(image.head_size, head);
    assert_true(file("hello", "world"));
    struct output o = { at("new"), true, image.data, image.head_size };
    assert_true(image_write(&t, &o, &p));
    uint8_t *data = load("new", &out);
    assert_memory_equal(data, bytes, head);
    assert_int_equal(data[head], 0x1f);
    free(data);
    assert_true(read_image("new"));
    assert_non_null(tree_find(&t, "hello"));
    assert_non_null(tree_find(&t, "kernel/x86/microcode/m.bin"));
}

static void what_is_no_image_is_refused(void **state)
{
    static const struct { const char *bytes, *why; } bad[] = {
        { "", "empty" },
        { "\0\0\0\0", "empty" },
        { "some text that is no archive", "neither a newc" },
        { "070707000000000000000000000000", "old kind" },
        { "070701zz", "inside an entry's header" },
        { "\x1f\x8b\x08\0\0\0\0\0\0\0", "unpacking failed" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file("bad", bad[i].bytes, i == 1 ? 4 : i == 5 ? 10 : strlen(bad[i].bytes));
        assert_false(read_image("bad"));
        if (!strstr(p.text, bad[i].why) || !strstr(p.text, "bad"))
            fail_msg("case %zu: %s", i, p.text);
    }
    assert_false(read_image("none"));
    assert_false(read_image("."));
}

static void sample(void)
{
    struct inode *i = tree_inode(&t);

    i->mode = S_IFREG | 04755;
    i->data = (const uint8_t *)"program";
    i->size = 7;
    assert_true(tree_put(&t, "bin/one", i, PUT_IMAGE, &p) && tree_put(&t, "bin/two", i, PUT_IMAGE, &p));
    assert_true(link_to("bin/three", "two") && put("tmp", S_IFDIR | 01777, NULL, PUT_IMAGE));
    struct inode *null = tree_inode(&t);
    null->mode = S_IFCHR | 0666;
    null->rdev_major = 1;
    null->rdev_minor = 3;
    null->mtime = 77;
    null->uid = 5;
    assert_true(tree_put(&t, "dev/null", null, PUT_IMAGE, &p));
}

static void what_is_written_is_read_again(void **state)
{
    size_t n, m;

    sample();
    save("a", false);
    assert_true(read_image("a"));
    const struct inode *one = tree_find(&t, "bin/one")->inode, *null = tree_find(&t, "dev/null")->inode;
    assert_ptr_equal(one, tree_find(&t, "bin/two")->inode);
    assert_int_equal(one->mode, S_IFREG | 04755);
    assert_int_equal(one->size, 7);
    assert_memory_equal(one->data, "program", 7);
    assert_int_equal(null->rdev_major << 8 | null->rdev_minor, 1 << 8 | 3);
    assert_int_equal(null->mtime, 77);
    assert_int_equal(null->uid, 5);
    assert_int_equal(tree_find(&t, "tmp")->inode->mode, S_IFDIR | 01777);
    save("b", false);
    uint8_t *a = load("a", &n), *b = load("b", &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

/* Linux' unpacker wants a directory before what is in it, and the contents with a name of the file. */
static void gnu_cpio_agrees(void **state)
{
    char command[512];

    sample();
    save("a", false);
    snprintf(command, sizeof command, "cd %s && mkdir out && cd out && "
             "cpio -i --quiet --no-preserve-owner <../a 2>/dev/null; cmp bin/one bin/two && "
             "test \"$(cat bin/three)\" = program", work);
    assert_int_equal(system(command), 0);
}

static void an_unchanged_image_keeps_its_time(void **state)
{
    struct stat before, after;
    struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

    sample();
    save("a", true);
    utimensat(AT_FDCWD, at("a"), old, 0);
    stat(at("a"), &before);
    sample();
    save("a", true);
    stat(at("a"), &after);
    assert_int_equal(after.st_mtim.tv_sec, 1000);
    assert_int_equal(access(at("a.partial"), F_OK), -1);
    sample();
    assert_true(file("more", "x"));
    save("a", true);
    stat(at("a"), &after);
    assert_true(after.st_mtim.tv_sec > 1000);
}

static void a_failed_write_leaves_nothing(void **state)
{
    sample();
    assert_false(image_write(&t, &(struct output){ .path = at("no/such/a") }, &p));
    assert_non_null(strstr(p.text, "no/such/a"));
    mkdir(at("dir"), 0755);
    p.text[0] = 0;
    assert_false(image_write(&t, &(struct output){ .path = at("dir") }, &p));
    assert_int_equal(access(at("dir.partial"), F_OK), -1);
}

/* Damage of every kind: refused or read, never out of bounds (the sanitizers watch), and what is read can be written. */
static void damaged_images(void **state)
{
    size_t n;

    sample();
    save("a", false);
    uint8_t *good = load("a", &n), *bad = malloc(n);
    srand(1);
    for (int round = 0; round < 1500; round++) {
        memcpy(bad, good, n);
        for (int k = rand() % 4; k >= 0; k--)
            bad[(size_t)rand() % n] = (uint8_t)(rand() % 3 ? "0123456789abcdef./"[rand() % 18] : rand());
        write_file("bad", bad, round % 5 ? n : (size_t)rand() % n);
        if (read_image("bad"))
            save("again", false);
        else
            assert_true(p.text[0]);
    }
    free(good);
    free(bad);
}

/* -------------------------------------------------- directories ----------------------------------------------- */

static void make(const char *name, mode_t mode, const char *data)
{
    write_file(name, data, strlen(data));
    chmod(at(name), mode);
}

static void directories_are_tidied(void **state)
{
    mkdir(at("o"), 0777);
    mkdir(at("o/usr"), 0777);
    chmod(at("o/usr"), 0777);
    make("o/usr/hello", 0775, "hello");
    make("o/secret", 0600, "s");
    assert_int_equal(link(at("o/usr/hello"), at("o/usr/same")), 0);
    assert_int_equal(symlink("nowhere", at("o/usr/link")), 0);
    assert_true(directory_read(&t, at("o"), "", 9, NULL, NULL, &p));
    const struct inode *hello = tree_find(&t, "usr/hello")->inode;
    assert_int_equal(hello->mode, S_IFREG | 0755);
    assert_int_equal(hello->mtime, 9);
    assert_int_equal(hello->uid, 0);
    assert_ptr_equal(hello, tree_find(&t, "usr/same")->inode);
    assert_int_equal(tree_find(&t, "usr")->inode->mode, S_IFDIR | 0755);
    assert_int_equal(tree_find(&t, "secret")->inode->mode, S_IFREG | 0600);
    assert_int_equal(tree_find(&t, "usr/link")->inode->size, 7);
    assert_false(directory_read(&t, at("none"), "", 0, NULL, NULL, &p));
}

static void an_overlay_cannot_leave_through_a_link(void **state)
{
    assert_true(link_to("etc", "../../etc"));
    mkdir(at("o"), 0755);
    mkdir(at("o/etc"), 0755);
    make("o/etc/passwd", 0644, "x");
    assert_true(put("etc", S_IFLNK | 0777, "../../etc", PUT_IMAGE));
    /* a directory in the place of a link that leads nowhere takes its place */
    assert_true(directory_read(&t, at("o"), "", 0, NULL, NULL, &p));
    assert_path("etc/passwd", "etc/passwd");
}

static struct boot_request request(const char *distro, const char *mode)
{
    mkdir(at("scripts"), 0755);
    static const char *const names[] = { "vm_files", "init-buildroot", "overlay-debian", "fs_install-debian",
                                         "conf-overlay", "conf-fs_install" };
    for (size_t i = 0; i < 6; i++) {
        char name[64];
        snprintf(name, sizeof name, "scripts/%s", names[i]);
        make(name, 0644, names[i]);
    }
    return (struct boot_request){ .distro = distro, .mode = mode, .scripts = at("scripts") };
}

static void modes_put_their_scripts(void **state)
{
    struct boot_request b = request("buildroot", "overlay");

    assert_string_equal(boot_place(&b, &p), "sel4_vm_artifacts");
    assert_false(boot_install(&t, &b, &p));
    assert_non_null(strstr(p.text, "bin/sh"));
    p.text[0] = 0;
    assert_true(file("bin/sh", "shell") && file("init", "old") && file("sel4_vm_artifacts/usr/hello", "h"));
    assert_true(boot_install(&t, &b, &p));
    assert_memory_equal(tree_find(&t, "init")->inode->data, "init-buildroot", 14);
    assert_memory_equal(tree_find(&t, "init.image")->inode->data, "old", 3);
    assert_memory_equal(tree_find(&t, "sel4_vm_artifacts.list")->inode->data, "usr\nusr/hello\n", 14);
    assert_memory_equal(tree_find(&t, "sel4_vm_artifacts.conf")->inode->data, "vm_mode=overlay\n", 16);

    b = request("debian", "fs_install");
    assert_false(boot_install(&t, &b, &p));
    assert_non_null(strstr(p.text, "initramfs-tools"));
    assert_true(file("scripts/local", "x"));
    p.text[0] = 0;
    assert_true(boot_install(&t, &b, &p));
    assert_non_null(tree_find(&t, "scripts/fs_install"));
    assert_non_null(tree_find(&t, "conf/conf.d/vm_files"));
    b = request("debian", "rootfs_install");
    assert_string_equal(boot_place(&b, &p), "");
}

static void unknown_modes_are_named(void **state)
{
    struct boot_request b = { .distro = "slackware", .mode = "overlay" };

    assert_null(boot_place(&b, &p));
    assert_string_equal(p.text, "unknown distribution 'slackware'; known: buildroot, debian");
    p.text[0] = 0;
    b = (struct boot_request){ .distro = "debian", .mode = "elsewhere" };
    assert_null(boot_place(&b, &p));
    assert_non_null(strstr(p.text, "unknown mode 'elsewhere'"));
}

/* ---------------------------------------------------- staging ------------------------------------------------- */

static void list(const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_file("list", text, strlen(text));
}

static bool staged(void)
{
    p.text[0] = 0;
    return stage(at("list"), at("dir"), at("record"), &p);
}

static void staging_follows_the_list(void **state)
{
    make("hello", 0755, "hello");
    make("other", 0644, "other");
    list("file\t%s\tusr/sbin/hello\nfile\t%s\tetc/other\nlink\thello\tusr/sbin/h\n", at("hello"), at("other"));
    assert_true(staged());
    make("dir/own", 0644, "somebody's own");
    struct stat st;
    assert_int_equal(stat(at("dir/usr/sbin/h"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);

    struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    utimensat(AT_FDCWD, at("record"), old, 0);
    assert_true(staged());
    stat(at("record"), &st);
    assert_int_equal(st.st_mtim.tv_sec, 1000);                       /* nothing changed: nobody need look */

    list("file\t%s\tusr/sbin/hello\n", at("hello"));
    assert_true(staged());
    assert_int_equal(access(at("dir/etc"), F_OK), -1);
    assert_int_equal(access(at("dir/own"), F_OK), 0);
    stat(at("record"), &st);
    assert_true(st.st_mtim.tv_sec > 1000);
}

static void staging_refuses(void **state)
{
    make("hello", 0755, "hello");
    list("file\t%s\t../hello\n", at("hello"));
    assert_false(staged());
    assert_non_null(strstr(p.text, "'../hello' leads out"));
    list("file\t%s\ta/hello\n", at("none"));
    assert_false(staged());
    assert_non_null(strstr(p.text, "No such file"));
    list("nonsense\n");
    assert_false(staged());
    list("pipe\tx\ty\n");
    assert_false(staged());
    list("file\t%s\thello\n", work);
    assert_false(staged());
}

static void mirrors_follow_too(void **state)
{
    mkdir(at("from"), 0755);
    mkdir(at("from/a"), 0755);
    make("from/a/x", 0644, "x");
    assert_int_equal(symlink("a/x", at("from/l")), 0);
    assert_true(mirror(at("from"), at("dir"), at("record"), &p));
    assert_int_equal(access(at("dir/l"), R_OK), 0);
    unlink(at("from/a/x"));
    assert_true(mirror(at("from"), at("dir"), at("record"), &p));
    assert_int_equal(access(at("dir/a"), F_OK), -1);
    assert_false(mirror(at("none"), at("dir"), at("record"), &p));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_replace_files), TEST(links_to_directories_are_followed), TEST(directories_keep_their_modes),
        TEST(nothing_leaves_the_root), TEST(a_full_directory_is_no_file), TEST(paths_have_an_end),
        TEST(images_come_in_parts), TEST(later_parts_win), TEST(the_head_can_stay_as_it_is),
        TEST(what_is_no_image_is_refused), TEST(what_is_written_is_read_again), TEST(gnu_cpio_agrees),
        TEST(an_unchanged_image_keeps_its_time), TEST(a_failed_write_leaves_nothing), TEST(damaged_images),
        TEST(directories_are_tidied), TEST(an_overlay_cannot_leave_through_a_link), TEST(modes_put_their_scripts),
        TEST(unknown_modes_are_named), TEST(staging_follows_the_list), TEST(staging_refuses), TEST(mirrors_follow_too),
    };

    if (!mkdtemp(work))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    clean();
    return failed;
}
