// SPDX-License-Identifier: BSD-2-Clause
// The kernel's own address space, the upper half of every PML4:
//   0xffff800000000000  all physical memory (1 GiB pages if the CPU has them, else 2 MiB)
//   0xffffffff80000000  the kernel image, 4 KiB pages: code not writable, data not executable
//   0xffffffffc0000000  device pages of the kernel (local APIC, I/O APICs), uncached
// Facts: AMD APM vol. 2, 5.3 (long-mode page translation).
#include <platform.h>

extern const uint8_t kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];

static uint64_t *pml4, *fixmap_pt;
static unsigned fixmap_used;

static uint64_t *new_table(void) { return memory_alloc(12); }
static uint64_t table_entry(const uint64_t *table) { return paddr_of_ptr(table) | PTE_P | PTE_W; }
static uint64_t nx(void) { return cpu_has_nx ? PTE_NX : 0; }

static uint64_t *next_table(uint64_t *table, unsigned index)
{
    if (!(table[index] & PTE_P))
        table[index] = table_entry(new_table());
    return ptr_of_paddr(table[index] & PTE_ADDR);
}

static void map_all_memory(void)
{
    uint64_t end = ROUND_UP(MAX(memory_top(), 4ull << 30), 30);
    uint64_t leaf = PTE_P | PTE_W | PTE_PS | PTE_A | PTE_D | PTE_G | nx();
    for (uint64_t pa = 0; pa < end; pa += 1ull << 30) {
        uint64_t *pdpt = next_table(pml4, 256 + (pa >> 39)), *pd;
        unsigned at = pa >> 30 & 511;
        if (cpu_has_gib_pages) {
            pdpt[at] = pa | leaf;
            continue;
        }
        pd = next_table(pdpt, at);
        for (unsigned i = 0; i < 512; i++)
            pd[i] = (pa + ((uint64_t)i << 21)) | leaf;
    }
}

static void map_kernel_image(uint64_t *pdpt)
{
    uint64_t *pd = next_table(pdpt, 510);
    for (uint64_t va = (uint64_t)kernel_text_start; va < (uint64_t)kernel_end; va += 4096) {
        uint64_t *pt = next_table(pd, va >> 21 & 511);
        uint64_t flags = va < (uint64_t)kernel_text_end ? 0 : va < (uint64_t)kernel_rodata_end ? nx() : nx() | PTE_W;
        pt[va >> 12 & 511] = (va - KERNEL_BASE) | PTE_P | PTE_A | PTE_D | PTE_G | flags;
    }
}

void paging_init(void)
{
    struct cpuid ext = cpuid(0x80000001, 0);
    cpu_has_nx = ext.edx & (1u << 20);
    cpu_has_gib_pages = ext.edx & (1u << 26);
    pml4 = new_table();
    map_all_memory();
    uint64_t *pdpt = next_table(pml4, 511);
    map_kernel_image(pdpt);
    fixmap_pt = next_table(next_table(pdpt, 511), 0);
    write_cr3(kernel_cr3());
}

uint64_t kernel_cr3(void) { return paddr_of_ptr(pml4); }

void *fixmap(uint64_t pa)
{
    CHECK(fixmap_used < 512);
    uint64_t va = FIXMAP_BASE + (uint64_t)fixmap_used * 4096;
    fixmap_pt[fixmap_used++] = (pa & PTE_ADDR) | PTE_P | PTE_W | PTE_A | PTE_D | PTE_G | PTE_PCD | PTE_PWT | nx();
    return (void *)(va + (pa & 4095));
}

void vspace_copy_kernel_half(uint64_t *root)
{
    for (unsigned i = 256; i < 512; i++)
        root[i] = pml4[i];
}
