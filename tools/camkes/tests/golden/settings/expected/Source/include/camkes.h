// Made by camkes for component Source: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* tick: emits Tick, by seL4Notification */
void tick_emit(void);
void tick_emit_underlying(void);
void tick__init(void);

#ifdef __cplusplus
}
#endif

#endif
