// SPDX-License-Identifier: BSD-2-Clause
// Growing text, for everything the compiler writes.
#ifndef CAMKES_TEXT_H
#define CAMKES_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text { char *data; size_t length, room; };

void text_add(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(struct text *, const char *format, va_list);
/* Several lines with one call; no format. */
void text_put(struct text *, const char *lines);
/* Bytes as they are. */
void text_append(struct text *, const char *data, size_t length);
/* Writes the file only when its content changes, so that nothing is built again for nothing; makes
 * directories. */
void text_write(const struct text *, const char *path);

#endif
