// SPDX-License-Identifier: BSD-2-Clause
// The initial task: module 0 is an ELF64 program; it becomes the first thread, with a capability to everything that is
// left. Its pages are used where the boot loader put them; only partly filled pages are copied. Nothing in the module
// is believed before it is checked: a bad one gives one message and stops the machine.
// Facts: ELF-64 Object File Format 1.5; abi/bootinfo.h says what the task finds.
#include <kernel/slot.h>
#include <platform.h>

#define PAGE 4096ull
#define MAX_SEGMENTS 16
#define MAX_IMAGE_BYTES (1ull << 30)
#define SPARE_SLOTS 8192
#define MIN_CNODE_BITS 14
#define SC_BITS 8
#define EXTRA_PAGES 1
#define INFO_PAGES (ABI_BOOTINFO_BYTES / PAGE + EXTRA_PAGES)
#define RW (ABI_RIGHT_READ | ABI_RIGHT_WRITE)
#define ALL_RIGHTS 15

struct elf_header { uint8_t ident[16]; uint16_t type, machine; uint32_t version; uint64_t entry, phoff, shoff;
                    uint32_t flags; uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx; };
struct elf_segment { uint32_t type, flags; uint64_t offset, vaddr, paddr, filesz, memsz, align; };
enum { PT_LOAD = 1, PF_X = 1, PF_W = 2 };

static struct {
    const uint8_t *file;
    uint64_t bytes, entry, low, high;        /* image, whole pages */
    struct elf_segment segment[MAX_SEGMENTS];
    struct ram_region in_place[MAX_SEGMENTS]; /* pages of the module that became frames */
    unsigned count;
    uint64_t *root;
    unsigned asid, cnode_bits;
    struct cte *cnode;
    uint64_t next_slot, image_bytes, untyped_bytes;
    struct abi_bootinfo *info;
    uint64_t info_vaddr, ipc_vaddr;
} task;

static _Noreturn void refuse(const char *why)
{
    kprintf("bulkhead: initial task (boot module 0): %s; stopped\n", why);
    arch_halt();
}

static void copy(void *to, const void *from, uint64_t bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) :: "memory");
}

/* ---- checking the file ---- */

static void check_header(const struct elf_header *h)
{
    static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2 /* 64-bit */, 1 /* little endian */, 1 };
    if (task.bytes < sizeof(*h))
        refuse("too short for an ELF header");
    for (unsigned i = 0; i < sizeof(ident); i++)
        if (h->ident[i] != ident[i])
            refuse("not a 64-bit little-endian ELF file");
    if (h->machine != 62)
        refuse("not a program for x86-64");
    if (h->type != 2)
        refuse("not an executable linked at fixed addresses");
    if (h->phentsize != sizeof(struct elf_segment) || h->phoff > task.bytes
        || (uint64_t)h->phnum * sizeof(struct elf_segment) > task.bytes - h->phoff)
        refuse("its program headers lie outside the file");
}

static void check_segment(const struct elf_segment *s)
{
    if (s->filesz > s->memsz)
        refuse("a segment is longer in the file than in memory");
    if (s->offset > task.bytes || s->filesz > task.bytes - s->offset)
        refuse("a segment lies outside the file: is the module truncated?");
    if (s->vaddr < PAGE || s->vaddr >= USER_TOP || s->memsz > USER_TOP - s->vaddr)
        refuse("a segment lies outside user space");
    for (unsigned i = 0; i < task.count; i++)
        if (s->vaddr < task.segment[i].vaddr + task.segment[i].memsz
            && task.segment[i].vaddr < s->vaddr + s->memsz)
            refuse("two segments overlap");
}

static void read_segments(void)
{
    const struct elf_header *h = (const void *)task.file;
    bool entry_ok = false;
    check_header(h);
    task.entry = h->entry;
    task.low = UINT64_MAX;
    for (unsigned i = 0; i < h->phnum; i++) {
        struct elf_segment s;
        copy(&s, task.file + h->phoff + i * sizeof(s), sizeof(s));
        if (s.type != PT_LOAD || !s.memsz)
            continue;
        check_segment(&s);
        if (task.count == MAX_SEGMENTS)
            refuse("too many segments");
        task.segment[task.count++] = s;
        task.low = MIN(task.low, ROUND_DOWN(s.vaddr, 12));
        task.high = MAX(task.high, ROUND_UP(s.vaddr + s.memsz, 12));
        entry_ok |= (s.flags & PF_X) && task.entry >= s.vaddr && task.entry < s.vaddr + s.memsz;
    }
    if (!task.count)
        refuse("it has nothing to load");
    if (task.high - task.low > MAX_IMAGE_BYTES)
        refuse("its segments are more than 1 GiB apart");
    if (task.high + (INFO_PAGES + 2) * PAGE > USER_TOP)
        refuse("no room above it for its IPC buffer");
    if (!entry_ok)
        refuse("its entry point is not in an executable segment");
}

