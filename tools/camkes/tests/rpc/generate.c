// SPDX-License-Identifier: BSD-2-Clause
// Random procedures for the test of calls: an assembly with one client and one server, and the authors' C of
// both, which send, expect and give back values that follow from keys (world.h).
//
//   generate SEED DIRECTORY      writes rpc.camkes, structs.h, client.c, server.c, lists.c
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERFACES = 12, METHODS = 7, MAX_PARAMS = 7, STRUCTS = 4, MAX_FIELDS = 5 };
enum { DIR_IN, DIR_REFIN, DIR_OUT, DIR_INOUT };

/* As the assembly names it, as C does, and in names of functions of world.h. */
struct type { const char *adl, *c, *sfx; };
static const struct type plain[] = {
    { "int", "int", "int" },
    { "integer", "int", "int" },
    { "unsigned int", "unsigned int", "unsigned" },
    { "char", "char", "char" },
    { "character", "char", "char" },
    { "bool", "bool", "boolean" },
    { "boolean", "bool", "boolean" },
    { "int8_t", "int8_t", "int8_t" },
    { "int16_t", "int16_t", "int16_t" },
    { "int32_t", "int32_t", "int32_t" },
    { "int64_t", "int64_t", "int64_t" },
    { "uint8_t", "uint8_t", "uint8_t" },
    { "uint16_t", "uint16_t", "uint16_t" },
    { "uint32_t", "uint32_t", "uint32_t" },
    { "uint64_t", "uint64_t", "uint64_t" },
    { "size_t", "size_t", "size_t" },
    { "float", "float", "float" },
    { "double", "double", "double" },
    { "real", "double", "double" },
};
static const struct type others[] = {
    { "string", "char *", "string" }, { "string", "char *", "string" }, { "string", "char *", "string" },
    { "blob_t", "blob_t", "blob_t" }, { "wide_t", "wide_t", "wide_t" }, { "color_t", "color_t", "color_t" },
    { "handle_t", "handle_t", "handle_t" }, { "P0", "struct P0", "P0" }, { "P1", "struct P1", "P1" },
    { "P2", "struct P2", "P2" }, { "P3", "struct P3", "P3" },
};
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct param { struct type type; int dir; bool array; };
static struct method {
    bool result;
    struct type type;
    struct param param[MAX_PARAMS];
    unsigned count;
} methods[INTERFACES][METHODS];

static uint64_t state;
static unsigned below(unsigned n)
{
    state += 0x9e3779b97f4a7c15;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (unsigned)((x ^ x >> 31) % n);
}

static FILE *create(const char *dir, const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

/* ---- what there is ---- */

static bool buffered(unsigned i) { return i % 4 == 1; }
static bool without_thread(unsigned i) { return i % 4 == 2; }
static const char *connector(unsigned i)
{
    static const char *const names[] = { "seL4RPCCall", "seL4RPCOverMultiSharedData", "seL4RPCNoThreads",
                                         "seL4RPCCallNoType" };
    return names[i % 4];
}

static bool is_string(const struct type *t) { return !strcmp(t->sfx, "string"); }

/* Every third interface has numbers only, few of them: calls by words. */
static void choose(void)
{
    for (unsigned i = 0; i < INTERFACES; i++) {
        for (unsigned m = 0; m < METHODS; m++) {
            struct method *x = &methods[i][m];
            const bool simple = m % 3 == 0;
            x->result = below(3) != 0;
            x->type = simple || below(2) ? plain[below(COUNT(plain))] : others[below(COUNT(others))];
            x->count = below(simple ? 6 : MAX_PARAMS + 1);
            for (unsigned p = 0; p < x->count; p++) {
                const bool easy = simple || below(3) == 0;
                x->param[p] =
                    (struct param){ easy ? plain[below(COUNT(plain))] : others[below(COUNT(others))],
                                    (int)below(4), !simple && below(3) == 0 };
            }
        }
    }
}

/* ---- structs ---- */

static void structs(FILE *adl, FILE *h)
{
    fprintf(h, "#include \"world.h\"\n");
    for (unsigned s = 0; s < STRUCTS; s++) {
        struct type field[MAX_FIELDS];
        const unsigned count = 1 + below(MAX_FIELDS);
        fprintf(adl, "struct P%u {", s);
        for (unsigned f = 0; f < count; f++) {
            field[f] = s && f == 0 ? others[COUNT(others) - STRUCTS + s - 1] : plain[below(COUNT(plain))];
            fprintf(adl, " %s f%u;", field[f].adl, f);
        }
        fprintf(adl, " }\n");
        for (unsigned pass = 0; pass < 4; pass++) {
            static const char *const heads[] = { "fill_P%u(struct P%u *x, uint64_t key)",
                                                 "check_P%u(const struct P%u *x, uint64_t key)",
                                                 "touch_P%u(const struct P%u *x)",
                                                 "free_P%u(struct P%u *x)" };
            static const char *const calls[] = { "fill_%s(&x->f%u, key_mix(key + %u));",
                                                 "check_%s(&x->f%u, key_mix(key + %u));",
                                                 "touch_%s(&x->f%u);", "free_%s(&x->f%u);" };
            fprintf(h, "static inline void ");
            fprintf(h, heads[pass], s, s);
            fprintf(h, "\n{\n%s", pass == 0 ? "    memset(x, 0, sizeof(*x));\n" : "");
            for (unsigned f = 0; f < count; f++) {
                fprintf(h, "    ");
                fprintf(h, calls[pass], field[f].sfx, f, f);
                fprintf(h, "\n");
            }
            fprintf(h, "}\n");
        }
    }
}

/* ---- the assembly ---- */

static void assembly(FILE *f)
{
    static const char *const dirs[] = { "in", "refin", "out", "inout" };
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, "procedure I%u {\n    include <world.h>;\n", i);
        for (unsigned m = 0; m < METHODS; m++) {
            const struct method *x = &methods[i][m];
            fprintf(f, "    %s m%u(", x->result ? x->type.adl : "void", m);
            for (unsigned p = 0; p < x->count; p++) {
                fprintf(f, "%s%s %s p%u%s", p ? ", " : "", dirs[x->param[p].dir], x->param[p].type.adl, p,
                        x->param[p].array ? "[]" : "");
            }
            fprintf(f, ");\n");
        }
        fprintf(f, "}\n");
    }
    fprintf(f, "component Client { control;\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, "    uses I%u c%u;\n", i, i);
    }
    fprintf(f, "}\ncomponent Server {\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, "    provides I%u s%u;\n", i, i);
    }
    fprintf(f, "}\nassembly { composition {\n    component Client client;\n    component Server server;\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, "    connection %s x%u(from client.c%u, to server.s%u);\n", connector(i), i, i, i);
    }
    fprintf(f, "} }\n");
}

