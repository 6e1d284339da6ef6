// SPDX-License-Identifier: BSD-2-Clause
// A loop of its own.
#include <camkes.h>
#include <stdlib.h>
#include <string.h>

int hand_add(int a, int b) { return a + b; }
char *hand_echo(const char *text) { return strdup(text); }
int hand_sender(void) { return (int)hand_get_sender_id(); }

int run(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(hand_endpoint(), &badge, rt_reply_cap());
    for (;;) {
        if (!hand_handle_message(&info, badge)) {
            info = seL4_MessageInfo_new(1, 0, 0, 0);
        }
        info = seL4_ReplyRecv(hand_endpoint(), info, &badge, rt_reply_cap());
    }
}
