// SPDX-License-Identifier: BSD-2-Clause
// camkes: the assembly compiler's command line. The passes of a run are in `run`: front end, connectors,
// programs, distribution, then the results of the command. Exit status: 0, 1 = errors in the assembly, 2 =
// wrong use or no file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "back.h"
#include "front.h"
#include "mem.h"

#define VERSION "camkes 1.0 (Bulkhead)"

typedef VEC(const char *) list;

static struct {
    const char *command, *out, *cdl, *graph, *svg, *isolation, *cpp_program;
    list words, imports, cpp_flags, files, const_attr, separate, trusted;
    bool no_cpp, check, all_paths;
    struct back_options back;
} opt = {
    .cpp_program = "cpp",
    .back = { .priority = 254,
              .stack_size = 16384,
              .heap_size = 131072,
              .budget = 10000,
              .period = 10000,
              .cores = 1 },
};

/* ---- commands and options ---- */

enum { BUILD = 1, SPEC = 2, CHECK = 4, GRAPH = 8, ISOLATION = 16, CDL = 32, ALL = 63 };

static const struct { const char *name; unsigned bit; const char *usage, *text;
} commands[] = {
    { "build", BUILD, "FILE -o DIR",
      "writes camkes.h and glue.c of each program, and build.cmake, into DIR" },
    { "spec", SPEC, "FILE -o SYSTEM.SPEC", "writes the capability distribution for the loader" },
    { "check", CHECK, "FILE", "only tells what is wrong" },
    { "graph", GRAPH, "FILE [-o GRAPH.DOT]", "draws components and connections, for Graphviz" },
    { "cdl", CDL, "FILE [-o SYSTEM.CDL]",
      "writes the capability distribution as capDL text. FILE may be a SYSTEM.SPEC too." },
    { "isolation", ISOLATION, "FILE [A B]",
      "tells for every two components (or for A and B) how the first can reach the second, by the\n"
      "capabilities that the distribution gives them. FILE may be a SYSTEM.SPEC too." },
};

enum kind { FLAG, TEXT, LIST, NUMBER, WARNING, CONNECTOR, TEMPLATES, DEFINE };
static const struct option {
    const char *name;
    unsigned commands;
    enum kind kind;
    void *to;
    const char *value, *text;
} options[] = {
    { "-o", BUILD | SPEC | GRAPH | ISOLATION | CDL, TEXT, &opt.out, "PATH", "where the result goes" },
    { "--cdl", SPEC, TEXT, &opt.cdl, "FILE", "the distribution as capDL text" },
    { "--graph", SPEC, TEXT, &opt.graph, "FILE", "what `camkes graph` writes" },
    { "--svg", SPEC | GRAPH, TEXT, &opt.svg, "FILE", "the graph as picture, where the program `dot` exists" },
    { "--isolation", SPEC, TEXT, &opt.isolation, "FILE", "what `camkes isolation` writes" },
    { "--file", SPEC, LIST, &opt.files, "INSTANCE:NAME:ARCHIVENAME=PATH",
      "INSTANCE sees that file of the image, read-only, as dataport NAME" },
    { "--assert", ISOLATION, FLAG, &opt.check, NULL, "status 1 when one can reach the other" },
    { "--trust", ISOLATION, LIST, &opt.trusted, "COMPONENT", "leaves out the paths that lead through it" },
    { "--all-paths", ISOLATION, FLAG, &opt.all_paths, NULL, "all indirect paths, not only the shortest" },
    { "-I", ALL, LIST, &opt.imports, "DIR", "where `import <...>` looks" },
    { "-D", ALL, DEFINE, NULL, "NAME[=VALUE]", "a macro for the C preprocessor" },
    { "--cpp-flag", ALL, LIST, &opt.cpp_flags, "FLAG", "an argument for the C preprocessor" },
    { "--cpp-program", ALL, TEXT, &opt.cpp_program, "PROGRAM", "the C preprocessor (cpp)" },
    { "--no-cpp", ALL, FLAG, &opt.no_cpp, NULL, "no preprocessor" },
    { "--connector", ALL, CONNECTOR, NULL, "NAME:SIDE=FILE",
      "C template of a connector; SIDE: from, to, from-header, to-header (docs/connectors.md)" },
    { "--template-path", ALL, TEMPLATES, NULL, "DIR", "where templates look for what they include" },
    { "--const-attr", ALL, LIST, &opt.const_attr, "TYPE",
      "its C uses CAMKES_CONST_ATTR: attributes as macros" },
    { "--separate", ALL, LIST, &opt.separate, "INSTANCE", "gets a program of its own" },
    { "--default-priority", ALL, NUMBER, &opt.back.priority, "N", "of threads (254)" },
    { "--default-stack-size", ALL, NUMBER, &opt.back.stack_size, "BYTES", "of threads (16384)" },
    { "--default-heap-size", ALL, NUMBER, &opt.back.heap_size, "BYTES", "of components (131072)" },
    { "--default-affinity", ALL, NUMBER, &opt.back.affinity, "CPU", "of threads (0)" },
    { "--default-budget", ALL, NUMBER, &opt.back.budget, "US", "of threads (10000)" },
    { "--default-period", ALL, NUMBER, &opt.back.period, "US", "of threads (10000)" },
    { "--cores", ALL, NUMBER, &opt.back.cores, "N", "CPUs the kernel is built for (1)" },
    { "-W", ALL, WARNING, NULL, "NAME", "a warning on; -Wno-NAME off; -Werror: warnings are errors" },
};