/* ---- the authors ---- */

static const char *key(unsigned i, unsigned m, unsigned p, bool out)
{
    static char text[8][64];
    static unsigned n;
    snprintf(text[++n % 8], 64, "key_of(%u, %u, %u, %d)", i, m, p, out);
    return text[n % 8];
}

static bool goes_in(const struct param *p) { return p->dir != DIR_OUT; }
static bool comes_out(const struct param *p) { return p->dir == DIR_OUT || p->dir == DIR_INOUT; }
static bool pointed(const struct param *p)
{
    return comes_out(p) || (p->dir == DIR_REFIN && !is_string(&p->type));
}

static void server_parameter(FILE *f, const struct param *p, unsigned n)
{
    const char *star = comes_out(p) ? "*" : "",
               *konst = comes_out(p) || (p->array && is_string(&p->type)) ? "" : "const ";
    if (p->array) {
        fprintf(f, "%ssize_t %sp%u_sz, %s%s *%sp%u", n ? ", " : "", star, n, konst, p->type.c, star, n);
    } else {
        fprintf(f, "%s%s%s %sp%u", n ? ", " : "", konst, p->type.c, pointed(p) ? "*" : "", n);
    }
}

static void server_method(FILE *f, unsigned i, unsigned m, const struct method *x)
{
    fprintf(f, "%s s%u_m%u(", x->result ? x->type.c : "void", i, m);
    for (unsigned n = 0; n < x->count; n++) {
        server_parameter(f, &x->param[n], n);
    }
    fprintf(f,
            "%s)\n{\n    scribble_ipc_buffer();\n    if (s%u_get_sender_id() != 7) { wrong(\"sender\"); }\n",
            x->count ? "" : "void", i);
    for (unsigned n = 0; n < x->count; n++) {
        const struct param *p = &x->param[n];
        const char *star = comes_out(p) ? "*" : "", *sfx = p->type.sfx, *in = key(i, m, n, 0),
                   *out = key(i, m, n, 1);
        if (p->array) {
            if (goes_in(p)) {
                fprintf(f, "    SEE_ARRAY(%s, %sp%u_sz, (%s%sp%u), %s);\n", sfx, star, n, "", star, n, in);
            }
            if (p->dir == DIR_INOUT) {
                fprintf(f, "    FREE_ARRAY(%s, *p%u_sz, (*p%u));\n", sfx, n, n);
            }
            if (comes_out(p)) {
                fprintf(f, "    FILL_ARRAY(%s, %s, *p%u_sz, (*p%u), %s);\n", sfx, p->type.c, n, n, out);
            }
            continue;
        }
        const char *address = pointed(p) ? "" : "&",
                   *cast = is_string(&p->type) && !comes_out(p) ? "(char *const *)" : "";
        if (goes_in(p)) {
            fprintf(f, "    SEE(%s, %s%sp%u, %s);\n", sfx, cast, address, n, in);
        }
        if (p->dir == DIR_INOUT) {
            fprintf(f, "    free_%s(p%u);\n", sfx, n);
        }
        if (comes_out(p)) {
            fprintf(f, "    fill_%s(p%u, %s);\n", sfx, n, out);
        }
    }
    if (x->result) {
        fprintf(f, "    %s result;\n    fill_%s(&result, %s);\n    return result;\n", x->type.c, x->type.sfx,
                key(i, m, 99, 1));
    }
    fprintf(f, "}\n\n");
}

