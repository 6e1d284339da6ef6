// SPDX-License-Identifier: BSD-2-Clause
// Runs generated clients against generated servers: a thread for each provided interface, messages handed
// over as the kernel would. First honest rounds: what arrives must be what was sent. Then hostile ones, in
// which messages and shared buffers are damaged on their way in either direction; and honest ones again, for
// the servers must have survived.
//
//   world [SEED [ROUNDS]]
#include "world.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <unistd.h>

#include <camkes/event.h>
#include <camkes/rpc.h>

enum { INTERFACES = 64, CLIENT = 1000, SERVER = 2000, BADGE = 7, BUFFER = 16384, SERVED = 3000 };

/* Made by the generator: which interface has a buffer for messages, or no thread; the author's loop for the
 * latter. */
extern const unsigned interface_count;
extern const bool has_buffer[], threadless[];
extern bool test_handle(unsigned interface, seL4_MessageInfo_t *info, seL4_Word badge);

unsigned round_now, longest = 3;
bool hostile;
volatile uint64_t seen;

static uint64_t random_state = 1;
static const char *current = "";
static unsigned current_method, errors, damaged;

static uint64_t random_next(void)
{
    random_state += 0x9e3779b97f4a7c15;
    return key_mix(random_state);
}

uint64_t key_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void wrong(const char *what)
{
    printf("FAIL round %u, %s, method %u: a %s is not what was sent\n", round_now, current, current_method,
           what);
    fflush(stdout);
    _Exit(1);
}

void test_expect(const char *interface, unsigned method)
{
    current = interface;
    current_method = method;
}

/* ---- the runtime ---- */

static unsigned number(const char *name) { return (unsigned)strtoul(name + 1, NULL, 10); }

static uint8_t buffer[INTERFACES][BUFFER];

seL4_CPtr rt_cap(const char *name)
{
    if (strchr(name, '.')) {
        return strcmp(name, "camkes.serve") ? seL4_CapNull : SERVED;
    }
    return (*name == 'c' ? CLIENT : SERVER) + number(name);
}

void *rt_dataport(const char *name, size_t *size)
{
    const bool have = *name == 'c' && has_buffer[number(name)];
    *size = have ? BUFFER : 0;
    return have ? buffer[number(name)] : NULL;
}

const char *rt_attr_str(const char *name, const char *otherwise) { return otherwise; }
unsigned rt_client_count(const char *interface) { return 2; }
seL4_CPtr rt_reply_cap(void) { return 1; }
const char *get_instance_name(void) { return "world"; }

bool rt_client(const char *interface, unsigned i, struct rt_client *to)
{
    const bool buffered = i == 1 && has_buffer[number(interface)];
    *to = (struct rt_client){ "client", i ? BADGE : 3, buffered ? buffer[number(interface)] : NULL,
                              buffered ? BUFFER : 0 };
    return true;
}

void rt_fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    abort();
}

void rt_park(void) { abort(); }
void camkes_global_dispatch(seL4_Word badge) { abort(); }
void camkes_global_run(void) { abort(); }
seL4_CPtr camkes_global_notification(void) { return seL4_CapNull; }
void seL4_Signal(seL4_CPtr cap) { abort(); }
seL4_MessageInfo_t seL4_Wait(seL4_CPtr cap, seL4_Word *badge) { abort(); }

/* ---- the kernel ---- */

static __thread seL4_IPCBuffer ipc_buffer;
seL4_IPCBuffer *seL4_GetIPCBuffer(void) { return &ipc_buffer; }

struct message { seL4_MessageInfo_t info; seL4_Word word[120]; };
static struct endpoint {
    sem_t called, answered;
    struct message message;
    seL4_Word badge;
} endpoint[INTERFACES];

void scribble_ipc_buffer(void)
{
    for (int i = 0; i < 120; i++) {
        ipc_buffer.msg[i] = 0xa5a5a5a5a5a5a5a5;
    }
}

static void from_thread(struct message *m, seL4_MessageInfo_t info, const seL4_Word w[4])
{
    const seL4_Word length = seL4_MessageInfo_get_length(info);
    m->info = info;
    for (seL4_Word i = 0; i < length && i < 120; i++) {
        m->word[i] = i < 4 ? w[i] : ipc_buffer.msg[i];
    }
}

