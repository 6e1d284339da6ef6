// SPDX-License-Identifier: BSD-2-Clause
// Describes the loader's test systems: `systems <variant> <file>`. "good" has everything a spec can say between three
// components; each other variant has one thing that the loader must refuse with a message.
#include <abi/syscall.h>
#include <spec/describe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)
#define TEXT_BYTES 10007

static void good(struct spec_system *s)
{
    struct spec_instance *server = spec_instance(s, &(struct spec_instance_args){
        .name = "server", .type = "Server", .elf = "loader_server.elf", .heap = 0x10000, .priority = 200 });
    struct spec_instance *client = spec_instance(s, &(struct spec_instance_args){
        .name = "client", .elf = "loader_client.elf", .heap = 4 << 20, .free_slots = 200, .priority = 100 });
    struct spec_instance *crash = spec_instance(s, &(struct spec_instance_args){
        .name = "crash", .elf = "loader_crash.elf", .priority = 220 });
    struct spec_instance *twin = spec_instance(s, &(struct spec_instance_args){
        .name = "twin", .elf = "loader_crash.elf", .priority = 210 });
    spec_attr_str(crash, "how", "null");
    spec_attr_str(twin, "how", "exit");
    spec_thread(server, "echo", &(struct spec_thread_args){ .priority = 201 });
    /* The budget goes to a thread that prints nothing: one that runs out of it lets others into its line. */
    spec_thread(server, "add", &(struct spec_thread_args){ .stack = 0x4000, .budget = 1000, .period = 5000 });
    spec_connect_rpc_buffer(client, "echo", server, "echo", 0, 3 * 4096);
    spec_connect_rpc(client, "add", server, "add", 5);
    spec_connect_dataport(server, "news", 3, client, "news", 3, 4096);
    spec_connect_notification(server, "news", client, "news", 0);
    spec_connect_notification(client, "poke", server, "poked", 0x40);
    spec_bind_notification(server, 0, spec_notification_of(server, "poked"));
    spec_file(server, "text", "text.txt", TEXT_BYTES);
    spec_file(client, "text", "text.txt", TEXT_BYTES);
    spec_connect_dataport(server, "big", ABI_RIGHT_READ, client, "big", RW, 5 << 20);
    spec_device(client, "hpet", 0xfed00000, 4096);
    spec_io_ports(client, "exit", 0xf4, 0xf4);
    spec_attr_str(client, "greeting", "bonjour");
    spec_attr_int(client, "number", -42);
    spec_untyped_pool(client, 22, 3);
    spec_self_caps(client);
    spec_asid_pool(client);
    spec_thread_tcb_cap(client, 0);
    spec_frame_caps(client, "pages", spec_frames(s, "pages", 16384, 12), RW);
}

static struct spec_instance *plain(struct spec_system *s, const char *elf)
{
    return spec_instance(s, &(struct spec_instance_args){ .name = "only", .elf = elf, .priority = 100 });
}

static void no_program(struct spec_system *s) { plain(s, "absent.elf"); }
static void no_elf(struct spec_system *s) { plain(s, "text.txt"); }
static void no_cpu(struct spec_system *s) { spec_sched_control(plain(s, "loader_crash.elf"), "sched", 63); }
static void too_much(struct spec_system *s) { spec_untyped_pool(plain(s, "loader_crash.elf"), 26, 64); }
static void no_file(struct spec_system *s) { spec_file(plain(s, "loader_crash.elf"), "f", "absent.txt", 100); }
static void long_file(struct spec_system *s) { spec_file(plain(s, "loader_crash.elf"), "f", "text.txt", 20000); }
static void no_device(struct spec_system *s) { spec_device(plain(s, "loader_crash.elf"), "d", 0x100000, 4096); }

static void same_vector(struct spec_system *s)
{
    struct spec_instance *i = plain(s, "loader_crash.elf");
    const uint32_t n = spec_notification_of(i, "n");
    spec_irq(i, "one", &(struct spec_irq_args){ .pin = 4, .vector = 7 }, n, 1);
    spec_irq(i, "two", &(struct spec_irq_args){ .pin = 5, .vector = 7 }, n, 2);
}

static void same_slot(struct spec_system *s)
{
    struct spec_instance *i = plain(s, "loader_crash.elf");
    spec_add_cap(spec_system_writer(s), (struct spec_cap){ .cnode = spec_instance_cnode(i), .slot = 1,
        .object = spec_object(s, SPEC_ENDPOINT, "ep"), .count = 1, .rights = 15 });
}

/* The file comes out whole and is then broken: cut short, or one byte changed. */
static void nothing_more(struct spec_system *s) { plain(s, "loader_crash.elf"); }

static const struct { const char *name; void (*describe)(struct spec_system *); } variants[] = {
    { "good", good }, { "no-program", no_program }, { "no-elf", no_elf }, { "no-cpu", no_cpu },
    { "too-much", too_much }, { "no-file", no_file }, { "long-file", long_file }, { "no-device", no_device },
    { "same-vector", same_vector }, { "same-slot", same_slot }, { "corrupt", nothing_more }, { "cut", nothing_more },
};

int main(int argc, char **argv)
{
    struct spec_system *s = spec_system_new();
    size_t bytes = 0;
    if (argc != 3 || !s) {
        return 2;
    }
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        if (!strcmp(variants[i].name, argv[1])) {
            variants[i].describe(s);
        }
    }
    uint8_t *file = spec_system_finish(s, &bytes);
    if (!file) {
        fprintf(stderr, "systems: %s: %s\n", argv[1], spec_system_error(s));
        return 1;
    }
    if (!strcmp(argv[1], "corrupt")) {
        file[bytes / 2] ^= 4;
    }
    if (!strcmp(argv[1], "cut")) {
        bytes /= 2;
    }
    FILE *f = fopen(argv[2], "wb");
    if (!f || fwrite(file, 1, bytes, f) != bytes || fclose(f)) {
        fprintf(stderr, "systems: cannot write %s\n", argv[2]);
        return 1;
    }
    free(file);
    spec_system_free(s);
    return 0;
}
