# SPDX-License-Identifier: BSD-2-Clause
# find_package(bulkhead REQUIRED HINTS /path/to/bulkhead): ImportCamkes() and ImportCamkesVM() for an
# application that stands elsewhere. With -Dbulkhead_ROOT=/path/to/bulkhead the HINTS are not needed.
include(${CMAKE_CURRENT_LIST_DIR}/application.cmake)
