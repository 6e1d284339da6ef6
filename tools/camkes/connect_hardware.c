// SPDX-License-Identifier: BSD-2-Clause
// Connectors to hardware components: device memory, interrupts, I/O ports. A hardware component has no
// program; its interfaces are places in the machine, said by settings of its instance:
//   memory       <m>_paddr, <m>_size
//   ports        <p>_attributes = "0x60:0x64"
//   interrupt    <i>_irq_type = "isa" with <i>_irq_number, or "pci"/"ioapic" with <i>_irq_ioapic and
//                _irq_ioapic_pin, _level, _polarity; <i>_irq_vector (else a free one)
#include "connect_parts.h"

#include <abi/syscall.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define VECTORS 108u

static const struct value *hardware_setting(const struct port *hw, const char *what)
{
    return instance_setting(hw->instance, strf("%s_%s", hw->iface->name, what));
}

static struct loc setting_loc(const struct port *hw, const char *what)
{
    const struct value *v = hardware_setting(hw, what);
    return v ? v->loc : hw->instance->loc;
}

/* A number in [low, high]; else a located error. */
static int64_t hardware_int(const struct port *hw, const char *what, int64_t otherwise, int64_t low,
                            int64_t high)
{
    const int64_t n = port_int(hw, what, otherwise);
    if (n < low || n > high) {
        diag_error(setting_loc(hw, what), "%s_%s is %lld: it must be from %lld to %lld", port_label(hw), what,
                   (long long)n, (long long)low, (long long)high);
        return low;
    }
    return n;
}

/* ---- seL4HardwareMMIO ---- */

static void mmio_check(const struct connection *c)
{
    for (size_t t = 0; t < c->to_count; t++) {
        const struct port *hw = c->to[t];
        if (!hardware_setting(hw, "paddr")) {
            diag_error(hw->instance->loc, "%s: where is this memory? Set %s_paddr", port_label(hw),
                       port_label(hw));
            continue;
        }
        const int64_t paddr = hardware_int(hw, "paddr", 0, 0, 1ll << 46);
        if (paddr % PAGE) {
            diag_error(setting_loc(hw, "paddr"),
                       "%s_paddr is 0x%llx: it must be a multiple of 0x1000; give the page, "
                       "and add the rest to the pointer",
                       port_label(hw), (unsigned long long)paddr);
        }
    }
    for (size_t f = 0; f < c->from_count; f++) {
        check_access(c->from[f]);
    }
}

/* The frames of one hardware dataport, which several drivers may see. */
static uint32_t mmio_frames(struct dist *d, const struct port *hw, const struct connection *c)
{
    uint64_t *frames = dist_note(d, hw, "frames");
    if (!*frames) {
        const uint64_t bytes = (uint64_t)port_int(hw, "size", (int64_t)connection_dataport_bytes(c));
        const uint64_t paddr = (uint64_t)port_int(hw, "paddr", 0);
        *frames = spec_device_frames(dist_system(d), port_label(hw), paddr, bytes) + 1ull;
    }
    return (uint32_t)(*frames - 1);
}

static void mmio_distribute(struct dist *d, const struct connection *c)
{
    for (size_t f = 0; f < c->from_count; f++) {
        const struct port *p = c->from[f];
        const bool cached = port_int(c->to[0], "hardware_cached", 0);
        spec_device_dataport(dist_instance(d, p->instance), info_name(p->instance, p->iface->name),
                             mmio_frames(d, c->to[0], c), dataport_rights(p), cached);
    }
}

/* ---- seL4HardwareIOPort ---- */

struct range { uint16_t first, last; };

static bool parse_number(const char **at, uint64_t *out)
{
    char *end;
    *out = strtoull(*at, &end, 0);
    const bool ok = end != *at && *out <= 0xffff;
    *at = end;
    return ok;
}

/* "0x60:0x64" or "0x60". */
static bool parse_range(const char *text, struct range *out)
{
    uint64_t first, last;
    if (!parse_number(&text, &first)) {
        return false;
    }
    last = first;
    if (*text == ':') {
        text++;
        if (!parse_number(&text, &last)) {
            return false;
        }
    }
    *out = (struct range){ (uint16_t)first, (uint16_t)last };
    return !*text && first <= last;
}

static void ports_check(const struct connection *c)
{
    for (size_t t = 0; t < c->to_count; t++) {
        const struct port *hw = c->to[t];
        struct range r;
        const char *text = port_str(hw, "attributes", NULL);
        if (!text) {
            diag_error(setting_loc(hw, "attributes"),
                       "%s: which I/O ports? Set %s_attributes = \"first:last\"", port_label(hw),
                       port_label(hw));
        } else if (!parse_range(text, &r)) {
            diag_error(setting_loc(hw, "attributes"),
                       "%s_attributes is \"%s\": it must be \"first:last\", as in \"0x60:0x64\"",
                       port_label(hw), text);
        }
    }
}

