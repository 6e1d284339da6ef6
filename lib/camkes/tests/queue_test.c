// SPDX-License-Identifier: BSD-2-Clause
// Message queues and queues of buffers: what is put comes out, in order, and a peer that spoils the shared
// memory can neither lead us out of it nor keep us busy.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <camkes/msgqueue.h>
#include <camkes/virtqueue.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static uint32_t seed = 1;
static uint32_t next_random(void) { return seed = seed * 1664525u + 1013904223u; }

/* ---- messages ---- */

struct message { uint32_t number; char text[20]; };
static struct camkes_msgqueue sender, receiver;

static void *queue(size_t bytes)
{
    void *memory = aligned_alloc(4096, 4096);
    memset(memory, 0, 4096);
    fake_reset();
    fake_dataport("q", memory, bytes, 0);
    fake_cap("q.signal", fake_notification(), 1);
    camkes_msgqueue_init(&sender, "q", sizeof(struct message));
    camkes_msgqueue_init(&receiver, "q", sizeof(struct message));
    return memory;
}

static void messages_in_order(void **state)
{
    struct message m = { 0 };
    void *memory = queue(1024);
    assert_int_equal(sender.slots, 32);                  /* (1024 - 192) / 24 = 34 */
    assert_int_equal(camkes_msgqueue_poll(&receiver, &m), 0);
    for (unsigned round = 0; round < 5; round++) {
        for (m.number = 0; m.number < 32; m.number++) {
            assert_int_equal(camkes_msgqueue_room(&sender), 32 - m.number);
            assert_int_equal(camkes_msgqueue_send(&sender, &m), 0);
        }
        assert_int_equal(camkes_msgqueue_send(&sender, &m), -1);
        for (unsigned i = 0; i < 32; i++) {
            assert_int_equal(camkes_msgqueue_poll(&receiver, &m), 1);
            assert_int_equal(m.number, i);
        }
    }
    assert_int_equal(fake_signals(), 0);                 /* nobody slept */
    free(memory);
}

enum { MESSAGES = 20000 };

static void *receive_all(void *unused)
{
    struct message m;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        camkes_msgqueue_receive(&receiver, &m);
        assert_int_equal(m.number, i);
    }
    return NULL;
}

static void messages_between_threads(void **state)
{
    pthread_t t;
    void *memory = queue(1024);
    pthread_create(&t, NULL, receive_all, NULL);
    for (struct message m = { 0 }; m.number < MESSAGES;) {
        m.number += camkes_msgqueue_send(&sender, &m) == 0;
    }
    pthread_join(t, NULL);
    free(memory);
}

static void messages_spoilt(void **state)
{
    struct message m;
    uint8_t *memory = queue(1024);
    for (unsigned i = 0; i < 20000; i++) {
        ((_Atomic uint32_t *)memory)[next_random() % 40] =
            next_random() % 3 ? next_random() : next_random() % 64;
        camkes_msgqueue_send(&sender, &m);
        camkes_msgqueue_poll(&receiver, &m);
        assert_in_range(camkes_msgqueue_room(&sender), 0, 32);
    }
    /* bytes beyond the queue's memory are as they were */
    for (size_t i = 1024; i < 4096; i++) {
        assert_int_equal(memory[i], 0);
    }
    free(memory);
}

static void messages_unconnected(void **state)
{
    struct message m;
    fake_reset();
    camkes_msgqueue_init(&sender, "nobody", sizeof(m));
    assert_int_equal(camkes_msgqueue_send(&sender, &m), -1);
    assert_int_equal(camkes_msgqueue_poll(&sender, &m), 0);
}

/* ---- buffers ---- */

#define BYTES 16384u
static virtqueue_driver_t driver;
static virtqueue_device_t device;

