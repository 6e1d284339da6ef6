// SPDX-License-Identifier: BSD-2-Clause
// 8259A pair. Facts from: [1] Intel 8259A data sheet (231468-003); [2] Intel 82371SB (PIIX3) data sheet,
// ELCR.
//
// Edges are latched in IRR until acknowledged, even if the input falls before (devices here pulse their
// lines). Not carried: 8080 mode vectors, buffered mode, LTIM (PCs use ELCR).

#include <stdio.h>
#include <string.h>
#include <vmm/devices/pic8259.h>
#include <vmm/irq.h>

#define MASTER 0
#define SLAVE 1
#define CASCADE 2                  /* input of the master where the slave is */

/* How far `input` is from the highest priority: 0 = highest. */
static unsigned rank_of(const struct pic_chip *c, unsigned input)
{
    return (input - c->lowest - 1) & 7;
}

/* Highest-ranking input of a set, or -1. */
static int first_of(const struct pic_chip *c, uint8_t set)
{
    for (unsigned i = 1; set && i <= 8; i++) {
        unsigned input = (c->lowest + i) & 7;
        if (set & (1u << input))
            return (int)input;
    }
    return -1;
}

/* The input that asks for service now, or -1. [1] fully nested, special fully nested, special mask. */
static int requesting(const struct pic_chip *c, bool master)
{
    int input = first_of(c, c->irr & (uint8_t)~c->imr);
    if (input < 0)
        return -1;
    uint8_t in_service = c->isr;
    if (c->special_mask)
        in_service &= (uint8_t)~c->imr;
    int busy = first_of(c, in_service);
    if (busy < 0 || rank_of(c, (unsigned)input) < rank_of(c, (unsigned)busy))
        return input;
    /* special fully nested: the slave in service may ask again, for a higher one of its inputs */
    return master && c->nested_special && input == CASCADE && busy == CASCADE ? input : -1;
}

/* Carries the slave's INT to the master and the master's to the router. */
static void update(struct pic8259 *p)
{
    struct pic_chip *master = &p->chip[MASTER];

    if (requesting(&p->chip[SLAVE], false) >= 0)
        master->irr |= 1u << CASCADE;
    else
        master->irr &= (uint8_t)~(1u << CASCADE);
    bool output = requesting(master, true) >= 0;
    if (output != p->router->pic_output)
        irq_pic_output(p->router, output);
}

void pic8259_set_line(struct pic8259 *p, unsigned pin, bool level)
{
    struct pic_chip *c = &p->chip[(pin >> 3) & 1];
    uint8_t mask = (uint8_t)(1u << (pin & 7));

    if (level) {
        if ((c->elcr & mask) || !(c->lines & mask))
            c->irr |= mask;
        c->lines |= mask;
    } else {
        if (c->elcr & mask)
            c->irr &= (uint8_t)~mask;
        c->lines &= (uint8_t)~mask;
    }
    update(p);
}

void pic8259_set_level_triggered(struct pic8259 *p, unsigned pin)
{
    struct pic_chip *c = &p->chip[(pin >> 3) & 1];
    uint8_t mask = (uint8_t)(1u << (pin & 7)) & c->elcr_mask;

    if (pin >= 16)
        return;
    c->elcr |= mask;
    c->irr |= mask & c->lines;
    update(p);
}

static void start_service(struct pic_chip *c, unsigned input)
{
    uint8_t mask = (uint8_t)(1u << input);

    if (!(c->elcr & mask))
        c->irr &= (uint8_t)~mask;
    if (!c->auto_eoi)
        c->isr |= mask;
    else if (c->rotate_auto)
        c->lowest = (uint8_t)input;
}

/* [1] "if no interrupt request is present at step 4, the 8259A will issue an interrupt level 7" */
uint8_t pic8259_acknowledge(struct pic8259 *p)
{
    struct pic_chip *master = &p->chip[MASTER], *slave = &p->chip[SLAVE];
    int input = requesting(master, true);
    uint8_t vector;

    p->acknowledged++;
    if (input < 0) {
        p->spurious++;
        vector = master->base + 7;
    } else if (input != CASCADE || master->single) {
        start_service(master, (unsigned)input);
        vector = (uint8_t)(master->base + input);
    } else {
        int second = requesting(slave, false);
        start_service(master, CASCADE);
        if (second >= 0)
            start_service(slave, (unsigned)second);
        else
            p->spurious++;
        vector = (uint8_t)(slave->base + (second < 0 ? 7 : second));
    }
    update(p);
    return vector;
}

static void begin_init(struct pic_chip *c, uint8_t icw1)
{
    c->irr = c->lines & c->elcr;               /* the edge sense circuits are reset */
    c->isr = c->imr = 0;
    c->lowest = 7;
    c->auto_eoi = c->rotate_auto = c->nested_special = c->special_mask = false;
    c->read_isr = c->poll = false;
    c->needs_icw4 = icw1 & 1;
    c->single = icw1 & 2;
    c->icw = 2;
}

static void end_of_interrupt(struct pic_chip *c, int input, bool rotate)
{
    if (input < 0)
        return;
    c->isr &= (uint8_t)~(1u << input);
    if (rotate)
        c->lowest = (uint8_t)input;
}

