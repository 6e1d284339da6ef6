// SPDX-License-Identifier: BSD-2-Clause
// The file server's files: those of one CPIO archive, and who has which of them open. No IPC here.
// Each client has its own few handles and sees no others'; nothing it passes is trusted.
#ifndef FILESERVER_FILE_TABLE_H
#define FILESERVER_FILE_TABLE_H

#include <cpio/cpio.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_MAX_CLIENTS 32
#define FILES_PER_CLIENT 8
#define FILES_NAME_MAX 255

struct open_file {
    const uint8_t *data;
    uint64_t size, at;
    uint8_t used;
};

struct file_table {
    const void *archive;
    uint64_t archive_size;
    unsigned files;                     /* whole entries found at start */
    struct open_file open[FILES_MAX_CLIENTS][FILES_PER_CLIENT];
};

enum file_error { FILE_NOT_FOUND = -1, FILE_BAD_HANDLE = -2, FILE_TOO_MANY = -3, FILE_BAD_ARGUMENT = -4 };
enum file_whence { FILE_SEEK_SET = 0, FILE_SEEK_CUR = 1, FILE_SEEK_END = 2 };

/* Takes the archive and checks it once, entry by entry. `problem` gets one line for each thing wrong (may
 * be several entries' worth); the files before the damage stay usable. Returns the number of whole files. */
unsigned file_table_init(struct file_table *, const void *archive, uint64_t size,
                         void (*problem)(void *ctx, const char *line), void *ctx);

/* `name` has at most `room` bytes and need not be terminated. Returns a handle >= 0, or enum file_error. */
int file_open(struct file_table *, unsigned client, const char *name, size_t room);
int64_t file_size(struct file_table *, unsigned client, int handle);
/* Copies up to n bytes from the file's position to `to` and moves it. Returns how many, or enum
 * file_error. */
int64_t file_read(struct file_table *, unsigned client, int handle, void *to, uint64_t n);
/* Moves the position; inside [0, size]. Returns the new one, or enum file_error. */
int64_t file_seek(struct file_table *, unsigned client, int handle, int64_t offset, int whence);
int file_close(struct file_table *, unsigned client, int handle);

#endif
