// SPDX-License-Identifier: BSD-2-Clause
// Several interfaces with a thread each, and one with three.
#include <camkes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WORK(interface)                                                                            \
    int interface##_add(int a, int b) { return a + b; }                                            \
    char *interface##_echo(const char *text) { return strdup(text); }                              \
    int interface##_sender(void) { return (int)interface##_get_sender_id(); }

WORK(named)
WORK(counted)
WORK(multi)
WORK(untyped)

char *signal_echo(const char *text) { return strdup(text); }
int signal_sender(void) { return (int)signal_get_sender_id(); }

int signal_add(int a, int b)
{
    signal_emit(signal_get_sender_id());
    return a + b;
}

/* Works only if a second thread can serve while the first one waits. */
int meeting_meet(const char *who)
{
    static _Atomic int present;
    const int sender = (int)meeting_get_sender_id();
    if (atomic_fetch_add(&present, 1) == 0) {
        arrived_wait();
    } else {
        arrived_post();
    }
    /* each thread still knows its own client */
    return sender == (int)meeting_get_sender_id() && *who == (sender == 1 ? 'g' : 't') ? sender : -1;
}
