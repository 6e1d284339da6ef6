// SPDX-License-Identifier: BSD-2-Clause
// Reader: checks what the writer wrote.
#include <camkes.h>
#include <camkes/dma.h>
#include <stdio.h>
#include <string.h>

static int table_errors(void)
{
    int errors = table->rows != ROWS;
    for (int i = 0; i < ROWS; i++) {
        char text[28];
        snprintf(text, sizeof(text), "row %d", i);
        errors += table->row[i].key != i * i || strcmp(table->row[i].text, text) != 0;
    }
    return errors;
}

static int picture_errors(void)
{
    const uint8_t *pixel = picture;
    int errors = 0;
    for (size_t i = 0; i < picture_size; i++) {
        errors += pixel[i] != (uint8_t)(i * 7 >> 4);
    }
    return errors;
}

int run(void)
{
    ready_wait();
    table_acquire();
    /* What comes from another component may be anything: ask for all the bytes that will be read. */
    const char *message = dataport_unwrap_range(table->message, 32);
    printf("%s: table %d errors, picture %d errors, message '%.31s'\n", get_instance_name(), table_errors(),
           picture_errors(), message ? message : "(none)");
    if (device) {
        printf("%s: device memory says '%s', at the same physical address: %s\n", get_instance_name(),
               device->content,
               camkes_dma_get_paddr(device) == table->device_paddr && table->device_paddr ? "yes" : "no");
    }
    snprintf(letters->content + strlen(letters->content), 100, "%s ", get_instance_name());
    letters_release();
    done_emit();
    return 0;
}
