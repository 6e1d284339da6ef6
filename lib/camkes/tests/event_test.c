// SPDX-License-Identifier: BSD-2-Clause
// Events: nothing is lost, nothing comes twice, callbacks come before waiters, a neighbour's page may hold
// anything.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <camkes/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

static void consumer_caps(const char *name, const char *again, const char *armed, unsigned notification)
{
    fake_cap(name, notification, 0);
    fake_cap(again, notification, 1);
    fake_cap(armed, fake_notification(), 1);
}

static void *event_thread(void *event)
{
    camkes_event_thread(event);
    return NULL;
}

static void *waiter_thread(void *event)
{
    camkes_event_wait(event);
    return (void *)1;
}

static pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, function, argument), 0);
    return t;
}

static bool becomes(_Atomic int *value, int wanted)
{
    for (unsigned i = 0; i < 5000 && atomic_load(value) != wanted; i++) {
        usleep(1000);
    }
    return atomic_load(value) == wanted;
}

static void count(void *counter) { atomic_fetch_add((_Atomic int *)counter, 1); }

static void emitter_reaches_all(void **state)
{
    fake_reset();
    const unsigned n[3] = { fake_notification(), fake_notification(), fake_notification() };
    const seL4_Word badges[3] = { 1, 1, 4 };
    struct camkes_emitter e;
    struct camkes_event c[3];
    static const char *const names[3][3] = { { "a", "a.again", "a.armed" }, { "b", "b.again", "b.armed" },
                                             { "c", "c.again", "c.armed" } };
    fake_cap_row("e", n, badges, 3);
    for (unsigned i = 0; i < 3; i++) {
        consumer_caps(names[i][0], names[i][1], names[i][2], n[i]);
        c[i] = (struct camkes_event){ 0 };
        camkes_event_init(&c[i], names[i][0]);
        assert_int_equal(camkes_event_poll(&c[i]), 0);
    }
    camkes_emitter_init(&e, "e");
    camkes_emit(&e);
    camkes_emit(&e);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(camkes_event_poll(&c[i]), 1);        /* two signals are one event */
        assert_int_equal(camkes_event_poll(&c[i]), 0);
    }
}

static void unconnected_emitter_does_nothing(void **state)
{
    struct camkes_emitter e;
    fake_reset();
    camkes_emitter_init(&e, "nobody");
    camkes_emit(&e);
    assert_int_equal(fake_signals(), 0);
}

static struct camkes_event *consumer(struct camkes_emitter *e)
{
    struct camkes_event *event = calloc(1, sizeof(*event));
    const unsigned n = fake_notification();
    const seL4_Word badge = 1;
    fake_reset();
    fake_cap_row("e", &n, &badge, 1);
    consumer_caps("c", "c.again", "c.armed", n);
    camkes_event_init(event, "c");
    camkes_emitter_init(e, "e");
    return event;
}

static void wait_returns_after_emit(void **state)
{
    struct camkes_emitter e;
    struct camkes_event *c = consumer(&e);
    const pthread_t t = start(waiter_thread, c);
    void *result;
    assert_true(fake_settle(1));
    camkes_emit(&e);
    pthread_join(t, &result);
    assert_ptr_equal(result, (void *)1);
    free(c);
}

static void callback_runs_once(void **state)
{
    struct camkes_emitter e;
    struct camkes_event *c = consumer(&e);
    _Atomic int called = 0;
    start(event_thread, c);
    assert_int_equal(camkes_event_reg_callback(c, NULL, NULL), -1);
    assert_int_equal(camkes_event_reg_callback(c, count, &called), 0);
    assert_int_equal(camkes_event_reg_callback(c, count, &called), -1);
    camkes_emit(&e);
    assert_true(becomes(&called, 1));
    assert_true(fake_settle(1));
    camkes_emit(&e);                     /* nobody asked for this one: it stays for whoever waits */
    usleep(20000);
    assert_int_equal(called, 1);
    assert_int_equal(camkes_event_poll(c), 1);
}

