# SPDX-License-Identifier: BSD-2-Clause
# Bulkhead inside the build of an application. Included by find_package(bulkhead) and by ./init's build directories; an
# unchanged CMakeLists.txt that only says ImportCamkesVM() also works with -DCMAKE_PROJECT_INCLUDE=<this file>.
include_guard(DIRECTORY)
get_filename_component(BULKHEAD_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)

# ImportCamkes(), ImportCamkesVM(): the libraries, services and tools of Bulkhead, built here as far as the application
# needs them. To be called where project() was.
macro(ImportCamkes)
    if(NOT CMAKE_GENERATOR MATCHES "Ninja")
        message(FATAL_ERROR "Bulkhead is built by Ninja: run cmake with -G Ninja in an empty build directory")
    endif()
    if(NOT CMAKE_BUILD_TYPE)
        set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
    endif()
    enable_language(C)
    enable_language(ASM)
    include(${BULKHEAD_ROOT}/cmake/bulkhead.cmake)
    if(NOT TARGET loader)
        add_subdirectory(${BULKHEAD_ROOT} ${CMAKE_BINARY_DIR}/bulkhead EXCLUDE_FROM_ALL)
    endif()
endmacro()

macro(ImportCamkesVM)
    ImportCamkes()
    include(${BULKHEAD_ROOT}/projects/camkes/vm/camkes_vm_helpers.cmake)
    include(${BULKHEAD_ROOT}/projects/camkes/vm-linux/vm-linux-helpers.cmake)
endmacro()

# Today's name of the same in the reference.
macro(camkes_x86_vm_setup_x86_vm_environment)
    ImportCamkesVM()
endmacro()