/* ---- mapping ---- */

static uint64_t *entry_for(uint64_t vaddr)
{
    struct pte_walk w;
    while ((w = vspace_walk(task.root, vaddr, 1)).level != 1)
        *w.entry = paddr_of_ptr(memory_alloc(12)) | PTE_P | PTE_W | PTE_U;
    return w.entry;
}

static void map_page(uint64_t vaddr, uint64_t pa, bool write, bool execute)
{
    *entry_for(vaddr) = pte_of_frame(pa, 12, write ? RW : ABI_RIGHT_READ, execute ? 0 : ABI_ATTR_EXECUTE_NEVER);
}

/* Is this page of the module already somebody's frame? */
static bool used_in_place(uint64_t pa)
{
    for (unsigned i = 0; i < task.count; i++)
        if (pa >= task.in_place[i].start && pa < task.in_place[i].end)
            return true;
    return false;
}

static void load_page(unsigned n, uint64_t page)
{
    const struct elf_segment *s = &task.segment[n];
    uint64_t from = MAX(page, s->vaddr), to = MIN(page + PAGE, s->vaddr + s->filesz);
    uint64_t old = *entry_for(page), source = boot.module_start + s->offset + (page - s->vaddr);
    bool write = (s->flags & PF_W) || (old & PTE_W), execute = (s->flags & PF_X) || ((old & PTE_P) && !(old & PTE_NX));
    if (from == page && to == page + PAGE && IS_ALIGNED(source, 12) && !(old & PTE_P) && !used_in_place(source)) {
        struct ram_region *r = &task.in_place[n];
        if (!r->start)
            r->start = source;
        r->end = source + PAGE;
        map_page(page, source, write, execute);
        return;
    }
    uint8_t *fresh = memory_alloc(12);
    if (old & PTE_P)                         /* two segments share the page */
        copy(fresh, ptr_of_paddr(old & PTE_ADDR), PAGE);
    if (from < to)
        copy(fresh + (from - page), task.file + s->offset + (from - s->vaddr), to - from);
    map_page(page, paddr_of_ptr(fresh), write, execute);
}

static void load_image(void)
{
    task.root = memory_alloc(12);
    vspace_copy_kernel_half(task.root);
    for (unsigned n = 0; n < task.count; n++) {
        const struct elf_segment *s = &task.segment[n];
        for (uint64_t page = ROUND_DOWN(s->vaddr, 12); page < s->vaddr + s->memsz; page += PAGE)
            load_page(n, page);
    }
}

/* What of the module did not become frames is ordinary memory again. */
static void release_rest_of_module(void)
{
    uint64_t at = ROUND_UP(boot.module_start, 12), end = ROUND_DOWN(boot.module_end, 12);
    while (at < end) {
        uint64_t stop = end, resume = end;
        for (unsigned i = 0; i < task.count; i++) {
            const struct ram_region *r = &task.in_place[i];
            if (r->start && r->end > at && r->start < stop) {
                stop = r->start;
                resume = r->end;
            }
        }
        if (stop > at)
            memory_release(at, stop);
        at = resume;
    }
}

/* ---- capabilities ---- */

static void put(uint64_t slot, struct cap c) { core_slot_insert_initial(&task.cnode[slot], c); }

static uint64_t put_next(struct cap c)
{
    CHECK(task.next_slot < BIT(task.cnode_bits));
    put(task.next_slot, c);
    return task.next_slot++;
}

static struct cap frame_cap(uint64_t vaddr, word_t rights)
{
    uint64_t pa = *vspace_walk(task.root, vaddr, 1).entry & PTE_ADDR;
    return (struct cap){ .type = CAP_FRAME, .rights = rights, .size = 12, .object = (int64_t)(pa + DIRECT_MAP),
                         .frame = { .mapped = FRAME_IN_VSPACE, .asid = task.asid, .vpage = vaddr >> 12 } };
}

static void create_cnode(void)
{
    uint64_t slots = (task.high - task.low) / PAGE * 513 / 512 + ABI_BOOTINFO_MAX_UNTYPED + SPARE_SLOTS;
    task.cnode_bits = MIN_CNODE_BITS;
    while (BIT(task.cnode_bits) < slots)
        task.cnode_bits++;
    task.cnode = memory_alloc(task.cnode_bits + ABI_CNODE_SLOT_BITS);
    task.next_slot = ABI_CAP_FIRST_FREE;
}

static struct cap cnode_cap(void)
{
    return (struct cap){ .type = CAP_CNODE, .rights = ALL_RIGHTS, .size = task.cnode_bits, .object = (int64_t)task.cnode,
                         .cnode = { .guard_size = ABI_WORD_BITS - task.cnode_bits, .guard = 0 } };
}

