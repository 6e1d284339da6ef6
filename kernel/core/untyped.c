// SPDX-License-Identifier: BSD-2-Clause
// Untyped memory: Retype makes objects and smaller untypeds out of it.
// Facts: seL4 Reference Manual, section 2.4 (memory management) and Untyped_Retype in the API reference.
//
// Memory is zeroed when an object is made of it, not when it becomes free: splitting an untyped costs nothing
// and each byte is cleared once per use. Clearing goes in chunks with a preemption point behind each. The
// progress survives in the capability: cap.untyped.cleared counts zero chunks from the first chunk boundary
// behind the watermark on, whatever the next Retype asks for.
#include <kernel/thread.h>

#define CHUNK_BITS 19                     /* 19 bits of progress reach 256 GiB, the largest Retype there is */
#define FREE_UNIT_BITS ABI_UNTYPED_MIN_BITS

struct retype {
    enum abi_object type;
    word_t user_size;
    unsigned object_bits;
    bool is_device;
    struct cte *slots;
    unsigned count;
    word_t start;                         /* offset of the first object */
};

static const uint8_t object_size_bits[ABI_OBJ_COUNT] = {
#define X(name, bits) [ABI_OBJ_##name] = (bits),
    ABI_OBJECT_LIST(X)
#undef X
};

static bool is_core_type(enum abi_object type)
{
    return type <= ABI_OBJ_REPLY;
}

/* ---- decode ---- */

static enum abi_error decode_size(struct invocation *inv, struct retype *r)
{
    word_t type = inv_arg(inv, 0), size = inv_arg(inv, 1);
    struct retype_type arch;

    if (type >= ABI_OBJ_COUNT) {
        return inv_bad_arg(inv, 0);
    }
    if (size > ABI_UNTYPED_MAX_BITS) {
        return inv_bad_range(inv, 0, ABI_UNTYPED_MAX_BITS);
    }
    r->type = (enum abi_object)type;
    r->user_size = size;
    if (!is_core_type(r->type)) {
        arch = arch_object_type(r->type, size);
        r->object_bits = arch.size_bits;
        return !arch.valid || (r->is_device && !arch.device_ok) ? inv_bad_arg(inv, 0) : ABI_NO_ERROR;
    }
    if ((type == ABI_OBJ_UNTYPED && size < ABI_UNTYPED_MIN_BITS) || (type == ABI_OBJ_CNODE && size == 0)
        || (type == ABI_OBJ_SCHED_CONTEXT && size < ABI_SCHED_CONTEXT_MIN_BITS)) {
        return inv_bad_arg(inv, 1);
    }
    if (r->is_device && type != ABI_OBJ_UNTYPED) {
        return inv_bad_arg(inv, 0);
    }
    r->object_bits = object_size_bits[type] ? object_size_bits[type] : (unsigned)size;
    if (type == ABI_OBJ_CNODE) {
        r->object_bits += ABI_CNODE_SLOT_BITS;
    }
    return ABI_NO_ERROR;
}

/* Where the new capabilities go: a run of empty slots in one CNode. */
static enum abi_error decode_slots(struct invocation *inv, struct retype *r)
{
    word_t index = inv_arg(inv, 2), depth = inv_arg(inv, 3), offset = inv_arg(inv, 4), count = inv_arg(inv, 5);
    const struct cap *node = &inv->extra[0]->cap;
    struct cte *slot;
    enum abi_error err;
    word_t slots;

    inv->error.lookup_source = false;
    if (depth != 0) {
        err = cspace_lookup_slot(inv, node, index, depth, &slot);
        if (err) {
            return err;
        }
        node = &slot->cap;
    }
    if (node->type != CAP_CNODE) {
        inv->error.lookup_type = ABI_LOOKUP_MISSING_CAPABILITY;
        inv->error.lookup[0] = depth;
        return inv_fail(inv, ABI_FAILED_LOOKUP);
    }
    slots = BIT(node->size);
    if (offset >= slots) {
        return inv_bad_range(inv, 0, slots - 1);
    }
    if (count < 1 || count > ABI_RETYPE_MAX_OBJECTS) {
        return inv_bad_range(inv, 1, ABI_RETYPE_MAX_OBJECTS);
    }
    if (count > slots - offset) {
        return inv_bad_range(inv, 1, slots - offset);
    }
    r->slots = (struct cte *)cap_object(node) + offset;
    r->count = (unsigned)count;
    for (unsigned i = 0; i < r->count; i++) {
        if (!slot_is_empty(&r->slots[i])) {
            return inv_fail(inv, ABI_DELETE_FIRST);
        }
    }
    return ABI_NO_ERROR;
}

static enum abi_error decode_memory(struct invocation *inv, struct retype *r)
{
    word_t used = 0, available;

    if (slot_has_children(inv->slot)) {
        used = (word_t)inv->cap.untyped.free << FREE_UNIT_BITS;
    }
    available = BIT(inv->cap.size) - used;
    if ((available >> r->object_bits) < r->count) {
        inv->error.available = available;
        return inv_fail(inv, ABI_NOT_ENOUGH_MEMORY);
    }
    r->start = ROUND_UP(used, r->object_bits);
    return ABI_NO_ERROR;
}

