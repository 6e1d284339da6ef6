// SPDX-License-Identifier: BSD-2-Clause
// Ledger: counts what it is told.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>

PUTCHAR_STDOUT(putchar)

static uint32_t count;

uint32_t entries_add(const char *text)
{
    if (count == 0)
        printf("ledger: the first entry is '%s'\n", text);
    return ++count;
}
