# SPDX-License-Identifier: BSD-2-Clause
# Whole systems in Bochs as ctest tests, where Bochs is installed: the machine with Intel VT-x.

find_program(BULKHEAD_BOCHS bochs)
find_program(BULKHEAD_GRUB_MKRESCUE grub-mkrescue)
configure_file(${CMAKE_CURRENT_LIST_DIR}/../tools/run-bochs ${CMAKE_BINARY_DIR}/run-bochs COPYONLY)
if(NOT BULKHEAD_BOCHS OR NOT BULKHEAD_GRUB_MKRESCUE)
    message(STATUS "no Bochs here (packages.txt): the tests of VT-x are left out")
endif()

# bulkhead_bochs_test(name MODEL cpu TASK elf | IMAGE image [MEM size] [CPUS n] [ARGS kernel-command-line] [SCRIPT file]
#                     [DEFINE n=v…] [EXPECT regex] [NEVER regex…] [TIMEOUT s] [LABELS l…])
# As bulkhead_qemu_test; there is no debug exit, so EXPECT or the script says when it is over.
function(bulkhead_bochs_test name)
    cmake_parse_arguments(B "" "MODEL;TASK;IMAGE;MEM;CPUS;ARGS;TIMEOUT" "NEVER;LABELS" ${ARGN})
    if(NOT BULKHEAD_BOCHS OR NOT BULKHEAD_GRUB_MKRESCUE)
        return()
    endif()
    set(command ${BULKHEAD_SIMULATE} --machine-emulator bochs --cpu ${B_MODEL} --initrd ${B_TASK}${B_IMAGE})
    foreach(pair cpus:CPUS mem-size:MEM args:ARGS)
        string(REPLACE ":" ";" pair ${pair})
        list(GET pair 0 option)
        list(GET pair 1 variable)
        if(DEFINED B_${variable})
            list(APPEND command "--${option}=${B_${variable}}")
        endif()
    endforeach()
    if(NOT B_TIMEOUT)
        set(B_TIMEOUT 120)
    endif()
    bulkhead_console_test(${name} COMMAND ${command} NEVER "^FAIL" "kernel panic" ${B_NEVER} TIMEOUT ${B_TIMEOUT}
        LABELS bochs ${B_LABELS} ${B_UNPARSED_ARGUMENTS})
endfunction()