static void put_image_frames(void)
{
    task.info->user_image_vaddr = task.low;
    task.info->user_image_frames.start = task.next_slot;
    for (uint64_t va = task.low; va < task.high; va += PAGE, task.next_slot++) {
        CHECK(task.next_slot < BIT(task.cnode_bits));
        struct pte_walk w = vspace_walk(task.root, va, 1);
        if (w.level != 1 || !(*w.entry & PTE_P))
            continue;                        /* a hole in the image is an empty slot */
        put(task.next_slot, frame_cap(va, RW));
        task.image_bytes += PAGE;
    }
    task.info->user_image_frames.end = task.next_slot;
}

static void put_paging(void)
{
    uint64_t end = task.info_vaddr + INFO_PAGES * PAGE;
    task.info->user_image_paging.start = task.next_slot;
    for (unsigned level = 3; level >= 1; level--) {
        unsigned shift = 12 + 9 * level;     /* what one table of this level covers */
        for (uint64_t va = ROUND_DOWN(task.low, shift); va < end; va += BIT(shift)) {
            struct pte_walk w = vspace_walk(task.root, MAX(va, task.low), level + 1);
            if (w.level != level + 1 || !(*w.entry & PTE_P))
                continue;
            put_next((struct cap){ .type = CAP_PAGE_TABLE, .rights = RW, .size = level,
                                   .object = (int64_t)((*w.entry & PTE_ADDR) + DIRECT_MAP),
                                   .table = { .mapped = 1, .asid = task.asid, .vpage = va >> 12 } });
        }
    }
    task.info->user_image_paging.end = task.next_slot;
}

static bool put_untyped(void *ctx, uint64_t pa, unsigned size_bits, bool is_device)
{
    struct abi_bootinfo *info = ctx;
    uint64_t n = task.next_slot - info->untyped.start;
    if (n == ABI_BOOTINFO_MAX_UNTYPED)
        return false;
    put_next((struct cap){ .type = CAP_UNTYPED, .rights = ALL_RIGHTS, .size = size_bits,
                           .object = (int64_t)(pa + DIRECT_MAP), .untyped = { .is_device = is_device } });
    info->untyped_list[n] = (struct abi_untyped){ .paddr = pa, .size_bits = (uint8_t)size_bits, .is_device = is_device };
    if (!is_device)
        task.untyped_bytes += BIT(size_bits);
    return true;
}

static void put_singletons(struct tcb *tcb, struct sched_context *sc)
{
    struct cap pool;
    task.asid = asid_initial(&pool, memory_alloc(ABI_ASID_POOL_BITS), task.root);
    put(ABI_CAP_INIT_TCB, (struct cap){ .type = CAP_TCB, .rights = ALL_RIGHTS, .object = (int64_t)tcb });
    put(ABI_CAP_INIT_CNODE, cnode_cap());
    put(ABI_CAP_INIT_VSPACE, (struct cap){ .type = CAP_VSPACE, .rights = RW, .object = (int64_t)task.root,
                                           .table = { .mapped = 1, .asid = task.asid } });
    put(ABI_CAP_IRQ_CONTROL, (struct cap){ .type = CAP_IRQ_CONTROL });
    put(ABI_CAP_ASID_CONTROL, (struct cap){ .type = CAP_ASID_CONTROL });
    put(ABI_CAP_INIT_ASID_POOL, pool);
    put(ABI_CAP_IO_PORT_CONTROL, (struct cap){ .type = CAP_IO_PORT_CONTROL });
    put(ABI_CAP_IO_SPACE, (struct cap){ .type = CAP_IO_SPACE });
    put(ABI_CAP_DOMAIN, (struct cap){ .type = CAP_DOMAIN });
    put(ABI_CAP_INIT_SCHED_CONTEXT, (struct cap){ .type = CAP_SCHED_CONTEXT, .rights = ALL_RIGHTS, .size = SC_BITS,
                                                  .object = (int64_t)sc });
}

/* IPC buffer and bootinfo stand behind the image, with an empty page between. */
static void map_info(void)
{
    uint64_t ipc = paddr_of_ptr(memory_alloc(12)), info = paddr_of_ptr(memory_alloc_pages(INFO_PAGES * PAGE));
    task.ipc_vaddr = task.high + PAGE;
    task.info_vaddr = task.ipc_vaddr + PAGE;
    task.info = ptr_of_paddr(info);
    map_page(task.ipc_vaddr, ipc, true, false);
    for (unsigned i = 0; i < INFO_PAGES; i++)
        map_page(task.info_vaddr + i * PAGE, info + i * PAGE, false, false);
}

