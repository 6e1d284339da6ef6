// SPDX-License-Identifier: BSD-2-Clause
// FileServer's glue: messages to fs_ctrl_* and back. Stands in for what the assembly compiler generates.
#include "FileServer.h"
#include <global-components/clients.h>
#include <global-components/rpc.h>
#include <rt/rpc.h>
#include <string.h>

static struct rt_client sender;
static unsigned sender_id;
static const void *archive;
static size_t archive_size;

/* Badges are given from 1 on, in the order of connections. */
unsigned fs_ctrl_get_sender_id(void) { return sender_id; }
void *fs_ctrl_buf(unsigned client) { return sender.buffer; }
size_t fs_ctrl_buf_size(unsigned client) { return sender.buffer ? sender.buffer_size : 0; }
const void *fs_archive(void) { return archive; }
size_t fs_archive_size(void) { return archive_size; }

static int64_t open_by_buffer(int mode)
{
    char name[256];
    size_t n = sender.buffer ? sender.buffer_size : 0;

    n = n < sizeof name ? n : sizeof name - 1;
    memcpy(name, sender.buffer, n);            /* the client may change it while it is looked at */
    name[n] = '\0';
    return fs_ctrl_open(name, mode);
}

static void serve(void *ctx, seL4_Word badge, struct rt_message *m)
{
    int64_t result = 0;
    int handle = (int)m->word[0];

    if (!rt_client_by_badge("fs_ctrl", badge, &sender)) {
        *m = (struct rt_message){ .label = RPC_BAD_REQUEST };
        return;
    }
    sender_id = (unsigned)badge - 1;
    switch (m->label) {
    case FS_OPEN: result = open_by_buffer((int)m->word[0]); break;
    case FS_SIZE: result = fs_ctrl_size(handle); break;
    case FS_READ: result = fs_ctrl_read(handle, m->word[1]); break;
    case FS_SEEK: result = fs_ctrl_seek(handle, (int64_t)m->word[1], (int)m->word[2]); break;
    case FS_CLOSE: result = fs_ctrl_close(handle); break;
    default: *m = (struct rt_message){ .label = RPC_BAD_REQUEST }; return;
    }
    *m = (struct rt_message){ .length = 1, .word = { (seL4_Word)result } };
}

static void print(const char *text, size_t n)
{
    putchar_client_write("putchar", text, n);
}

int run(void)
{
    if (rt_cap("putchar"))
        rt_set_write(print);
    archive = rt_dataport("archive", &archive_size);
    fs_ctrl__init();
    rt_serve(rt_cap("fs_ctrl"), serve, NULL);
}
