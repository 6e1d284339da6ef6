# SPDX-License-Identifier: BSD-2-Clause
# Toolchain file: position-independent programs for 64-bit Linux guests. See FindCustomPollyToolchain.
set(bits 64)
set(package libc6-dev)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gcc.cmake)