struct again { struct camkes_event *event; _Atomic int count; };

static void register_again(void *argument)
{
    struct again *a = argument;
    assert_int_equal(camkes_event_reg_callback(a->event, register_again, a), 0);
    atomic_fetch_add(&a->count, 1);
}

static void callback_may_register_itself(void **state)
{
    struct camkes_emitter e;
    static struct again a;
    a.event = consumer(&e);
    start(event_thread, a.event);
    camkes_event_reg_callback(a.event, register_again, &a);
    for (int i = 1; i <= 50; i++) {
        camkes_emit(&e);
        assert_true(becomes(&a.count, i));
    }
}

static void pending_event_calls_back(void **state)
{
    struct camkes_emitter e;
    struct camkes_event *c = consumer(&e);
    _Atomic int called = 0;
    start(event_thread, c);
    camkes_emit(&e);
    camkes_event_reg_callback(c, count, &called);
    assert_true(becomes(&called, 1));
    assert_int_equal(camkes_event_poll(c), 0);
}

/* Whoever gets the event, the callback is served first and the waiter gets the next. */
static void callback_wins_over_waiter(void **state)
{
    for (unsigned round = 0; round < 20; round++) {
        struct camkes_emitter e;
        struct camkes_event *c = consumer(&e);
        _Atomic int called = 0;
        void *result;
        const pthread_t t = start(waiter_thread, c);
        assert_true(fake_settle(1));
        start(event_thread, c);
        assert_true(fake_settle(2));
        camkes_event_reg_callback(c, count, &called);
        camkes_emit(&e);
        assert_true(becomes(&called, 1));
        assert_int_equal(pthread_tryjoin_np(t, &result), EBUSY);
        camkes_emit(&e);                 /* if the callback thread takes it, it gives it back */
        pthread_join(t, &result);
        assert_int_equal(called, 1);
    }
}

/* ---- counted events ---- */

#define EMITTERS 3
#define EMISSIONS 2000

struct queue { struct camkes_event_queue q; struct camkes_queue_source sources[EMITTERS]; _Atomic int got; };
static uint32_t page[EMITTERS][1024];

static struct queue *queue(struct camkes_emitter *e)
{
    static const char *const emitter[EMITTERS] = { "e0", "e1", "e2" };
    static const char *const out[EMITTERS] = { "e0.count", "e1.count", "e2.count" };
    static const char *const in[EMITTERS] = { "c.count", "c.count.1", "c.count.2" };
    struct queue *q = calloc(1, sizeof(*q));
    const unsigned n = fake_notification();
    const seL4_Word badge = 1;
    fake_reset();
    consumer_caps("c", "c.again", "c.armed", n);
    for (unsigned i = 0; i < EMITTERS; i++) {
        page[i][0] = 0;
        fake_cap_row(emitter[i], &n, &badge, 1);
        fake_dataport(out[i], page[i], 4096, 0);
        fake_dataport(in[i], page[i], 4096, 0);
        camkes_emitter_init(&e[i], emitter[i]);
    }
    camkes_event_queue_init(&q->q, "c", q->sources, EMITTERS);
    assert_int_equal(q->q.count, EMITTERS);
    return q;
}

static void *emit_many(void *emitter)
{
    for (unsigned i = 0; i < EMISSIONS; i++) {
        camkes_emit(emitter);
    }
    return NULL;
}

static void *wait_many(void *argument)
{
    struct queue *q = argument;
    for (;;) {
        camkes_event_queue_wait(&q->q);
        atomic_fetch_add(&q->got, 1);
    }
    return NULL;
}

static void queue_counts_every_event(void **state)
{
    struct camkes_emitter e[EMITTERS];
    struct queue *q = queue(e);
    pthread_t t[EMITTERS];
    start(wait_many, q);
    start(wait_many, q);
    for (unsigned i = 0; i < EMITTERS; i++) {
        t[i] = start(emit_many, &e[i]);
    }
    for (unsigned i = 0; i < EMITTERS; i++) {
        pthread_join(t[i], NULL);
    }
    assert_true(becomes(&q->got, EMITTERS * EMISSIONS));
    assert_true(fake_settle(2));
    assert_int_equal(q->got, EMITTERS * EMISSIONS);
}