static void client_method(FILE *f, unsigned i, unsigned m, const struct method *x)
{
    fprintf(f, "static void call_%u_%u(void)\n{\n    test_expect(\"I%u\", %u);\n", i, m, i, m);
    for (unsigned n = 0; n < x->count; n++) {
        const struct param *p = &x->param[n];
        const char *sfx = p->type.sfx, *c = p->type.c, *in = key(i, m, n, 0);
        if (p->array) {
            fprintf(f, "    size_t p%u_sz = 0;\n    %s *p%u = NULL;\n", n, c, n);
            if (goes_in(p)) {
                fprintf(f, "    FILL_ARRAY(%s, %s, p%u_sz, p%u, %s);\n", sfx, c, n, n, in);
            }
        } else {
            fprintf(f, "    %s p%u;\n", c, n);
            if (goes_in(p)) {
                fprintf(f, "    fill_%s(&p%u, %s);\n", sfx, n, in);
            }
        }
    }
    fprintf(f, "    ");
    if (x->result) {
        fprintf(f, "%s result = ", x->type.c);
    }
    fprintf(f, "c%u_m%u(", i, m);
    for (unsigned n = 0; n < x->count; n++) {
        const struct param *p = &x->param[n];
        const char *address = p->array ? (comes_out(p) ? "&" : "") : pointed(p) ? "&" : "";
        fprintf(f, "%s", n ? ", " : "");
        if (p->array) {
            fprintf(f, "%sp%u_sz, ", address, n);
        }
        fprintf(f, "%sp%u", address, n);
    }
    fprintf(f, ");\n");
    if (x->result) {
        fprintf(f, "    SEE(%s, &result, %s);\n    free_%s(&result);\n", x->type.sfx, key(i, m, 99, 1),
                x->type.sfx);
    }
    for (unsigned n = 0; n < x->count; n++) {
        const struct param *p = &x->param[n];
        const char *k = key(i, m, n, comes_out(p));
        if (p->array) {
            fprintf(f, "    SEE_ARRAY(%s, p%u_sz, p%u, %s);\n    FREE_ARRAY(%s, p%u_sz, p%u);\n", p->type.sfx,
                    n, n, k, p->type.sfx, n, n);
        } else {
            fprintf(f, "    SEE(%s, &p%u, %s);\n    free_%s(&p%u);\n", p->type.sfx, n, k, p->type.sfx, n);
        }
    }
    fprintf(f, "}\n\n");
}

static void authors(FILE *client, FILE *server)
{
    fprintf(client, "#include <camkes.h>\n#include \"structs.h\"\n\n");
    fprintf(server, "#include <camkes.h>\n#include \"structs.h\"\n\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        for (unsigned m = 0; m < METHODS; m++) {
            server_method(server, i, m, &methods[i][m]);
            client_method(client, i, m, &methods[i][m]);
        }
    }
    fprintf(client, "void test_run(void)\n{\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(client, "    longest = %d;\n", buffered(i) ? 60 : 3);
        for (unsigned m = 0; m < METHODS; m++) {
            fprintf(client, "    call_%u_%u();\n", i, m);
        }
    }
    fprintf(client, "}\n");
    fprintf(server, "bool test_handle(unsigned interface, seL4_MessageInfo_t *info, seL4_Word badge);\n"
                    "bool test_handle(unsigned interface, seL4_MessageInfo_t *info, seL4_Word badge)\n{\n    "
                    "switch (interface) {\n");
    for (unsigned i = 0; i < INTERFACES; i++) {
        if (without_thread(i)) {
            fprintf(server, "    case %u: return s%u_handle_message(info, badge);\n", i, i);
        }
    }
    fprintf(server, "    default: return false;\n    }\n}\n");
}

static void lists(FILE *f)
{
    fprintf(f, "#include <stdbool.h>\nconst unsigned interface_count = %d;\nconst bool has_buffer[] = {",
            INTERFACES);
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, " %d,", buffered(i));
    }
    fprintf(f, " };\nconst bool threadless[] = {");
    for (unsigned i = 0; i < INTERFACES; i++) {
        fprintf(f, " %d,", without_thread(i));
    }
    fprintf(f, " };\n");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s SEED DIRECTORY\n", argv[0]);
        return 2;
    }
    state = strtoull(argv[1], NULL, 0) * 1000003;
    FILE *adl = create(argv[2], "rpc.camkes"), *h = create(argv[2], "structs.h"),
         *client = create(argv[2], "client.c"), *server = create(argv[2], "server.c"),
         *l = create(argv[2], "lists.c");
    choose();
    fprintf(adl, "import <global-connectors.camkes>;\n");
    structs(adl, h);
    assembly(adl);
    authors(client, server);
    lists(l);
    return fclose(adl) | fclose(h) | fclose(client) | fclose(server) | fclose(l) ? 2 : 0;
}