static struct vq_shared *virtqueue(void)
{
    static struct camkes_virtqueue a, b;
    static bool added;
    struct vq_shared *memory = aligned_alloc(64, BYTES);
    memset(memory, 0, BYTES);
    fake_reset();
    fake_dataport("drv", memory, BYTES, 0);
    fake_dataport("dev", memory, BYTES, 0);
    fake_attr("drv.id", 3);
    fake_attr("dev.id", 4);
    fake_cap("drv.other", fake_notification(), 1);
    fake_cap("dev.other", fake_notification(), 1);
    if (!added) {
        camkes_virtqueue_add(&a, "drv", true);
        camkes_virtqueue_add(&b, "dev", false);
        added = true;
    }
    assert_int_equal(camkes_virtqueue_driver_init(&driver, 4), -1);
    assert_int_equal(camkes_virtqueue_driver_init(&driver, 3), 0);
    assert_int_equal(camkes_virtqueue_device_init(&device, 3), -1);
    assert_int_equal(camkes_virtqueue_device_init(&device, 4), 0);
    return memory;
}

static void buffers_there_and_back(void **state)
{
    struct vq_shared *memory = virtqueue();
    volatile void *out, *in;
    char text[64] = { 0 };
    vq_chain_t c;
    unsigned number;
    uint32_t len;
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &out, 10), 0);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &in, 100), 0);
    memcpy((void *)(uintptr_t)out, "question??", 10);
    const vq_piece_t pieces[2] = { { out, 10, false }, { in, 100, true } };
    const int put = virtqueue_driver_put(&driver, pieces, 2);
    assert_true(put >= 0);
    assert_true(virtqueue_device_get(&device, &c));
    assert_int_equal(c.count, 2);
    assert_int_equal(virtqueue_chain_read(&c, text, sizeof(text)), 10);
    assert_string_equal(text, "question??");
    assert_int_equal(virtqueue_chain_write(&c, "answer", 6), 6);
    assert_false(virtqueue_driver_get(&driver, &number, &len));
    virtqueue_device_done(&device, &c, 6);
    assert_true(virtqueue_driver_get(&driver, &number, &len));
    assert_int_equal(number, put);
    assert_int_equal(len, 6);
    assert_memory_equal((void *)(uintptr_t)in, "answer", 6);
    assert_false(virtqueue_device_get(&device, &c));
    camkes_virtqueue_buffer_free(&driver, out);
    camkes_virtqueue_buffer_free(&driver, in);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &out, BYTES - sizeof(struct vq_shared)), 0);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &in, 1), -1);
    free(memory);
}

/* Random traffic, completed out of order: every chain comes back once, with its bytes. */
static void buffers_random_traffic(void **state)
{
    struct vq_shared *memory = virtqueue();
    static struct { volatile uint8_t *buf; uint32_t len; uint8_t mark; } flight[VQ_SIZE];
    static vq_chain_t held[VQ_SIZE];
    unsigned holds = 0, done = 0;
    memset(flight, 0, sizeof(flight));
    for (unsigned round = 0; round < 50000; round++) {
        volatile void *buf;
        unsigned number;
        uint32_t len = 1 + next_random() % 500;
        switch (next_random() % 3) {
        case 0:
            if (camkes_virtqueue_buffer_alloc(&driver, &buf, len) == 0) {
                const uint8_t mark = (uint8_t)next_random();
                memset((void *)(uintptr_t)buf, mark, len);
                const int put =
                    virtqueue_driver_put(&driver, &(vq_piece_t){ buf, len, next_random() & 1 }, 1);
                if (put < 0) {
                    camkes_virtqueue_buffer_free(&driver, buf);
                    break;
                }
                assert_null(flight[put].buf);
                flight[put].buf = buf;
                flight[put].len = len;
                flight[put].mark = mark;
            }
            break;
        case 1:
            if (virtqueue_device_get(&device, &held[holds])) {
                holds++;
            }
            if (holds) {
                const unsigned pick = next_random() % holds;
                virtqueue_device_done(&device, &held[pick], UINT32_MAX);
                held[pick] = held[--holds];
            }
            break;
        case 2:
            if (virtqueue_driver_get(&driver, &number, &len)) {
                assert_non_null(flight[number].buf);
                assert_true(len == 0 || len == flight[number].len);
                for (uint32_t i = 0; i < flight[number].len; i++) {
                    assert_int_equal(flight[number].buf[i], flight[number].mark);
                }
                camkes_virtqueue_buffer_free(&driver, flight[number].buf);
                flight[number].buf = NULL;
                done++;
            }
        }
    }
    assert_true(done > 5000);
    free(memory);
}

