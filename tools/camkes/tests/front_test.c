// SPDX-License-Identifier: BSD-2-Clause
// The front end, part by part: lexer, values, types, composites, settings, messages, places behind cpp.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "diag_state.h"
#include "front.h"
#include "lex.h"
#include "mem.h"
#include "text.h"

static struct text said;

static int fresh(void **state)
{
    said.length = 0;
    text_put(&said, "");
    diag_capture(&said);
    return 0;
}

static int done(void **state)
{
    diag_capture(NULL);
    mem_release();
    free(said.data);
    said = (struct text){ 0 };
    return 0;
}

static const struct model *compile(const char *text)
{
    const struct front_options o = { .file = "test.camkes", .text = text };

    return front_try(&o);
}

static const struct model *good(const char *text)
{
    const struct model *m = compile(text);

    if (!m)
        print_error("%s", said.data);
    assert_non_null(m);
    return m;
}

static void bad(const char *text, const char *message)
{
    assert_null(compile(text));
    if (!strstr(said.data, message))
        print_error("%s", said.data);
    assert_non_null(strstr(said.data, message));
}

/* ---- lexer ---- */

static struct token *tokens(const char *text)
{
    return lex(source_from_text("test", text, strlen(text)));
}

static void words_and_marks(void **state)
{
    struct token *t = tokens("component x1 <- a->b <<= ** _y // end\n/* a\n b */ 7");
    static const char *const texts[] = {
        "component", "x1", "<-", "a", "->", "b", "<<", "=", "**", "_y", "7"
    };

    for (size_t i = 0; i < 11; i++)
        assert_string_equal(t[i].text, texts[i]);
    assert_true(t[0].keyword && !t[1].keyword);
    assert_int_equal(t[10].loc.line, 3);
    assert_int_equal(t[10].loc.column, 7);
    assert_int_equal(t[11].kind, TOKEN_END);
}

static void byte_order_mark_is_skipped(void **state)
{
    good("\xef\xbb\xbf" "component A { control; }\r\nassembly { composition { component A a; } }\r\n");
}

static void numbers(void **state)
{
    struct token *t = tokens("0 0x1fffffff 017 12UL 18446744073709551615 1.5 2e3 .25 1e-400");
    static const uint64_t integers[] = { 0, 0x1fffffff, 15, 12, UINT64_MAX };

    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(t[i].kind, TOKEN_INT);
        assert_true(t[i].integer == integers[i]);
    }
    assert_true(t[5].real == 1.5 && t[6].real == 2000 && t[7].real == .25);
    assert_int_equal(diag_errors(), 0);
}

static void strings(void **state)
{
    struct token *t = tokens("\"a\\tb\\\\\\\"\\x41\\101\" \"one \\\nline\" <a/b.h> import <a/b.h>");

    assert_string_equal(t[0].text, "a\tb\\\"AA");
    assert_string_equal(t[1].text, "one line");
    assert_string_equal(tokens("x = \"two\nlines\";")[2].text, "two\nlines");
    assert_int_equal(t[2].kind, TOKEN_MARK); /* '<' is a header only after import and include */
    assert_int_equal(t[10].kind, TOKEN_HEADER);
    assert_string_equal(t[10].text, "a/b.h");
}

static void every_keyword_is_found(void **state)
{
    static const char *const some[] = { "Buf",  "Procedures", "assembly", "binary_semaphore",
                                        "with", "uint64_t",   "in",       "void" };

    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_true(is_keyword(some[i]));
    assert_false(is_keyword("event"));
    assert_false(is_keyword("us"));
}

/* ---- values ---- */

#define ONE(declared, set)                                                                                   \
    "component A { control; " declared " }\nassembly { composition { component A a; } configuration { " set  \
    " } }\n"

static const struct value *value(const char *text)
{
    const struct model *m = good(strf(ONE("", "a.x = %s;"), text));

    return instance_setting(m->instances[0], "x");
}

