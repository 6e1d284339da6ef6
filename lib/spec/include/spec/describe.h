// SPDX-License-Identifier: BSD-2-Clause
// Describing a system of components: the layer the assembly compiler and other spec programs write with. It allocates slots
// and addresses, and records them by name in each component's information page, where lib/rt finds them
// (rt_cap, rt_dataport, rt_attr_*). Host only. Errors stick in the writer, see spec/write.h.
//
//   struct spec_system *s = spec_system_new();
//   struct spec_instance *srv = spec_instance(s, &(struct spec_instance_args){ .name = "serial", .elf = "serial.elf",
//                                                                         .heap = 0x10000, .priority = 200 });
//   struct spec_instance *vm = spec_instance(s, &(...){ .name = "vm0", .elf = "vm0.elf" });
//   spec_thread(srv, "putchar", &(struct spec_thread_args){ 0 });       // serves interface "putchar"
//   spec_connect_rpc(vm, "putchar", srv, "putchar", 0);
//   spec_connect_dataport(srv, "getchar", 3, vm, "getchar", 3, 4096);
//   void *file = spec_system_finish(s, &bytes);
#ifndef SPEC_DESCRIBE_H
#define SPEC_DESCRIBE_H

#include <spec/write.h>

struct spec_system;
struct spec_instance;

struct spec_system *spec_system_new(void);
void spec_system_free(struct spec_system *);
struct spec_writer *spec_system_writer(struct spec_system *);
const char *spec_system_error(const struct spec_system *);
/* Builds the information pages, the remaining objects and the file (malloc'ed); NULL on error. */
void *spec_system_finish(struct spec_system *, size_t *bytes);

struct spec_instance_args {
    const char *name;           /* "vm0" */
    const char *type;           /* "Init0"; NULL = name */
    const char *elf;            /* file name in the archive */
    uint64_t heap;              /* bytes; rounded up to pages */
    uint64_t stack;             /* of the control thread; 0 = 64 KiB */
    uint8_t  priority;          /* 0 = 254 */
    uint8_t  max_priority;      /* 0 = priority */
    uint16_t core;
    uint64_t budget, period;    /* us; 0 = 10000 each: round robin */
    uint32_t free_slots;        /* for capabilities it will make itself (untyped pools need them) */
};
struct spec_instance *spec_instance(struct spec_system *, const struct spec_instance_args *);
const char *spec_instance_name(const struct spec_instance *);
uint32_t spec_instance_cnode(const struct spec_instance *);
uint32_t spec_instance_vspace(const struct spec_instance *);

/* Makes the CNode exactly 2^bits slots; what the component's capabilities leave is free for its own. */
void spec_cnode_bits(struct spec_instance *, unsigned bits);
/* Slots for capabilities it will make itself, beyond those asked for before. */
void spec_free_slots(struct spec_instance *, uint32_t count);
/* More heap, beyond that asked for before. */
void spec_heap(struct spec_instance *, uint64_t bytes);

/* A further thread, started by lib/rt in the component's function table row of that name (RT_INTERFACE). 0 = as the
 * control thread's. Returns the thread index (control thread: 0). */
struct spec_thread_args { uint64_t stack; uint8_t priority, max_priority; uint16_t core_plus_1; uint64_t budget, period; };
unsigned spec_thread(struct spec_instance *, const char *name, const struct spec_thread_args *);
/* The thread's TCB capability for the component itself, as "<name>.tcb" ("tcb" for the control thread). */
uint32_t spec_thread_tcb_cap(struct spec_instance *, unsigned thread);
/* Binds a notification object to the thread: signals wake it from Recv on endpoints and from VM_ENTER. */
void spec_bind_notification(struct spec_instance *, unsigned thread, uint32_t notification);

/* Attributes, read with rt_attr_int, rt_attr_str. Setting one again replaces it. */
void spec_attr_int(struct spec_instance *, const char *name, int64_t value);
void spec_attr_str(struct spec_instance *, const char *name, const char *value);

/* Objects and capabilities. spec_cap_* give `inst` a capability found by rt_cap(name) and return its slot. */
uint32_t spec_object(struct spec_system *, enum spec_kind, const char *name);      /* endpoint, notification, ... */
uint32_t spec_cap(struct spec_instance *, const char *name, uint32_t object, uint32_t rights, uint64_t badge);
/* Capabilities to several objects in consecutive slots, under one name (rt_cap_array). */
uint32_t spec_cap_row(struct spec_instance *, const char *name, const uint32_t *objects, const uint64_t *badges,
                      unsigned count, uint32_t rights);
