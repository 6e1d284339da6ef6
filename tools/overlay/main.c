// SPDX-License-Identifier: BSD-2-Clause
// rootfs-overlay: lays files over a guest's initramfs. Host program of the build; see docs/guests.md.
#include "overlay.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: rootfs-overlay build --image IMAGE --output FILE [--dir DIR]... [options]\n"
    "           lays directories over an initramfs (newc cpio, plain or compressed) and writes a new one\n"
    "         --distro buildroot|debian                        what the image is (buildroot)\n"
    "         --mode rootfs_install|overlay|fs_install         how the files get there (rootfs_install)\n"
    "         --scripts DIR      the boot scripts of the modes overlay and fs_install\n"
    "         --init FILE        replaces /init\n"
    "         --gzip             compresses the new image\n"
    "         --split-gzip       keeps the plain archive in front of a compressed one, compresses only the rest\n"
    "         --depfile FILE     writes for make and ninja what was read, as what FILE depends on\n"
    "       rootfs-overlay stage LIST DIR RECORD\n"
    "           makes DIR hold what LIST names: lines `file TAB SOURCE TAB PATH` or `link TAB TARGET TAB PATH`\n"
    "       rootfs-overlay mirror FROM DIR RECORD\n"
    "           makes DIR hold what the directory FROM holds, and what somebody else put there\n"
    "       rootfs-overlay list IMAGE\n"
    "           prints type, mode, owner, size, time and path of everything in an initramfs\n"
    "Times are 1970, or SOURCE_DATE_EPOCH; owners are root's. The same input gives the same bytes.\n";

enum { MAX_DIRS = 16 };

struct request {
    const char *image, *output, *dir[MAX_DIRS], *depfile;
    int dirs;
    bool gzip, split;
    struct boot_request boot;
};

static int complain(const char *why)
{
    fprintf(stderr, "rootfs-overlay: %s\n", why);
    return 1;
}

static void put_dependency(FILE *f, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#' || *path == '\\')
            fputc('\\', f);
        else if (*path == '$')
            fputc('$', f);
        fputc(*path, f);
    }
}

static void note(void *ctx, const char *path)
{
    if (ctx) {
        fputs(" \\\n ", ctx);
        put_dependency(ctx, path);
    }
}

static bool source_date(uint32_t *date, struct problem *problem)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;
    unsigned long value = text ? strtoul(text, &end, 10) : 0;

    *date = (uint32_t)value;
    return !text || (*text >= '0' && *text <= '9' && !*end && value <= UINT32_MAX) ||
           fail(problem, "SOURCE_DATE_EPOCH is '%s': seconds since 1970 are wanted", text);
}

/* What is there already may be replaced when it is an earlier result, and is removed when this one fails. */
static bool output_is_free(const struct request *r, struct problem *problem)
{
    struct stat output, image;

    if (lstat(r->output, &output) != 0)
        return true;
    if (!S_ISREG(output.st_mode) && !S_ISLNK(output.st_mode))
        return fail(problem, "%s: is there already, and is no file; choose another output", r->output);
    if (stat(r->output, &output) == 0 && stat(r->image, &image) == 0 && output.st_dev == image.st_dev &&
        output.st_ino == image.st_ino)
        return fail(problem, "%s: the image is to be read and written at once; choose another output", r->image);
    return true;
}

static bool build_into(struct request *r, struct tree *t, FILE *deps, struct problem *problem)
{
    struct image image;
    const char *place;

    r->boot.seen = note;
    r->boot.ctx = deps;
    if (!source_date(&r->boot.mtime, problem) || !(place = boot_place(&r->boot, problem)) ||
        !image_read(t, r->image, r->split, &image, problem))
        return false;
    if (r->split && !image.head_size)
        return fail(problem, "%s: has no plain archive in front of a compressed one to split off", r->image);
    note(deps, r->image);
    for (int i = 0; i < r->dirs; i++)
        if (!directory_read(t, r->dir[i], place, r->boot.mtime, note, deps, problem))
            return false;
    struct output o = { r->output, r->gzip || r->split, image.data, r->split ? image.head_size : 0 };
    return boot_install(t, &r->boot, problem) && image_write(t, &o, problem);
}

static int build(struct request *r)
{
    struct problem problem = { 0 };
    FILE *deps = NULL;
    struct tree t;

    if (!output_is_free(r, &problem))
        return complain(problem.text);
    if (r->depfile && !(deps = fopen(r->depfile, "w"))) {
        fail(&problem, "%s: %s", r->depfile, strerror(errno));
        return complain(problem.text);
    }
    if (deps) {
        put_dependency(deps, r->output);
        fputc(':', deps);
    }
    tree_init(&t);
    bool ok = build_into(r, &t, deps, &problem);
    tree_free(&t);
    if (deps) {
        fputc('\n', deps);
        fclose(deps);
    }
    if (ok)
        return 0;
    unlink(r->output);
    return complain(problem.text);
}

static int list(const char *path)
{
    struct problem problem = { 0 };
    struct image image;
    struct tree t;

    tree_init(&t);
    bool ok = image_read(&t, path, false, &image, &problem);
    if (ok)
        image_list(&t, stdout);
    tree_free(&t);
    return ok ? 0 : complain(problem.text);
}

static int bad_call(void)
{
    fputs(usage, stderr);
    return 2;
}

static int build_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "image", 1, NULL, 'i' },   { "output", 1, NULL, 'o' },  { "dir", 1, NULL, 'd' },
        { "distro", 1, NULL, 'D' },  { "mode", 1, NULL, 'm' },    { "scripts", 1, NULL, 's' },
        { "init", 1, NULL, 'I' },    { "depfile", 1, NULL, 'M' }, { "gzip", 0, NULL, 'z' },
        { "split-gzip", 0, NULL, 'S' }, { 0 },
    };
    struct request r = { .boot = { .distro = "buildroot", .mode = "rootfs_install", .scripts = "." } };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'i': r.image = optarg; break;
        case 'o': r.output = optarg; break;
        case 'D': r.boot.distro = optarg; break;
        case 'm': r.boot.mode = optarg; break;
        case 's': r.boot.scripts = optarg; break;
        case 'I': r.boot.init = optarg; break;
        case 'M': r.depfile = optarg; break;
        case 'z': r.gzip = true; break;
        case 'S': r.split = true; break;
        case 'd':
            if (r.dirs == MAX_DIRS)
                return complain("too many --dir options");
            r.dir[r.dirs++] = optarg;
            break;
        default:
            return bad_call();
        }
    }
    if (optind != argc || !r.image || !r.output)
        return bad_call();
    return build(&r);
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    struct problem problem = { 0 };

    if (strcmp(command, "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (strcmp(command, "build") == 0)
        return build_options(argc - 1, argv + 1);
    if (strcmp(command, "stage") == 0 && argc == 5)
        return stage(argv[2], argv[3], argv[4], &problem) ? 0 : complain(problem.text);
    if (strcmp(command, "mirror") == 0 && argc == 5)
        return mirror(argv[2], argv[3], argv[4], &problem) ? 0 : complain(problem.text);
    if (strcmp(command, "list") == 0 && argc == 3)
        return list(argv[2]);
    return bad_call();
}
