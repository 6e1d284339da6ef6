// SPDX-License-Identifier: BSD-2-Clause
// Disk: sectors in memory. It believes nothing that stands in the queue without looking.
#include <camkes.h>
#include <string.h>

static uint8_t sector[SECTORS][SECTOR];
static virtqueue_device_t vq;

static uint32_t serve(const vq_chain_t *chain)
{
    uint8_t bytes[sizeof(disk_request_t) + SECTOR];
    disk_request_t request;
    const size_t n = virtqueue_chain_read(chain, bytes, sizeof(bytes));
    if (n < sizeof(request)) {
        return 0;
    }
    memcpy(&request, bytes, sizeof(request));
    if (request.sector >= SECTORS) {
        return 0;
    }
    if (request.write) {
        memcpy(sector[request.sector], bytes + sizeof(request), n - sizeof(request));
        return 0;
    }
    return (uint32_t)virtqueue_chain_write(chain, sector[request.sector], SECTOR);
}

int run(void)
{
    camkes_virtqueue_device_init(&vq, 0);
    for (;;) {
        vq_chain_t chain;
        while (virtqueue_device_get(&vq, &chain)) {
            virtqueue_device_done(&vq, &chain, serve(&chain));
        }
        virtqueue_device_notify(&vq);
        queue_wait();
    }
}
