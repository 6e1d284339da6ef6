// SPDX-License-Identifier: BSD-2-Clause
// The asking side of the loader's test system: what the spec promised is there and works.
#include <rt/memory.h>
#include <rt/rpc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void check(bool ok, const char *what) { printf("%s client: %s\n", ok ? "PASS" : "FAIL", what); }

static void names(void)
{
    size_t count;
    check(!strcmp(rt_instance_name(), "client") && !strcmp(rt_attr_str("greeting", ""), "bonjour") &&
          rt_attr_int("number", 0) == -42 && rt_attr_int("absent", 9) == 9 && !rt_has_attr("absent"), "attributes");
    check(rt_cap("absent") == seL4_CapNull && !rt_dataport("absent", NULL) && rt_cap_array("pages", &count) && count == 4,
          "names of capabilities and dataports");
    check(rt_tcb_cap() != seL4_CapNull && rt_reply_cap() != seL4_CapNull && rt_thread_index() == 0, "own thread");
}

static void calls(void)
{
    char *buffer = rt_dataport("echo", NULL);
    strcpy(buffer, "hear, hear");
    struct rt_message m = { .label = 7 };
    rt_call(rt_cap("echo"), &m);
    check(m.length == 1 && m.word[0] == strlen("client") && !strcmp(buffer, "HEAR, HEAR"), "call with a buffer");
    struct rt_message sum = { .length = 8, .word = { 1, 2, 3, 4, 5, 6, 7, 8 } };
    rt_call(rt_cap("add"), &sum);
    check(sum.word[0] == 36 + 5, "call with eight words");
    bool ok = true;
    for (seL4_Word i = 0; i < 200; i++) {
        ok &= rt_call3(rt_cap("add"), 1, i, 2, 3) == i + 10;
    }
    check(ok, "many calls");
}

static void shared_memory(void)
{
    size_t size;
    const char *news = rt_dataport("news", &size);
    seL4_Wait(rt_cap("news"), NULL);
    check(size == 4096 && !strcmp(news, "round and round"), "news");
    uint8_t *big = rt_dataport("big", &size);
    bool zero = size == 6 << 20 || size == 5 << 20;
    for (size_t i = 0; i < size; i += 1000) {
        zero &= big[i] == 0;
        big[i] = (uint8_t)i;
    }
    check(zero, "large dataport is zero-filled");
    const char *file = rt_dataport("text", &size);
    check(size == 10007 && file[0] == 'a' && file[10006] == 'Z', "file shared by two components");
    volatile uint64_t *hpet = rt_dataport("hpet", NULL);
    check((hpet[0] & 0xff) != 0 && (hpet[0] & 0xff) != 0xff, "device frame: the HPET's capabilities register");
}

static void own_memory(void)
{
    struct rt_region r, pages;
    const uint64_t before = rt_memory_left();
    check(before >= 12 << 20 && rt_memory_largest() == 4 << 20, "untyped pool");
    check(rt_region_new(&r, 6 << 20, 0) && r.page_bits == 21, "region of 2 MiB frames");
    memset(r.memory, 0x5a, r.bytes);
    check(rt_region_new(&pages, 20000, 0) && pages.page_bits == 12 && pages.memory[19999] == 0, "region of 4 KiB frames");
    const seL4_CPtr ept = rt_ept_new();
    check(ept && !rt_region_map_ept(&r, 0, r.bytes, ept, 0, 3, NULL) &&
          !rt_region_map_ept(&pages, 4096, 8192, ept, 0xfee00000, ABI_RIGHT_READ, NULL), "nested address space");
    check(!rt_region_new(&r, 64 << 20, 21), "region beyond the pool is refused");
}

static void library(void)
{
    char *p[64], text[64];
    bool ok = true;
    for (int i = 0; i < 64; i++) {
        p[i] = malloc(30000);
        ok &= p[i] != NULL;
        memset(p[i], i, 30000);
    }
    for (int i = 0; i < 64; i++) {
        ok &= p[i][29999] == i;
        free(p[i]);
    }
    check(ok && malloc(8 << 20) == NULL, "heap");
    snprintf(text, sizeof(text), "%5d|%-6s|%08lx|%llu|%c", -7, "ab", 0xbeeful, 1ull << 40, 'x');
    check(!strcmp(text, "   -7|ab    |0000beef|1099511627776|x"), "printf");
    rt_set_boot_time(1000000000);
    check(time(NULL) >= 1000000000 && time(NULL) < 1000000600 && rt_time_ns() > 0, "time");
    check(fopen("nothing", "r") == NULL, "no files without hooks");
}

int run(void)
{
    names();
    calls();
    shared_memory();
    own_memory();
    library();
    seL4_Signal(rt_cap("poke"));
    printf("client: done\n");
    fflush(stdout);
    struct rt_message m = { 0 };
    rt_call(rt_cap("add"), &m);           /* lets the server come to its end: it has the higher priority */
    seL4_X86_IOPort_Out8(rt_cap("exit"), 0xf4, 0);
    return 0;
}
