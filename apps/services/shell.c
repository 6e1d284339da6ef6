// SPDX-License-Identifier: BSD-2-Clause
// Shell: a command line over the services. One function a command; `help` lists them.
#include <camkes.h>
#include <global-components/getchar.h>
#include <global-components/putchar.h>
#include <stdio.h>
#include <string.h>

PUTCHAR_STDOUT(console)

static struct byte_ring keys;

/* One typed line without its end, shown as it is typed. */
static void read_line(char *line, size_t room)
{
    size_t n = 0;
    char c;

    for (;;) {
        while (byte_ring_get(&keys, &c, 1) == 0)
            keys_wait();
        if (c == '\r' || c == '\n')
            break;
        if (c == 0x7f && n) {
            n--;
            printf("\b \b");
        } else if (c >= ' ' && c < 0x7f && n + 1 < room) {
            line[n++] = c;
            putchar(c);
        }
        fflush(stdout);
    }
    line[n] = '\0';
    putchar('\n');
}

static void cat(const char *name)
{
    int file = fs_open(name, 0);
    int64_t n;

    if (file < 0) {
        printf("%s: no such file\n", name);
        return;
    }
    while ((n = fs_read(file, fs_get_size())) > 0)
        fwrite(fs_buf, 1, (size_t)n, stdout);
    fs_close(file);
}

static void date(const char *unused)
{
    rtc_time_date_t t = clock_time_date();

    printf("%u-%02u-%02u %02u:%02u:%02u, %llu ms since the start\n", t.year, t.month, t.day, t.hour, t.minute,
           t.second, (unsigned long long)(timer_time() / 1000000));
}

static void sleep_second(const char *unused)
{
    uint64_t before = timer_time();

    timer_oneshot_relative(0, 1000000000);
    timer_wait();
    printf("slept %llu ms, timers that fired: %x\n", (unsigned long long)((timer_time() - before) / 1000000),
           (unsigned)timer_completed());
}

static void lspci(const char *unused)
{
    for (uint8_t dev = 0; dev < 32; dev++) {
        uint32_t id = pci_read32(0, dev, 0, 0);
        if (id != UINT32_MAX)
            printf("00:%02x.0 %04x:%04x class %04x\n", dev, (unsigned)id & 0xffff, (unsigned)id >> 16,
                   pci_read16(0, dev, 0, 10));
    }
}

/* Writes are for those whom pci_config.writers names: the interrupt line keeps its value. */
static void setpci(const char *unused)
{
    uint8_t before = pci_read8(0, 0, 0, 0x3c);

    pci_write8(0, 0, 0, 0x3c, (uint8_t)(before + 1));
    printf("interrupt line of 00:00.0: %u before, %u after\n", before, pci_read8(0, 0, 0, 0x3c));
}

static void help(const char *unused);

static const struct { const char *name, *what; void (*run)(const char *argument); } commands[] = {
    { "help", "this list", help },
    { "cat", "NAME: a file of the archive", cat },
    { "date", "clock and time since the start", date },
    { "sleep", "one second", sleep_second },
    { "lspci", "devices on PCI bus 0", lspci },
    { "setpci", "tries to change one", setpci },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(const char *unused)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("%-7s %s\n", commands[i].name, commands[i].what);
}

static void execute(char *line)
{
    char *argument = strchr(line, ' ');

    if (argument)
        *argument++ = '\0';
    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(line, commands[i].name) == 0) {
            commands[i].run(argument ? argument : "");
            return;
        }
    if (*line)
        printf("%s: no such command; help lists them\n", line);
}

int run(void)
{
    char line[80];

    keys = getchar_ring(keys_buf, keys_get_size());
    printf("shell: type help\n");
    for (;;) {
        printf("> ");
        fflush(stdout);
        read_line(line, sizeof line);
        execute(line);
    }
}
