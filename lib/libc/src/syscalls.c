// SPDX-License-Identifier: BSD-2-Clause
// What newlib asks its system for. Output and files go to hooks that the component sets (rt/rt.h); the heap is the
// region the spec gives it (heap_size).
#include "../../rt/src/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <signal.h>
#include <unistd.h>

static rt_write_fn write_hook;
static const struct rt_file_ops *files;
static int64_t boot_time;

void rt_set_write(rt_write_fn fn) { write_hook = fn; }
void rt_set_file_ops(const struct rt_file_ops *ops) { files = ops; }
void rt_set_boot_time(int64_t seconds) { boot_time = seconds; }

void rt_write(const char *text, size_t bytes)
{
    if (write_hook) {
        write_hook(text, bytes);
    } else {
        for (size_t i = 0; i < bytes; i++) {
            seL4_DebugPutChar(text[i]);
        }
    }
}

static int fail(long error)
{
    errno = (int)error;
    return -1;
}

/* A hook's answer: negative is -errno. */
static long answer(long value) { return value < 0 ? fail(-value) : value; }

_READ_WRITE_RETURN_TYPE write(int fd, const void *from, size_t bytes)
{
    if (fd != STDOUT_FILENO && fd != STDERR_FILENO) {
        return fail(EBADF);
    }
    rt_write(from, bytes);
    return (_READ_WRITE_RETURN_TYPE)bytes;
}

_READ_WRITE_RETURN_TYPE read(int fd, void *to, size_t bytes)
{
    if (fd == STDIN_FILENO) {
        return 0;
    }
    return files && files->read ? (_READ_WRITE_RETURN_TYPE)answer(files->read(fd, to, bytes)) : fail(EBADF);
}

int open(const char *path, int flags, ...)
{
    return files && files->open ? (int)answer(files->open(path, flags)) : fail(ENOENT);
}

int close(int fd)
{
    if (fd <= STDERR_FILENO) {
        return 0;
    }
    return files && files->close ? (int)answer(files->close(fd)) : fail(EBADF);
}

off_t lseek(int fd, off_t offset, int whence)
{
    if (fd <= STDERR_FILENO) {
        return fail(ESPIPE);
    }
    return files && files->seek ? answer(files->seek(fd, offset, whence)) : fail(EBADF);
}

int fstat(int fd, struct stat *st)
{
    memset(st, 0, sizeof(*st));
    if (fd <= STDERR_FILENO) {
        st->st_mode = S_IFCHR;
        return 0;
    }
    const long size = files && files->size ? files->size(fd) : -EBADF;
    st->st_mode = S_IFREG;
    st->st_size = size;
    return size < 0 ? fail(-size) : 0;
}

int stat(const char *path, struct stat *st)
{
    const int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return -1;
    }
    const int result = fstat(fd, st);
    close(fd);
    return result;
}

int isatty(int fd) { return fd >= 0 && fd <= STDERR_FILENO ? 1 : fail(ENOTTY); }

/* A component without heap_size still gets enough for stdio. */
void *sbrk(ptrdiff_t increment)
{
    static char little[16384] __attribute__((aligned(16)));
    static char *start, *end, *at;
    if (!start) {
        start = rt_info->heap_bytes ? (char *)rt_info->heap_vaddr : little;
        end = start + (rt_info->heap_bytes ? rt_info->heap_bytes : sizeof(little));
        at = start;
    }
    if (increment > end - at || increment < start - at) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *old = at;
    at += increment;
    return old;
}

int gettimeofday(struct timeval *tv, void *zone)
{
    const uint64_t us = rt_time_ns() / 1000;
    tv->tv_sec = (time_t)(boot_time + (int64_t)(us / 1000000));
    tv->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

clock_t times(struct tms *t)
{
    const clock_t now = (clock_t)(rt_time_ns() / (1000000000 / CLOCKS_PER_SEC));
    *t = (struct tms){ .tms_utime = now };
    return now;
}

void _exit(int status) { rt_trap(RT_EXIT_MAGIC, (uint64_t)(int64_t)status); }
int getpid(void) { return 1; }

int kill(int pid, int signal)
{
    if (pid == 1) {
        rt_fatal("stopped by signal %d", signal);         /* abort() and assert() come here */
    }
    return fail(ESRCH);
}

/* Not here: processes, links, folders. */
int link(const char *a, const char *b) { return fail(EMLINK); }
int unlink(const char *path) { return fail(EROFS); }
int mkdir(const char *path, mode_t mode) { return fail(EROFS); }
int fcntl(int fd, int command, ...) { return fail(EINVAL); }
int fork(void) { return fail(ENOSYS); }
int execve(const char *path, char *const argv[], char *const env[]) { return fail(ENOSYS); }
int wait(int *status);
int wait(int *status) { return fail(ECHILD); }
