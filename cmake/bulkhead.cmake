# SPDX-License-Identifier: BSD-2-Clause
# Common ground of all CMakeLists.txt here: warnings, host tests under sanitizers.

set(BULKHEAD_WARNINGS -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wshadow)

get_filename_component(BULKHEAD_ROOT ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
if(NOT TARGET host-tests)
    add_custom_target(host-tests)        # builds all host tests
endif()

# bulkhead_host_test(name SOURCES a.c… [INCLUDES d…] [LIBS l…] [DEFINES d…] [LABELS l…] [TIMEOUT s])
# A test program for the build machine: cmocka, AddressSanitizer and UBSan, registered with ctest as `name`
# under the label `host` (and LABELS). Inside an application's build there are no tests.
function(bulkhead_host_test name)
    cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;INCLUDES;LIBS;DEFINES;LABELS" ${ARGN})
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bulkhead_host_test(${name}): unknown argument: ${T_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT CMAKE_SOURCE_DIR STREQUAL BULKHEAD_ROOT)
        return()
    endif()
    if(NOT T_TIMEOUT)
        set(T_TIMEOUT 60)
    endif()
    add_executable(${name} ${T_SOURCES})
    target_include_directories(${name} PRIVATE ${T_INCLUDES} ${BULKHEAD_ROOT}/abi)
    target_compile_definitions(${name} PRIVATE ${T_DEFINES})
    target_compile_options(${name} PRIVATE ${BULKHEAD_WARNINGS} -Wno-missing-prototypes -g -O1
        -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)
    target_link_options(${name} PRIVATE -fsanitize=address,undefined)
    target_link_libraries(${name} PRIVATE ${T_LIBS} cmocka)
    add_dependencies(host-tests ${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT} LABELS "host;${T_LABELS}")
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/components.cmake)     # bulkhead_task, bulkhead_component, bulkhead_image
include(${CMAKE_CURRENT_LIST_DIR}/options.cmake)        # the kernel's and CAmkES' options by name
include(${CMAKE_CURRENT_LIST_DIR}/camkes.cmake)         # assemblies
include(${CMAKE_CURRENT_LIST_DIR}/simulation.cmake)     # GenerateSimulateScript