static void expressions(void **state)
{
    static const struct { const char *text; int64_t value;
    } rows[] = {
        { "1 + 2 * 3", 7 },
        { "(1 + 2) * 3", 9 },
        { "2 ** 3 ** 2", 512 },
        { "-2 ** 2", -4 },
        { "7 / -2", -3 },
        { "-7 % 3", -1 },
        { "0x1fffffff & ~0x1fffe", 536739841 },
        { "1 << 27", 134217728 },
        { "-8 >> 1", -4 },
        { "1 ? 2 : 0 ? 3 : 4", 2 },
        { "1 < 2 == 1", 1 },
        { "1 | 6 ^ 2 & 3", 5 },
        { "!0 && !\"\"", 1 },
        { "1 || 1 / 0", 1 },
        { "5 <-3", 0 }, { "6 & 4 == 4", 0 },
        { "\"a\" == \"a\"", 1 },
        { "1.0 == 1", 1 },
        { "True + true", 2 },
        { "(0) ** 0", 1 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(value(rows[i].text)->integer, rows[i].value);
}

static void other_values(void **state)
{
    const struct value *v = value("[1, \"a\" \"b\", {\"k\": [], \"l\": 1.5e1,}, 0xffffffffffffffff,]");

    assert_int_equal(v->count, 4);
    assert_string_equal(v->items[1]->string, "ab");
    assert_int_equal(value_key(v->items[2], "k")->count, 0);
    assert_true(value_key(v->items[2], "l")->real == 15);
    assert_null(value_key(v->items[2], "m"));
    assert_true(v->items[3]->is_unsigned && (uint64_t)v->items[3]->integer == UINT64_MAX);
    assert_true(value("1 / 2.0")->real == .5);
}

static void limits_of_types(void **state)
{
    static const struct { const char *type, *low, *high, *below, *above;
    } rows[] = {
        { "int", "-2147483648", "2147483647", "-2147483649", "2147483648" },
        { "uint8_t", "0", "255", "-1", "256" },
        { "int16_t", "-32768", "32767", "-32769", "32768" },
        { "int64_t", "-0x7fffffffffffffff - 1", "0x7fffffffffffffff", "-0x7fffffffffffffff - 1 - 1",
          "1 << 63" },
        { "uint64_t", "0", "0xffffffffffffffff", "-1", "2 ** 64" },
        { "bool", "False", "1", "-1", "2" },
        { "char", "-128", "\"\\xff\"", "-129", "256" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *form = ONE("attribute %s x;", "a.x = %s;");

        good(strf(form, rows[i].type, rows[i].low));
        good(strf(form, rows[i].type, rows[i].high));
        assert_null(compile(strf(form, rows[i].type, rows[i].below)));
        fresh(NULL);
        assert_null(compile(strf(form, rows[i].type, rows[i].above)));
        fresh(NULL);
    }
}

static void structs_are_filled(void **state)
{
    const struct model *m =
        good("struct p { int x = 7; string s; attribute p2 q; }\nstruct p2 { bool b = true; }\n" ONE(
            "attribute p ps[]; attribute { int z; } in_line;",
            "a.ps = [{\"s\": \"t\", \"q\": {}}]; a.in_line = {\"z\": 1};"));
    const struct value *v = instance_attribute(m->instances[0], "ps")->items[0];

    assert_string_equal(v->keys[0], "x");
    assert_int_equal(v->items[0]->integer, 7);
    assert_string_equal(v->items[1]->string, "t");
    assert_int_equal(value_key(v->items[2], "b")->integer, 1);
    assert_string_equal(m->instances[0]->type->attributes[0].type.def->name, "p");
    assert_string_equal(m->instances[0]->type->attributes[1].type.def->name, "");
}

static void references(void **state)
{
    const struct model *m =
        good("component A { control; attribute string s = \"d\"; attribute int n = 3; }\n"
             "assembly { composition { component A a; component A b; component A c; }\n"
             "configuration { a.s <- b.s \"-\" c.s \"!\"; b.s <- c.x[\"k\"][1]; c.x = {\"k\": [0, \"v\"]};\n"
             "a.n <- b.n * 2 + c.n; } }");

    assert_string_equal(instance_str(m->instances[0], "s", ""), "v-d!");
    assert_int_equal(instance_int(m->instances[0], "n", 0), 9);
    assert_string_equal(instance_str(m->instances[2], "s", ""), "d");
}

static void references_to_connections(void **state)
{
    const char *text =
        "procedure P { void f(); } component C { control; uses P p; } component S { provides P q; }\n"
        "connector K { from Procedure; to Procedure; attribute int n = 5; attribute int m; }\n"
        "assembly { composition { component C c; component S s; connection K k(from c.p, to s.q); }\n"
        "configuration { c.a <- k.n; c.b <- k.m; k.m = %s; } }";
    const struct model *m = good(strf(text, "7"));

    assert_int_equal(instance_int(m->instances[0], "a", 0), 5);
    assert_int_equal(instance_int(m->instances[0], "b", 0), 7);
    bad(strf(text, "\"7\""), "attribute 'm' is of type 'int', and cannot be a string");
}

static void references_in_a_circle(void **state)
{
    bad(ONE("", "a.x <- a.y; a.y <- a.z; a.z <- a.x;"), "'x' is a reference that comes back to itself");
    assert_non_null(strstr(said.data, "note: by way of 'z'"));
    assert_int_equal(diag_errors(), 1);
}

/* ---- declarations ---- */

static void procedures(void **state)
{
    const struct model *m =
        good("procedure P { include <stdint.h>; include \"my.h\"; void f(void);\n"
             "unsigned int g(in string s, out my_t xs[], inout int n, refin char c); attribute int v = 2; }\n"
             "component A { control; maybe uses P p; maybe uses procedure { int h(); } q; }\n"
             "assembly { composition { component A a; } }");
    const struct procedure *p = m->instances[0]->type->ifaces[0].procedure;

    assert_string_equal(p->includes[1].text, "\"my.h\"");
    assert_int_equal(p->methods[0].count, 0);
    assert_int_equal(p->methods[0].result.cls, TYPE_VOID);
    assert_string_equal(p->methods[1].result.c_name, "unsigned int");
    assert_int_equal(p->methods[1].params[0].type.cls, TYPE_STRING);
    assert_true(p->methods[1].params[1].type.array && p->methods[1].params[1].dir == DIR_OUT);
    assert_int_equal(p->methods[1].params[1].type.cls, TYPE_OPAQUE);
    assert_int_equal(p->methods[1].params[3].dir, DIR_REFIN);
    assert_int_equal(p->attributes[0].initial->integer, 2);
    assert_string_equal(m->instances[0]->type->ifaces[1].procedure->methods[0].name, "h");
}

static void components(void **state)
{
    const struct model *m = good(
        "component A { control; include <a.h>; maybe dataport Buf(2 * 4096) d; maybe dataport my_t e;\n"
        "has mutex m; has semaphore s; has binary_semaphore b; ; maybe emits E x; maybe consumes E y; }\n"
        "component H { hardware; emits I irq; dataport Buf regs; }\n"
        "assembly { composition { component A a; component H h; } }");
    const struct component *a = m->instances[0]->type;

    assert_true(a->control && !a->hardware && m->instances[1]->type->hardware);
    assert_int_equal(a->ifaces[0].buf_bytes, 8192);
    assert_string_equal(a->ifaces[1].type_name, "my_t");
    assert_int_equal(a->sync_count, 3);
    assert_int_equal(a->syncs[2].kind, SYNC_BINARY_SEMAPHORE);
    assert_string_equal(a->includes[0].text, "<a.h>");
    assert_null(m->instances[0]->ports[0]->connector);
}

/* ---- systems ---- */

#define TALK                                                                                                 \
    "procedure P { void f(); }\ncomponent C { control; uses P p; }\ncomponent S { provides P q; attribute "  \
    "string name; }\n"

static void one_port_many_connections(void **state)
{
    const struct model *m =
        good(TALK "assembly { composition { component S s; component C a; component C b;\n"
                  "connection seL4RPCCall x(from a.p, to s.q); } }\n"
                  "assembly two { composition { connection seL4RPCCall y(from b.p, to s.q); component C c;\n"
                  "component C d; connection seL4RPCCall z(from c.p, from d.p, to s.q); } }");
    const struct port *p = instance_port(model_instance(m, "s"), "q");

    assert_string_equal(m->name, "two");
    assert_int_equal(p->connection_count, 3);
    assert_false(p->is_from);
    assert_string_equal(p->connections[2]->name, "z");
    assert_int_equal(p->connections[2]->from_count, 2);
    assert_ptr_equal(p->connections[2]->from[1]->instance, model_instance(m, "d"));
    assert_int_equal(m->connections[2]->from_loc[1].line, 7);
}

static void composites(void **state)
{
    const struct model *m =
        good(TALK "component Mid { provides P m; attribute string who = \"mid\";\n"
                  "composition { component S s; export s.q -> m; } configuration { s.name <- who \"!\"; } }\n"
                  "component Top { control; provides P t; uses P own; attribute string who;\n"
                  "composition { component Mid a; component Mid b; export a.m -> t; connection seL4RPCCall "
                  "c(from own, to b.m); }\n"
                  "configuration { a.who <- who; } }\n"
                  "assembly { composition { component Top x; component C c; connection seL4RPCCall k(from "
                  "c.p, to x.t); }\n"
                  "configuration { x.who = \"w\"; x.t_attributes = \"5\"; x.b.s.priority = 3; } }");
    const struct instance *inner = model_instance(m, "x.a.s");

    assert_int_equal(m->instance_count, 4);                 /* x, its two servers, c: the shells are gone */
    assert_string_equal(inner->id, "x_a_s");
    assert_string_equal(instance_str(inner, "name", ""), "w!");
    assert_string_equal(port_str(instance_port(inner, "q"), "attributes", ""), "5");
    assert_string_equal(instance_str(model_instance(m, "x.b.s"), "name", ""), "mid!");
    assert_int_equal(instance_int(model_instance(m, "x.b.s"), "priority", 0), 3);
    assert_ptr_equal(instance_port(model_instance(m, "c"), "p")->connections[0]->to[0],
                     instance_port(inner, "q"));
    assert_null(instance_port(model_instance(m, "x"), "t"));        /* it is the inner one */
    assert_ptr_equal(instance_port(model_instance(m, "x"), "own")->connections[0]->to[0]->instance,
                     model_instance(m, "x.b.s"));
    assert_string_equal(m->connections[1]->name, "x.c");
}

static void groups_and_inline_components(void **state)
{
    const struct model *m = good(
        TALK
        "assembly { composition { group g { component C a; component S s; }\n"
        "component { control; uses P p; attribute int n = 4; } x;\n"
        "connection seL4DirectCall d(from g.a.p, to s.q);\n"
        "component S t; connection seL4RPCCall e(from x.p, to t.q); } configuration { g.s.name = \"n\"; } }");

    assert_string_equal(model_instance(m, "a")->group, "g");
    assert_null(model_instance(m, "x")->group);
    assert_string_equal(model_instance(m, "x")->type->name, "x");
    assert_string_equal(instance_str(model_instance(m, "s"), "name", ""), "n");
}

static void named_compositions(void **state)
{
    const struct model *m =
        good("component A { control; }\ncomposition One { component A a; }\nconfiguration Set { a.x = 1; }\n"
             "assembly { composition One; configuration Set; }\ncomposition { component A b; }");

    assert_int_equal(m->instance_count, 2);
    assert_int_equal(instance_int(model_instance(m, "a"), "x", 0), 1);
}

static void schedules(void **state)
{
    const struct model *m = good("component A { control; }\nassembly { composition { component A a; } "
                                 "configuration { a._domain = 1; }\n"
                                 "schedule { [(0, 2 * 5), (1, 20 us), (1, 30 ticks)] } }");

    assert_int_equal(m->schedule_count, 3);
    assert_int_equal(m->schedule[0].duration, 10);
    assert_true(m->schedule[1].microseconds && !m->schedule[2].microseconds);
}

static void own_connectors(void **state)
{
    const struct model *m =
        good("procedure P { void f(); } procedure Q { void g(); }\n"
             "connector Mine { from Procedures with 0 threads; to Procedure with 2 threads;\n"
             "attribute bool disable_interface_type_checking = true; attribute int depth = 4; }\n"
             "component C { control; uses P p; } component S { provides Q q; }\n"
             "assembly { composition { component C c; component S s; connection Mine m(from c.p, to s.q); }\n"
             "configuration { m.depth = 3; } }");

    assert_true(m->connections[0]->connector->from.many);
    assert_int_equal(m->connections[0]->connector->to.threads, 2);
    assert_int_equal(connection_setting(m->connections[0], "depth")->integer, 3);
}

static void defaults_are_settings(void **state)
{
    const struct model *m =
        good("component A { control; attribute int heap_size = 4096; attribute int priority = 3; }\n"
             "assembly { composition { component A a; } configuration { a.priority = 4; } }");

    assert_int_equal(instance_setting(m->instances[0], "heap_size")->integer, 4096);
    assert_int_equal(instance_setting(m->instances[0], "priority")->integer, 4);
    assert_int_equal(m->instances[0]->setting_count, 2);
}

static void aliases_of_unset_attributes(void **state)
{
    const struct model *m =
        good("component In { control; attribute int a = 1; attribute int b = 2; }\n"
             "component Out { attribute int a = 10; composition { component In i; component In j; }\n"
             "configuration { i.a <- a; i.b <- b; j.b <- c; } }\n"
             "assembly { composition { component Out o; } configuration { o.c = 7; o.d <- o.c; } }");

    assert_int_equal(instance_int(model_instance(m, "o.i"), "a", 0), 10);
    assert_int_equal(instance_int(model_instance(m, "o.i"), "b", 0), 2);
    assert_int_equal(instance_int(model_instance(m, "o.j"), "b", 0), 7);
}

static void built_in_names_give_way(void **state)
{
    const struct model *m = good("component A { control; uses IOPort p; }\nprocedure IOPort { int mine(); }\n"
                                 "component B { provides IOPort p; }\n"
                                 "assembly { composition { component A a; component B b; connection "
                                 "seL4RPCCall c(from a.p, to b.p); } }");

    assert_string_equal(m->instances[0]->type->ifaces[0].procedure->methods[0].name, "mine");
}

static void dataport_sizes(void **state)
{
    const struct model *m = good(
        "component A { control; dataport Buf d; dataport Buf(5000) e; }\n"
        "assembly { composition { component A a; component A b;\n"
        "connection seL4SharedData x(from a.d, to b.d); connection seL4SharedData y(from a.e, to b.e); }\n"
        "configuration { a.d_size = 9000; } }");

    assert_int_equal(connection_dataport_bytes(m->connections[0]), 12288);
    assert_int_equal(connection_dataport_bytes(m->connections[1]), 8192);
}

/* ---- settings ---- */

static void wrong_kinds_of_settings(void **state)
{
    const struct model *m = good(ONE("", "a.priority = \"high\"; a.simple = 1;"));

    assert_true(instance_bool(m->instances[0], "simple", false));
    assert_int_equal(instance_int(m->instances[0], "priority", 9), 9);
    assert_int_equal(diag_errors(), 1);
    assert_non_null(
        strstr(said.data, "test.camkes:2:72: error: 'priority' of 'a' is an integer, not a string"));
}

/* ---- messages ---- */

static void warnings_by_name(void **state)
{
    const char *twice = ONE("", "a.x = 1; a.x = 2;");

    assert_false(diag_option("no-such-warning"));
    assert_true(diag_option("no-duplicate-setting"));
    good(twice);
    assert_string_equal(said.data, "");
    assert_true(diag_option("error=duplicate-setting"));
    bad(twice, "error: 'x' is set again");
    assert_true(diag_option("no-error=duplicate-setting"));
    fresh(NULL);
    good(twice);
    assert_non_null(strstr(said.data, "warning: 'x' is set again; this one counts [-Wduplicate-setting]"));
    assert_true(diag_option("error"));
    fresh(NULL);
    assert_null(compile(twice));
    assert_true(diag_option("no-error"));
}

static void same_message_once(void **state)
{
    const char *at;

    bad("component A { control; uses Nothing n; }\nassembly { composition { component A a; component A b; } "
        "}",
        "there is no procedure 'Nothing'");
    at = strstr(said.data, "Nothing'");
    assert_null(strstr(at + 1, "Nothing'"));
}

static void many_errors(void **state)
{
    struct text t = { 0 };

    for (int i = 0; i < 300; i++)
        text_add(&t, "component A%d { uses Nothing%d n; }\n", i, i);
    assert_null(compile(t.data));
    assert_int_equal(diag_errors(), 300);
    assert_non_null(strstr(said.data, "Nothing99"));
    assert_null(strstr(said.data, "Nothing100'"));
    free(t.data);
}

static void settings_of_nobody(void **state)
{
    const char *text = ONE("", "b.x = 1;");

    bad(text, "error: there is no 'b' in the assembly [-Wunknown-instance]");
    assert_true(diag_option("no-error=unknown-instance"));
    fresh(NULL);
    good(text);
    assert_non_null(strstr(said.data, "warning: there is no 'b'"));
    assert_true(diag_option("error=unknown-instance"));
}

static void nearest(void **state)
{
    static const char *const names[] = { "priority", "putchar", "heap_size", "x" };

    assert_string_equal(diag_nearest("priorty", names, 4), "priority");
    assert_string_equal(diag_nearest("PutChar", names, 4), "putchar");
    assert_string_equal(diag_nearest("pirority", names, 4), "priority");
    assert_null(diag_nearest("zebra", names, 4));
    assert_null(diag_nearest("q", names, 4));
}

/* ---- files ---- */

static char directory[] = "/tmp/front_test.XXXXXX";

static const char *file(const char *name, const char *content)
{
    const char *path = strf("%s/%s", directory, name);
    struct text t = { 0 };

    text_put(&t, content);
    text_write(&t, path);
    free(t.data);
    return path;
}

static void places_behind_cpp(void **state)
{
    const char *include[] = { strf("-I%s/inc", directory) }, *paths[] = { strf("%s/inc", directory) };
    struct front_options o = {
        .cpp = true, .cpp_flags = include, .cpp_count = 1, .import_paths = paths, .import_count = 1
    };

    file("inc/make.h", "#define MAKE(n) component Gone##n a##n;\n#define ONE 1\n");
    file("inc/lib.camkes", "component L {\n    control;\n    attribute int x = \"s\";\n}\n");
    o.file = file("main.camkes", "#include <make.h>\nimport <lib.camkes>;\n\nassembly { composition {\n"
                                 "    MAKE(0)   component /* c */ Also   b; component L l; }\n"
                                 "    configuration { l.y =   ONE;   m.x = ONE; }\n}\n");
    assert_null(front_try(&o));
    assert_non_null(strstr(said.data, strf("%s:5:5: error: there is no component 'Gone0'", o.file)));
    assert_non_null(strstr(said.data, "after preprocessing: component Gone0 a0"));
    assert_non_null(strstr(said.data, strf("%s:5:33: error: there is no component 'Also'", o.file)));
    assert_non_null(strstr(said.data, strf("%s:6:36: error: there is no 'm'", o.file)));
    assert_non_null(strstr(
        said.data, strf("in a file imported by %s:2:\n%s/inc/lib.camkes:3:23: error: ", o.file, directory)));
}

static void every_file_is_a_source(void **state)
{
    const char *include[] = { strf("-I%s/inc", directory), "-DNAME=A" };
    struct front_options o = { .cpp = true, .cpp_flags = include, .cpp_count = 2 };
    const struct model *m;
    unsigned found = 0;

    file("inc/empty.h", "\n");
    file("a.camkes", "component A { control; }\nimport \"b.camkes\";\n");
    file("b.camkes", "import \"a.camkes\";\n#include <empty.h>\n");
    o.file = file("whole.camkes", "import \"b.camkes\"; assembly { composition { component NAME a; } }\n");
    diag_option("no-import-cycle");
    m = front_try(&o);
    diag_option("import-cycle");
    assert_non_null(m);
    assert_string_equal(said.data, "");
    for (size_t i = 0; i < m->source_count; i++)
        found += strstr(m->sources[i], "/a.camkes") || strstr(m->sources[i], "/b.camkes")
                 || strstr(m->sources[i], "/empty.h") || strstr(m->sources[i], "/whole.camkes");
    assert_int_equal(found, 4);
}

static void unreadable_files(void **state)
{
    struct front_options o = { .file = directory, .cpp = true };

    assert_null(front_try(&o));
    assert_non_null(strstr(said.data, "cannot read"));
    fresh(NULL);
    o.file = file("zero.camkes", "");
    o.file = "/tmp/there/is/no/such.camkes";
    assert_null(front_try(&o));
    assert_non_null(strstr(said.data, "No such file"));
}

static void files_change_only_with_content(void **state)
{
    const char *path = file("out/deep/file.c", "one\n");
    struct stat before, after;

    stat(path, &before);
    file("out/deep/file.c", "one\n");
    stat(path, &after);
    assert_true(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    file("out/deep/file.c", "two\n");
    stat(path, &after);
    assert_true(before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
                before.st_mtim.tv_nsec != after.st_mtim.tv_nsec);
}

static void maps_hold_many(void **state)
{
    struct map map = { 0 };

    for (int i = 0; i < 5000; i++)
        assert_null(map_put(&map, strf("key%d", i), (void *)strf("%d", i)));
    for (int i = 0; i < 5000; i++)
        assert_string_equal(map_get(&map, strf("key%d", i)), strf("%d", i));
    assert_null(map_get(&map, "key5000"));
    assert_non_null(map_put(&map, "key7", &map));
    assert_string_equal(map.entries.at[4999].key, "key4999");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(words_and_marks),
        T(numbers),
        T(strings),
        T(byte_order_mark_is_skipped),
        T(every_keyword_is_found),
        T(expressions),
        T(other_values),
        T(limits_of_types),
        T(structs_are_filled),
        T(references),
        T(references_to_connections),
        T(references_in_a_circle),
        T(procedures),
        T(components),
        T(one_port_many_connections),
        T(composites),
        T(groups_and_inline_components),
        T(named_compositions),
        T(schedules),
        T(own_connectors),
        T(dataport_sizes),
        T(defaults_are_settings),
        T(aliases_of_unset_attributes),
        T(built_in_names_give_way),
        T(wrong_kinds_of_settings),
        T(warnings_by_name),
        T(same_message_once),
        T(many_errors),
        T(settings_of_nobody),
        T(nearest),
        T(places_behind_cpp),
        T(every_file_is_a_source),
        T(unreadable_files),
        T(files_change_only_with_content),
        T(maps_hold_many),
    };
    int failed;

    if (!mkdtemp(directory))
        return 2;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (system(strf("rm -rf %s", directory)))
        failed++;
    mem_release();
    return failed;
}
