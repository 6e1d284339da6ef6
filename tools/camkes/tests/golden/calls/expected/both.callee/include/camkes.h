// Made by camkes for component Callee: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* near: provides Words, by seL4DirectCall */
int near_add(int a, int b);
void near_mix(double *x, const bool *sure, char *c);
void near__init(void);

#define get_instance_name() "callee"

#ifdef __cplusplus
}
#endif

#endif
