// Made by camkes for component Server: what its author may call. Do not edit.
#ifndef CAMKES_H
#define CAMKES_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* calc: provides Calculator, by WordCall */
int calc_add(int a, int b);
void calc_divide(int a, int b, int *quotient, int *rest);
void calc_bump(int *n);
void calc__init(void);

/* board: dataport Buf, by Doorbell */
extern char *board;
void board_wait(void);
void board__init(void);
int board__run(void);

#ifdef __cplusplus
}
#endif

#endif
