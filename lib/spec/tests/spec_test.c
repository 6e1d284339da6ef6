// SPDX-License-Identifier: BSD-2-Clause
// Writer and reader agree; the reader refuses whatever is damaged and never leaves the file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <abi/object.h>
#include <abi/syscall.h>
#include <spec/describe.h>
#include <spec/info.h>
#include <spec/layout.h>
#include <spec/read.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two components with every kind of connection between them. */
static struct spec_system *example(void)
{
    struct spec_system *s = spec_system_new();
    struct spec_instance *srv = spec_instance(s, &(struct spec_instance_args){ .name = "serial", .type = "SerialServer",
        .elf = "serial.elf", .heap = 0x30000, .priority = 200 });
    struct spec_instance *vm = spec_instance(s, &(struct spec_instance_args){ .name = "vm0", .type = "Init0",
        .elf = "vm.elf", .heap = 4 << 20, .free_slots = 1000 });
    spec_thread(srv, "putchar", &(struct spec_thread_args){ .priority = 210 });
    assert_int_equal(spec_connect_rpc(vm, "putchar", srv, "putchar", 0), 1);
    assert_int_equal(spec_connect_rpc(vm, "guest_putchar", srv, "putchar", 0), 2);
    assert_int_equal(spec_connect_rpc_buffer(vm, "fs", srv, "fs", 7, 4096), 7);
    spec_connect_dataport(srv, "getchar", 3, vm, "getchar", 3, 4096);
    spec_connect_notification(srv, "getchar", vm, "getchar", 0);
    assert_int_equal(spec_connect_notification(srv, "tick", vm, "tick", 0), 1);
    assert_int_equal(spec_connect_notification(srv, "tock", vm, "tick", 0), 2);
    spec_bind_notification(vm, 0, spec_notification_of(vm, "tick"));
    spec_irq(srv, "irq", &(struct spec_irq_args){ .pin = 4, .vector = 4 }, spec_notification_of(srv, "irq_event"), 16);
    spec_io_ports(srv, "com1", 0x3f8, 0x3ff);
    spec_untyped_pool(vm, 23, 20);
    spec_asid_pool(vm);
    spec_self_caps(vm);
    spec_thread_tcb_cap(vm, 0);
    spec_sched_control(vm, "sched", 0);
    spec_device(srv, "hpet", 0xfed00000, 0x1000);
    spec_file(srv, "archive", "files.cpio", 12345);
    spec_attr_int(vm, "guest_ram_mb", 128);
    spec_attr_str(vm, "kernel_image", "bzimage");
    spec_attr_str(vm, "guest_ram_mb", "replaced");
    spec_attr_int(vm, "guest_ram_mb", 256);
    spec_frame_caps(vm, "frames", spec_frames(s, "shared", 3 << 20, 21), 3);
    spec_dma(vm, "dma", 0x5000);
    spec_object_pool(vm, SPEC_NOTIFICATION, "notification_pool", 3);
    spec_untyped_device(srv, "mmio_untyped", 0xfe000000, 16);
    spec_cnode_bits(srv, 9);
    spec_heap(srv, 0x1000);
    return s;
}

static void *example_file(size_t *bytes)
{
    struct spec_system *s = example();
    void *file = spec_system_finish(s, bytes);
    if (!file) {
        fail_msg("%s", spec_system_error(s));
    }
    spec_system_free(s);
    return file;
}

static void round_trip(void **state)
{
    (void)state;
    size_t bytes;
    void *file = example_file(&bytes);
    struct spec s;
    struct spec_problem p;
    assert_int_equal(spec_open(&s, file, bytes, &p), 0);
    assert_int_equal(s.count[SPEC_COMPONENTS], 2);
    assert_int_equal(s.count[SPEC_THREADS], 3);
    assert_string_equal(spec_text(&s, s.component[1].file), "vm.elf");
    assert_int_equal(s.thread[1].priority, 254);
    assert_int_equal(s.thread[2].priority, 210);
    assert_true(s.thread[1].notification != SPEC_NONE);
    assert_int_equal(s.object[s.component[0].cnode].bits, 9);
    assert_int_equal(s.object[s.component[1].cnode].bits, 11);

    unsigned pools = 0, ports = 0, files = 0;
    for (uint32_t i = 0; i < s.count[SPEC_OBJECTS]; i++) {
        const struct spec_object *o = &s.object[i];
        pools += o->kind == SPEC_UNTYPED && !strcmp(spec_object_name(&s, i), "vm0.untyped23") && o->count == 20;
        ports += o->kind == SPEC_PORTS && o->ports.first == 0x3f8 && o->ports.last == 0x3ff;
    }
    for (uint32_t i = 0; i < s.count[SPEC_FILLS]; i++) {
        files += s.fill[i].kind == SPEC_FILL_FILE && !strcmp(spec_text(&s, s.fill[i].file), "files.cpio") &&
                 s.fill[i].bytes == 12345;
    }
    assert_int_equal(pools, 1);
    assert_int_equal(ports, 1);
    assert_int_equal(files, 1);
    free(file);
}

