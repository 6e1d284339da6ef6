// SPDX-License-Identifier: BSD-2-Clause
// Checks from inside what the assembly gave this component. Prints FAIL lines, and at last how many checks there were.
#include <camkes.h>
#include <camkes/allocator.h>
#include <camkes/dma.h>
#include <camkes/io.h>
#include <camkes/simple.h>
#include <rt/memory.h>
#include <stdio.h>
#include <string.h>

static unsigned checks;
#define CHECK(what)                                                                                \
    do {                                                                                           \
        checks++;                                                                                  \
        if (!(what)) {                                                                             \
            printf("FAIL: line %d: %s\n", __LINE__, #what);                                        \
        }                                                                                          \
    } while (0)

static int before;                       /* attributes are there before pre_init */
static char room[CAMKES_CONST_ATTR(constant)];
static volatile int ticks;

void pre_init(void) { before = number; }
void go__init(void) { CHECK(before == 42); }

static void tick(void *argument)
{
    CHECK(argument == &ticks);
    ticks++;
    s_post();
}

static void check_attributes(void)
{
    CHECK(number == 42 && before == 42);
    CHECK(big == 0xfedcba9876543210);
    CHECK(low == -5 && letter == 'A');
    CHECK(yes && ratio > 1.4 && ratio < 1.6);
    CHECK(!strcmp(text, "two\nlines, \"quoted\" \\") && *empty == 0);
    CHECK(sizeof(list) == 3 * sizeof(int) && list[2] == 3);
    CHECK(sizeof(words) / sizeof(*words) == 2 && !strcmp(words[1], "two"));
    CHECK(point.x == 3 && point.y == -4 && !strcmp(point.names[1], "q"));
    CHECK(sizeof(room) == 12 && constant == 12);
    CHECK(!strcmp(get_instance_name(), "frame"));
    CHECK(get_instance_affinity() == 0);
}

static void check_locks(void)
{
    CHECK(m_lock() == 0 && m_lock() == -1 && m_unlock() == 0);
    CHECK(s_trywait() == 0 && s_wait() == 0 && s_trywait() != 0);       /* s_value is 2 */
    CHECK(b_post() == 0 && b_post() == 0 && b_wait() == 0);
}

static void check_events(void)
{
    CHECK(started_poll() == 0);
    CHECK(started_reg_callback(tick, (void *)&ticks) == 0);
    go_emit();
    CHECK(s_wait() == 0 && ticks == 1);
    go_emit();
    started_wait();
}

void unheard_f(int n) { (void)n; }
int unheard_emit(int n) { return n; }

static void check_unconnected(void)
{
    CHECK(!absent_buf && !absent_get_size && !absent_notification && unheard_get_sender_id() == 0);
    CHECK(!absent_f && !never_poll && !no_memory && no_memory_size == 0);
    no_memory_acquire();
    no_memory_release();
}

static void check_dma(void)
{
    char *a = camkes_dma_alloc(0x9000, 4096, true);
    CHECK(a && (uintptr_t)a % 4096 == 0);
    const uintptr_t paddr = camkes_dma_get_paddr(a);
    CHECK(paddr && paddr % 4096 == 0);
    CHECK(camkes_dma_get_paddr(a + 0x8fff) == paddr + 0x8fff);
    memset(a, 0x5a, 0x9000);
    camkes_dma_free(a, 0x9000);
}

static void check_pools(void)
{
    simple_t simple;
    camkes_make_simple(&simple);
    CHECK(simple_get_untyped_count(&simple) == 3);
    CHECK(simple_get_tcb(&simple) && simple_get_asid_pool(&simple));
    CHECK(rt_memory_left() == (1 << 20) + (2 << 16));
    const seL4_CPtr n = camkes_alloc(seL4_NotificationObject, 0, 0);
    CHECK(n && camkes_alloc(seL4_NotificationObject, 0, 0) && !camkes_alloc(seL4_NotificationObject, 0, 0));
    seL4_Signal(n);
    seL4_Word badge;
    seL4_Wait(n, &badge);
    CHECK(rt_object(seL4_EndpointObject, 0));
    CHECK(rt_ept_new());
}

static void check_devices(void)
{
    uint32_t status;
    CHECK(camkes_io_port_out(0x70, 1, 0x0d) == 0 && camkes_io_port_in(0x71, 1, &status) == 0);
    CHECK(status & 0x80);                /* the CMOS clock's battery is good */
    CHECK(camkes_io_port_in(0x60, 1, &status) == -1);
    const volatile uint32_t *hpet = camkes_io_map(0xfed00000, 0x1000);
    CHECK(hpet && hpet[0] >> 16 == 0x8086);
    CHECK(!camkes_io_map(0xfed01000, 0x1000));
}

int run(void)
{
    check_attributes();
    check_locks();
    check_events();
    check_unconnected();
    check_dma();
    check_pools();
    check_devices();
    printf("frame: %u checks done\n", checks);
    return 0;
}
