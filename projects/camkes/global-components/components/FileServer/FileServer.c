// SPDX-License-Identifier: BSD-2-Clause
// FileServer: the read-only files of one CPIO archive for any number of clients. Interface `fs_ctrl`.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>
#include "file_table.h"

PUTCHAR_STDOUT(putchar)

static struct file_table table;

/* The client of the call being served: its place among the connections. */
static unsigned client(void)
{
    seL4_Word badge = fs_ctrl_get_sender_id();
    unsigned i = 0;

    while (i < fs_ctrl_num_badges() && fs_ctrl_enumerate_badge(i) != badge)
        i++;
    return i;
}

static void problem(void *ctx, const char *line)
{
    printf("%s: %s\n", get_instance_name(), line);
}

void fs_ctrl__init(void)
{
    size_t size = 0;
    const void *archive = rt_dataport("archive", &size);

    if (!archive)
        printf("%s: the build gave this file server no archive\n", get_instance_name());
    else if (file_table_init(&table, archive, size, problem, NULL) == 0)
        printf("%s: no files to serve\n", get_instance_name());
}

int fs_ctrl_open(const char *name, int mode)
{
    if (mode != 0)                       /* read-only */
        return FILE_BAD_ARGUMENT;
    return file_open(&table, client(), name, FILES_NAME_MAX + 1);
}

int64_t fs_ctrl_size(int handle)
{
    return file_size(&table, client(), handle);
}

int64_t fs_ctrl_read(int handle, uint64_t bytes)
{
    seL4_Word sender = fs_ctrl_get_sender_id();
    size_t room = fs_ctrl_buf_size(sender);

    return file_read(&table, client(), handle, fs_ctrl_buf(sender), bytes < room ? bytes : room);
}

int64_t fs_ctrl_seek(int handle, int64_t offset, int whence)
{
    return file_seek(&table, client(), handle, offset, whence);
}

int fs_ctrl_close(int handle)
{
    return file_close(&table, client(), handle);
}
