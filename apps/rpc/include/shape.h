// SPDX-License-Identifier: BSD-2-Clause
// A C type that travels between components: client and server both see this header.
#ifndef SHAPE_H
#define SHAPE_H

typedef struct { double width, height; } shape_t;

#endif
