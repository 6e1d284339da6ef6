// SPDX-License-Identifier: BSD-2-Clause
// Generated glue of both ends against each other, in the world that the distribution describes. Argument: the
// distribution.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <camkes/dma.h>
#include <camkes/global.h>
#include <camkes/virtqueue.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "glue_types.h"
#include "glue_world.h"

/* What Left's and Right's authors see (their two <camkes.h>). */
void plain_emit(void), native_a_emit(void), native_b_emit(void), counted_emit(void), global_emit(void);
void called_back_emit(void), called_back_emit_underlying(void);
extern Buf *page, *device;
extern wide_t *wide;
extern void *frames, *keys_buf;
extern dataport_caps_handle_t frames_handle, frames_in_handle;
size_t wide_get_size(void), frames_get_size(void), keys_get_size(void), jobs_room(void);
int jobs_send(const job_t *), keys_poll(void), queue_poll(void), own_lock(void), own_unlock(void);
seL4_Word keys_notification_badge(void);
uint8_t ports_in8(uint16_t);
int ports_out32(uint16_t, uint32_t), line_acknowledge(void), line_poll(void);
int line_reg_callback(void (*)(void *), void *);

int plain_in_poll(void), native_in_poll(void), counted_in_poll(void), global_in_poll(void),
    queue_in_poll(void);
void plain_in_wait(void), counted_in_wait(void), global_in_wait(void);
int plain_in_reg_callback(void (*)(void *), void *), counted_in_reg_callback(void (*)(void *), void *);
int called_back_in_reg_callback(void (*)(void *), void *);
seL4_CPtr native_in_notification(void), global_in_notification(void);
seL4_Word global_in_notification_badge(void), called_back_in_notification_badge(void);
extern Buf *page_in, *device_in;
extern wide_t *wide_in;
extern void *frames_in;
int jobs_in_poll(job_t *);
void jobs_in_receive(job_t *), keys_in_emit(seL4_Word);
unsigned keys_in_num_badges(void);
seL4_Word keys_in_enumerate_badge(unsigned);
void *keys_in_buf(seL4_Word);
size_t keys_in_buf_size(seL4_Word);

extern const struct rt_interface __start_rt_interfaces[], __stop_rt_interfaces[];

static void *run_interface(void *row)
{
    ((const struct rt_interface *)row)->run();
    return NULL;
}

/* As lib/rt: a thread for each row that the distribution has one for. */
static int start_threads(void **state)
{
    unsigned started = 0;
    for (const struct rt_interface *i = __start_rt_interfaces; i != __stop_rt_interfaces; i++) {
        pthread_t t;
        if (world_has_thread(i->name)) {
            assert_non_null(i->run);
            assert_int_equal(pthread_create(&t, NULL, run_interface, (void *)(uintptr_t)i), 0);
            started++;
        } else {
            assert_null(i->run);
        }
    }
    assert_int_equal(started, 3);        /* plain_in, counted_in, line */
    assert_true(fake_settle(3));
    return 0;
}

static bool becomes(_Atomic int *value, int wanted)
{
    for (unsigned i = 0; i < 5000 && atomic_load(value) != wanted; i++) {
        usleep(1000);
    }
    return atomic_load(value) == wanted;
}

static void count(void *counter) { atomic_fetch_add((_Atomic int *)counter, 1); }

static void events(void **state)
{
    seL4_Word badge = 0;
    _Atomic int called = 0;
    assert_int_equal(plain_in_poll(), 0);
    plain_emit();
    assert_int_equal(native_in_poll() + counted_in_poll() + global_in_poll(), 0);
    plain_in_wait();
    assert_int_equal(plain_in_reg_callback(count, &called), 0);
    plain_emit();
    assert_true(becomes(&called, 1));
    native_a_emit();
    native_b_emit();
    seL4_Wait(native_in_notification(), &badge);
    assert_int_equal(badge, 4 | 8);
    for (int i = 0; i < 3; i++) {
        counted_emit();
    }
    counted_in_wait();
    counted_in_wait();
    assert_int_equal(counted_in_reg_callback(count, &called), 0);
    assert_true(becomes(&called, 2));
    assert_int_equal(counted_in_poll(), 0);
}

static void global(void **state)
{
    _Atomic int called = 0;
    assert_int_equal(global_in_notification_badge() & 0xfffff, global_in_notification_badge() & 0xfff00);
    assert_int_equal(global_in_notification_badge() >> 20, 1);
    assert_int_not_equal(global_in_notification_badge(), called_back_in_notification_badge());
    called_back_in_reg_callback(count, &called);
    called_back_emit();
    called_back_emit_underlying();
    global_emit();
    global_in_wait();
    assert_int_equal(called, 1);
    assert_int_equal(global_in_poll(), 0);
}