/* Finds an instance's information page in the file. */
static const struct info_head *info_of(const struct spec *s, unsigned which)
{
    for (uint32_t i = 0; i < s->count[SPEC_FILLS]; i++) {
        if (s->fill[i].kind == SPEC_FILL_BYTES && which-- == 0) {
            return (const void *)(s->bytes + s->fill[i].source);
        }
    }
    return NULL;
}

static void information_page(void **state)
{
    (void)state;
    size_t bytes;
    void *file = example_file(&bytes);
    struct spec s;
    struct spec_problem p;
    assert_int_equal(spec_open(&s, file, bytes, &p), 0);
    const struct info_head *h = info_of(&s, 1);
    assert_non_null(h);
    assert_string_equal(h->magic, INFO_MAGIC);
    const struct info_entry *e = (const void *)((const char *)h + h->entry_offset);
    const char *strings = (const char *)h + h->string_offset;
    assert_string_equal(strings + h->name, "vm0");
    int ram = 0, pool = 0, dma = 0;
    for (uint32_t i = 0; i < h->entry_count; i++) {
        const char *name = strings + e[i].name;
        if (!strcmp(name, "guest_ram_mb")) {
            assert_int_equal(e[i].kind, INFO_INT);
            assert_int_equal(e[i].a, 256);
            ram++;
        }
        if (!strcmp(name, "untyped23")) {
            assert_int_equal(e[i].b, 20);
            assert_int_equal(e[i].e, 23);
            pool++;
        }
        dma += !strcmp(name, "dma") && (e[i].kind == INFO_DATAPORT ? e[i].b == 0x5000 : e[i].kind == INFO_CAP);
    }
    assert_int_equal(ram, 1);
    assert_int_equal(pool, 1);
    assert_int_equal(dma, 2);
    assert_int_equal(h->heap_bytes, 4 << 20);
    assert_int_equal(h->free_slot_count, 1000);
    free(file);
}

static void writer_complains(void **state)
{
    (void)state;
    size_t bytes;
    struct spec_system *s = example();
    spec_instance(s, &(struct spec_instance_args){ .name = "vm0", .elf = "x" });
    assert_null(spec_system_finish(s, &bytes));
    assert_string_equal(spec_system_error(s), "two instances are named 'vm0'");
    spec_system_free(s);

    s = spec_system_new();
    struct spec_instance *i = spec_instance(s, &(struct spec_instance_args){ .name = "a", .elf = "a.elf" });
    spec_io_ports(i, "p", 9, 3);
    assert_null(spec_system_finish(s, &bytes));
    assert_non_null(strstr(spec_system_error(s), "first is above last"));
    spec_system_free(s);

    s = example();
    i = spec_instance(s, &(struct spec_instance_args){ .name = "a", .elf = "a.elf" });
    spec_bind_notification(i, 0, spec_notification_of(i, "one"));
    spec_bind_notification(i, 0, spec_notification_of(i, "two"));
    assert_null(spec_system_finish(s, &bytes));
    assert_non_null(strstr(spec_system_error(s), "has a bound notification already"));
    spec_system_free(s);

    s = example();
    i = spec_instance(s, &(struct spec_instance_args){ .name = "a", .elf = "a.elf" });
    spec_object_pool(i, SPEC_ENDPOINT, "ep_pool", 100);
    spec_cnode_bits(i, 6);
    assert_null(spec_system_finish(s, &bytes));
    assert_non_null(strstr(spec_system_error(s), "6 bits is too small"));
    spec_system_free(s);
}

/* Any single damaged byte behind the header breaks the checksum; so repair it and see that nothing bad happens: either
 * spec_open refuses, or a walk over everything stays inside (the sanitizers watch). */