static unsigned command_bit(const char *name)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (!strcmp(commands[i].name, name)) {
            return commands[i].bit;
        }
    }
    return 0;
}

static void usage(void)
{
    printf("camkes COMMAND FILE [OPTION...]\nCompiles CAmkES assemblies.\n\n");
    for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        printf("  %-10s %.*s\n", commands[i].name, (int)strcspn(commands[i].text, "\n"), commands[i].text);
    }
    printf("\n`camkes COMMAND --help` lists the command's options. `camkes --version`.\n"
           "Exit status: 0, 1 = errors in the assembly, 2 = wrong use, unreadable or unwritable files.\n");
}

static void command_usage(unsigned bit)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (commands[i].bit == bit) {
            printf("camkes %s %s [OPTION...]\n%s\n\n", commands[i].name, commands[i].usage, commands[i].text);
        }
    }
    for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
        const struct option *o = &options[i];
        if (o->commands & bit) {
            const char *value = o->value ? o->value : "";
            const int shown = printf("  %s%s%s", o->name, *value && o->name[1] == '-' ? " " : "", value);
            printf("%*s%s\n", shown < 32 ? 32 - shown : 2, "", o->text);
        }
    }
    printf("\nwarnings:\n%s", diag_warning_names());
}

/* ---- reading the command line ---- */

/* The option an argument is, and its value: "--file x", "--file=x", "-Ix", "-I x". */
static const struct option *option_of(const char *argument, const char **value)
{
    for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
        const size_t n = strlen(options[i].name);
        if (strncmp(argument, options[i].name, n)) {
            continue;
        }
        if (!argument[n]) {
            *value = NULL;
            return &options[i];
        }
        if (options[i].name[1] != '-' || argument[n] == '=') {
            *value = argument + n + (options[i].name[1] == '-');
            return &options[i];
        }
    }
    return NULL;
}

static const char *nearest_option(const char *argument)
{
    const char *names[sizeof(options) / sizeof(*options)];
    for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
        names[i] = options[i].name;
    }
    return diag_nearest(argument, names, sizeof(options) / sizeof(*options));
}

static void take_number(const struct option *o, const char *value)
{
    char *end;
    *(int64_t *)o->to = strtoll(value, &end, 0);
    if (end == value || *end || *(int64_t *)o->to < 0) {
        diag_fatal("%s %s: not a number", o->name, value);
    }
}

static void take(const struct option *o, const char *value)
{
    switch (o->kind) {
    case FLAG: *(bool *)o->to = true; break;
    case TEXT: *(const char **)o->to = value; break;
    case LIST: *vec_add((list *)o->to) = value; break;
    case NUMBER: take_number(o, value); break;
    case DEFINE: *vec_add(&opt.cpp_flags) = strf("-D%s", value); break;
    case CONNECTOR: connector_declare(value); break;
    case TEMPLATES: template_path(value); break;
    case WARNING:
        if (!diag_option(value)) {
            diag_fatal("-W%s: there is no such warning; camkes check --help lists them", value);
        }
        break;
    }
}

