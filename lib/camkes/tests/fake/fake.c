// SPDX-License-Identifier: BSD-2-Clause
// A component's world on the build machine; see fake.h.
#define _GNU_SOURCE
#include "fake.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/internal.h"

#define MAX 1024u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t library_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static seL4_Word word[MAX];
static unsigned notifications, signals, waiting, first_slot;
static struct { unsigned notification; seL4_Word badge; } slot[MAX];
static unsigned slots = 1;
static struct rt_cap_entry cap[MAX];
static struct rt_memory_entry memory[MAX];
static struct { const char *name; int64_t value; } attr[MAX];
static struct { const char *interface; struct rt_client client; } client[MAX];
static unsigned caps, memories, attrs, clients;
static char fatal[512];
uint8_t fake_ports[65536];

void fake_reset(void)
{
    signals = caps = memories = attrs = clients = 0;
    pthread_mutex_lock(&lock);
    first_slot = slots;                  /* threads of earlier worlds no longer count, wherever they stand */
    waiting = 0;
    pthread_mutex_unlock(&lock);
    fatal[0] = '\0';
}

unsigned fake_notification(void) { return notifications++; }

void fake_cap_row(const char *name, const unsigned *objects, const seL4_Word *badges, unsigned count)
{
    cap[caps++] =
        (struct rt_cap_entry){ .name = name, .first = slots, .count = count, .kind = SPEC_NOTIFICATION };
    for (unsigned i = 0; i < count; i++) {
        slot[slots].notification = objects[i];
        slot[slots++].badge = badges[i];
    }
}

void fake_cap(const char *name, unsigned notification, seL4_Word badge)
{
    fake_cap_row(name, &notification, &badge, 1);
}

seL4_CPtr fake_other_cap(const char *name, unsigned count, unsigned kind, unsigned bits, uint64_t where)
{
    cap[caps++] = (struct rt_cap_entry){ name, slots, count, kind, bits, where };
    slots += count;
    return slots - count;
}

void fake_dataport(const char *name, void *at, size_t size, uint64_t paddr)
{
    memory[memories++] = (struct rt_memory_entry){ name, at, size, paddr, true };
}

void fake_attr(const char *name, int64_t value)
{
    attr[attrs].name = name;
    attr[attrs++].value = value;
}

void fake_client(const char *interface, const struct rt_client *c)
{
    client[clients].interface = interface;
    client[clients++].client = *c;
}

unsigned fake_signals(void) { return signals; }

unsigned fake_waiting(void)
{
    pthread_mutex_lock(&lock);
    const unsigned n = waiting;
    pthread_mutex_unlock(&lock);
    return n;
}

bool fake_settle(unsigned count)
{
    for (unsigned i = 0; i < 5000 && fake_waiting() != count; i++) {
        usleep(1000);
    }
    return fake_waiting() == count;
}

const char *fake_fatal(void) { return fatal[0] ? fatal : NULL; }

/* ---- the kernel ---- */

