// SPDX-License-Identifier: BSD-2-Clause
// FileServer: the read-only files of one CPIO archive for any number of clients. Interface `fs_ctrl`.
#include "FileServer.h"
#include "file_table.h"
#include <stdio.h>

static struct file_table table;

static void problem(void *ctx, const char *line)
{
    printf("%s\n", line);
}

void fs_ctrl__init(void)
{
    unsigned n = file_table_init(&table, fs_archive(), fs_archive_size(), problem, NULL);

    if (n == 0)
        printf("no files to serve\n");
}

int fs_ctrl_open(const char *name, int mode)
{
    if (mode != 0)                       /* read-only */
        return FILE_BAD_ARGUMENT;
    return file_open(&table, fs_ctrl_get_sender_id(), name, FILES_NAME_MAX + 1);
}

int64_t fs_ctrl_size(int handle)
{
    return file_size(&table, fs_ctrl_get_sender_id(), handle);
}

int64_t fs_ctrl_read(int handle, uint64_t n)
{
    unsigned client = fs_ctrl_get_sender_id();
    size_t room = fs_ctrl_buf_size(client);

    return file_read(&table, client, handle, fs_ctrl_buf(client), n < room ? n : room);
}

int64_t fs_ctrl_seek(int handle, int64_t offset, int whence)
{
    return file_seek(&table, fs_ctrl_get_sender_id(), handle, offset, whence);
}

int fs_ctrl_close(int handle)
{
    return file_close(&table, fs_ctrl_get_sender_id(), handle);
}
