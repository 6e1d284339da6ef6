// SPDX-License-Identifier: BSD-2-Clause
// Small fixtures of a PC. Facts from: [1] IBM PC AT Technical Reference (1985), keyboard controller; [2]
// Intel 82371AB (PIIX4) data sheet, port 92; [3] QEMU documentation of isa-debug-exit.

#include <stdio.h>
#include <string.h>
#include <vmm/devices/legacy.h>
#include <vmm/irq.h>

/* ------------------------------- keyboard controller, nothing plugged in -------------------------------- */

#define KBD_IRQ 1
enum { ST_OUTPUT_FULL = 0x01, ST_SYSTEM = 0x04, ST_COMMAND = 0x08, ST_UNLOCKED = 0x10, ST_AUX = 0x20,
       ST_TIMEOUT = 0x40 };
enum { CFG_KBD_IRQ = 0x01, CFG_SYSTEM = 0x04, CFG_POWER_ON = 0x74 };    /* both clocks off, translation */
enum { OUT_RESET = 0x01, OUT_A20 = 0x02, OUT_POWER_ON = 0xcf };
enum { CMD_READ_CONFIG = 0x20, CMD_WRITE_CONFIG = 0x60, CMD_READ_OUTPUT = 0xd0, CMD_WRITE_OUTPUT = 0xd1,
       CMD_ECHO_KBD = 0xd2, CMD_ECHO_AUX = 0xd3, CMD_TO_AUX = 0xd4, CMD_PULSE = 0xf0 };

/* [1] commands that only answer a byte */
static const struct { uint8_t command, answer; } fixed_answer[] = {
    { 0xa9, 0x02 },                /* test of the second port: its clock line is stuck, nothing there */
    { 0xaa, 0x55 },                /* self-test: passed */
    { 0xab, 0x00 },                /* test of the first port: passed */
    { 0xc0, 0x80 },                /* input port: keyboard not locked */
};

static void answer(struct i8042 *k, uint8_t byte, uint8_t flags)
{
    k->data = byte;
    k->status = (uint8_t)((k->status & ~(ST_AUX | ST_TIMEOUT)) | ST_OUTPUT_FULL | flags);
    k->line = (k->config & CFG_KBD_IRQ) && !(flags & ST_AUX);
    irq_set(k->router, KBD_IRQ, k->line);
}

static enum exit_action kbd_command(struct i8042 *k, uint8_t command)
{
    k->command = 0;
    k->status |= ST_COMMAND;
    if (command >= CMD_PULSE)
        return command & OUT_RESET ? EXIT_NEXT_INSN : EXIT_RESET_VM;
    for (unsigned i = 0; i < sizeof fixed_answer / sizeof fixed_answer[0]; i++) {
        if (fixed_answer[i].command == command)
            answer(k, fixed_answer[i].answer, 0);
    }
    if (command == 0xaa)
        k->status |= ST_SYSTEM;
    else if (command == CMD_READ_CONFIG)
        answer(k, k->config, 0);
    else if (command == CMD_READ_OUTPUT)
        answer(k, k->output_port, 0);
    else if (command == CMD_WRITE_CONFIG || (command >= CMD_WRITE_OUTPUT && command <= CMD_TO_AUX))
        k->command = command;      /* its operand comes through port 0x60 */
    return EXIT_NEXT_INSN;
}

static enum exit_action kbd_operand(struct i8042 *k, uint8_t byte)
{
    uint8_t command = k->command;

    k->command = 0;
    k->status &= (uint8_t)~ST_COMMAND;
    switch (command) {
    case CMD_WRITE_CONFIG:
        k->config = byte;
        break;
    case CMD_WRITE_OUTPUT:
        k->output_port = byte | OUT_RESET;
        return byte & OUT_RESET ? EXIT_NEXT_INSN : EXIT_RESET_VM;
    case CMD_ECHO_KBD:
    case CMD_ECHO_AUX:             /* without the flag of the second port: the guest sees there is none */
        answer(k, byte, 0);
        break;
    default:                       /* to a keyboard or mouse that is not there: "resend", timed out */
        answer(k, 0xfe, ST_TIMEOUT | (command == CMD_TO_AUX ? ST_AUX : 0));
    }
    return EXIT_NEXT_INSN;
}

static enum exit_action kbd_data_access(void *device, struct bus_access *a)
{
    struct i8042 *k = device;

    if (a->write)
        return kbd_operand(k, (uint8_t)a->value);
    a->value = k->data;
    k->status &= (uint8_t)~(ST_OUTPUT_FULL | ST_AUX | ST_TIMEOUT);
    k->line = false;
    irq_set(k->router, KBD_IRQ, false);
    return EXIT_NEXT_INSN;
}

static enum exit_action kbd_status_access(void *device, struct bus_access *a)
{
    struct i8042 *k = device;

