// SPDX-License-Identifier: BSD-2-Clause
// Writing a spec, low level: one call an entry. Host only. Errors stick: after the first one every call is harmless,
// spec_writer_finish returns NULL and spec_writer_error says what was wrong.
#ifndef SPEC_WRITE_H
#define SPEC_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <spec/format.h>

struct spec_writer;

struct spec_writer *spec_writer_new(void);
void spec_writer_free(struct spec_writer *);
const char *spec_writer_error(const struct spec_writer *);         /* NULL = none so far */
void spec_writer_fail(struct spec_writer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint32_t spec_add_text(struct spec_writer *, const char *text);    /* equal texts share one place */
uint32_t spec_add_bytes(struct spec_writer *, const void *data, size_t bytes);
/* Each copies its entry and returns its index. */
uint32_t spec_add_object(struct spec_writer *, const char *name, struct spec_object);
uint32_t spec_add_cap(struct spec_writer *, struct spec_cap);
uint32_t spec_add_mapping(struct spec_writer *, struct spec_mapping);
uint32_t spec_add_fill(struct spec_writer *, struct spec_fill);
uint32_t spec_add_thread(struct spec_writer *, struct spec_thread);
uint32_t spec_add_component(struct spec_writer *, struct spec_component);

struct spec_object *spec_object_at(struct spec_writer *, uint32_t);       /* until the next add */
struct spec_thread *spec_thread_at(struct spec_writer *, uint32_t);

/* The finished file, malloc'ed; checked with spec_open before it is handed out. */
void *spec_writer_finish(struct spec_writer *, size_t *bytes);

#endif
