// SPDX-License-Identifier: BSD-2-Clause
// Many output streams, one line: takes bytes from the streams' queues and makes what goes to the UART.
//
// Lines stay whole: another stream's turn comes at the end of a line, or when the present one has been silent
// for MUX_HOLD ticks in the middle of it (then its line is ended first). With several clients each has a
// colour, set at the start of its text and taken back before the line ends; with one there are none, its
// bytes pass as they are.
#ifndef SERIAL_MUX_H
#define SERIAL_MUX_H

#include <global-components/byte_ring.h>
#include <stdbool.h>
#include <stdint.h>

#define MUX_MAX_STREAMS 65               /* two for each of 12 guests, 40 of components, and the server */
#define MUX_OWN_BYTES 4096u

struct mux_stream {
    struct byte_ring ring;
    uint8_t client;                      /* decides the colour */
    bool log;                            /* a component's own words: LF becomes CR LF, other shade of the colour */
    uint64_t bytes;                      /* statistics */
};

struct serial_mux {
    unsigned count;
    struct mux_stream stream[MUX_MAX_STREAMS];
    bool colours;
    uint64_t hold;                       /* ticks of silence before a line may be broken */

    int current;                         /* stream that wrote last, -1 = none */
    bool mid_line;                       /* the cursor is not at column 0 */
    bool painted;                        /* a colour is set */
    bool after_cr;                       /* last byte of the current stream was CR */
    uint64_t last_output;                /* time of the current stream's last byte */

    struct byte_ring_shared own_shared;  /* stream 0: the server's own words */
    uint8_t own_data[MUX_OWN_BYTES];
};

void serial_mux_init(struct serial_mux *, bool colours, uint64_t hold);
/* Returns the stream's index, or -1 when there are too many. */
int serial_mux_add(struct serial_mux *, struct byte_ring, unsigned client, bool log);
/* One line by the server itself; "\n" is added. */
void serial_mux_say(struct serial_mux *, const char *text);
/* Up to `room` bytes (at least 64) for the UART; returns how many. 0: nothing to send now; then *again is
 * the time at which a held stream gets its turn, 0 if none waits. */
size_t serial_mux_take(struct serial_mux *, uint64_t now, uint8_t *out, size_t room, uint64_t *again);

#endif