void seL4_Signal(seL4_CPtr c)
{
    pthread_mutex_lock(&lock);
    word[slot[c].notification] |= slot[c].badge;
    signals++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

seL4_MessageInfo_t seL4_Wait(seL4_CPtr c, seL4_Word *badge)
{
    pthread_mutex_lock(&lock);
    waiting += c >= first_slot;
    while (!word[slot[c].notification]) {
        pthread_cond_wait(&changed, &lock);
    }
    waiting -= c >= first_slot;
    if (badge) {
        *badge = word[slot[c].notification];
    }
    word[slot[c].notification] = 0;
    pthread_mutex_unlock(&lock);
    return (seL4_MessageInfo_t){ { 0 } };
}

seL4_MessageInfo_t seL4_Poll(seL4_CPtr c, seL4_Word *badge)
{
    pthread_mutex_lock(&lock);
    *badge = word[slot[c].notification];
    word[slot[c].notification] = 0;
    pthread_mutex_unlock(&lock);
    return (seL4_MessageInfo_t){ { 0 } };
}

/* Page n of the capability's frames is at 0x100000 * (1 + slot). */
seL4_X86_Page_GetAddress_t seL4_X86_Page_GetAddress(seL4_CPtr c)
{
    return (seL4_X86_Page_GetAddress_t){ seL4_NoError, 0x100000 * (1 + c) };
}

#define PORT(bits)                                                                                 \
    seL4_X86_IOPort_In##bits##_t seL4_X86_IOPort_In##bits(seL4_CPtr c, seL4_Word port)             \
    {                                                                                              \
        seL4_X86_IOPort_In##bits##_t r = { seL4_NoError, 0 };                                      \
        memcpy(&r.result, fake_ports + port, bits / 8);                                            \
        return r;                                                                                  \
    }                                                                                              \
    seL4_Error seL4_X86_IOPort_Out##bits(seL4_CPtr c, seL4_Word port, seL4_Word value)             \
    {                                                                                              \
        memcpy(fake_ports + port, &value, bits / 8);                                               \
        return seL4_NoError;                                                                       \
    }
PORT(8)
PORT(16)
PORT(32)

seL4_Error seL4_IRQHandler_Ack(seL4_CPtr c) { return seL4_NoError; }

/* ---- lib/rt ---- */

const char *rt_instance_name(void) { return "fake"; }
unsigned rt_core(void) { return 0; }
seL4_CPtr rt_tcb_cap(void) { return seL4_CapNull; }
void rt_set_write(rt_write_fn fn) {}

unsigned rt_thread_index(void)
{
    static _Atomic unsigned count;
    static __thread unsigned mine;
    if (gettid() == getpid()) {
        return 0;
    }
    mine = mine ? mine : ++count;
    return mine;
}

bool rt_cap_entry(unsigned n, struct rt_cap_entry *out)
{
    *out = cap[n < MAX ? n : 0];
    return n < caps;
}

bool rt_memory_entry(unsigned n, struct rt_memory_entry *out)
{
    *out = memory[n < MAX ? n : 0];
    return n < memories;
}

seL4_CPtr rt_cap_array(const char *name, size_t *count)
{
    *count = 0;
    for (unsigned i = 0; i < caps; i++) {
        if (!strcmp(cap[i].name, name)) {
            *count = cap[i].count;
            return cap[i].first;
        }
    }
    return seL4_CapNull;
}

seL4_CPtr rt_cap(const char *name)
{
    size_t count;
    return rt_cap_array(name, &count);
}

void *rt_dataport(const char *name, size_t *size)
{
    for (unsigned i = 0; i < memories; i++) {
        if (!strcmp(memory[i].name, name)) {
            if (size) {
                *size = memory[i].size;
            }
            return memory[i].address;
        }
    }
    if (size) {
        *size = 0;
    }
    return NULL;
}

int64_t rt_attr_int(const char *name, int64_t otherwise)
{
    for (unsigned i = 0; i < attrs; i++) {
        if (!strcmp(attr[i].name, name)) {
            return attr[i].value;
        }
    }
    return otherwise;
}

bool rt_client(const char *interface, unsigned which, struct rt_client *out)
{
    for (unsigned i = 0; i < clients; i++) {
        if (!strcmp(client[i].interface, interface) && which-- == 0) {
            *out = client[i].client;
            return true;
        }
    }
    return false;
}

bool rt_client_by_badge(const char *interface, seL4_Word badge, struct rt_client *out)
{
    for (unsigned i = 0; rt_client(interface, i, out); i++) {
        if (out->badge == badge) {
            return true;
        }
    }
    return false;
}

void rt_fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(fatal, sizeof(fatal), format, args);
    va_end(args);
    pthread_exit(NULL);
}

void rt_park(void) { pthread_exit(NULL); }

void camkes_lock(void) { pthread_mutex_lock(&library_lock); }
void camkes_unlock(void) { pthread_mutex_unlock(&library_lock); }
