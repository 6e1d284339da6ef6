// SPDX-License-Identifier: BSD-2-Clause
// Writer: fills all of the shared memory, then says that it is ready.
#include <camkes.h>
#include <camkes/dma.h>
#include <stdio.h>
#include <string.h>

static void fill_table(void)
{
    for (int i = 0; i < ROWS; i++) {
        table->row[i].key = i * i;
        snprintf(table->row[i].text, sizeof(table->row[i].text), "row %d", i);
    }
    table->rows = ROWS;
}

static void fill_picture(void)
{
    uint8_t *pixel = picture;
    for (size_t i = 0; i < picture_size; i++) {
        pixel[i] = (uint8_t)(i * 7 >> 4);
    }
}

/* Memory for devices of our own: pieces of the pool that the assembly gives (dma_pool). */
static void try_pool(void)
{
    void *a = camkes_dma_alloc(3000, 64, true), *b = camkes_dma_alloc(8192, 4096, true);
    const uintptr_t pa = camkes_dma_get_paddr(a), pb = camkes_dma_get_paddr(b);
    printf("writer: pool of %zu bytes left, pieces %s apart for the device as for us\n", camkes_dma_left(),
           a && b && pa && pb - pa == (uintptr_t)b - (uintptr_t)a ? "as far" : "NOT as far");
    camkes_dma_free(a, 3000);
    camkes_dma_free(b, 8192);
}

int run(void)
{
    fill_table();
    fill_picture();
    try_pool();
    strcpy(letters->content + 1000, "a letter from the writer");
    table->message = dataport_wrap_ptr(letters->content + 1000);
    table->device_paddr = camkes_dma_get_paddr(device);
    strcpy(device->content, "for the device");
    printf("writer: table of %zu bytes, picture of %zu, letters in %zu frames of %zu\n", table_size,
           picture_size, dataport_caps_frame_count(&letters_handle),
           dataport_caps_frame_size(&letters_handle));
    table_release();
    ready_emit();
    for (seL4_Word seen = 0, badge; seen != 3; seen |= badge) {
        seL4_Wait(done_notification(), &badge);
    }
    printf("writer: the readers wrote '%s'\n", letters->content);
    return 0;
}
