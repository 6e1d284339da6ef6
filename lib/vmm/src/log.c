// SPDX-License-Identifier: BSD-2-Clause
// The monitor's own words: one formatted line to the platform.

#include <stdarg.h>
#include <stdio.h>
#include <vmm/device.h>

void vmm_log(const struct vm_platform *platform, const char *fmt, ...)
{
    char line[256];
    va_list args;

    if (!platform || !platform->log)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    platform->log(platform->ctx, line);
}
