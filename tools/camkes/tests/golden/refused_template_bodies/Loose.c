%# SPDX-License-Identifier: BSD-2-Clause
%endpoint
@iface@ @what@ @@
@iface@ @
%for everything
%if string
%end
%if
%else
%end
%include "nowhere"
%include "./Loose.c"
%for method
@param@
%end
%end
