// SPDX-License-Identifier: BSD-2-Clause
// An account for each client, and mail from one client's buffer to another's. No client sees another's buffer.
#include <camkes.h>
#include <stdio.h>
#include <string.h>

#define CLIENTS 8

static int64_t account[CLIENTS];

int64_t bank_deposit(int64_t money)
{
    const seL4_Word client = bank_get_sender_id();
    return client < CLIENTS ? account[client] += money : -1;
}

/* Mail waits here until its reader has written its own: there is one buffer for both ways. */
static struct { char text[64]; bool waits, written; } box[CLIENTS];

static int box_of(seL4_Word badge)
{
    for (unsigned i = 0; i < mail_num_badges() && i < CLIENTS; i++) {
        if (mail_enumerate_badge(i) == badge) {
            return (int)i;
        }
    }
    return -1;
}

static void deliver(int i)
{
    const seL4_Word badge = mail_enumerate_badge((unsigned)i);
    if (box[i].waits && box[i].written) {
        snprintf(mail_buf(badge), mail_buf_size(badge), "%s", box[i].text);
        mail_emit(badge);
    }
}

int mail_post(int badge)
{
    const seL4_Word sender = mail_get_sender_id();
    const int from = box_of(sender), reader = box_of((seL4_Word)badge);
    if (from < 0 || reader < 0) {
        return -1;
    }
    /* The client can change its buffer at any time: copy first, then look at the copy. */
    memcpy(box[reader].text, mail_buf(sender), sizeof(box[reader].text));
    box[reader].text[sizeof(box[reader].text) - 1] = '\0';
    box[reader].waits = true;
    box[from].written = true;
    deliver(from);
    deliver(reader);
    return 0;
}

void mail__init(void)
{
    printf("mail: %u clients, the largest badge is %u\n", mail_num_badges(), (unsigned)mail_largest_badge());
}
