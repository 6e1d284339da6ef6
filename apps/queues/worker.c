// SPDX-License-Identifier: BSD-2-Clause
// Worker: takes jobs as they come and adds up.
#include <camkes.h>
#include <stdio.h>

int run(void)
{
    uint64_t sum = 0;
    job_t job;
    do {
        jobs_receive(&job);
        sum += job.operand;
    } while (job.number != 127);
    printf("worker: last was '%s', the sum is %llu\n", job.name, (unsigned long long)sum);
    return 0;
}
