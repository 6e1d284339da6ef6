// SPDX-License-Identifier: BSD-2-Clause
// What the boot loader hands over, taken apart and copied before anything can overwrite it; then the order in which
// the kernel starts.
// Facts: [1] Multiboot 0.6.96, 3.3 (boot information); [2] Multiboot2 2.0, 3.6.
#include <lock.h>
#include <platform.h>

#define MB1_BOOTED 0x2badb002
#define MB2_BOOTED 0x36d76289
#define DEFAULT_CONSOLE 0x3f8

struct boot_facts boot;
void boot_main(uint32_t magic, uint32_t info, uint64_t tsc);

/* [1] */
struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};
enum { MB1_CMDLINE = 1u << 2, MB1_MODS = 1u << 3, MB1_MMAP = 1u << 6 };
struct mb1_module { uint32_t start, end, string, reserved; };
struct mb1_mmap { uint32_t size; uint64_t base, length; uint32_t type; } __attribute__((packed));

/* [2] */
struct mb2_tag { uint32_t type, size; };
enum { MB2_END = 0, MB2_CMDLINE = 1, MB2_MODULE = 3, MB2_MMAP = 6, MB2_RSDP_OLD = 14, MB2_RSDP_NEW = 15 };
struct mb2_mmap { struct mb2_tag tag; uint32_t entry_size, version; };
struct mb2_mmap_entry { uint64_t base, length; uint32_t type, reserved; };

static void copy_cmdline(const char *s, uint64_t limit)
{
    unsigned n = 0;
    while (n < sizeof(boot.cmdline) - 1 && n < limit && s[n]) {
        boot.cmdline[n] = s[n];
        n++;
    }
    boot.cmdline[n] = 0;
}

static void add_ram(uint64_t base, uint64_t length, uint32_t type)
{
    if (type != 1 || !length || base + length < base || boot.ram_count == MAX_RAM_REGIONS)
        return;
    boot.ram[boot.ram_count++] = (struct ram_region){ base, base + length };
}

static void add_module(uint64_t start, uint64_t end)
{
    if (boot.module_count++ == 0) {
        boot.module_start = start;
        boot.module_end = end;
    }
}

static void parse_mb1(const struct mb1_info *mb)
{
    boot.loader = "multiboot";
    if (mb->flags & MB1_CMDLINE)
        copy_cmdline(ptr_of_paddr(mb->cmdline), UINT64_MAX);
    if (mb->flags & MB1_MODS) {
        const struct mb1_module *m = ptr_of_paddr(mb->mods_addr);
        for (unsigned i = 0; i < mb->mods_count; i++)
            add_module(m[i].start, m[i].end);
    }
    if (mb->flags & MB1_MMAP) {
        for (uint64_t at = mb->mmap_addr, end = at + mb->mmap_length; at + sizeof(struct mb1_mmap) <= end;) {
            const struct mb1_mmap *e = ptr_of_paddr(at);
            add_ram(e->base, e->length, e->type);
            at += e->size + 4;
        }
    } else {
        add_ram(0x100000, (uint64_t)mb->mem_upper * 1024, 1);
    }
}

static void parse_mb2_mmap(const struct mb2_mmap *map)
{
    if (map->entry_size < sizeof(struct mb2_mmap_entry))
        return;
    for (uint64_t at = sizeof(*map); at + map->entry_size <= map->tag.size; at += map->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)((const uint8_t *)map + at);
        add_ram(e->base, e->length, e->type);
    }
}