static seL4_MessageInfo_t to_thread(const struct message *m, seL4_Word w[4])
{
    const seL4_Word length = seL4_MessageInfo_get_length(m->info);
    scribble_ipc_buffer();
    for (seL4_Word i = 0; i < 4 || (i < length && i < 120); i++) {
        *(i < 4 ? &w[i] : &ipc_buffer.msg[i]) = i < length ? m->word[i] : 0;
    }
    return m->info;
}

/* A number that may be meant as a length, a count, or nothing at all. */
static uint64_t bad_number(void)
{
    static const uint64_t edges[] = { 0,          1,          2,          3,
                                      4,          7,          8,          119,
                                      120,        121,        255,        BUFFER,
                                      BUFFER + 1, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff,
                                      UINT64_MAX };
    const uint64_t r = random_next();
    return r & 1 ? edges[(r >> 8) % (sizeof(edges) / sizeof(*edges))] : random_next() >> (r >> 8) % 64;
}

static void damage(struct message *m, uint8_t *shared)
{
    seL4_Word label = seL4_MessageInfo_get_label(m->info), length = seL4_MessageInfo_get_length(m->info);
    if (random_next() % 4 == 0) {
        return;                                               /* let some through */
    }
    damaged++;
    for (unsigned n = random_next() % 4 + 1; n; n--) {
        const uint64_t r = random_next(), place = random_next() % 120;
        uint8_t *bytes = shared && r & 8 ? shared : (uint8_t *)m->word;
        const size_t size = bytes == shared && shared ? BUFFER : length ? length * 8 : 8;
        switch (r % 8) {
        case 0: label = r >> 8 & 1 ? bad_number() % 16 : bad_number() & 0xfffff; break;
        case 1: length = bad_number() % 121; break;
        case 2: m->word[r & 16 ? 0 : place] = bad_number(); break;
        case 3: bytes[random_next() % size] ^= (uint8_t)(1 << (r >> 8) % 8); break;
        case 4: bytes[random_next() % (size < 64 ? size : 64)] = (uint8_t)bad_number(); break;
        case 5: length = length ? length - 1 : 1; break;
        default: {                                            /* a count is 32 bits, anywhere */
            const uint32_t count = (uint32_t)bad_number();
            memcpy(bytes + random_next() % (size - 3 < 200 ? size - 3 : 200), &count, sizeof(count));
        }
        }
    }
    m->info = seL4_MessageInfo_new(label, 0, 0, length < 121 ? length : 120);
}

static struct endpoint *endpoint_of(seL4_CPtr cap, unsigned base)
{
    return &endpoint[(cap - base) % INTERFACES];
}

seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *a, seL4_Word *b,
                                    seL4_Word *c, seL4_Word *d)
{
    struct endpoint *e = endpoint_of(cap, CLIENT);
    uint8_t *shared = has_buffer[cap - CLIENT] ? buffer[cap - CLIENT] : NULL;
    seL4_Word w[4] = { *a, *b, *c, *d };
    from_thread(&e->message, info, w);
    if (hostile) {
        damage(&e->message, shared);
    }
    sem_post(&e->called);
    sem_wait(&e->answered);
    if (hostile) {
        damage(&e->message, shared);
    }
    info = to_thread(&e->message, w);
    *a = w[0], *b = w[1], *c = w[2], *d = w[3];
    return info;
}

seL4_MessageInfo_t seL4_Call(seL4_CPtr cap, seL4_MessageInfo_t info)
{
    seL4_Word w[4];
    memcpy(w, ipc_buffer.msg, sizeof(w));
    info = seL4_CallWithMRs(cap, info, &w[0], &w[1], &w[2], &w[3]);
    memcpy(ipc_buffer.msg, w, sizeof(w));
    return info;
}

seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr cap, seL4_Word *badge, seL4_Word *a, seL4_Word *b, seL4_Word *c,
                                    seL4_Word *d, seL4_CPtr reply)
{
    struct endpoint *e = endpoint_of(cap, SERVER);
    seL4_Word w[4];
    sem_wait(&e->called);
    const seL4_MessageInfo_t info = to_thread(&e->message, w);
    *badge = BADGE;
    *a = w[0], *b = w[1], *c = w[2], *d = w[3];
    return info;
}

seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *badge,
                                         seL4_Word *a, seL4_Word *b, seL4_Word *c, seL4_Word *d,
                                         seL4_CPtr reply)
{
    struct endpoint *e = endpoint_of(cap, SERVER);
    const seL4_Word w[4] = { *a, *b, *c, *d };
    from_thread(&e->message, info, w);
    sem_post(&e->answered);
    return seL4_RecvWithMRs(cap, badge, a, b, c, d, reply);
}

/* ---- servers ---- */

extern const struct rt_interface __start_rt_interfaces[], __stop_rt_interfaces[];

static void *serve(void *interface)
{
    ((const struct rt_interface *)interface)->run();
    return NULL;
}

/* An author's own loop over an interface without a thread. */
static void *serve_by_hand(void *interface)
{
    const unsigned n = number(((const struct rt_interface *)interface)->name);
    struct endpoint *e = &endpoint[n];
    for (;;) {
        sem_wait(&e->called);
        seL4_Word w[4];
        seL4_MessageInfo_t info = to_thread(&e->message, w);
        memcpy(ipc_buffer.msg, w, sizeof(w));
        for (unsigned k = 0; k <= interface_count; k++) {
            if (k == interface_count) {
                wrong("message for nobody");
            }
            if (threadless[k] &&
                test_handle(k, &info, CAMKES_SERVED_MARK | (seL4_Word)n << CAMKES_SERVED_SHIFT | BADGE)) {
                if (k != n) {
                    wrong("message for another");
                }
                break;
            }
        }
        memcpy(w, ipc_buffer.msg, sizeof(w));
        from_thread(&e->message, info, w);
        sem_post(&e->answered);
    }
}

static void start_servers(void)
{
    for (unsigned i = 0; i < INTERFACES; i++) {
        sem_init(&endpoint[i].called, 0, 0);
        sem_init(&endpoint[i].answered, 0, 0);
    }
    for (const struct rt_interface *i = __start_rt_interfaces; i != __stop_rt_interfaces; i++) {
        pthread_t thread;
        if (*i->name == 's') {
            pthread_create(&thread, NULL, threadless[number(i->name)] ? serve_by_hand : serve,
                           (void *)(uintptr_t)i);
        }
    }
}

/* Another thread of a hostile client writes into the buffers while the server reads. */
static void *scribble_buffers(void *unused)
{
    for (uint64_t x = 1;; x = key_mix(x + 1)) {
        uint8_t *b = buffer[x % interface_count];
        if (__atomic_load_n(&hostile, __ATOMIC_RELAXED)) {
            __atomic_store_n(&b[(x >> 16) % 64], (uint8_t)(x >> 40), __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

static camkes_error_action_t on_error(camkes_error_t *e)
{
    errors++;
    seen += strlen(e->description) + strlen(e->interface) + strlen(e->instance);
    if (!hostile) {
        printf("%s: %s\n", e->interface, e->description);
        wrong("message without damage");
    }
    return CEA_DISCARD;
}

static void rounds(const char *name, unsigned count, bool bad)
{
    hostile = bad;
    for (unsigned i = 0; i < count; i++) {
        round_now++;
        test_run();
    }
    printf("%s: %u rounds, %u messages damaged, %u errors told\n", name, count, damaged, errors);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    const unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
    camkes_register_error_handler(on_error);
    start_servers();
    rounds("honest", count, false);
    rounds("hostile", count * 5, true);
    pthread_create(&thread, NULL, scribble_buffers, NULL);
    rounds("scribbled", count, true);
    __atomic_store_n(&hostile, false, __ATOMIC_RELAXED);
    usleep(10000);
    rounds("honest again", count, false);
    printf("%s\n", errors ? "PASS" : "FAIL: no damage was noticed");
    fflush(stdout);
    return !errors;
}