/* [1] OCW2: rotate, specific, EOI in bits 7:5, input in 2:0 */
static void write_ocw2(struct pic_chip *c, uint8_t value)
{
    unsigned input = value & 7;
    uint8_t visible = c->isr;
    if (c->special_mask)
        visible &= (uint8_t)~c->imr;           /* a non-specific EOI does not clear a masked level then */

    switch (value >> 5) {
    case 0: c->rotate_auto = false; break;
    case 1: end_of_interrupt(c, first_of(c, visible), false); break;
    case 2: break;                             /* no operation */
    case 3: end_of_interrupt(c, (int)input, false); break;
    case 4: c->rotate_auto = true; break;
    case 5: end_of_interrupt(c, first_of(c, visible), true); break;
    case 6: c->lowest = (uint8_t)input; break;
    case 7: end_of_interrupt(c, (int)input, true); break;
    }
}

static void write_ocw3(struct pic_chip *c, uint8_t value)
{
    if (value & 0x04)
        c->poll = true;
    if (value & 0x02)
        c->read_isr = value & 0x01;
    if (value & 0x40)
        c->special_mask = value & 0x20;
}

static void write_data(struct pic_chip *c, uint8_t value)
{
    switch (c->icw) {
    case 2:
        c->base = value & 0xf8;
        c->icw = c->single ? (c->needs_icw4 ? 4 : 0) : 3;
        break;
    case 3:                                    /* the cascade is wired as it is */
        c->icw = c->needs_icw4 ? 4 : 0;
        break;
    case 4:
        c->auto_eoi = value & 0x02;
        c->nested_special = value & 0x10;
        c->icw = 0;
        break;
    default:
        c->imr = value;
    }
}

static void write_chip(struct pic_chip *c, bool data, uint8_t value)
{
    if (data)
        write_data(c, value);
    else if (value & 0x10)
        begin_init(c, value);
    else if (value & 0x08)
        write_ocw3(c, value);
    else
        write_ocw2(c, value);
}

/* [1] poll: the read acts as an acknowledge of this chip */
static uint8_t read_poll(struct pic8259 *p, struct pic_chip *c)
{
    int input = requesting(c, c == &p->chip[MASTER]);
    c->poll = false;
    if (input < 0)
        return 0;
    start_service(c, (unsigned)input);
    return (uint8_t)(0x80 | input);
}

static enum exit_action pic_access(struct pic8259 *p, struct pic_chip *c, struct bus_access *a)
{
    bool data = a->offset & 1;

    if (a->write) {
        write_chip(c, data, (uint8_t)a->value);
        update(p);
    } else if (c->poll) {
        a->value = read_poll(p, c);
        update(p);
    } else {
        a->value = data ? c->imr : c->read_isr ? c->isr : c->irr;
    }
    return EXIT_NEXT_INSN;
}

static enum exit_action master_access(void *device, struct bus_access *a)
{
    struct pic8259 *p = device;
    return a->size == 1 ? pic_access(p, &p->chip[MASTER], a) : bus_bytewise(master_access, device, a);
}

static enum exit_action slave_access(void *device, struct bus_access *a)
{
    struct pic8259 *p = device;
    return a->size == 1 ? pic_access(p, &p->chip[SLAVE], a) : bus_bytewise(slave_access, device, a);
}

/* [2] ELCR1, ELCR2. An input that is high when it turns level-triggered asks at once. */
static enum exit_action elcr_access(void *device, struct bus_access *a)
{
    struct pic8259 *p = device;
    if (a->size != 1)
        return bus_bytewise(elcr_access, device, a);

    struct pic_chip *c = &p->chip[a->offset & 1];
    if (a->write) {
        uint8_t level = (uint8_t)a->value & c->elcr_mask;
        uint8_t changed = level ^ c->elcr;
        c->irr = (uint8_t)((c->irr & ~changed) | (changed & level & c->lines));
        c->elcr = level;
        update(p);
    } else {
        a->value = c->elcr;
    }
    return EXIT_NEXT_INSN;
}

static void pic_reset(void *device)
{
    struct pic8259 *p = device;

    for (unsigned i = 0; i < 2; i++) {
        struct pic_chip *c = &p->chip[i];
        memset(c, 0, sizeof *c);
        c->lowest = 7;
        c->imr = 0xff;    /* as firmware leaves it: nothing comes through before the guest sets it up */
        c->base = i == MASTER ? 0x08 : 0x70;
        c->elcr_mask = i == MASTER ? 0xf8 : 0xde;
    }
    irq_pic_output(p->router, false);
}

static int pic_init(void *device, const struct device_env *env, const void *cfg)
{
    struct pic8259 *p = device;

    (void)cfg;
    memset(p, 0, sizeof *p);
    p->router = env->irq;
    p->router->pic = p;
    if (bus_claim(env->pio, 0x20, 2, master_access, p, "pic-master") ||
        bus_claim(env->pio, 0xa0, 2, slave_access, p, "pic-slave") ||
        bus_claim(env->pio, 0x4d0, 2, elcr_access, p, "pic-elcr"))
        return -1;
    return 0;
}

static void pic_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct pic8259 *p = device;
    char text[128];

    for (unsigned i = 0; i < 2; i++) {
        const struct pic_chip *c = &p->chip[i];
        snprintf(text, sizeof text, "pic %s: irr %02x imr %02x isr %02x lines %02x elcr %02x base %02x%s%s",
                 i ? "slave" : "master", c->irr, c->imr, c->isr, c->lines, c->elcr, c->base,
                 c->auto_eoi ? " auto-eoi" : "", c->special_mask ? " special-mask" : "");
        line(ctx, text);
    }
    snprintf(text, sizeof text, "pic: output %d, %llu acknowledged, %llu spurious", p->router->pic_output,
             (unsigned long long)p->acknowledged, (unsigned long long)p->spurious);
    line(ctx, text);
}

const struct device_class pic8259_class = {
    "pic8259", sizeof(struct pic8259), pic_init, pic_reset, pic_dump
};