static void buffers_refused(void **state)
{
    struct vq_shared *memory = virtqueue();
    volatile void *buf;
    vq_piece_t pieces[VQ_MAX_PIECES + 1];
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buf, 64), 0);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buf, 0), -1);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buf, SIZE_MAX), -1);
    for (unsigned i = 0; i <= VQ_MAX_PIECES; i++) {
        pieces[i] = (vq_piece_t){ buf, 64, false };
    }
    assert_int_equal(virtqueue_driver_put(&driver, pieces, 0), -1);
    assert_int_equal(virtqueue_driver_put(&driver, pieces, VQ_MAX_PIECES + 1), -1);
    pieces[0].buf = memory;                              /* the tables */
    assert_int_equal(virtqueue_driver_put(&driver, pieces, 1), -1);
    pieces[0] = (vq_piece_t){ buf, BYTES, false };
    assert_int_equal(virtqueue_driver_put(&driver, pieces, 1), -1);
    for (unsigned i = 0; i < VQ_SIZE / VQ_MAX_PIECES; i++) {
        assert_true(virtqueue_driver_put(&driver, pieces + 1, VQ_MAX_PIECES) >= 0);
    }
    assert_int_equal(virtqueue_driver_put(&driver, pieces + 1, 1), -1);
    free(memory);
}

/* Whatever the other side writes: what we are told stays inside, and calls return. */
static void buffers_spoilt(void **state)
{
    struct vq_shared *memory = virtqueue();
    uint32_t *words = (uint32_t *)memory;
    const size_t table_words = offsetof(struct vq_shared, buffers) / 4;
    for (unsigned round = 0; round < 30000; round++) {
        volatile void *buf;
        vq_chain_t c;
        unsigned number, calls = 0;
        uint32_t len;
        char text[256];
        for (unsigned i = 0; i < 20; i++) {
            words[next_random() % table_words] = next_random() % 2 ? next_random() : next_random() % 300;
        }
        if (camkes_virtqueue_buffer_alloc(&driver, &buf, 128) == 0 &&
            virtqueue_driver_put(&driver, &(vq_piece_t){ buf, 128, true }, 1) < 0) {
            camkes_virtqueue_buffer_free(&driver, buf);
        }
        while (virtqueue_device_get(&device, &c)) {
            assert_in_range(c.count, 1, VQ_MAX_PIECES);
            for (unsigned i = 0; i < c.count; i++) {
                const uint8_t *at = (const uint8_t *)(uintptr_t)c.piece[i].buf;
                assert_true(at >= memory->buffers && at + c.piece[i].len <= (uint8_t *)memory + BYTES);
            }
            virtqueue_chain_read(&c, text, sizeof(text));
            virtqueue_chain_write(&c, text, sizeof(text));
            virtqueue_device_done(&device, &c, 1);
            assert_true(++calls <= 2 * VQ_SIZE);
        }
        for (calls = 0; virtqueue_driver_get(&driver, &number, &len); calls++) {
            assert_true(number < VQ_SIZE && len <= 128 && calls <= VQ_SIZE);
        }
        assert_true(driver.free_count <= VQ_SIZE);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_in_order),
        cmocka_unit_test(messages_between_threads),
        cmocka_unit_test(messages_spoilt),
        cmocka_unit_test(messages_unconnected),
        cmocka_unit_test(buffers_there_and_back),
        cmocka_unit_test(buffers_random_traffic),
        cmocka_unit_test(buffers_refused),
        cmocka_unit_test(buffers_spoilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