bool spec_has_cap(const struct spec_instance *, const char *name);
/* `count` objects of its own, all rights, in consecutive slots: rt_cap_array(name). */
uint32_t spec_object_pool(struct spec_instance *, enum spec_kind, const char *name, uint32_t count);
void spec_untyped_pool(struct spec_instance *, unsigned bits, uint32_t count);     /* rt_memory_init finds them */
/* Device memory to make frames of; a name that begins with "untyped" would mix it with RAM. */
void spec_untyped_device(struct spec_instance *, const char *name, uint64_t paddr, unsigned bits);
void spec_asid_pool(struct spec_instance *);
void spec_self_caps(struct spec_instance *);                   /* own CNode and address space: rt/memory.h needs them */
void spec_sched_control(struct spec_instance *, const char *name, unsigned core);
void spec_io_ports(struct spec_instance *, const char *name, uint16_t first, uint16_t last);
/* IRQ handler capability `name` for acknowledging; interrupts signal `notification` with `badge`. */
struct spec_irq_args { uint16_t ioapic, pin; bool level, active_low; uint8_t vector; };
void spec_irq(struct spec_instance *, const char *name, const struct spec_irq_args *, uint32_t notification,
              uint64_t badge);

/* Memory. rights: ABI_RIGHT_READ | ABI_RIGHT_WRITE; found by rt_dataport(name). */
uint32_t spec_frames(struct spec_system *, const char *name, uint64_t bytes, unsigned page_bits);
uint64_t spec_dataport(struct spec_instance *, const char *name, uint32_t frames, uint32_t rights);
void spec_frame_caps(struct spec_instance *, const char *name, uint32_t frames, uint32_t rights); /* page_bits fixed */
void spec_device(struct spec_instance *, const char *name, uint64_t paddr, uint64_t bytes);       /* uncached */
/* The same in two steps, for device memory that several see. */
uint32_t spec_device_frames(struct spec_system *, const char *name, uint64_t paddr, uint64_t bytes);
uint64_t spec_device_dataport(struct spec_instance *, const char *name, uint32_t frames, uint32_t rights, bool cached);
/* Memory in one physical piece, for devices that read and write it: dataport `name`, and a capability to its first
 * frame, by which the component learns the physical address. */
void spec_dma(struct spec_instance *, const char *name, uint64_t bytes);
/* Such memory for several: spec_dataport, and spec_cap with the frames for its physical address. */
uint32_t spec_dma_frames(struct spec_system *, const char *name, uint64_t bytes);
/* A file of the archive seen read-only; `bytes` is its exact size. rt_dataport gives address and exact size. */
void spec_file(struct spec_instance *, const char *name, const char *file, uint64_t bytes);

/* Connections. */
/* `from` gets a capability to call (named `user`), `to` one to receive from (named `provider`, one endpoint however many
 * users). badge 0 = the next free one, from 1. Returns the badge; `to` can list its clients (rt_client). */
uint64_t spec_connect_rpc(struct spec_instance *from, const char *user, struct spec_instance *to, const char *provider,
                          uint64_t badge);
/* The same with a buffer of `bytes` shared by the two: dataport "<user>" of `from`; rt_client's buffer in `to`. */
uint64_t spec_connect_rpc_buffer(struct spec_instance *from, const char *user, struct spec_instance *to,
                                 const char *provider, uint64_t badge, uint64_t bytes);
/* The same with all there is to say. `endpoint`: its name at `to`, which several interfaces may share (NULL = provider);
 * `mark`: bits of the client's badge at the endpoint beside `badge`, by which `to` tells its interfaces apart. `client`:
 * its name in rt_client (NULL = from's). */
struct spec_rpc_args { const char *endpoint, *client; uint64_t badge, mark, bytes; };
uint64_t spec_connect_rpc_args(struct spec_instance *from, const char *user, struct spec_instance *to,
                               const char *provider, const struct spec_rpc_args *);
/* An entry of the list rt_client reads, for connectors without an endpoint. */
void spec_client(struct spec_instance *to, const char *provider, const char *client, uint64_t badge, uint64_t buffer,
                 uint64_t bytes);
/* `from` signals `emits`, `to` waits on `consumes` (one notification object for each name in `to`). badge 0 = next free
 * bit, from 1. Returns the badge. spec_notification_of: that object, for binding or interrupts. */
uint64_t spec_connect_notification(struct spec_instance *from, const char *emits, struct spec_instance *to,
                                   const char *consumes, uint64_t badge);
uint32_t spec_notification_of(struct spec_instance *, const char *consumes);
/* Shared read-write memory under a name in each. rights as above. */
void spec_connect_dataport(struct spec_instance *a, const char *name_a, uint32_t rights_a, struct spec_instance *b,
                           const char *name_b, uint32_t rights_b, uint64_t bytes);

#endif