static void ports_from(struct glue *g, const struct port *p)
{
    static const unsigned bits[] = { 8, 16, 32 };
    const char *i = p->iface->name;
    text_add(g->top, "static seL4_CPtr camkes__%s;\n", i);
    for (unsigned n = 0; n < 3; n++) {
        const unsigned b = bits[n];
        text_add(g->header,
                 "uint%u_t %s_in%u(uint16_t port);\nint %s_out%u(uint16_t port, uint%u_t value);\n", b, i, b,
                 i, b, b);
        text_add(
            g->body,
            "uint%u_t %s_in%u(uint16_t port) { return seL4_X86_IOPort_In%u(camkes__%s, port).result; }\n", b,
            i, b, b, i);
        text_add(g->body,
                 "int %s_out%u(uint16_t port, uint%u_t value)\n{\n"
                 "    return seL4_X86_IOPort_Out%u(camkes__%s, port, value) == seL4_NoError ? 0 : -1;\n}\n",
                 i, b, b, b, i);
    }
    text_add(g->init, "    camkes__%s = rt_cap(%s);\n", i, quoted_name(p));
    glue_interface(g, p, "NULL");
}

/* The kernel hands each port out once. */
static void ports_claim(struct dist *d, const struct port *hw, struct range r)
{
    for (unsigned n = r.first; n <= r.last; n++) {
        uint64_t *owner = dist_note(d, d, strf("port 0x%x", n));
        if (*owner) {
            diag_error(setting_loc(hw, "attributes"), "%s: I/O port 0x%x is also given to %s", port_label(hw),
                       n, port_label((const struct port *)(uintptr_t)*owner));
            return;
        }
        *owner = (uintptr_t)hw;
    }
}

static uint32_t ports_object(struct dist *d, const struct port *hw)
{
    uint64_t *object = dist_note(d, hw, "ports");
    struct range r;
    if (!*object && parse_range(port_str(hw, "attributes", ""), &r)) {
        ports_claim(d, hw, r);
        const struct spec_object o = {
            .kind = SPEC_PORTS, .component = SPEC_NONE, .ports = { r.first, r.last }
        };
        *object = spec_add_object(spec_system_writer(dist_system(d)), port_label(hw), o) + 1ull;
    }
    return (uint32_t)(*object - 1);
}

static void ports_distribute(struct dist *d, const struct connection *c)
{
    const uint32_t object = ports_object(d, c->to[0]);
    for (size_t f = 0; f < c->from_count; f++) {
        const struct port *p = c->from[f];
        spec_cap(dist_instance(d, p->instance), info_name(p->instance, p->iface->name), object, 15, 0);
    }
}

/* ---- interrupts ---- */

/* How an interrupt's wire is described; false = an error has been told. */
static bool irq_args(const struct port *hw, struct spec_irq_args *out)
{
    static const char *const types[] = { "isa", "pci", "ioapic" };
    const char *type = port_str(hw, "irq_type", hardware_setting(hw, "irq_ioapic_pin") ? "ioapic" : "isa");
    const bool isa = !strcmp(type, "isa"), pci = !strcmp(type, "pci");
    if (!isa && !pci && strcmp(type, "ioapic")) {
        const char *near = diag_nearest(type, types, 3);
        diag_error(setting_loc(hw, "irq_type"), "%s_irq_type is \"%s\"; known: \"isa\", \"pci\", \"ioapic\"",
                   port_label(hw), type);
        if (near) {
            diag_hint("did you mean '%s'?", near);
        }
        return false;
    }
    const char *pin = isa && hardware_setting(hw, "irq_number") ? "irq_number" : "irq_ioapic_pin";
    if (!hardware_setting(hw, pin)) {
        diag_error(hw->instance->loc, "%s: which interrupt? Set %s_%s", port_label(hw), port_label(hw),
                   isa ? "irq_number" : "irq_ioapic_pin");
        return false;
    }
    const int64_t number = hardware_int(hw, pin, 0, 0, isa ? 15 : 23);
    *out = (struct spec_irq_args){
        .ioapic = (uint16_t)hardware_int(hw, "irq_ioapic", 0, 0, 7),
        /* IRQ 0 arrives at pin 2 */
        .pin = (uint16_t)(!strcmp(pin, "irq_number") && number == 0 ? 2 : number),
        .level = hardware_int(hw, "irq_ioapic_level", pci, 0, 1),
        .active_low = hardware_int(hw, "irq_ioapic_polarity", pci, 0, 1),
    };
    return true;
}

