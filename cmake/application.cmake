# SPDX-License-Identifier: BSD-2-Clause
# Bulkhead inside the build of an application. Included by find_package(bulkhead) and by ./init's build
# directories; an unchanged CMakeLists.txt that only says ImportCamkesVM() also works with
# -DCMAKE_PROJECT_INCLUDE=<this file>.
include_guard(DIRECTORY)
get_filename_component(BULKHEAD_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
list(APPEND CMAKE_PREFIX_PATH ${BULKHEAD_ROOT})          # find_package(bulkhead), camkes-vm, camkes-vm-linux
list(APPEND CMAKE_MODULE_PATH ${BULKHEAD_ROOT}/cmake)    # include(simulation)

# ImportCamkes(), ImportCamkesVM(): the libraries, services and tools of Bulkhead, built here as far as the
# application needs them. To be called where project() was.
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

# Today's names in the reference: find_package(camkes-vm), find_package(camkes-vm-linux), these paths and this
# macro.
set(CAMKES_VM_SETTINGS_PATH ${CMAKE_CURRENT_LIST_FILE})
set(CAMKES_VM_HELPERS_PATH ${BULKHEAD_ROOT}/projects/camkes/vm/camkes_vm_helpers.cmake)
set(CAMKES_VM_LINUX_DIR ${BULKHEAD_ROOT}/projects/camkes/vm-linux)
set(CAMKES_VM_LINUX_HELPERS_PATH ${CAMKES_VM_LINUX_DIR}/vm-linux-helpers.cmake)
set(CAMKES_VM_LINUX_SOURCE_HELPERS_PATH ${CAMKES_VM_LINUX_DIR}/linux-source-helpers.cmake)
set(CAMKES_VM_LINUX_MODULE_HELPERS_PATH ${CAMKES_VM_LINUX_DIR}/linux-module-helpers.cmake)
macro(camkes_x86_vm_setup_x86_vm_environment)
    ImportCamkesVM()
endmacro()
