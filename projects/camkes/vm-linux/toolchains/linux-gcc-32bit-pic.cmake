# SPDX-License-Identifier: BSD-2-Clause
# Toolchain file: position-independent programs for 32-bit Linux guests. See FindCustomPollyToolchain.
set(bits 32)
set(package gcc-multilib)
set(CMAKE_SYSTEM_PROCESSOR i686)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gcc.cmake)