static void check_numbers(void)
{
    const struct back_options *b = &opt.back;
    const struct { const char *option; int64_t value, low, high; } ranges[] = {
        { "--cores", b->cores, 1, 64 },
        { "--default-priority", b->priority, 1, 255 },
        { "--default-stack-size", b->stack_size, 1, 64 << 20 },
        { "--default-heap-size", b->heap_size, 0, 1ll << 37 },
        { "--default-affinity", b->affinity, 0, b->cores - 1 },
        { "--default-budget", b->budget, 1, b->period },
        { "--default-period", b->period, 1, 1 << 30 },
    };
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        if (ranges[i].value < ranges[i].low || ranges[i].value > ranges[i].high) {
            diag_fatal("%s is %lld: it must be from %lld to %lld", ranges[i].option,
                       (long long)ranges[i].value, (long long)ranges[i].low, (long long)ranges[i].high);
        }
    }
}

static void read_options(int argc, char **argv, unsigned command)
{
    for (int i = 2; i < argc; i++) {
        const char *value = NULL;
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            command_usage(command);
            exit(0);
        }
        if (argv[i][0] != '-') {
            *vec_add(&opt.words) = argv[i];
            continue;
        }
        const struct option *o = option_of(argv[i], &value);
        if (!o || !(o->commands & command)) {
            const char *near = o ? NULL : nearest_option(argv[i]);
            diag_fatal("camkes %s has no option %s%s%s", opt.command, argv[i], near ? "; did you mean " : "",
                       near ? near : "");
        }
        if (o->kind != FLAG && !value && ++i < argc) {
            value = argv[i];
        }
        if (o->kind != FLAG && !value) {
            diag_fatal("%s wants a value: %s", o->name, o->value);
        }
        take(o, value);
    }
    const size_t most = command == ISOLATION ? 3 : 1;
    if (opt.words.count == 0) {
        diag_fatal("camkes %s: no file given", opt.command);
    }
    if (opt.words.count > most || opt.words.count == 2) {
        diag_fatal("camkes %s: too many files, or one name of two: %s", opt.command, opt.words.at[1]);
    }
    if ((command & (BUILD | SPEC)) && !opt.out) {
        diag_fatal("camkes %s: no -o", opt.command);
    }
    check_numbers();
    opt.back.const_attr_types = opt.const_attr.at;
    opt.back.const_attr_count = (unsigned)opt.const_attr.count;
    opt.back.separate = opt.separate.at;
    opt.back.separate_count = (unsigned)opt.separate.count;
    opt.back.files = opt.files.at;
    opt.back.file_count = (unsigned)opt.files.count;
}

/* ---- results ---- */

static void write_or_print(const struct text *t, const char *path)
{
    if (path) {
        text_write(t, path);
    } else if (t->length && fwrite(t->data, 1, t->length, stdout) != t->length) {
        diag_fatal("standard output cannot be written");
    }
}

/* A picture, where Graphviz is installed; else a word about it, and all is well. */
static void draw(const char *dot, const char *svg)
{
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        execlp("dot", "dot", "-Tsvg", "-o", svg, dot, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) {
        diag_fatal("dot cannot be run");
    }
    if (WEXITSTATUS(status) == 127) {
        fprintf(stderr, "camkes: no %s: the program dot (package graphviz) is not installed\n", svg);
    } else if (WEXITSTATUS(status)) {
        diag_fatal("dot failed on %s", dot);
    }
}

static void write_graph(const struct model *m, const char *path, const char *svg)
{
    struct text t = { 0 };
    graph_dot(m, &t);
    if (svg && !path) {
        path = strf("%s.dot", svg);
    }
    write_or_print(&t, path);
    if (svg) {
        draw(path, svg);
    }
}

static int write_isolation(const struct spec *s, const char *path)
{
    struct text t = { 0 };
    struct isolation_query q = { .trusted = opt.trusted.at, .trusted_count = (unsigned)opt.trusted.count,
                                 .all_paths = opt.all_paths };
    if (opt.words.count == 3) {
        q.from = opt.words.at[1];
        q.to = opt.words.at[2];
    }
    const bool reachable = isolation_text(s, &q, &t);
    write_or_print(&t, path);
    return opt.check && reachable;
}

static void write_cdl(const struct spec *s, const char *path)
{
    struct text t = { 0 };
    cdl_text(s, &t);
    write_or_print(&t, path);
}

static void write_spec(struct dist *d, const struct model *m)
{
    const void *data;
    size_t bytes;
    const struct spec *s = dist_spec(d, &data, &bytes);
    struct text t = { 0 };
    text_append(&t, data, bytes);
    text_write(&t, opt.out);
    if (opt.cdl) {
        write_cdl(s, opt.cdl);
    }
    if (opt.isolation) {
        write_isolation(s, opt.isolation);
    }
    if (opt.graph || opt.svg) {
        write_graph(m, opt.graph, opt.svg);
    }
}

