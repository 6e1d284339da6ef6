// SPDX-License-Identifier: BSD-2-Clause
// Formatted output for programs without a C library.
#include <sel4/task.h>
#include <stdbool.h>
#include <string.h>

struct out { char *to; size_t size, used; };

static void put(struct out *o, char c)
{
    if (o->used + 1 < o->size) {
        o->to[o->used] = c;
    }
    o->used++;
}

static void pad(struct out *o, char c, long count)
{
    while (count-- > 0) {
        put(o, c);
    }
}

/* One conversion: % flags width precision length. */
struct spec {
    bool left, zero, plus, alternate, upper;
    int width, precision;            /* precision < 0: none */
    int length;                      /* -2 hh, -1 h, 0 int, 1 long and wider */
};

static void put_text(struct out *o, const struct spec *s, const char *text, size_t n)
{
    if (!s->left) {
        pad(o, ' ', s->width - (long)n);
    }
    for (size_t i = 0; i < n; i++) {
        put(o, text[i]);
    }
    if (s->left) {
        pad(o, ' ', s->width - (long)n);
    }
}

static void put_number(struct out *o, const struct spec *s, uint64_t value, unsigned base, const char *sign)
{
    const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[24];
    int n = 0;
    for (; value; value /= base) {
        text[n++] = digits[value % base];
    }
    const char *prefix = s->alternate && base == 16 ? "0x" : "";
    const long fixed = (long)strlen(sign) + (long)strlen(prefix);
    long zeros = (s->precision >= 0 ? s->precision : 1) - n;
    if (zeros < 0) {
        zeros = 0;
    }
    if (s->zero && !s->left && s->precision < 0 && s->width > fixed + zeros + n) {
        zeros = s->width - fixed - n;
    }
    if (!s->left) {
        pad(o, ' ', s->width - fixed - zeros - n);
    }
    while (*sign) {
        put(o, *sign++);
    }
    while (*prefix) {
        put(o, *prefix++);
    }
    pad(o, '0', zeros);
    for (int i = n; i--;) {
        put(o, text[i]);
    }
    if (s->left) {
        pad(o, ' ', s->width - fixed - zeros - n);
    }
}

static int parse_number(const char **p)
{
    int n = 0;
    while (**p >= '0' && **p <= '9') {
        n = n * 10 + (*(*p)++ - '0');
    }
    return n;
}

static struct spec parse_spec(const char **p, va_list *args)
{
    struct spec s = { .precision = -1 };
    for (;; (*p)++) {
        if (**p == '-') { s.left = true; }
        else if (**p == '0') { s.zero = true; }
        else if (**p == '+') { s.plus = true; }
        else if (**p == '#') { s.alternate = true; }
        else { break; }
    }
    if (**p == '*') {
        s.width = va_arg(*args, int);
        (*p)++;
    } else {
        s.width = parse_number(p);
    }
    if (**p == '.') {
        (*p)++;
        if (**p == '*') {
            s.precision = va_arg(*args, int);
            (*p)++;
        } else {
            s.precision = parse_number(p);
        }
    }
    for (;; (*p)++) {
        if (**p == 'l' || **p == 'z' || **p == 'j' || **p == 't') { s.length = 1; }
        else if (**p == 'h') { s.length--; }
        else { break; }
    }
    return s;
}

static uint64_t unsigned_arg(const struct spec *s, va_list *args)
{
    const uint64_t v = s->length > 0 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
    return s->length == -1 ? (uint16_t)v : s->length < -1 ? (uint8_t)v : v;
}

static void convert(struct out *o, struct spec *s, char kind, va_list *args)
{
    switch (kind) {
    case 'd': case 'i': {
        const int64_t v = s->length > 0 ? va_arg(*args, int64_t) : va_arg(*args, int);
        put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0 ? "-" : s->plus ? "+" : "");
        break;
    }
    case 'u': put_number(o, s, unsigned_arg(s, args), 10, ""); break;
    case 'o': put_number(o, s, unsigned_arg(s, args), 8, ""); break;
    case 'X': s->upper = true; /* fall through */
    case 'x': put_number(o, s, unsigned_arg(s, args), 16, ""); break;
    case 'p':
        s->alternate = true;
        put_number(o, s, (uintptr_t)va_arg(*args, void *), 16, "");
        break;
    case 'c': {
        const char c = (char)va_arg(*args, int);
        put_text(o, s, &c, 1);
        break;
    }
    case 's': {
        const char *text = va_arg(*args, const char *);
        text = text ? text : "(null)";
        put_text(o, s, text, strnlen(text, s->precision >= 0 ? (size_t)s->precision : SIZE_MAX));
        break;
    }
    default: put(o, '%'); put(o, kind); break;
    }
}

int sel4_vsnprintf(char *to, size_t size, const char *format, va_list list)
{
    struct out o = { to, size, 0 };
    va_list args;
    va_copy(args, list);
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            put(&o, *p);
            continue;
        }
        p++;
        if (*p == '%') {
            put(&o, '%');
            continue;
        }
        struct spec s = parse_spec(&p, &args);
        if (!*p) {
            break;
        }
        convert(&o, &s, *p, &args);
    }
    va_end(args);
    if (size) {
        to[o.used < size ? o.used : size - 1] = 0;
    }
    return (int)o.used;
}

int sel4_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = sel4_vsnprintf(to, size, format, args);
    va_end(args);
    return n;
}

int sel4_printf(const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    const int n = sel4_vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    seL4_DebugPutString(line);
    return n;
}

const char *sel4_error_name(seL4_Word error)
{
    static const char *const names[] = {
        [ABI_NO_ERROR] = "no error", [ABI_INVALID_ARGUMENT] = "invalid argument",
        [ABI_INVALID_CAPABILITY] = "invalid capability", [ABI_ILLEGAL_OPERATION] = "illegal operation",
        [ABI_RANGE_ERROR] = "range error", [ABI_ALIGNMENT_ERROR] = "alignment error",
        [ABI_FAILED_LOOKUP] = "failed lookup", [ABI_TRUNCATED_MESSAGE] = "truncated message",
        [ABI_DELETE_FIRST] = "delete first", [ABI_REVOKE_FIRST] = "revoke first",
        [ABI_NOT_ENOUGH_MEMORY] = "not enough memory",
    };
    return error < sizeof(names) / sizeof(names[0]) ? names[error] : "unknown error";
}

const char *sel4_fault_name(seL4_Word label)
{
    static const char *const names[] = {
        [ABI_FAULT_NULL] = "no fault", [ABI_FAULT_CAP] = "capability fault",
        [ABI_FAULT_UNKNOWN_SYSCALL] = "unknown system call", [ABI_FAULT_USER_EXCEPTION] = "CPU exception",
        [ABI_FAULT_DEBUG_EXCEPTION] = "debug exception", [ABI_FAULT_TIMEOUT] = "time-out",
        [ABI_FAULT_VM] = "page fault",
    };
    return label < sizeof(names) / sizeof(names[0]) ? names[label] : "unknown fault";
}