/* The vector it asks for, or the highest free one. */
static uint8_t vector_of(struct dist *d, const struct port *hw)
{
    const bool fixed = hardware_setting(hw, "irq_vector");
    unsigned v = fixed ? (unsigned)hardware_int(hw, "irq_vector", 0, 0, VECTORS - 1) : VECTORS - 1;
    while (!fixed && v && *dist_note(d, d, strf("vector %u", v))) {
        v--;
    }
    uint64_t *owner = dist_note(d, d, strf("vector %u", v));
    if (*owner) {
        diag_error(setting_loc(hw, "irq_vector"),
                   "%s: interrupt vector %u is also given to %s; leave irq_vector out for a free one",
                   port_label(hw), v, port_label((const struct port *)(uintptr_t)*owner));
    }
    *owner = (uintptr_t)hw;
    return (uint8_t)v;
}

static void pin_claim(struct dist *d, const struct port *hw, const struct spec_irq_args *a)
{
    uint64_t *owner = dist_note(d, d, strf("pin %u.%u", a->ioapic, a->pin));
    if (*owner) {
        diag_error(hw->instance->loc, "%s: pin %u of I/O APIC %u is also given to %s", port_label(hw), a->pin,
                   a->ioapic, port_label((const struct port *)(uintptr_t)*owner));
    }
    *owner = (uintptr_t)hw;
}

static void irq_check(const struct connection *c)
{
    struct spec_irq_args a;
    for (size_t f = 0; f < c->from_count; f++) {
        const struct port *hw = c->from[f];
        if (!irq_args(hw, &a)) {
            continue;
        }
        if (hw->connection_count > 1 || c->to_count > 1) {
            diag_error(c->loc,
                       "connection '%s': an interrupt goes to one component only; let that one emit an event",
                       c->name);
        }
    }
}

static void irq_common(struct glue *g, const struct port *p)
{
    const char *e = p->iface->name;
    text_add(g->header, "int %s_acknowledge(void);\n", e);
    text_add(g->top, "static seL4_CPtr camkes__%s_irq;\n", e);
    text_add(g->body, "int %s_acknowledge(void)\n{\n"
                      "    return seL4_IRQHandler_Ack(camkes__%s_irq) == seL4_NoError ? 0 : -1;\n}\n", e, e);
    text_add(g->init, "    camkes__%s_irq = rt_cap(%s);\n", e, c_string(port_name(p, "irq")));
}

static void irq_to(struct glue *g, const struct port *p)
{
    irq_common(g, p);
    glue_consumer(g, p, true);
}

static void irq_give(struct dist *d, const struct connection *c, uint32_t notification, uint64_t badge)
{
    struct spec_irq_args a;
    const struct port *to = c->to[0];
    if (irq_args(c->from[0], &a)) {
        pin_claim(d, c->from[0], &a);
        a.vector = vector_of(d, c->from[0]);
        spec_irq(dist_instance(d, to->instance), port_name(to, "irq"), &a, notification, badge);
    }
}

static void irq_distribute(struct dist *d, const struct connection *c)
{
    irq_give(d, c, distribute_consumer(d, c->to[0]), 1);
}

static void global_irq_to(struct glue *g, const struct port *p)
{
    irq_common(g, p);
    glue_global(g, p, true);
}

static void global_irq_distribute(struct dist *d, const struct connection *c)
{
    uint64_t badge;
    const uint32_t notification = distribute_global(d, c->to[0], &badge);
    irq_give(d, c, notification, badge);
}

/* ---- device trees ---- */

static void refuse_device_tree(const struct connection *c)
{
    refuse_connection(c, "finds devices in a device tree, and a PC has none");
    diag_hint(
        "use seL4HardwareMMIO, seL4HardwareIOPort and seL4HardwareInterrupt, and say where the device is");
}

extern const struct connector_impl hardware_connectors[];
const struct connector_impl hardware_connectors[] = {
    { "seL4HardwareMMIO", glue_dataport, NULL, mmio_distribute, mmio_check },
    { "seL4HardwareIOPort", ports_from, NULL, ports_distribute, ports_check },
    { "seL4HardwareInterrupt", NULL, irq_to, irq_distribute, irq_check },
    { "seL4IOAPICHardwareInterrupt", NULL, irq_to, irq_distribute, irq_check },
    { "seL4GlobalAsynchHardwareInterrupt", NULL, global_irq_to, global_irq_distribute, irq_check },
    { "seL4DTBHardware", NULL, NULL, NULL, refuse_device_tree },
    { "seL4DTBHW", NULL, NULL, NULL, refuse_device_tree },
    { "seL4DTBHardwareThreadless", NULL, NULL, NULL, refuse_device_tree },
    { "seL4DTBHWThreadless", NULL, NULL, NULL, refuse_device_tree },
    { "seL4InitHardware", NULL, NULL, NULL, refuse_device_tree },
    { "seL4VMDTBPassthrough", NULL, NULL, NULL, refuse_device_tree },
    { 0 },
};
