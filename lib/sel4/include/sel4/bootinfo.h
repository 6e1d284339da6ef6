// SPDX-License-Identifier: BSD-2-Clause
// struct abi_bootinfo under the manual's field names, and the slots of the initial task.
#ifndef SEL4_BOOTINFO_H
#define SEL4_BOOTINFO_H

#include <abi/bootinfo.h>
#include <sel4/types.h>

enum {
    seL4_CapNull = ABI_CAP_NULL,
    seL4_CapInitThreadTCB = ABI_CAP_INIT_TCB,
    seL4_CapInitThreadCNode = ABI_CAP_INIT_CNODE,
    seL4_CapInitThreadVSpace = ABI_CAP_INIT_VSPACE,
    seL4_CapIRQControl = ABI_CAP_IRQ_CONTROL,
    seL4_CapASIDControl = ABI_CAP_ASID_CONTROL,
    seL4_CapInitThreadASIDPool = ABI_CAP_INIT_ASID_POOL,
    seL4_CapIOPortControl = ABI_CAP_IO_PORT_CONTROL,
    seL4_CapIOSpace = ABI_CAP_IO_SPACE,
    seL4_CapBootInfoFrame = ABI_CAP_BOOTINFO_FRAME,
    seL4_CapInitThreadIPCBuffer = ABI_CAP_INIT_IPC_BUFFER,
    seL4_CapDomain = ABI_CAP_DOMAIN,
    seL4_CapInitThreadSC = ABI_CAP_INIT_SCHED_CONTEXT,
    seL4_NumInitialCaps = ABI_CAP_FIRST_FREE,
};

typedef seL4_Word seL4_SlotPos;
typedef struct { seL4_SlotPos start, end; } seL4_SlotRegion;

typedef struct {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[6];
} seL4_UntypedDesc;

#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS ABI_BOOTINFO_MAX_UNTYPED

typedef struct seL4_BootInfo {
    seL4_Word extraLen;
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_Word userImageVaddr;                /* ours: address of the first image frame */
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion schedcontrol;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
    /* ours, see abi/bootinfo.h */
    uint64_t tscHz, bootTsc, ramBytes, kernelBytes;
    uint32_t virtBackend, debug;
    char cmdline[256];
} seL4_BootInfo;

#define SEL4_SAME_PLACE(ours, theirs) \
    _Static_assert(offsetof(seL4_BootInfo, ours) == offsetof(struct abi_bootinfo, theirs), #ours)
SEL4_SAME_PLACE(ipcBuffer, ipc_buffer);
SEL4_SAME_PLACE(empty, empty);
SEL4_SAME_PLACE(userImageFrames, user_image_frames);
SEL4_SAME_PLACE(userImageVaddr, user_image_vaddr);
SEL4_SAME_PLACE(extraBIPages, extra_bi_pages);
SEL4_SAME_PLACE(schedcontrol, sched_control);
SEL4_SAME_PLACE(untyped, untyped);
SEL4_SAME_PLACE(untypedList, untyped_list);
SEL4_SAME_PLACE(tscHz, tsc_hz);
SEL4_SAME_PLACE(cmdline, cmdline);
#undef SEL4_SAME_PLACE
_Static_assert(sizeof(seL4_BootInfo) == sizeof(struct abi_bootinfo), "bootinfo of the ABI");
_Static_assert(sizeof(seL4_UntypedDesc) == sizeof(struct abi_untyped), "untyped of the ABI");

/* Extra blocks: seL4_BootInfoHeader, then payload, from seL4_BootInfoExtra(bi) on, extraLen bytes in all. */
typedef struct { seL4_Word id, len; } seL4_BootInfoHeader;
enum {
    SEL4_BOOTINFO_HEADER_PADDING = ABI_BI_PADDING,
    SEL4_BOOTINFO_HEADER_X86_VBE = ABI_BI_VBE,
    SEL4_BOOTINFO_HEADER_X86_MBMMAP = ABI_BI_MULTIBOOT_MMAP,
    SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = ABI_BI_ACPI_RSDP,
    SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = ABI_BI_FRAMEBUFFER,
    SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = ABI_BI_TSC_FREQ,
};

static inline const void *seL4_BootInfoExtra(const seL4_BootInfo *bi)
{
    return (const char *)bi + ABI_BOOTINFO_BYTES;
}

#endif
