// SPDX-License-Identifier: BSD-2-Clause
// FileServer: what the component implements and what its glue gives it.
#ifndef FILESERVER_H
#define FILESERVER_H

#include <stddef.h>
#include <stdint.h>

/* provides FileServerInterface fs_ctrl */
void fs_ctrl__init(void);
int fs_ctrl_open(const char *name, int mode);
int64_t fs_ctrl_size(int handle);
int64_t fs_ctrl_read(int handle, uint64_t n);
int64_t fs_ctrl_seek(int handle, int64_t offset, int whence);
int fs_ctrl_close(int handle);

/* glue */
unsigned fs_ctrl_get_sender_id(void);        /* of the call being served */
void *fs_ctrl_buf(unsigned client);
size_t fs_ctrl_buf_size(unsigned client);
const void *fs_archive(void);
size_t fs_archive_size(void);

#endif
