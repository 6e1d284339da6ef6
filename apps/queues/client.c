// SPDX-License-Identifier: BSD-2-Clause
// Client: sends jobs until the queue is full, then writes to a disk and reads back, all requests in flight at
// once.
#include <camkes.h>
#include <stdio.h>
#include <string.h>

enum { REQUESTS = 16 };
static virtqueue_driver_t vq;
static volatile disk_request_t *request[REQUESTS];
static volatile uint8_t *data[REQUESTS];

static void send_jobs(void)
{
    unsigned sent = 0;
    job_t job = { 0 };
    for (;; sent++) {
        job.number = sent;
        job.operand = sent + 1ull;
        snprintf(job.name, sizeof(job.name), "job %u", sent);
        if (jobs_send(&job) != 0) {
            break;
        }
    }
    printf("client: %u jobs fit into the queue\n", sent);
}

/* One chain for each request: its head, and a sector for the disk to read or to write. */
static void put_requests(uint32_t write)
{
    for (uint32_t i = 0; i < REQUESTS; i++) {
        request[i]->write = write;
        request[i]->sector = i * 3;
        memset((void *)data[i], write ? (int)(i + 1) : 0xee, SECTOR);
        const vq_piece_t pieces[] = { { request[i], sizeof(disk_request_t), false },
                                      { data[i], SECTOR, !write } };
        if (virtqueue_driver_put(&vq, pieces, 2) < 0) {
            printf("client: the queue is full\n");
        }
    }
    virtqueue_driver_notify(&vq);
}

static uint32_t take_answers(void)
{
    uint32_t bytes = 0;
    for (unsigned done = 0; done < REQUESTS;) {
        unsigned number;
        uint32_t len;
        if (virtqueue_driver_get(&vq, &number, &len)) {
            bytes += len;
            done++;
        } else {
            disk_wait();
        }
    }
    return bytes;
}

static unsigned errors(void)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < REQUESTS; i++) {
        for (unsigned b = 0; b < SECTOR; b++) {
            n += data[i][b] != i + 1;
        }
    }
    return n;
}

int run(void)
{
    send_jobs();
    if (camkes_virtqueue_driver_init(&vq, 0) != 0) {
        printf("client: no queue\n");
        return 1;
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        volatile void *a = NULL, *b = NULL;
        if (camkes_virtqueue_buffer_alloc(&vq, &a, sizeof(disk_request_t)) != 0 ||
            camkes_virtqueue_buffer_alloc(&vq, &b, SECTOR) != 0) {
            printf("client: no buffers\n");
            return 1;
        }
        request[i] = a;
        data[i] = b;
    }
    put_requests(1);
    printf("client: written, the disk told of %u bytes\n", take_answers());
    put_requests(0);
    const uint32_t bytes = take_answers();
    printf("client: read %u bytes back, %u errors\n", bytes, errors());
    return 0;
}