static void memory(void **state)
{
    strcpy(page->content, "left");
    assert_string_equal(page_in->content, "left");
    assert_int_equal(wide_get_size(), 8192);
    wide->word[599] = 77;
    assert_int_equal(wide_in->word[599], 77);
    assert_int_equal(frames_get_size(), 0x3000);
    assert_ptr_equal(frames, frames_in);
    assert_int_equal(dataport_caps_frame_count(&frames_handle), 3);
    assert_int_equal(dataport_caps_frame_size(&frames_in_handle), 4096);
    assert_ptr_equal(device, device_in);
    assert_int_not_equal(camkes_dma_get_paddr(device), 0);
    assert_int_equal(camkes_dma_get_paddr(page), 0);
    const dataport_ptr_t p = dataport_wrap_ptr(&wide->word[5]);
    assert_int_not_equal(p.id, dataport_wrap_ptr(page).id);
    assert_ptr_equal(dataport_unwrap_ptr(p), &wide_in->word[5]);
}

static void queues(void **state)
{
    static virtqueue_driver_t driver;
    static virtqueue_device_t device_end;
    job_t job = { 0 };
    volatile void *buf;
    vq_chain_t chain;
    const size_t room = jobs_room();
    assert_int_equal(room, 128);                         /* of 16 bytes in one page, behind 192 */
    for (job.number = 0; jobs_send(&job) == 0; job.number++) {
    }
    assert_int_equal(job.number, room);
    jobs_in_receive(&job);
    assert_int_equal(job.number, 0);
    assert_int_equal(jobs_in_poll(&job), 1);

    assert_int_equal(camkes_virtqueue_driver_init(&driver, 3), 0);
    assert_int_equal(camkes_virtqueue_device_init(&device_end, 4), 0);
    assert_int_equal(camkes_virtqueue_buffer_alloc(&driver, &buf, 20), 0);
    strcpy((char *)(uintptr_t)buf, "across");
    assert_true(camkes_virtqueue_driver_send_buffer(&driver, buf, 20) >= 0);
    assert_int_equal(queue_in_poll(), 1);
    assert_true(virtqueue_device_get(&device_end, &chain));
    assert_string_equal((char *)(uintptr_t)chain.piece[0].buf, "across");
    virtqueue_device_done(&device_end, &chain, 0);
    virtqueue_device_notify(&device_end);
    assert_int_equal(global_in_poll(), 0);               /* that one is not for it */
    assert_int_equal(queue_poll(), 1);
}

static void serial(void **state)
{
    assert_int_equal(keys_in_num_badges(), 1);
    assert_int_equal(keys_in_enumerate_badge(0), 6);     /* keys_attributes and one more */
    assert_ptr_equal(keys_in_buf(6), keys_buf);
    assert_int_equal(keys_in_buf_size(6), 4096);
    assert_int_equal(keys_get_size(), 4096);
    assert_null(keys_in_buf(5));
    keys_in_emit(5);
    assert_int_equal(keys_poll(), 0);
    keys_in_emit(6);
    keys_in_emit(6);
    assert_int_equal(keys_poll(), 1);
    assert_int_equal(keys_poll(), 0);
    assert_int_not_equal(keys_notification_badge(), 0);
}

static void hardware(void **state)
{
    _Atomic int called = 0;
    assert_int_equal(ports_out32(0x60, 0x11223344), 0);
    assert_int_equal(ports_in8(0x63), 0x11);
    assert_int_equal(line_acknowledge(), 0);
    assert_int_equal(line_poll(), 0);
    world_interrupt();
    assert_int_equal(line_poll(), 1);
    assert_int_equal(line_reg_callback(count, &called), 0);
    world_interrupt();
    assert_true(becomes(&called, 1));
}

static void locks(void **state)
{
    assert_int_equal(own_lock(), 0);
    assert_int_equal(own_lock(), -1);
    assert_int_equal(own_unlock(), 0);
    assert_int_equal(own_unlock(), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events), cmocka_unit_test(global), cmocka_unit_test(memory),
        cmocka_unit_test(queues), cmocka_unit_test(serial), cmocka_unit_test(hardware),
        cmocka_unit_test(locks),
    };
    return cmocka_run_group_tests(tests, start_threads, NULL);
}

/* Before the glue's own constructors (101), which look everything up. The arguments come as to main. */
__attribute__((constructor(100))) static void make_world(int argc, char **argv)
{
    world_make(argc > 1 ? argv[1] : "");
}
