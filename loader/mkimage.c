// SPDX-License-Identifier: BSD-2-Clause
// Packs the loader's archive: a CPIO (newc) whose every file starts on a page, so that the loader can lend pages instead of
// copying them. Programs lose their debug sections (symbols stay: the loader's back traces use them).
//   mkimage -o archive.cpio [-k] [-s objcopy] [-l list] [name=path]...     -k: keep them; list: lines `name path`
// Page alignment uses a freedom of the format: the name field may be longer than the name, filled with zeros.
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u
#define HEADER 110u
#define MAX_NAME 2048u

static const char *objcopy = "objcopy", *output;
static FILE *out;
static unsigned files;
static bool keep;

__attribute__((format(printf, 1, 2))) static _Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("mkimage: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    if (out) {
        unlink(output);
    }
    exit(1);
}

static void pad(long to)
{
    for (long at = ftell(out); at < to; at++) {
        fputc(0, out);
    }
}

static void header(const char *name, unsigned long name_bytes, unsigned long size, unsigned mode)
{
    fprintf(out, "070701%08x%08x%08x%08x%08x%08x%08lx%08x%08x%08x%08x%08lx%08x", files, mode, 0u, 0u, 1u, 0u, size, 0u,
            0u, 0u, 0u, name_bytes, 0u);
    fputs(name, out);
    for (unsigned long i = strlen(name); i < name_bytes; i++) {
        fputc(0, out);
    }
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        die("%s: %s", path, strerror(errno));
    }
    fseek(f, 0, SEEK_END);
    const long n = ftell(f);
    rewind(f);
    uint8_t *data = malloc(n > 0 ? (size_t)n : 1);
    if (n < 0 || n > UINT32_MAX || !data || fread(data, 1, (size_t)n, f) != (size_t)n) {
        die("%s: cannot read it, or larger than 4 GiB", path);
    }
    fclose(f);
    *size = (size_t)n;
    return data;
}

/* The program without its debug sections, in a temporary file. */
static uint8_t *strip(const char *path, size_t *size)
{
    char temporary[4096];
    snprintf(temporary, sizeof(temporary), "%s.stripped", output);
    const pid_t child = fork();
    if (child == 0) {
        execlp(objcopy, objcopy, "--strip-debug", path, temporary, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status) {
        die("%s --strip-debug %s failed", objcopy, path);
    }
    uint8_t *data = read_file(temporary, size);
    unlink(temporary);
    return data;
}

static void add(const char *name, const char *path)
{
    size_t size;
    if (strlen(name) + 1 > MAX_NAME) {
        die("%s: the name is too long", name);
    }
    uint8_t *data = read_file(path, &size);
    if (!keep && size >= 18 && !memcmp(data, "\177ELF", 4) && strstr(name, ".elf")) {
        free(data);
        data = strip(path, &size);
    }
    const unsigned long at = (unsigned long)ftell(out), least = at + HEADER + strlen(name) + 1;
    const unsigned long start = (least + PAGE - 1) / PAGE * PAGE;
    files++;
    header(name, start - at - HEADER, size, 0100444);
    if (fwrite(data, 1, size, out) != size) {
        die("%s: %s", output, strerror(errno));
    }
    free(data);
    pad((ftell(out) + 3) & ~3l);
}

static void add_list(const char *path)
{
    char line[8192];
    FILE *f = fopen(path, "r");
    if (!f) {
        die("%s: %s", path, strerror(errno));
    }
    for (unsigned n = 1; fgets(line, sizeof(line), f); n++) {
        char *space = strchr(line, ' ');
        line[strcspn(line, "\n")] = 0;
        if (!*line || *line == '#') {
            continue;
        }
        if (!space) {
            die("%s:%u: not `name path`", path, n);
        }
        *space = 0;
        add(line, space + 1);
    }
    fclose(f);
}

static void open_output(void)
{
    if (!out && !(output && (out = fopen(output, "wb")))) {
        die("%s: %s", output ? output : "no -o file given", output ? strerror(errno) : "usage: mkimage -o file ...");
    }
}

int main(int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "ko:s:l:")) != -1;) {
        switch (c) {
        case 'k': keep = true; break;
        case 'o': output = optarg; break;
        case 's': objcopy = optarg; break;
        case 'l': open_output(); add_list(optarg); break;
        default: fprintf(stderr, "usage: mkimage -o file [-k] [-s objcopy] [-l list] [name=path]...\n"); return 2;
        }
    }
    open_output();
    for (; optind < argc; optind++) {
        char *equals = strchr(argv[optind], '=');
        if (!equals) {
            die("%s: not name=path", argv[optind]);
        }
        *equals = 0;
        add(argv[optind], equals + 1);
    }
    files = 0;
    header("TRAILER!!!", 11, 0, 0);
    pad((ftell(out) + PAGE - 1) / PAGE * PAGE);
    if (ferror(out) || fclose(out)) {
        die("%s: %s", output, strerror(errno));
    }
    return 0;
}
