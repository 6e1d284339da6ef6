// SPDX-License-Identifier: BSD-2-Clause
// Calls them all, with texts as long as each connection can carry.
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned errors;

static camkes_error_action_t on_error(camkes_error_t *e)
{
    errors++;
    return CEA_DISCARD;
}

static char *text_of(size_t length)
{
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

/* A text of `length` characters goes through, a longer one does not. */
static bool carries(char *(*echo)(const char *), size_t length)
{
    char *text = text_of(length), *back = echo(text);
    const bool same = back && !strcmp(text, back);
    free(back);
    free(text);
    errors = 0;
    text = text_of(length + 1);
    back = echo(text);
    const bool refused = !back && errors == 1;
    free(text);
    return same && refused;
}

static void say(const char *what, bool good) { printf("%s %s\n", good ? "PASS" : "FAIL", what); }

#define HEAD 4u /* bytes of a string beside its characters, and the zero at its end */

int run(void)
{
    camkes_register_error_handler(on_error);
    say("signal: call", signal_add(1, 2) == 3);
    say("signal: signalled", signal_poll() == 1);
    say("signal: once", signal_poll() == 0);
    say("signal: text", carries(signal_echo, 960 - HEAD - 1));
    say("named buffer", carries(named_echo, 8192 - HEAD - 1) && ((char *)shared)[100] == 'x');
    say("counted buffer", carries(counted_echo, 0x4000 - HEAD - 1));
    say("numbers beside a buffer", counted_add(40, 2) == 42);
    say("own memory", carries(multi_echo, 0x4000 - HEAD - 1) && ((char *)multi_buf)[100] == 'x');
    say("other type", untyped_plus(2, 2) == 4 && carries(untyped_again, 955));
    say("threadless", direct_add(5, 6) == 11 && carries(direct_echo, 955) && direct_sender() == 1);
    memset(memory_buf, 'x', memory_buf_size);
    char *text = memory_echo("text");
    say("threadless, with memory",
        !strcmp(text, "text") && memory_buf_size == 0x2000 && ((char *)memory_buf)[0x1fff] == '!');
    say("own loop", hand_add(-1, 1) == 0 && carries(hand_echo, 955) && hand_sender() == 1);
    char *member = grouped_echo("");
    say("group", grouped_add(7, 8) == 15 && !strcmp(member, "second"));
    say("three threads", meeting_meet("tester") == 2);
    free(text);
    free(member);
    printf("tester done\n");
    return 0;
}
