%# SPDX-License-Identifier: BSD-2-Clause
%header
extern char *@iface@;
void @iface@_wait(void);
%end
char *@iface@;
%init
    @iface@ = rt_dataport(@cap@, NULL);
%end
void @iface@_wait(void) { seL4_Wait(rt_cap(@cap wait@), NULL); }