static void put_info_frames(void)
{
    put(ABI_CAP_INIT_IPC_BUFFER, frame_cap(task.ipc_vaddr, RW));
    put(ABI_CAP_BOOTINFO_FRAME, frame_cap(task.info_vaddr, RW));
    task.info->extra_bi_pages.start = task.next_slot;
    for (unsigned i = 1; i < INFO_PAGES; i++)
        put_next(frame_cap(task.info_vaddr + i * PAGE, RW));
    task.info->extra_bi_pages.end = task.next_slot;
    task.info->sched_control.start = task.next_slot;
    for (unsigned i = 0; i < cpu_count; i++)
        put_next((struct cap){ .type = CAP_SCHED_CONTROL, .sched_control = { i } });
    task.info->sched_control.end = task.next_slot;
}

/* ---- bootinfo ---- */

static uint8_t *add_block(uint8_t *at, uint64_t id, const void *payload, uint64_t bytes)
{
    struct abi_bi_header h = { id, sizeof(h) + ROUND_UP(bytes, 3) };
    copy(at, &h, sizeof(h));
    copy(at + sizeof(h), payload, bytes);
    return at + h.len;
}

static void fill_info(void)
{
    struct abi_bootinfo *info = task.info;
    uint8_t *extra = (uint8_t *)info + ABI_BOOTINFO_BYTES, *at = extra;
    uint32_t mhz = (uint32_t)(tsc_hz / 1000000);
    if (acpi.rsdp_length)
        at = add_block(at, ABI_BI_ACPI_RSDP, acpi.rsdp, acpi.rsdp_length);
    at = add_block(at, ABI_BI_TSC_FREQ, &mhz, sizeof(mhz));
    info->extra_len = (uint64_t)(at - extra);
    info->num_nodes = cpu_count;
    info->ipc_buffer = task.ipc_vaddr;
    info->init_cnode_bits = task.cnode_bits;
    info->tsc_hz = tsc_hz;
    info->boot_tsc = boot.tsc;
    info->ram_bytes = memory_ram_bytes();
    info->virt_backend = virt_backend();
    info->debug = boot.debug;
    copy(info->cmdline, boot.cmdline, sizeof(boot.cmdline));
}

static void start_thread(struct tcb *tcb, struct sched_context *sc)
{
    struct cap buffer;
    const struct cte *from = &task.cnode[ABI_CAP_INIT_IPC_BUFFER];
    if (arch_derive_cap(from, &from->cap, &buffer) != ABI_NO_ERROR)
        panic("the initial task's IPC buffer cannot be had");
    slot_insert(&tcb->slot[TCB_CSPACE], cnode_cap(), &task.cnode[ABI_CAP_INIT_CNODE]);
    slot_insert(&tcb->slot[TCB_VSPACE], task.cnode[ABI_CAP_INIT_VSPACE].cap, &task.cnode[ABI_CAP_INIT_VSPACE]);
    slot_insert(&tcb->slot[TCB_IPC_BUFFER], buffer, &task.cnode[ABI_CAP_INIT_IPC_BUFFER]);
    tcb->ipc_buffer = task.ipc_vaddr;
    tcb->priority = tcb->mcp = ABI_PRIORITY_MAX;
    arch_set_reg(tcb, ABI_REG_RIP, task.entry);
    arch_set_reg(tcb, ABI_REG_RDI, task.info_vaddr);
    core_sched_context_init(sc, SC_BITS, 0, UINT64_MAX / 4, 0);
    core_sched_context_bind(sc, tcb);
    core_resume(tcb);
}

void task_start(void)
{
    if (!boot.module_count)
        refuse("there is none; give the kernel one (-initrd, GRUB: module)");
    task.file = ptr_of_paddr(boot.module_start);
    task.bytes = boot.module_end - boot.module_start;
    read_segments();
    load_image();
    map_info();
    create_cnode();
    struct tcb *tcb = memory_alloc(12);
    struct sched_context *sc = memory_alloc(SC_BITS);
    core_tcb_init(tcb, 0);
    put_singletons(tcb, sc);
    put_image_frames();
    put_paging();
    put_info_frames();
    fill_info();
    release_rest_of_module();
    task.info->untyped.start = task.next_slot;
    memory_pieces(put_untyped, task.info);
    task.info->untyped.end = task.info->empty.start = task.next_slot;
    task.info->empty.end = BIT(task.cnode_bits);
    task.info->kernel_bytes = memory_ram_bytes() - task.untyped_bytes - task.image_bytes;
    kprintf("initial task: %lu KiB image, %lu untyped, %lu MiB for it, kernel keeps %lu KiB; %u CPU(s)\n",
            task.image_bytes >> 10, task.info->untyped.end - task.info->untyped.start, task.untyped_bytes >> 20,
            task.info->kernel_bytes >> 10, cpu_count);
    start_thread(tcb, sc);
}
