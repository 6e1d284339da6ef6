%# SPDX-License-Identifier: BSD-2-Clause
%# The calling side of WordCall: every number that goes in is a word of the message, those that come out are words of the
%# answer. No arrays, no strings.
%endpoint
%top
#include <rt/rpc.h>
static seL4_CPtr @iface@_endpoint;
%end
%init
    @iface@_endpoint = rt_cap(@cap@);
%end
%for method
%header
@prototype@;
%end
@prototype@
{
    struct rt_message m = { .label = @number@ };
%for param
%if inout
    m.word[m.length++] = (seL4_Word)*@param@;
%else
%if in
    m.word[m.length++] = (seL4_Word)@param@;
%end
%end
%end
    rt_call(@iface@_endpoint, &m);
    unsigned at = 0;
%for param
%if out
    *@param@ = (@param_type@)m.word[at++];
%end
%end
%if result
    return (@result@)m.word[at];
%else
    (void)at;
%end
}
%end