static void queue_again(void *argument)
{
    struct queue *q = argument;
    camkes_event_queue_reg_callback(&q->q, queue_again, q);
    atomic_fetch_add(&q->got, 1);
}

static void *queue_thread(void *q)
{
    camkes_event_queue_thread(&((struct queue *)q)->q);
    return NULL;
}

/* Callbacks and a waiter together: each event goes to exactly one of them. */
static void queue_calls_back_for_every_event(void **state)
{
    struct camkes_emitter e[EMITTERS];
    struct queue *q = queue(e);
    start(queue_thread, q);
    start(wait_many, q);
    assert_int_equal(camkes_event_queue_reg_callback(&q->q, queue_again, q), 0);
    const pthread_t t = start(emit_many, &e[1]);
    emit_many(&e[0]);
    pthread_join(t, NULL);
    assert_true(becomes(&q->got, 2 * EMISSIONS));
    usleep(20000);
    assert_int_equal(q->got, 2 * EMISSIONS);
}

static void queue_polls(void **state)
{
    struct camkes_emitter e[EMITTERS];
    struct queue *q = queue(e);
    assert_int_equal(camkes_event_queue_poll(&q->q), 0);
    camkes_emit(&e[0]);
    camkes_emit(&e[0]);
    camkes_emit(&e[2]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(camkes_event_queue_poll(&q->q), 1);
    }
    assert_int_equal(camkes_event_queue_poll(&q->q), 0);
    free(q);
}

/* An emitter that counts backwards, or wildly, makes no events of others' and no endless loop. */
static void queue_survives_spoilt_counters(void **state)
{
    struct camkes_emitter e[EMITTERS];
    struct queue *q = queue(e);
    page[0][0] = (uint32_t)-5;
    assert_int_equal(camkes_event_queue_poll(&q->q), 0);
    camkes_emit(&e[1]);
    assert_int_equal(camkes_event_queue_poll(&q->q), 1);
    assert_int_equal(camkes_event_queue_poll(&q->q), 0);
    page[0][0] = 2;
    assert_int_equal(camkes_event_queue_poll(&q->q), 1);
    page[0][0] = 0;
    assert_int_equal(camkes_event_queue_poll(&q->q), 0);
    free(q);
}

/* ---- the control thread's notification ---- */

static struct camkes_global global[3];

/* The notification is the same in all tests, as in a component. */
static unsigned globals(void)
{
    static unsigned notification;
    static const char *const names[3] = { "x", "y", "z" };
    static const char *const badge[3] = { "x.badge", "y.badge", "z.badge" };
    static const char *const bit[3] = { "x.bit", "y.bit", "z.bit" };
    static bool linked;
    if (!linked) {
        notification = fake_notification();
    }
    fake_reset();
    fake_cap("rt.global", notification, 0);
    for (unsigned i = 0; i < 3; i++) {
        fake_attr(badge[i], 1 << 27 | 1 << i);
        fake_attr(bit[i], 1 << i);
        if (!linked) {
            camkes_global_init(&global[i], names[i], "rt.global");
        }
    }
    linked = true;
    return notification;
}

static void global_keeps_others_bits(void **state)
{
    const unsigned n = globals();
    fake_cap("all", n, 1 << 27 | 7);
    seL4_Signal(rt_cap("all"));
    camkes_global_wait(&global[1]);
    assert_int_equal(camkes_global_poll(&global[0]), 1);
    assert_int_equal(camkes_global_poll(&global[0]), 0);
    assert_int_equal(camkes_global_poll(&global[2]), 1);
    assert_int_equal(camkes_global_poll(&global[1]), 0);
    assert_int_equal(global[2].badge, 1 << 27 | 4);
}

