// SPDX-License-Identifier: BSD-2-Clause
// A mistake, to be found where an assembly includes this file.
component Broken {
    control;
    uses Nothing nothing;
}
