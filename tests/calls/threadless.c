// SPDX-License-Identifier: BSD-2-Clause
// No run(), no thread: the control thread serves both interfaces.
#include <camkes.h>
#include <stdlib.h>
#include <string.h>

int direct_add(int a, int b) { return a + b; }
char *direct_echo(const char *text) { return strdup(text); }
int direct_sender(void) { return (int)direct_get_sender_id(); }

/* The text stands in the client's buffer, and so does the answer. */
int memory_add(int a, int b) { return a + b; }
int memory_sender(void) { return (int)memory_get_sender_id(); }

char *memory_echo(const char *text)
{
    char *buffer = memory_buf(memory_get_sender_id());
    const size_t size = memory_buf_size(memory_get_sender_id());
    buffer[size - 1] = '!';
    return strdup(buffer[0] == 'x' ? text : "");
}
