// SPDX-License-Identifier: BSD-2-Clause
// The services' interfaces as messages: label = method, arguments and results in message registers. Both sides'
// hand-written glue includes this; a compiled assembly will generate both from the interface descriptions.
#ifndef GLOBAL_COMPONENTS_RPC_H
#define GLOBAL_COMPONENTS_RPC_H

/* FileServerInterface. The name, and what is read, travel in the client's buffer. */
enum fs_method {
    FS_OPEN = 1,             /* mode -> handle or enum file_error */
    FS_SIZE,                 /* handle -> bytes */
    FS_READ,                 /* handle, bytes -> bytes now in the buffer */
    FS_SEEK,                 /* handle, offset, whence -> position */
    FS_CLOSE,                /* handle -> 0 */
};

/* PutChar. */
enum putchar_method {
    PUTCHAR_PUTCHAR = 1,     /* character */
    PUTCHAR_BATCH,           /* bytes (at most PUTCHAR_BATCH_BYTES), then the bytes themselves */
};
#define PUTCHAR_BATCH_BYTES 56u

/* Timer. All times in nanoseconds since the time server's start. */
enum timer_method {
    TIMER_PERIODIC = 1,      /* timer, ns -> 0 or -1 */
    TIMER_ONESHOT_ABSOLUTE,  /* timer, ns -> 0 or -1 */
    TIMER_ONESHOT_RELATIVE,  /* timer, ns -> 0 or -1 */
    TIMER_STOP,              /* timer -> 0 or -1 */
    TIMER_COMPLETED,         /* -> bits of timers that fired */
    TIMER_TIME,              /* -> ns */
    TIMER_TSC_FREQUENCY,     /* -> Hz */
};

/* RTC. */
enum rtc_method {
    RTC_TIME_DATE = 1,       /* -> second, minute, hour, day, month, year */
};

#define RPC_BAD_REQUEST 0xfffu   /* label of the reply to a message that is no call of the interface */

#endif