static void parse_mb2(const uint8_t *info)
{
    uint32_t total = *(const uint32_t *)(const void *)info;
    boot.loader = "multiboot2";
    for (uint64_t at = 8; at + sizeof(struct mb2_tag) <= total;) {
        const struct mb2_tag *tag = (const void *)(info + at);
        const uint32_t *body = (const uint32_t *)(tag + 1);
        if (tag->type == MB2_END || tag->size < sizeof(*tag) || tag->size > total - at)
            break;
        if (tag->type == MB2_CMDLINE)
            copy_cmdline((const char *)body, tag->size - sizeof(*tag));
        else if (tag->type == MB2_MODULE && tag->size >= 16)
            add_module(body[0], body[1]);
        else if (tag->type == MB2_MMAP && tag->size >= sizeof(struct mb2_mmap))
            parse_mb2_mmap((const void *)tag);
        else if ((tag->type == MB2_RSDP_OLD || tag->type == MB2_RSDP_NEW) && tag->size >= sizeof(*tag) + 20)
            boot.rsdp = paddr_of_ptr(body);
        at += ROUND_UP((uint64_t)tag->size, 3);
    }
}

/* ---- kernel command line ---- */

/* The value of `name=` or the text behind a bare word; NULL if it is not there. */
static const char *option(const char *name)
{
    for (const char *s = boot.cmdline; *s;) {
        const char *n = name, *p = s;
        while (*n && *p == *n) {
            n++;
            p++;
        }
        if (!*n && (!*p || *p == ' ' || *p == '='))
            return *p == '=' ? p + 1 : p;
        while (*s && *s != ' ')
            s++;
        while (*s == ' ')
            s++;
    }
    return NULL;
}

static unsigned digit_of(char c)
{
    unsigned letter = (unsigned)(c | 32);
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 99;
}

static uint64_t number_option(const char *name, uint64_t otherwise)
{
    const char *s = option(name);
    uint64_t v = 0;
    unsigned base = 10;
    if (!s || digit_of(*s) > 9)
        return otherwise;
    if (s[0] == '0' && (s[1] | 32) == 'x') {
        base = 16;
        s += 2;
    }
    for (; digit_of(*s) < base; s++)
        v = v * base + digit_of(*s);
    return v;
}

static void parse_options(void)
{
    boot.debug = option("debug") != NULL;
    boot.mitigations = option("mitigations=off") == NULL;
    boot.max_cpus = (unsigned)number_option("maxcpus", CONFIG_MAX_NUM_NODES);
    if (boot.max_cpus == 0)
        boot.max_cpus = 1;
    boot.console_port = (uint16_t)number_option("console_port", DEFAULT_CONSOLE);
}

/* ---- the order of things ---- */

extern const uint8_t kernel_phys_start[], kernel_phys_end[];

static void say_what_we_found(void)
{
    kprintf("Bulkhead on x86-64, by %s: %lu MiB RAM up to %lx, module of %lu KiB\n", boot.loader,
            memory_ram_bytes() >> 20, memory_top(), (boot.module_end - boot.module_start) >> 10);
    if (boot.cmdline[0])
        kprintf("command line: %s\n", boot.cmdline);
}

static void boot_cpu_start(void)
{
    idt_init();
    struct cpu *cpu = cpu_create(0, 0);
    cpu_load(cpu);
    acpi_init();
    pic_disable();
    apic_init_cpu();
    cpu->arch.apic_id = apic_id();
    cpu->arch.online = true;
    time_init();
    ioapic_init();
    fpu_init_cpu();
    virt_init_cpu(cpu);
}

void boot_main(uint32_t magic, uint32_t info, uint64_t tsc)
{
    boot.tsc = tsc;
    boot.loader = NULL;
    if (magic == MB1_BOOTED)
        parse_mb1(ptr_of_paddr(info));
    else if (magic == MB2_BOOTED)
        parse_mb2(ptr_of_paddr(info));
    parse_options();
    console_init(boot.console_port);
    if (!boot.loader)
        panic("not started by a multiboot loader (eax = %x)", magic);
    memory_init();
    memory_reserve((uint64_t)kernel_phys_start, (uint64_t)kernel_phys_end);
    memory_reserve(boot.module_start, boot.module_end);
    if (boot.rsdp)                           /* lies in the loader's information, copied by acpi_init */
        memory_reserve(boot.rsdp, boot.rsdp + 36);
    say_what_we_found();
    paging_init();
    boot_cpu_start();
    smp_start();
    task_start();
    trap_start();
}
