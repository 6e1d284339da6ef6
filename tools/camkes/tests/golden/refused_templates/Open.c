%# SPDX-License-Identifier: BSD-2-Clause
%for method
%memory
%notify them
%thread
%setting x float
