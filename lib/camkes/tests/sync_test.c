// SPDX-License-Identifier: BSD-2-Clause
// Locks between threads: mutual exclusion, no lost wake-ups, refusals.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <camkes/sync.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fake.h"

#define THREADS 4
#define ROUNDS 5000

static seL4_CPtr notification(void)
{
    fake_reset();
    fake_cap("n", fake_notification(), 1);
    return rt_cap("n");
}

static void all(void *(*function)(void *))
{
    pthread_t t[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, function, NULL), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
}

static sync_mutex_t mutex;
static unsigned guarded;

static void *lock_many(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(sync_mutex_lock(&mutex), 0);
        guarded++;
        assert_int_equal(sync_mutex_unlock(&mutex), 0);
    }
    return NULL;
}

static void mutex_excludes(void **state)
{
    assert_int_equal(sync_mutex_init(&mutex, notification()), 0);
    all(lock_many);
    assert_int_equal(guarded, THREADS * ROUNDS);
}

static void *unlock_once(void *result)
{
    *(int *)result = sync_mutex_unlock(&mutex);
    return NULL;
}

static void mutex_refuses(void **state)
{
    pthread_t t;
    int result = 0;
    assert_int_equal(sync_mutex_init(&mutex, seL4_CapNull), -1);
    assert_int_equal(sync_mutex_init(&mutex, notification()), 0);
    assert_int_equal(sync_mutex_unlock(&mutex), -1);
    assert_int_equal(sync_mutex_lock(&mutex), 0);
    assert_int_equal(sync_mutex_lock(&mutex), -1);
    pthread_create(&t, NULL, unlock_once, &result);
    pthread_join(t, NULL);
    assert_int_equal(result, -1);
    assert_int_equal(sync_mutex_unlock(&mutex), 0);
}

static sync_sem_t sem;
static _Atomic int inside, most, taken;

static void *enter_many(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        sync_sem_wait(&sem);
        const int n = atomic_fetch_add(&inside, 1) + 1;
        for (int m = atomic_load(&most); n > m && !atomic_compare_exchange_weak(&most, &m, n);) {
        }
        atomic_fetch_sub(&inside, 1);
        sync_sem_post(&sem);
    }
    return NULL;
}

static void semaphore_bounds(void **state)
{
    assert_int_equal(sync_sem_init(&sem, notification(), 2), 0);
    all(enter_many);
    assert_in_range(most, 1, 2);
    assert_int_equal(sync_sem_trywait(&sem), 0);
    assert_int_equal(sync_sem_trywait(&sem), 0);
    assert_int_equal(sync_sem_trywait(&sem), -1);
}

static void *take_one(void *unused)
{
    sync_sem_wait(&sem);
    atomic_fetch_add(&taken, 1);
    return NULL;
}

/* Posts that come before the waiters are in the kernel are one signal there, but still wake each of them. */
static void semaphore_loses_no_post(void **state)
{
    for (unsigned round = 0; round < 200; round++) {
        pthread_t t[THREADS];
        assert_int_equal(sync_sem_init(&sem, notification(), 0), 0);
        atomic_store(&taken, 0);
        for (unsigned i = 0; i < THREADS; i++) {
            pthread_create(&t[i], NULL, take_one, NULL);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            sync_sem_post(&sem);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            pthread_join(t[i], NULL);
        }
        assert_int_equal(taken, THREADS);
    }
}

static void semaphore_refuses(void **state)
{
    assert_int_equal(sync_sem_init(&sem, notification(), -1), -1);
    assert_int_equal(sync_sem_init(&sem, notification(), INT32_MAX), 0);
    assert_int_equal(sync_sem_post(&sem), -1);
}

static sync_bin_sem_t bin;

static void *pass_many(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        sync_bin_sem_wait(&bin);
        guarded++;
        sync_bin_sem_post(&bin);
    }
    return NULL;
}

static void binary_semaphore_excludes(void **state)
{
    guarded = 0;
    assert_int_equal(sync_bin_sem_init(&bin, notification(), 1), 0);
    all(pass_many);
    assert_int_equal(guarded, THREADS * ROUNDS);
}

static void binary_semaphore_counts_to_one(void **state)
{
    assert_int_equal(sync_bin_sem_init(&bin, notification(), 2), -1);
    assert_int_equal(sync_bin_sem_init(&bin, notification(), 0), 0);
    assert_int_equal(sync_bin_sem_trywait(&bin), -1);
    sync_bin_sem_post(&bin);
    sync_bin_sem_post(&bin);
    assert_int_equal(sync_bin_sem_trywait(&bin), 0);
    assert_int_equal(sync_bin_sem_trywait(&bin), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutex_excludes),
        cmocka_unit_test(mutex_refuses),
        cmocka_unit_test(semaphore_bounds),
        cmocka_unit_test(semaphore_loses_no_post),
        cmocka_unit_test(semaphore_refuses),
        cmocka_unit_test(binary_semaphore_excludes),
        cmocka_unit_test(binary_semaphore_counts_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
