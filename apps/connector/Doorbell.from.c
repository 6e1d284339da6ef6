%# SPDX-License-Identifier: BSD-2-Clause
%# Shared memory, and a bell to say that something new is in it.
%memory 4096
%notify to
%header
extern char *@iface@;
void @iface@_ring(void);
%end
char *@iface@;
%init
    @iface@ = rt_dataport(@cap@, NULL);
%end
void @iface@_ring(void) { seL4_Signal(rt_cap(@cap signal@)); }
