// SPDX-License-Identifier: BSD-2-Clause
// The users' side of the services: calls as messages on the connection `iface` of the calling component. Each
// component's own glue gives them the names its author uses (fs_open, system_rtc_time_date, ...).
#ifndef GLOBAL_COMPONENTS_CLIENTS_H
#define GLOBAL_COMPONENTS_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

/* FileServerInterface: names and contents go through the connection's shared buffer. Results < 0 are errors. */
int fs_client_open(const char *iface, const char *name, int mode);
int64_t fs_client_size(const char *iface, int handle);
int64_t fs_client_read(const char *iface, int handle, uint64_t n);     /* n <= buffer size; data is in the buffer */
int64_t fs_client_seek(const char *iface, int handle, int64_t offset, int whence);
int fs_client_close(const char *iface, int handle);
void *fs_client_buf(const char *iface, size_t *size);

/* PutChar. */
void putchar_client_write(const char *iface, const char *bytes, size_t n);

/* Timer. */
int timer_client_arm(const char *iface, unsigned method, int tid, uint64_t ns);     /* enum timer_method */
uint64_t timer_client_ask(const char *iface, unsigned method);

/* RTC. */
struct rtc_time_date;
void rtc_client_time_date(const char *iface, struct rtc_time_date *);

#endif