/* Members of a group are asked for by their own names; the distribution knows the group. */
static void ask_for_processes(const struct model *m)
{
    for (size_t n = 1; n < opt.words.count; n++) {
        const struct instance *i = model_instance(m, opt.words.at[n]);
        opt.words.at[n] = i ? process_name(i) : opt.words.at[n];
    }
    for (size_t n = 0; n < opt.trusted.count; n++) {
        const struct instance *i = model_instance(m, opt.trusted.at[n]);
        opt.trusted.at[n] = i ? process_name(i) : opt.trusted.at[n];
    }
}

static int tell_isolation(const struct model *m, const struct spec *s)
{
    const struct instance *a = opt.words.count == 3 ? model_instance(m, opt.words.at[1]) : NULL;
    const struct instance *b = a ? model_instance(m, opt.words.at[2]) : NULL;
    if (b && a != b && a->group && b->group && !strcmp(a->group, b->group)) {
        struct text t = { 0 };
        text_add(&t, "%s and %s live in one address space, that of the group %s: not isolated\n", a->name,
                 b->name, a->group);
        write_or_print(&t, opt.out);
        return opt.check;
    }
    ask_for_processes(m);
    return write_isolation(s, opt.out);
}

/* ---- the passes ---- */

static int run(unsigned command)
{
    const struct front_options front = {
        .file = opt.words.at[0], .import_paths = opt.imports.at, .import_count = (unsigned)opt.imports.count,
        .cpp = !opt.no_cpp, .cpp_program = opt.cpp_program, .cpp_flags = opt.cpp_flags.at,
        .cpp_count = (unsigned)opt.cpp_flags.count,
    };
    const struct model *model = front_compile(&front);
    if (command == GRAPH) {
        write_graph(model, opt.out, opt.svg);
        return 0;
    }
    connectors_check(model);
    vm_check(model);
    diag_stop();
    const struct programs *programs = programs_make(model, &opt.back);
    struct dist *dist = dist_make(model, programs, &opt.back);
    const struct spec *spec = diag_errors() ? NULL : dist_spec(dist, NULL, NULL);
    if (command & (BUILD | CHECK) && spec) {         /* once is enough: `spec` runs after `build` */
        settings_check(model);
    }
    diag_stop();
    switch (command) {
    case BUILD: programs_write(programs, model, opt.out); return 0;
    case SPEC: write_spec(dist, model); return 0;
    case CDL: write_cdl(spec, opt.out); return 0;
    case ISOLATION: return tell_isolation(model, spec);
    default: return 0;
    }
}

/* `camkes isolation system.spec`, `camkes cdl system.spec`: the file itself. NULL = it is something else. */
static const struct spec *open_spec_file(const char *path)
{
    static struct spec s;
    struct spec_problem problem;
    char magic[sizeof(((struct spec_header *)0)->magic)] = { 0 };
    FILE *f = fopen(path, "rb");
    if (!f || fread(magic, 1, sizeof(magic), f) != sizeof(magic) ||
        memcmp(magic, SPEC_MAGIC, sizeof(magic))) {
        if (f) {
            fclose(f);
        }
        return NULL;
    }
    fseek(f, 0, SEEK_END);
    const size_t bytes = (size_t)ftell(f);
    void *data = mem_new(bytes);
    rewind(f);
    if (fread(data, 1, bytes, f) != bytes) {
        diag_fatal("%s cannot be read", path);
    }
    fclose(f);
    if (spec_open(&s, data, bytes, &problem)) {
        diag_fatal("%s: %s", path, problem.text);
    }
    return &s;
}

int main(int argc, char **argv)
{
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        usage();
        return argc < 2 ? 2 : 0;
    }
    if (!strcmp(argv[1], "--version")) {
        puts(VERSION);
        return 0;
    }
    opt.command = argv[1];
    const unsigned command = command_bit(argv[1]);
    if (!command) {
        diag_fatal("there is no command '%s'; camkes --help lists them", argv[1]);
    }
    read_options(argc, argv, command);
    const struct spec *s = command & (ISOLATION | CDL) ? open_spec_file(opt.words.at[0]) : NULL;
    if (s && command == CDL) {
        write_cdl(s, opt.out);
        return 0;
    }
    return s ? write_isolation(s, opt.out) : run(command);
}
