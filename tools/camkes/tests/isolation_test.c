// SPDX-License-Identifier: BSD-2-Clause
// The isolation report against distributions made by hand: every kind of link is found, in the right
// direction, and nothing is found where nothing is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <abi/syscall.h>
#include <stdlib.h>
#include <string.h>

#include "back.h"
#include "mem.h"

static struct spec_system *system_made;
static struct spec_instance *a, *b, *c;
static char *told;                       /* the report of the last question */

static struct spec_instance *component(const char *name)
{
    return spec_instance(system_made,
                         &(struct spec_instance_args){ .name = name, .elf = "x.elf", .heap = 4096 });
}

static int set_up(void **state)
{
    (void)state;
    system_made = spec_system_new();
    a = component("a");
    b = component("b");
    c = component("c");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    spec_system_free(system_made);
    free(told);
    told = NULL;
    mem_release();
    return 0;
}

/* Whether the report says that `from` can reach `to`; it must agree with the answer for the pair. */
static bool reaches(const struct spec *s, const char *from, const char *to)
{
    struct text t = { 0 };
    const bool any = isolation_text(s, &(struct isolation_query){ .from = from, .to = to }, &t);
    const bool forth = strstr(t.data, strf("%s > %s: can reach", from, to)) != NULL;
    const bool back = strstr(t.data, strf("%s > %s: can reach", to, from)) != NULL;
    assert_int_equal(forth, !strstr(t.data, strf("%s > %s: isolated", from, to)));
    assert_int_equal(any, forth || back);
    free(told);
    told = t.data;
    return forth;
}

struct made { struct spec s; void *file; };
static struct made finish(void)
{
    struct made m;
    struct spec_problem problem;
    size_t bytes;
    m.file = spec_system_finish(system_made, &bytes);
    if (!m.file) {
        fail_msg("%s", spec_system_error(system_made));
    }
    assert_int_equal(spec_open(&m.s, m.file, bytes, &problem), 0);
    return m;
}

/* The verdict on a and b, both ways; c takes no part. */
static void expect(bool forth, bool back, const char *how)
{
    struct made m = finish();
    assert_int_equal(reaches(&m.s, "a", "b"), forth);
    if (how && !strstr(told, how)) {
        fail_msg("no '%s' in:\n%s", how, told);
    }
    assert_int_equal(reaches(&m.s, "b", "a"), back);
    assert_false(reaches(&m.s, "a", "c"));
    assert_false(reaches(&m.s, "c", "b"));
    free(m.file);
}

static void nothing_shared(void **state)
{
    (void)state;
    spec_untyped_pool(a, 20, 4);
    spec_untyped_pool(b, 20, 4);
    spec_self_caps(a);
    spec_thread_tcb_cap(a, 0);
    spec_asid_pool(b);
    spec_sched_control(a, "sched", 0);
    spec_sched_control(b, "sched", 0);
    spec_io_ports(a, "low", 0x60, 0x64);
    spec_io_ports(b, "high", 0x65, 0x66);
    spec_device(a, "here", 0xfed00000, 0x1000);
    spec_device(b, "there", 0xfed01000, 0x1000);
    spec_file(a, "file", "f", 4096);
    spec_file(b, "file", "f", 4096);
    expect(false, false, NULL);
}

static void calls(void **state)
{
    (void)state;
    spec_connect_rpc(a, "uses", b, "provides", 0);
    expect(true, true, "calls ep b.provides, b receives");
}

static void sends_without_answer(void **state)
{
    (void)state;
    const uint32_t e = spec_object(system_made, SPEC_ENDPOINT, "e");
    spec_cap(a, "e", e, ABI_RIGHT_WRITE, 1);
    spec_cap(b, "e", e, ABI_RIGHT_READ, 0);
    expect(true, false, "sends to ep e, b receives");
}

static void passes_capabilities(void **state)
{
    (void)state;
    const uint32_t e = spec_object(system_made, SPEC_ENDPOINT, "e");
    spec_cap(a, "e", e, ABI_RIGHT_WRITE | ABI_RIGHT_GRANT, 1);
    spec_cap(b, "e", e, ABI_RIGHT_READ, 0);
    expect(true, true, "calls and passes capabilities by ep e");
}

static void two_callers_of_one(void **state)
{
    (void)state;
    const uint32_t e = spec_object(system_made, SPEC_ENDPOINT, "e");
    spec_cap(a, "e", e, ABI_RIGHT_WRITE, 1);
    spec_cap(b, "e", e, ABI_RIGHT_WRITE, 2);
    expect(false, false, NULL);
}

static void signals(void **state)
{
    (void)state;
    spec_connect_notification(a, "emits", b, "consumes", 0);
    expect(true, false, "signals notification b.consumes, b waits");
}

static void signals_a_bound_one(void **state)
{
    (void)state;
    const uint32_t n = spec_object(system_made, SPEC_NOTIFICATION, "n");
    spec_cap(a, "n", n, ABI_RIGHT_WRITE, 1);
    spec_bind_notification(b, 0, n);
    expect(true, false, "signals notification n, b waits");
}

