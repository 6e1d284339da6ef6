// SPDX-License-Identifier: BSD-2-Clause
// The serving side of the loader's test system: three threads, a file, a ring, a bound notification.
#include <rt/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int initialised;

/* Method 7: upper-case the text in the caller's buffer. */
static void echo(void *context, seL4_Word badge, struct rt_message *m)
{
    struct rt_client c;
    if (!initialised || !rt_client_by_badge("echo", badge, &c) || m->label != 7 || !c.buffer) {
        m->length = 0;
        return;
    }
    char *text = c.buffer;
    for (size_t i = 0; i < c.buffer_size && text[i]; i++) {
        text[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
    }
    m->word[0] = strlen(c.name);
    m->length = 1;
}

static void add(void *context, seL4_Word badge, struct rt_message *m)
{
    seL4_Word sum = badge;
    for (unsigned i = 0; i < m->length; i++) {
        sum += m->word[i];
    }
    free(malloc(100));                    /* two threads in the C library */
    m->word[0] = sum;
    m->length = 1;
}

static void echo_init(void) { initialised = 1; }
static int echo_run(void) { rt_serve(rt_cap("echo"), echo, NULL); }
static int add_run(void) { rt_serve(rt_cap("add"), add, NULL); }
RT_INTERFACE(echo, echo_init, echo_run);
RT_INTERFACE(add, NULL, add_run);

int run(void)
{
    size_t size;
    const unsigned char *text = rt_dataport("text", &size);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += text[i];
    }
    printf("%s server: file of %zu bytes, sum %u\n", size == 10007 && sum == 919687 ? "PASS" : "FAIL", size, sum);

    memcpy(rt_dataport("news", NULL), "round and round", 16);
    seL4_Signal(rt_cap("news"));

    seL4_Word badge = 0;
    seL4_Wait(rt_cap("poked"), &badge);
    printf("%s server: poked with badge %lx\n", badge == 0x40 ? "PASS" : "FAIL", badge);
    return 0;
}