static void *wait_elsewhere(void *unused)
{
    camkes_global_wait(&global[0]);
    return (void *)1;
}

static void *poll_elsewhere(void *result)
{
    *(int *)result = camkes_global_poll(&global[0]);
    return NULL;
}

/* The kernel lets no other thread receive from a bound notification. */
static void global_is_the_control_threads(void **state)
{
    const unsigned n = globals();
    int polled = -1;
    void *result = NULL;
    fake_cap("all", n, 1 << 27 | 7);
    seL4_Signal(rt_cap("all"));
    pthread_join(start(poll_elsewhere, &polled), NULL);
    assert_int_equal(polled, 0);
    assert_int_equal(camkes_global_poll(&global[1]), 1);
    pthread_join(start(poll_elsewhere, &polled), NULL);
    assert_int_equal(polled, 1); /* the control thread kept it */
    pthread_join(start(wait_elsewhere, NULL), &result);
    assert_null(result);
    assert_non_null(strstr(fake_fatal(), "only the control thread can wait for 'x'"));
    assert_int_equal(camkes_global_poll(&global[2]), 1);
}

static void global_calls_back_each_time(void **state)
{
    _Atomic int called = 0, other = 0;
    globals();
    camkes_global_reg_callback(&global[0], count, &called);
    camkes_global_reg_callback(&global[2], count, &other);
    camkes_global_dispatch(1 << 27 | 1);
    camkes_global_dispatch(1 << 27 | 3);
    assert_int_equal(called, 2);
    assert_int_equal(other, 0);
    camkes_global_reg_callback(&global[0], NULL, NULL);
    camkes_global_reg_callback(&global[2], NULL, NULL);
}

/* ---- servers that signal single clients ---- */

static void clients_are_found_by_badge(void **state)
{
    static struct camkes_clients c;
    char memory[64];
    fake_reset();
    const unsigned n[2] = { fake_notification(), fake_notification() };
    const seL4_Word badges[2] = { 2, 2 };
    fake_cap_row("timer.emit", n, badges, 2);
    fake_client("timer", &(struct rt_client){ .name = "a", .badge = 7 });
    fake_client("other", &(struct rt_client){ .name = "o", .badge = 9 });
    fake_client("timer", &(struct rt_client){ .name = "b", .badge = 9, .buffer = memory, .buffer_size = 64 });
    fake_cap("b", n[1], 0);
    camkes_clients_init(&c, "timer");
    camkes_clients_emit(&c, 8);
    assert_int_equal(fake_signals(), 0);
    camkes_clients_emit(&c, 9);
    seL4_Word badge;
    seL4_Poll(rt_cap("b"), &badge);
    assert_int_equal(badge, 2);
    assert_int_equal(camkes_clients_badge(&c, 0), 7);
    assert_int_equal(camkes_clients_badge(&c, 2), 0);
    assert_ptr_equal(camkes_clients_buf(&c, 9), memory);
    assert_null(camkes_clients_buf(&c, 3));
    assert_int_equal(camkes_clients_buf_size(&c, 9), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emitter_reaches_all),
        cmocka_unit_test(unconnected_emitter_does_nothing),
        cmocka_unit_test(wait_returns_after_emit),
        cmocka_unit_test(callback_runs_once),
        cmocka_unit_test(callback_may_register_itself),
        cmocka_unit_test(pending_event_calls_back),
        cmocka_unit_test(callback_wins_over_waiter),
        cmocka_unit_test(queue_counts_every_event),
        cmocka_unit_test(queue_calls_back_for_every_event),
        cmocka_unit_test(queue_polls),
        cmocka_unit_test(queue_survives_spoilt_counters),
        cmocka_unit_test(global_keeps_others_bits),
        cmocka_unit_test(global_is_the_control_threads),
        cmocka_unit_test(global_calls_back_each_time),
        cmocka_unit_test(clients_are_found_by_badge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