static void writes_what_the_other_reads(void **state)
{
    (void)state;
    spec_connect_dataport(a, "d", ABI_RIGHT_READ | ABI_RIGHT_WRITE, b, "d", ABI_RIGHT_READ, 4096);
    expect(true, false, "writes frames a.d, b reads");
}

static void both_read(void **state)
{
    (void)state;
    spec_connect_dataport(a, "d", ABI_RIGHT_READ, b, "d", ABI_RIGHT_READ, 4096);
    expect(false, false, NULL);
}

static void capability_to_frames(void **state)
{
    (void)state;
    const uint32_t f = spec_frames(system_made, "f", 4096, 12);
    spec_frame_caps(a, "f", f, ABI_RIGHT_READ | ABI_RIGHT_WRITE);
    spec_dataport(b, "f", f, ABI_RIGHT_READ);
    expect(true, false, "writes frames f, b reads");
}

static void untyped_memory(void **state)
{
    (void)state;
    const uint32_t u = spec_object(system_made, SPEC_UNTYPED, "u");
    spec_object_at(spec_system_writer(system_made), u)->bits = 20;
    spec_object_at(spec_system_writer(system_made), u)->count = 1;
    spec_cap(a, "untyped20", u, 15, 0);
    spec_cap(b, "untyped20", u, 15, 0);
    expect(true, true, "uses untyped u");
}

static void controls_the_thread(void **state)
{
    (void)state;
    const uint32_t tcb = spec_thread_at(spec_system_writer(system_made), 1)->tcb;
    spec_cap(a, "other", tcb, 15, 0);
    expect(true, false, "controls tcb b.control.tcb");
}

static void controls_the_capabilities(void **state)
{
    (void)state;
    spec_cap(a, "other", spec_instance_cnode(b), 15, 0);
    expect(true, false, "controls cnode b.cnode");
}

static void controls_the_address_space(void **state)
{
    (void)state;
    spec_cap(a, "other", spec_instance_vspace(b), 15, 0);
    expect(true, false, "controls pml4 b.vspace");
}

static void runs_in_the_other(void **state)
{
    (void)state;
    spec_thread_at(spec_system_writer(system_made), 0)->cnode = spec_instance_cnode(b);
    expect(true, true, "lives in cnode b.cnode");
}

static void faults_into(void **state)
{
    (void)state;
    const uint32_t e = spec_object(system_made, SPEC_ENDPOINT, "e");
    spec_cap(b, "e", e, ABI_RIGHT_READ, 0);
    spec_thread_at(spec_system_writer(system_made), 0)->fault_endpoint = e;
    expect(true, false, "faults into ep e, b receives");
}

static void the_other_s_interrupt(void **state)
{
    (void)state;
    const struct spec_irq_args irq = { .pin = 4, .vector = 4 };
    spec_irq(a, "irq", &irq, spec_notification_of(b, "rings"), 1);
    expect(true, false, "handles the interrupt behind notification b.rings");
}

static void ports_that_overlap(void **state)
{
    (void)state;
    spec_io_ports(a, "p", 0x3f0, 0x3f8);
    spec_io_ports(b, "p", 0x3f8, 0x3ff);
    expect(true, true, "uses the device behind io_ports a.p, which is that of io_ports b.p");
}

static void device_memory_that_overlaps(void **state)
{
    (void)state;
    spec_device(a, "m", 0xfe001000, 0x1000);
    spec_untyped_device(b, "m", 0xfe000000, 21);
    expect(true, true, "uses the device behind frames a.m, which is that of untyped b.m");
}

static void indirectly(void **state)
{
    (void)state;
    spec_connect_notification(a, "to_c", c, "from_a", 0);
    spec_connect_dataport(c, "d", ABI_RIGHT_READ | ABI_RIGHT_WRITE, b, "d", ABI_RIGHT_READ, 4096);
    struct made m = finish();
    assert_true(reaches(&m.s, "a", "b"));
    assert_non_null(strstr(told, "only indirectly, shortest:\n        a > c > b\n"));
    assert_false(reaches(&m.s, "b", "a"));

    const char *trusted = "c";
    struct text t = { 0 };
    assert_false(isolation_text(&m.s, &(struct isolation_query){ .from = "a", .to = "b", .trusted = &trusted,
                                                                .trusted_count = 1 }, &t));
    assert_non_null(strstr(t.data, "a > b: isolated"));
    free(t.data);
    free(m.file);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_shared), TEST(calls), TEST(sends_without_answer), TEST(passes_capabilities),
        TEST(two_callers_of_one), TEST(signals), TEST(signals_a_bound_one), TEST(writes_what_the_other_reads),
        TEST(both_read), TEST(capability_to_frames), TEST(untyped_memory), TEST(controls_the_thread),
        TEST(controls_the_capabilities), TEST(controls_the_address_space), TEST(runs_in_the_other),
        TEST(faults_into), TEST(the_other_s_interrupt), TEST(ports_that_overlap),
        TEST(device_memory_that_overlaps), TEST(indirectly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
