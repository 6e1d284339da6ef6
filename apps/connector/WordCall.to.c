%# SPDX-License-Identifier: BSD-2-Clause
%# The serving side of WordCall: a thread that waits for calls and answers them.
%thread @iface@_serve
%setting greeting string
%top
#include <rt/rpc.h>
#include <stdio.h>
%end
%for method
%header
@prototype@;
%end
%end
static void @iface@_handle(void *context, seL4_Word badge, struct rt_message *m)
{
    unsigned at = 0;
    switch (m->label) {
%for method
    case @number@: {
%for param
        @declare@ = 0;
%if in
        @param@ = (@param_type@)m->word[at++];
%end
%end
%if result
        @result@ result = @call@;
%else
        @call@;
%end
        at = 0;
%for param
%if out
        m->word[at++] = (seL4_Word)@param@;
%end
%end
%if result
        m->word[at++] = (seL4_Word)result;
%end
        break;
    }
%end
    default: break;
    }
    m->label = 0;
    m->length = at;
}

static int @iface@_serve(void)
{
    printf("%s: %u users of @iface@, an interface of type @type@\n", rt_attr_str(@setting greeting@, ""),
           rt_client_count(@cap@));
    rt_serve(rt_cap(@cap@), @iface@_handle, NULL);
}
