// SPDX-License-Identifier: BSD-2-Clause
// crossvm: a guest's command for its connections to components beside it. Works on /dev/uio<n>, which the module
// connection.ko makes of them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage[] =
    "usage: crossvm list                     the connections\n"
    "       crossvm write NAME TEXT...       put a text into the connection's dataport\n"
    "       crossvm read NAME                print the text there\n"
    "       crossvm emit NAME                signal the other side\n"
    "       crossvm wait NAME [SECONDS]      until the other side signals (5 seconds); says how often it did so far\n"
    "       crossvm call NAME TEXT...        write, emit, wait, read\n";

enum { MAX_CONNECTIONS = 32, WAIT_SECONDS = 5, MAX_SECONDS = 1000000 };

struct connection {
    int fd;
    volatile uint32_t *events;          /* register 0: emit */
    char *text;                         /* the dataport, or NULL */
    size_t size;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "crossvm: %s: %s\n", what, why);
    exit(1);
}

/* A line of /sys/class/uio/uio<n>/<file>, without its end; "" if there is none. */
static const char *attribute(unsigned n, const char *file)
{
    static char line[128];
    char path[128];

    snprintf(path, sizeof path, "/sys/class/uio/uio%u/%s", n, file);
    FILE *f = fopen(path, "r");
    line[0] = 0;
    if (f) {
        if (!fgets(line, sizeof line, f))
            line[0] = 0;
        fclose(f);
    }
    line[strcspn(line, "\n")] = 0;
    return line;
}

static size_t map_size(unsigned n, unsigned map)
{
    char file[32];

    snprintf(file, sizeof file, "maps/map%u/size", map);
    return strtoul(attribute(n, file), NULL, 0);
}

static int list(void)
{
    unsigned found = 0;

    for (unsigned n = 0; n < MAX_CONNECTIONS; n++) {
        char name[128];

        snprintf(name, sizeof name, "%s", attribute(n, "name"));
        if (!name[0])
            continue;
        size_t size = map_size(n, 1);
        printf("%s: /dev/uio%u, dataport of %zu bytes, %s events so far\n", name, n, size, attribute(n, "event"));
        found++;
    }
    if (!found)
        die("no connections", "is the module connection.ko loaded, and does this machine have any?");
    return 0;
}

static unsigned number_of(const char *name)
{
    for (unsigned n = 0; n < MAX_CONNECTIONS; n++)
        if (strcmp(attribute(n, "name"), name) == 0)
            return n;
    die(name, "no connection of that name (crossvm list)");
    return 0;
}

/* uio: map n of a device is at offset n pages. */
static void *map(int fd, unsigned number, size_t size, const char *name)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)number * getpagesize());

    if (at == MAP_FAILED)
        die(name, strerror(errno));
    return at;
}

static struct connection open_connection(const char *name)
{
    unsigned n = number_of(name);
    struct connection c = { .size = map_size(n, 1) };
    char path[32];

    snprintf(path, sizeof path, "/dev/uio%u", n);
    c.fd = open(path, O_RDWR);
    if (c.fd < 0)
        die(path, strerror(errno));
    c.events = map(c.fd, 0, (size_t)getpagesize(), name);
    if (c.size)
        c.text = map(c.fd, 1, c.size, name);
    return c;
}

static void need_text(const struct connection *c, const char *name)
{
    if (!c->text)
        die(name, "this connection has no dataport");
}

static void put_text(struct connection *c, const char *name, char **words)
{
    size_t at = 0;

    need_text(c, name);
    for (; *words; words++) {
        size_t n = strlen(*words);

        if (at + n + 2 > c->size)
            die(name, "the text is longer than the dataport");
        if (at)
            c->text[at++] = ' ';
        memcpy(c->text + at, *words, n);
        at += n;
    }
    c->text[at] = 0;
    __sync_synchronize();
}

static void get_text(const struct connection *c, const char *name)
{
    need_text(c, name);
    printf("%.*s\n", (int)strnlen(c->text, c->size), c->text);
}

static void emit(struct connection *c)
{
    c->events[0] = 1;
}

static int seconds_of(const char *text)
{
    char *end;
    long seconds = strtol(text, &end, 10);

    if (end == text || *end || seconds < 0 || seconds > MAX_SECONDS)
        die(text, "no number of seconds");
    return (int)seconds;
}

/* Events since the device was opened count; the file tells the sum of all. */
static uint32_t wait_event(const struct connection *c, const char *name, int seconds)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    uint32_t count = 0;

    if (poll(&p, 1, seconds * 1000) <= 0)
        die(name, "no event came in time");
    if (read(c->fd, &count, sizeof count) != sizeof count)
        die(name, strerror(errno));
    return count;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "", *name = argc > 2 ? argv[2] : NULL;

    if (strcmp(command, "list") == 0 && argc == 2)
        return list();
    if (name && strcmp(command, "write") == 0 && argc > 3) {
        struct connection c = open_connection(name);
        put_text(&c, name, argv + 3);
    } else if (name && strcmp(command, "read") == 0 && argc == 3) {
        struct connection c = open_connection(name);
        get_text(&c, name);
    } else if (name && strcmp(command, "emit") == 0 && argc == 3) {
        struct connection c = open_connection(name);
        emit(&c);
    } else if (name && strcmp(command, "wait") == 0 && argc <= 4) {
        struct connection c = open_connection(name);
        printf("%u\n", wait_event(&c, name, argc == 4 ? seconds_of(argv[3]) : WAIT_SECONDS));
    } else if (name && strcmp(command, "call") == 0 && argc > 3) {
        struct connection c = open_connection(name);
        put_text(&c, name, argv + 3);
        emit(&c);
        wait_event(&c, name, WAIT_SECONDS);
        get_text(&c, name);
    } else {
        fputs(usage, stderr);
        return 2;
    }
    return 0;
}
