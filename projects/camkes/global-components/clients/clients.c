// SPDX-License-Identifier: BSD-2-Clause
// Calls to the services; see global-components/clients.h.
#include <global-components/clients.h>
#include <global-components/rpc.h>
#include <rt/rpc.h>
#include <string.h>
#include "../components/RTC/cmos.h"

/* The result of a call, or -1 when there is no such connection or the server did not know the method. */
static int64_t call(const char *iface, struct rt_message *m)
{
    seL4_CPtr cap = rt_cap(iface);

    if (!cap)
        return -1;
    rt_call(cap, m);
    return m->label == RPC_BAD_REQUEST ? -1 : (int64_t)m->word[0];
}

static int64_t call3(const char *iface, unsigned method, uint64_t a, uint64_t b, uint64_t c)
{
    struct rt_message m = { .label = method, .length = 3, .word = { a, b, c } };
    return call(iface, &m);
}

void *fs_client_buf(const char *iface, size_t *size)
{
    return rt_dataport(iface, size);
}

int fs_client_open(const char *iface, const char *name, int mode)
{
    size_t room = 0, n = strlen(name) + 1;
    char *buf = fs_client_buf(iface, &room);

    if (!buf || n > room)
        return -1;
    memcpy(buf, name, n);
    return (int)call3(iface, FS_OPEN, (uint64_t)mode, 0, 0);
}

int64_t fs_client_size(const char *iface, int handle)
{
    return call3(iface, FS_SIZE, (uint64_t)handle, 0, 0);
}

int64_t fs_client_read(const char *iface, int handle, uint64_t n)
{
    return call3(iface, FS_READ, (uint64_t)handle, n, 0);
}

int64_t fs_client_seek(const char *iface, int handle, int64_t offset, int whence)
{
    return call3(iface, FS_SEEK, (uint64_t)handle, (uint64_t)offset, (uint64_t)whence);
}

int fs_client_close(const char *iface, int handle)
{
    return (int)call3(iface, FS_CLOSE, (uint64_t)handle, 0, 0);
}

void putchar_client_write(const char *iface, const char *bytes, size_t n)
{
    while (n) {
        struct rt_message m = { .label = PUTCHAR_BATCH, .length = 8 };
        size_t k = n < PUTCHAR_BATCH_BYTES ? n : PUTCHAR_BATCH_BYTES;
        m.word[0] = k;
        memcpy(&m.word[1], bytes, k);
        if (call(iface, &m) < 0)
            return;
        bytes += k;
        n -= k;
    }
}

int timer_client_arm(const char *iface, unsigned method, int tid, uint64_t ns)
{
    return (int)call3(iface, method, (uint64_t)tid, ns, 0);
}

uint64_t timer_client_ask(const char *iface, unsigned method)
{
    return (uint64_t)call3(iface, method, 0, 0, 0);
}

void rtc_client_time_date(const char *iface, struct rtc_time_date *t)
{
    struct rt_message m = { .label = RTC_TIME_DATE };

    *t = (struct rtc_time_date){ .day = 1, .month = 1, .year = 1970 };
    if (call(iface, &m) < 0)
        return;
    *t = (struct rtc_time_date){
        .second = (uint8_t)m.word[0], .minute = (uint8_t)m.word[1], .hour = (uint8_t)m.word[2],
        .day = (uint8_t)m.word[3], .month = (uint8_t)m.word[4], .year = (uint16_t)m.word[5],
    };
}
