// SPDX-License-Identifier: BSD-2-Clause
// Messages of one size, queued one way in memory that two components share: seL4MessageQueue makes <d>_send,
// <d>_poll, <d>_receive of these. Neither side trusts the other: positions are read once and bounded,
// messages are copied.
#ifndef CAMKES_MSGQUEUE_H
#define CAMKES_MSGQUEUE_H

#include <camkes/base.h>

struct camkes_msgqueue_shared {             /* zero = empty */
    _Alignas(64) _Atomic uint32_t head;     /* messages ever sent, modulo 2^32: the sender's */
    _Alignas(64) _Atomic uint32_t tail;     /* messages ever received */
    _Atomic uint32_t sleeping;              /* the receiver wants to be signalled */
    _Alignas(64) uint8_t messages[];
};

struct camkes_msgqueue {                    /* each side's own view */
    struct camkes_msgqueue_shared *shared;
    uint32_t slots;                         /* a power of two; 0 = not connected */
    size_t bytes;                           /* of a message */
    seL4_CPtr notification;                 /* "<name>.signal" */
};

/* A dataport that does not hold one message ends the component. */
void camkes_msgqueue_init(struct camkes_msgqueue *, const char *name, size_t message_bytes);
int camkes_msgqueue_send(struct camkes_msgqueue *, const void *message);       /* 0, or -1: full */
int camkes_msgqueue_poll(struct camkes_msgqueue *, void *message);             /* 1, or 0: empty */
void camkes_msgqueue_receive(struct camkes_msgqueue *, void *message);         /* waits */
size_t camkes_msgqueue_room(const struct camkes_msgqueue *);

#endif