/* ---- commit ---- */

static void zero(void *memory, word_t bytes)
{
    __builtin_memset(memory, 0, bytes);
}

/* Zeroes [start, end) of the untyped, start not below the watermark. The chunks counted in `cleared` are zero
 * already. false = preempted, progress noted. */
static bool clear_memory(struct cap *untyped, word_t start, word_t end)
{
    char *base = cap_object(untyped);
    word_t zone, at = start;

    if (end - start > BIT(CHUNK_BITS) && start != (word_t)untyped->untyped.free << FREE_UNIT_BITS) {
        untyped->untyped.free = start >> FREE_UNIT_BITS;    /* nobody could use the gap before `start` either */
        untyped->untyped.cleared = 0;
    }
    zone = ROUND_UP((word_t)untyped->untyped.free << FREE_UNIT_BITS, CHUNK_BITS);
    while (at < end) {
        word_t stop = MIN(ROUND_DOWN(at, CHUNK_BITS) + BIT(CHUNK_BITS), end);
        word_t chunk = (at - zone) >> CHUNK_BITS;           /* meaningless in front of the zone */

        if (at < zone || chunk >= untyped->untyped.cleared) {
            zero(base + at, stop - at);
        }
        if (at >= zone && chunk == untyped->untyped.cleared && chunk < MASK(19) && stop < end) {
            untyped->untyped.cleared = chunk + 1;
            if (arch_irq_pending()) {
                return false;
            }
        }
        at = stop;
    }
    return true;
}

static struct cap make_untyped(void *memory, const struct retype *r)
{
    struct cap cap = { .type = CAP_UNTYPED, .size = r->object_bits, .object = (intptr_t)memory };

    cap.untyped.is_device = r->is_device;
    return cap;
}

static struct cap make_object(void *memory, const struct retype *r)
{
    static const struct { uint8_t cap, rights; } table[] = {
        [ABI_OBJ_TCB] = { CAP_TCB, 0 },
        [ABI_OBJ_ENDPOINT] = { CAP_ENDPOINT, 15 },
        [ABI_OBJ_NOTIFICATION] = { CAP_NOTIFICATION, ABI_RIGHT_READ | ABI_RIGHT_WRITE },
        [ABI_OBJ_CNODE] = { CAP_CNODE, 0 },
        [ABI_OBJ_SCHED_CONTEXT] = { CAP_SCHED_CONTEXT, 0 },
        [ABI_OBJ_REPLY] = { CAP_REPLY, ABI_RIGHT_GRANT },
    };
    struct cap cap;

    if (r->type == ABI_OBJ_UNTYPED) {
        return make_untyped(memory, r);
    }
    if (!is_core_type(r->type)) {
        return arch_create_object(r->type, memory, r->user_size, r->is_device);
    }
    cap = (struct cap){ .type = table[r->type].cap, .rights = table[r->type].rights,
                        .object = (intptr_t)memory };
    if (r->type == ABI_OBJ_TCB) {
        core_tcb_init(memory, 0);
    } else if (r->type == ABI_OBJ_CNODE) {
        cap.size = r->user_size;
    } else if (r->type == ABI_OBJ_SCHED_CONTEXT) {
        cap.size = r->user_size;
        ((struct sched_context *)memory)->size_bits = (uint16_t)r->user_size;
    }
    return cap;
}

static void commit(struct cap *untyped, struct cte *parent, const struct retype *r)
{
    char *memory = (char *)cap_object(untyped) + r->start;

    untyped->untyped.free = (r->start + ((word_t)r->count << r->object_bits)) >> FREE_UNIT_BITS;
    untyped->untyped.cleared = 0;
    for (unsigned i = 0; i < r->count; i++) {
        slot_insert(&r->slots[i], make_object(memory, r), parent);
        memory += BIT(r->object_bits);
    }
}

enum abi_error untyped_invoke(struct invocation *inv)
{
    struct retype r = { .is_device = inv->cap.untyped.is_device };
    struct cap *untyped = &inv->slot->cap;
    enum abi_error err;

    if (inv->label != ABI_INV_UNTYPED_RETYPE) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (inv_short(inv, 6, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_size(inv, &r);
    if (!err) {
        err = decode_slots(inv, &r);
    }
    if (!err) {
        err = decode_memory(inv, &r);
    }
    if (err) {
        return err;
    }
    if (untyped->untyped.free != 0 && !slot_has_children(inv->slot)) {
        untyped->untyped.free = 0;          /* all memory came back; what is in it is not known to be zero */
        untyped->untyped.cleared = 0;
    }
    if (!r.is_device && r.type != ABI_OBJ_UNTYPED
        && !clear_memory(untyped, r.start, r.start + ((word_t)r.count << r.object_bits))) {
        inv->preempted = true;
        return ABI_NO_ERROR;
    }
    commit(untyped, inv->slot, &r);
    return ABI_NO_ERROR;
}
