// Made by camkes for component Part: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CAMKES_GLUE             /* which sets them at the start */
extern const int size;
extern const char *const name;
#endif
#define CAMKES_CONST_ATTR_size 3
#define CAMKES_CONST_ATTR_name "n"
extern const int list[2];
#define CAMKES_CONST_ATTR_list { 1, 2 }

int m_lock(void);
int m_unlock(void);

#ifdef __cplusplus
}
#endif

#endif
