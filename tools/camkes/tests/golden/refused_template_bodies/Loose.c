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
%for method
@param@
%end
%end