    if (a->write)
        return kbd_command(k, (uint8_t)a->value);
    a->value = k->status;
    return EXIT_NEXT_INSN;
}

static void kbd_reset(void *device)
{
    struct i8042 *k = device;
    k->status = ST_SYSTEM | ST_UNLOCKED;
    k->data = k->command = 0;
    k->config = CFG_POWER_ON;
    k->output_port = OUT_POWER_ON;
    k->line = false;
}

static int kbd_init(void *device, const struct device_env *env, const void *cfg)
{
    struct i8042 *k = device;
    memset(k, 0, sizeof *k);
    k->router = env->irq;
    kbd_reset(k);
    if (bus_claim(env->pio, 0x60, 1, kbd_data_access, k, "i8042-data") ||
        bus_claim(env->pio, 0x64, 1, kbd_status_access, k, "i8042-status"))
        return -1;
    return 0;
}

static void kbd_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct i8042 *k = device;
    char text[96];
    snprintf(text, sizeof text, "i8042: status %02x data %02x config %02x output port %02x", k->status,
             k->data, k->config, k->output_port);
    line(ctx, text);
}

const struct device_class i8042_class = { "i8042", sizeof(struct i8042), kbd_init, kbd_reset, kbd_dump };

/* ---------------------------------------------- port 0x92 ----------------------------------------------- */

/* [2] bit 0 going to 1 resets; bit 1 is A20, which is always open here and only remembered */
static enum exit_action port92_access(void *device, struct bus_access *a)
{
    struct port92 *p = device;
    uint8_t before = p->value;

    if (!a->write) {
        a->value = p->value;
        return EXIT_NEXT_INSN;
    }
    p->value = a->value & 0x03;
    return p->value & ~before & 1 ? EXIT_RESET_VM : EXIT_NEXT_INSN;
}

static void port92_reset(void *device)
{
    ((struct port92 *)device)->value = 0x02;
}

static int port92_init(void *device, const struct device_env *env, const void *cfg)
{
    port92_reset(device);
    return bus_claim(env->pio, 0x92, 1, port92_access, device, "port92");
}

static void port92_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    char text[32];
    snprintf(text, sizeof text, "port92: %02x", ((const struct port92 *)device)->value);
    line(ctx, text);
}

const struct device_class port92_class = { "port92", sizeof(struct port92), port92_init, port92_reset,
    port92_dump };

/* ---------------------------------------------- port 0x80 ----------------------------------------------- */

/* Firmware shows its progress here; kernels write to it to lose a microsecond. */
static enum exit_action post_access(void *device, struct bus_access *a)
{
    struct post_port *p = device;

    if (a->write) {
        p->last = (uint8_t)a->value;
        p->writes++;
    } else {
        a->value = p->last;
    }
    return EXIT_NEXT_INSN;
}

static void post_reset(void *device)
{
    ((struct post_port *)device)->last = 0;
}

static int post_init(void *device, const struct device_env *env, const void *cfg)
{
    memset(device, 0, sizeof(struct post_port));
    return bus_claim(env->pio, 0x80, 1, post_access, device, "post");
}

static void post_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct post_port *p = device;
    char text[64];
    snprintf(text, sizeof text, "post: %02x, %llu writes", p->last, (unsigned long long)p->writes);
    line(ctx, text);
}

const struct device_class post_port_class = {
    "post-port", sizeof(struct post_port), post_init, post_reset, post_dump
};

/* ---------------------------------------------- debug exit ---------------------------------------------- */

/* [3] a write ends the machine; the value is for whoever started it */
static enum exit_action debug_exit_access(void *device, struct bus_access *a)
{
    struct debug_exit *d = device;

    if (!a->write) {
        a->value = 0;
        return EXIT_NEXT_INSN;
    }
    if (d->cfg.report)
        d->cfg.report(d->cfg.ctx, (uint32_t)a->value);
    return EXIT_POWER_OFF;
}

static void debug_exit_reset(void *device)
{
}

static int debug_exit_init(void *device, const struct device_env *env, const void *cfg)
{
    struct debug_exit *d = device;

    if (!cfg) {
        vmm_log(env->platform, "debug-exit: no configuration");
        return -1;
    }
    d->cfg = *(const struct debug_exit_config *)cfg;
    return bus_claim(env->pio, d->cfg.port, d->cfg.size ? d->cfg.size : 4, debug_exit_access, d,
                     "debug-exit");
}

static void debug_exit_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    char text[32];
    snprintf(text, sizeof text, "debug-exit: port %x", ((const struct debug_exit *)device)->cfg.port);
    line(ctx, text);
}

const struct device_class debug_exit_class = {
    "debug-exit", sizeof(struct debug_exit), debug_exit_init, debug_exit_reset, debug_exit_dump
};
