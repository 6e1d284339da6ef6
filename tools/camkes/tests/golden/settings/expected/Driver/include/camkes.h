// Made by camkes for component Driver: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CAMKES_GLUE             /* which sets them at the start */
extern const int simple_untyped21_pool;
#endif

/* tick: consumes Tick, by seL4Notification */
void tick_wait(void);
int tick_poll(void);
int tick_reg_callback(void (*callback)(void *), void *arg);
void tick__init(void);

#ifdef __cplusplus
}
#endif

#endif
