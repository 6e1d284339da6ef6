// SPDX-License-Identifier: BSD-2-Clause
// Uses its capabilities without the generated code: sends what is no call. The servers refuse it and go on.
#include <camkes.h>
#include <stdio.h>

static unsigned refused;

static void send(const char *interface, seL4_Word label, seL4_Word length, seL4_Word word)
{
    for (int i = 0; i < 120; i++) {
        seL4_SetMR(i, word);
    }
    const seL4_MessageInfo_t answer = seL4_Call(rt_cap(interface), seL4_MessageInfo_new(label, 0, 0, length));
    refused += seL4_MessageInfo_get_label(answer) != 0;
}

int run(void)
{
    for (seL4_Word label = 0; label < 5; label++) {
        for (seL4_Word length = 0; length <= 120; length += 8) {
            send("bank", label, length, 0xffffffffffffffff);
            send("log", label, length, 0xffffffff);
            send("log", label, length, 0x10000000f);
        }
    }
    printf("rogue: %u of 240 messages refused\n", refused);
    printf("rogue: balance %lld, %d lines logged\n", (long long)bank_deposit(1), stats_lines());
    return 0;
}