static size_t walk(const struct spec *s)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < s->count[SPEC_OBJECTS]; i++) {
        sum += strlen(spec_object_name(s, i)) + strlen(spec_kind_name(s->object[i].kind));
    }
    for (uint32_t i = 0; i < s->count[SPEC_CAPS]; i++) {
        sum += s->object[s->cap[i].cnode].bits + s->object[s->cap[i].object].count;
    }
    for (uint32_t i = 0; i < s->count[SPEC_MAPPINGS]; i++) {
        sum += s->object[s->mapping[i].vspace].kind + s->object[s->mapping[i].frames].bits;
    }
    for (uint32_t i = 0; i < s->count[SPEC_FILLS]; i++) {
        const struct spec_fill *f = &s->fill[i];
        sum += strlen(spec_text(s, f->file)) + s->object[f->frames].bits;
        for (uint64_t n = 0; f->kind == SPEC_FILL_BYTES && n < f->bytes; n++) {
            sum += s->bytes[f->source + n];
        }
    }
    for (uint32_t i = 0; i < s->count[SPEC_THREADS]; i++) {
        const struct spec_thread *t = &s->thread[i];
        sum += strlen(spec_text(s, t->name)) + strlen(spec_text(s, s->component[t->component].name));
        sum += s->object[t->tcb].kind + s->object[t->cnode].kind + s->object[t->ipc_frames].bits;
    }
    for (uint32_t i = 0; i < s->count[SPEC_COMPONENTS]; i++) {
        sum += strlen(spec_text(s, s->component[i].type)) + strlen(spec_text(s, s->component[i].file));
    }
    return sum;
}

static void survives_damage(void **state)
{
    (void)state;
    size_t bytes;
    uint8_t *file = example_file(&bytes);
    uint8_t *copy = malloc(bytes);
    uint32_t random = 12345;
    unsigned refused = 0;
    for (unsigned round = 0; round < 20000; round++) {
        memcpy(copy, file, bytes);
        for (unsigned n = round % 4 + 1; n; n--) {
            random = random * 1664525 + 1013904223;
            const size_t at = 16 + (random >> 8) % (bytes - 16 > 6000 ? 6000 : bytes - 16);
            random = random * 1664525 + 1013904223;
            copy[at] = round & 1 ? (uint8_t)(random >> 24) : 0xff;
        }
        struct spec_header *h = (void *)copy;
        if (h->bytes <= bytes && h->bytes > sizeof(*h)) {
            h->checksum = spec_checksum(copy + sizeof(*h), h->bytes - sizeof(*h));
        }
        struct spec s;
        struct spec_problem p;
        if (spec_open(&s, copy, bytes, &p)) {
            assert_non_null(p.text);
            refused++;
        } else if (round % 16 == 0) {
            assert_true(walk(&s) > 0);
        }
    }
    assert_true(refused > 5000);
    free(copy);
    free(file);
}

static void refuses_short_files(void **state)
{
    (void)state;
    size_t bytes;
    uint8_t *file = example_file(&bytes);
    struct spec s;
    struct spec_problem p;
    for (size_t n = 0; n < bytes; n += n < 256 ? 1 : 61) {
        uint8_t *cut = malloc(n + 1);
        memcpy(cut, file, n);
        assert_int_equal(spec_open(&s, cut, n, &p), -1);
        free(cut);
    }
    file[bytes - 1] ^= 1;
    assert_int_equal(spec_open(&s, file, bytes, &p), -1);
    assert_non_null(strstr(p.text, "checksum"));
    free(file);
}

/* Every index of the first component and thread, one beyond what there is. */
static void refuses_the_first_index_beyond(void **state)
{
    (void)state;
    size_t bytes;
    uint8_t *file = example_file(&bytes);
    struct spec s;
    struct spec_problem p;
    assert_int_equal(spec_open(&s, file, bytes, &p), 0);
    const struct { const uint32_t *index; unsigned section; } all[] = {
        { &s.component[0].name, SPEC_STRINGS }, { &s.component[0].file, SPEC_STRINGS },
        { &s.component[0].cnode, SPEC_OBJECTS }, { &s.component[0].vspace, SPEC_OBJECTS },
        { &s.thread[0].name, SPEC_STRINGS }, { &s.thread[0].tcb, SPEC_OBJECTS },
        { &s.thread[0].component, SPEC_COMPONENTS },
    };
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        uint32_t *index = (uint32_t *)(uintptr_t)all[i].index, before = *index;
        struct spec_header *h = (void *)file;
        struct spec again;
        *index = s.count[all[i].section];
        h->checksum = spec_checksum(file + sizeof(*h), h->bytes - sizeof(*h));
        assert_int_equal(spec_open(&again, file, bytes, &p), -1);
        *index = before;
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(information_page), cmocka_unit_test(writer_complains),
        cmocka_unit_test(survives_damage), cmocka_unit_test(refuses_short_files),
        cmocka_unit_test(refuses_the_first_index_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
