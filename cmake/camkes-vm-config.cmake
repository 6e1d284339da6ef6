# SPDX-License-Identifier: BSD-2-Clause
# find_package(camkes-vm): the reference's name for a part of Bulkhead.
include(${CMAKE_CURRENT_LIST_DIR}/application.cmake)
