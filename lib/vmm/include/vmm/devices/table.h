// SPDX-License-Identifier: BSD-2-Clause
// The list of device classes this monitor carries.
#ifndef VMM_DEVICES_TABLE_H
#define VMM_DEVICES_TABLE_H

#include <vmm/device.h>

extern const struct device_class *const device_class_table[];   /* ends with NULL */
const struct device_class *device_class_find(const char *name); /* or NULL */

#endif
