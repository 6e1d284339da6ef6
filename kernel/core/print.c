// SPDX-License-Identifier: BSD-2-Clause
// kprintf and panic: formatted output to the debug console.
#include <stdarg.h>

#include <kernel/arch.h>

struct spec { unsigned width; bool zero, left, is_long; };

static int put_padded(const char *s, unsigned length, const struct spec *spec)
{
    unsigned pad = spec->width > length ? spec->width - length : 0;

    for (unsigned i = 0; !spec->left && i < pad; i++) {
        arch_debug_putc(spec->zero ? '0' : ' ');
    }
    for (unsigned i = 0; i < length; i++) {
        arch_debug_putc(s[i]);
    }
    for (unsigned i = 0; spec->left && i < pad; i++) {
        arch_debug_putc(' ');
    }
    return (int)(length + pad);
}

static int put_number(uint64_t value, unsigned base, bool negative, const struct spec *spec)
{
    char digits[24];
    unsigned at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative) {
        digits[--at] = '-';
    }
    return put_padded(digits + at, (unsigned)sizeof digits - at, spec);
}

static int put_string(const char *s, const struct spec *spec)
{
    unsigned length = 0;

    for (s = s ? s : "(null)"; s[length]; length++) {
    }
    return put_padded(s, length, spec);
}

static int put_conversion(char c, const struct spec *spec, va_list *args)
{
    char single;
    int64_t number;

    switch (c) {
    case 'd':
        number = spec->is_long ? va_arg(*args, long) : va_arg(*args, int);
        return put_number(number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0, spec);
    case 'u':
    case 'x':
        return put_number(spec->is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned),
                          c == 'x' ? 16 : 10, false, spec);
    case 'p':
        return put_string("0x", &(struct spec){ 0 })
            + put_number((uintptr_t)va_arg(*args, void *), 16, false, spec);
    case 's':
        return put_string(va_arg(*args, const char *), spec);
    case 'c':
        single = (char)va_arg(*args, int);
        return put_padded(&single, 1, spec);
    default:
        return put_padded(&c, 1, spec);
    }
}

static int print(const char *fmt, va_list *args)
{
    int count = 0;

    for (; *fmt; fmt++) {
        struct spec spec = { 0 };

        if (*fmt != '%') {
            arch_debug_putc(*fmt);
            count++;
            continue;
        }
        for (fmt++; *fmt == '0' || *fmt == '-' || *fmt == '#'; fmt++) {
            spec.zero |= *fmt == '0';
            spec.left |= *fmt == '-';
        }
        for (; *fmt >= '0' && *fmt <= '9'; fmt++) {
            spec.width = spec.width * 10 + (unsigned)(*fmt - '0');
        }
        for (; *fmt == 'l' || *fmt == 'z'; fmt++) {
            spec.is_long = true;
        }
        if (*fmt == '\0') {
            break;
        }
        count += put_conversion(*fmt, &spec, args);
    }
    return count;
}

int kprintf(const char *fmt, ...)
{
    va_list args;
    int count;

    va_start(args, fmt);
    count = print(fmt, &args);
    va_end(args);
    return count;
}

void panic(const char *fmt, ...)
{
    va_list args;

    kprintf("kernel panic: ");
    va_start(args, fmt);
    print(fmt, &args);
    va_end(args);
    kprintf("\n");
    arch_halt();
}
