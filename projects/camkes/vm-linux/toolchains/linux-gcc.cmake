# SPDX-License-Identifier: BSD-2-Clause
# Common part of the toolchain files: programs for a Linux guest, with the build machine's gcc and -m${bits}.
set(CMAKE_SYSTEM_NAME Linux)
find_program(CMAKE_C_COMPILER gcc REQUIRED)
find_program(CMAKE_CXX_COMPILER NAMES g++ gcc)      # CMake wants one for projects that name no language
set(CMAKE_CXX_COMPILER_WORKS TRUE)                  # its library may be missing; who writes C++ will be told

set(CMAKE_C_FLAGS_INIT "-m${bits} -fPIC")
set(CMAKE_CXX_FLAGS_INIT "-m${bits} -fPIC -std=c++11")
set(CMAKE_ASM_FLAGS_INIT "-m${bits} -fPIC")

execute_process(COMMAND ${CMAKE_C_COMPILER} -m${bits} -print-file-name=libc.a
    OUTPUT_VARIABLE libc OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT IS_ABSOLUTE "${libc}")
    message(FATAL_ERROR "${CMAKE_C_COMPILER} has no ${bits}-bit C library: install ${package}")
endif()
