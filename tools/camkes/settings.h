// SPDX-License-Identifier: BSD-2-Clause
// Settings of instances that are not a connector's: values with their checks (settings.c), and what the
// general ones give a process (settings_general.c).
#ifndef CAMKES_SETTINGS_H
#define CAMKES_SETTINGS_H

#include "back.h"

/* An instance and the process it lives in. */
struct holder {
    const struct instance *instance;
    struct spec_instance *process;
    unsigned control;                   /* index of its control thread */
    const struct back_options *options;
};

/* A setting of the instance, or an attribute of that name with its default; NULL = neither. */
const struct value *setting_value(const struct instance *, const char *name);
/* A number in [low, high], and true or false; anything else is an error. */
int64_t setting_number(const struct instance *, const char *name, int64_t otherwise, int64_t low,
                       int64_t high);
bool setting_true(const struct instance *, const char *name);
/* Settings of a thread: "<prefix>priority", else "priority", else the command line's. prefix: "_" for the
 * control thread, "fs_" for that of interface fs. */
struct spec_thread_args setting_thread(const struct instance *, const char *prefix,
                                       const struct back_options *);
/* Threads of ports are made by connectors; their settings are known (and checked) either way. */
void settings_of_ports(const struct instance *);

/* What the general settings, the attributes and the locks ask for. */
void settings_apply(const struct holder *);
/* Their names, for guesses; NULL = there is no nth. */
const char *settings_general_name(unsigned n);

#endif
