// SPDX-License-Identifier: BSD-2-Clause
// Library of the micro guests: console, checks, interrupt table, expected faults.

#include <stdarg.h>
#include "micro.h"

#define COM1 0x3f8                       /* 16550 datasheet: LSR at +5, bit 5 = transmitter empty */
#define DEBUG_EXIT 0xf4

unsigned passed, failed;
volatile word_t fault_resume;
__typeof__(caught) caught;

void micro_start(word_t info);
void micro_interrupt(struct micro_frame *);
extern char vector_stubs[];
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);

void *memset(void *to, int c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((volatile char *)to)[i] = (char)c;
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}

/* ---- console ---- */

void put_char(char c)
{
    while (!(in8(COM1 + 5) & 0x20))
        ;
    out8(COM1, (uint8_t)c);
}

static void put_number(uint64_t v, unsigned base, unsigned width, char pad)
{
    char buf[24];
    unsigned n = 0;
    do {
        uint32_t digit;                  /* long division by hand: no libgcc here */
        uint64_t q = 0;
        uint32_t rest = 0;
        for (int i = 63; i >= 0; i--) {
            rest = rest << 1 | (v >> i & 1);
            q <<= 1;
            if (rest >= base) {
                rest -= base;
                q |= 1;
            }
        }
        digit = rest;
        v = q;
        buf[n++] = "0123456789abcdef"[digit];
    } while (v);
    while (width > n)
        put_char(pad), width--;
    while (n)
        put_char(buf[--n]);
}

static const char *format_one(const char *f, va_list *args)
{
    char pad = *f == '0' ? '0' : ' ';
    unsigned width = 0;
    bool wide = false;
    for (; *f >= '0' && *f <= '9'; f++)
        width = width * 10 + (unsigned)(*f - '0');
    for (; *f == 'l'; f++)
        wide = f[1] == 'l' || sizeof(long) == 8;
    uint64_t v;
    switch (*f) {
    case 's':
        for (const char *s = va_arg(*args, const char *); *s; s++)
            put_char(*s);
        break;
    case 'c':
        put_char((char)va_arg(*args, int));
        break;
    case 'd':
        v = (uint64_t)va_arg(*args, int);
        if ((int64_t)v < 0)
            put_char('-'), v = -v;
        put_number(v, 10, width, pad);
        break;
    case 'u': case 'x':
        v = wide ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned);
        put_number(v, *f == 'u' ? 10 : 16, width, pad);
        break;
    default:
        put_char(*f);
    }
    return f;
}

void print(const char *f, ...)
{
    va_list args;
    va_start(args, f);
    for (; *f; f++) {
        if (*f == '%')
            f = format_one(f + 1, &args);
        else if (*f == '\n')
            put_char('\r'), put_char('\n');
        else
            put_char(*f);
    }
    va_end(args);
}

void micro_exit(uint8_t code)
{
    while (!(in8(COM1 + 5) & 0x40))      /* everything is out */
        ;
    out8(DEBUG_EXIT, code);
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* ---- checks ---- */

void check_true(const char *name, bool ok)
{
    ok ? passed++ : failed++;
    print("%s %s\n", ok ? "PASS" : "FAIL", name);
}

void check_equal(const char *name, uint64_t expected, uint64_t got)
{
    check_true(name, expected == got);
    if (expected != got)
        print("     expected %llx, got %llx\n", (unsigned long long)expected, (unsigned long long)got);
}

/* ---- interrupts ---- */

static irq_handler_t handlers[256];

void on_vector(unsigned vector, irq_handler_t h) { handlers[vector] = h; }

void micro_interrupt(struct micro_frame *f)
{
    if (handlers[f->vector]) {
        handlers[f->vector](f);
        return;
    }
    caught.vector = (int)f->vector;
    caught.error = f->error;
    caught.ip = f->ip;
    __asm__ volatile("mov %%cr2, %0" : "=r"(caught.cr2));
    if (fault_resume) {
        f->ip = fault_resume;
        fault_resume = 0;
        return;
    }
    print("unexpected vector %u, error %llx, ip %llx, cr2 %llx\n", (unsigned)f->vector, (unsigned long long)f->error,
          (unsigned long long)f->ip, (unsigned long long)caught.cr2);
    micro_exit(0x7f);
}

struct gate { uint16_t low, selector; uint8_t ist, type; uint16_t mid;
#ifdef __x86_64__
    uint32_t high, reserved;
#endif
};

static struct gate idt[256] __attribute__((aligned(16)));

static void idt_init(void)
{
    uint16_t cs;
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    for (unsigned i = 0; i < 256; i++) {
        word_t a = (word_t)vector_stubs + i * 16;
        idt[i].low = (uint16_t)a;
        idt[i].selector = cs;
        idt[i].type = 0x8e;              /* present, interrupt gate */
        idt[i].mid = (uint16_t)(a >> 16);
    }
    struct { uint16_t limit; word_t base; } __attribute__((packed)) p = { sizeof(idt) - 1, (word_t)idt };
    __asm__ volatile("lidt %0" :: "m"(p));
}

void pic_init(uint16_t unmasked)         /* 8259A datasheet: ICW1-4, OCW1 */
{
    out8(0x20, 0x11), out8(0xa0, 0x11);
    out8(0x21, 0x20), out8(0xa1, 0x28);
    out8(0x21, 4), out8(0xa1, 2);
    out8(0x21, 1), out8(0xa1, 1);
    out8(0x21, (uint8_t)~unmasked), out8(0xa1, (uint8_t)(~unmasked >> 8));
}

void pic_eoi(unsigned irq)
{
    if (irq >= 8)
        out8(0xa0, 0x20);
    out8(0x20, 0x20);
}

/* ---- hypervisor ---- */

bool hypercall(uint32_t number, word_t a, word_t b, word_t c, word_t *result)
{
    word_t r = number;
    caught.vector = -1;
    __asm__ volatile("movl $771f, fault_resume\n\t.byte 0x0f, 0x01, 0xd9\n771:"
                     : "+a"(r) : "b"(a), "c"(b), "d"(c) : "memory");
    fault_resume = 0;
    *result = r;
    return caught.vector < 0;
}

bool on_bulkhead_or_kvm(void)
{
    struct cpuid c = cpuid(0x40000000, 0);
    return cpuid(1, 0).ecx >> 31 && c.ebx == 0x4b4d564b && c.ecx == 0x564b4d56 && c.edx == 0x4d;
}

void micro_start(word_t info)
{
    (void)info;
    out8(COM1 + 3, 3);                   /* 8 bits, no parity */
    idt_init();
    pic_init(0);
    micro_main();
    print("%u passed, %u failed\n", passed, failed);
    micro_exit(failed ? 1 : 0);
}
