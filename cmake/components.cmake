# SPDX-License-Identifier: BSD-2-Clause
# User-level programs: initial tasks without a C library, component programs with one, system images.

execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
    OUTPUT_VARIABLE BULKHEAD_GCC_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)

set(BULKHEAD_USER_FLAGS -g -O2 -fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer
    -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -ftls-model=local-exec)
set(BULKHEAD_USER_LINK -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments
    -Wl,-T,${BULKHEAD_ROOT}/lib/sel4/user.ld)

# bulkhead_freestanding(target): compile for user level without a C library.
function(bulkhead_freestanding target)
    target_include_directories(${target} PRIVATE ${BULKHEAD_ROOT}/lib/sel4/include
        ${BULKHEAD_ROOT}/lib/sel4/freestanding ${BULKHEAD_ROOT}/abi)
    target_compile_options(${target} PRIVATE ${BULKHEAD_USER_FLAGS} -ffreestanding -mgeneral-regs-only
        -nostdinc "SHELL:-isystem ${BULKHEAD_GCC_INCLUDE}" $<$<COMPILE_LANGUAGE:C>:${BULKHEAD_WARNINGS}>)
endfunction()

# bulkhead_task(name SOURCES a.c… [INCLUDES d…] [DEFINES d…] [LIBS l…])
# A static initial task without a C library: `int main(seL4_BootInfo *)`, see sel4/task.h. Target task_<name>;
# the program is ${CMAKE_BINARY_DIR}/tasks/<name>.elf.
function(bulkhead_task name)
    cmake_parse_arguments(T "" "" "SOURCES;INCLUDES;DEFINES;LIBS" ${ARGN})
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bulkhead_task(${name}): unknown argument: ${T_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(task_${name} ${T_SOURCES})
    bulkhead_freestanding(task_${name})
    target_include_directories(task_${name} PRIVATE ${T_INCLUDES})
    target_compile_definitions(task_${name} PRIVATE ${T_DEFINES})
    target_link_options(task_${name} PRIVATE ${BULKHEAD_USER_LINK})
    target_link_libraries(task_${name} PRIVATE ${T_LIBS} sel4_task)
    set_target_properties(task_${name} PROPERTIES OUTPUT_NAME ${name} SUFFIX .elf
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tasks
        LINK_DEPENDS ${BULKHEAD_ROOT}/lib/sel4/user.ld)
endfunction()

# bulkhead_user(target [FLOAT] [OTHERS]): compile for user level with newlib, the runtime and the kernel interface. Our own
# code keeps off the SSE registers (a monitor thread's belong to its guest); a target that computes with floating point
# says FLOAT. OTHERS: not our code, so only the usual warnings. An interface library hands all that on.
function(bulkhead_user target)
    cmake_parse_arguments(T "FLOAT;OTHERS" "" "" ${ARGN})
    get_target_property(type ${target} TYPE)
    set(scope PRIVATE)
    if(type STREQUAL INTERFACE_LIBRARY)
        set(scope INTERFACE)
    endif()
    set(warnings ${BULKHEAD_WARNINGS})
    if(T_OTHERS)
        set(warnings -Wall -Wno-address)          # authors ask for a `maybe` interface by a function's address
    endif()
    target_include_directories(${target} ${scope} ${BULKHEAD_ROOT}/lib/sel4/include ${BULKHEAD_ROOT}/lib/rt/include
        ${BULKHEAD_ROOT}/lib/camkes/include ${BULKHEAD_ROOT}/lib/spec/include ${BULKHEAD_ROOT}/abi)
    target_compile_definitions(${target} ${scope} __DYNAMIC_REENT__ BULKHEAD_USER)
    target_compile_options(${target} ${scope} ${BULKHEAD_USER_FLAGS} -nostdinc
        "SHELL:-isystem ${BULKHEAD_GCC_INCLUDE}" "SHELL:-isystem ${BULKHEAD_NEWLIB}/include"
        -U__linux__ -U__linux -Ulinux -U__unix__ -U__unix -Uunix
        $<$<COMPILE_LANGUAGE:C>:${warnings}>)
    if(NOT T_FLOAT)
        target_compile_options(${target} ${scope} -mgeneral-regs-only)
    endif()
    add_dependencies(${target} newlib)
endfunction()

# bulkhead_component(name SOURCES a.c… [INCLUDES d…] [DEFINES d…] [LIBS l…] [FLOAT])
# A component program: the sources with newlib, the runtime (rt/rt.h) and the kernel interface. Target
# component_<name>; the program is ${CMAKE_BINARY_DIR}/components/<name>.elf. LIBS: static libraries that were compiled with
# bulkhead_user.
function(bulkhead_component name)
    cmake_parse_arguments(T "FLOAT" "" "SOURCES;INCLUDES;DEFINES;LIBS" ${ARGN})
    if(T_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bulkhead_component(${name}): unknown argument: ${T_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(component_${name} ${T_SOURCES})
    if(T_FLOAT)
        bulkhead_user(component_${name} FLOAT)
    else()
        bulkhead_user(component_${name})
    endif()
    target_include_directories(component_${name} PRIVATE ${T_INCLUDES})
    target_compile_definitions(component_${name} PRIVATE ${T_DEFINES})
    target_link_options(component_${name} PRIVATE ${BULKHEAD_USER_LINK} -L${BULKHEAD_NEWLIB}/lib)
    target_link_libraries(component_${name} PRIVATE ${T_LIBS} rt -Wl,--start-group rt -lc -lgcc -Wl,--end-group)
    set_target_properties(component_${name} PROPERTIES OUTPUT_NAME ${name} SUFFIX .elf
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/components
        LINK_DEPENDS "${BULKHEAD_ROOT}/lib/sel4/user.ld")
endfunction()

# bulkhead_image(name [LIST file] [FILES name=path…] [OUTPUT path] [DEPENDS d…] [ALL])
# A system image: the loader with an archive of the files (system.spec, programs, what the spec names). LIST is a text
# file of lines `name path`, read when the image is made. Target image-<name>; the image is OUTPUT, default
# ${CMAKE_BINARY_DIR}/images/<name>. DEPENDS: targets and files the archive's content comes from.
function(bulkhead_image name)
    cmake_parse_arguments(I "ALL" "LIST;OUTPUT" "FILES;DEPENDS" ${ARGN})
    if(I_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "bulkhead_image(${name}): unknown argument: ${I_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT I_OUTPUT)
        set(I_OUTPUT ${CMAKE_BINARY_DIR}/images/${name})
    endif()
    set(list "")
    if(I_LIST)
        set(list -l ${I_LIST})
    endif()
    set(work ${CMAKE_BINARY_DIR}/images/work/${name})
    add_custom_command(OUTPUT ${I_OUTPUT}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${work}
        COMMAND mkimage -o ${work}/archive.cpio -s ${CMAKE_OBJCOPY} ${list} ${I_FILES}
        COMMAND ${CMAKE_COMMAND} -E chdir ${work} ${CMAKE_OBJCOPY} -I binary -O elf64-x86-64 -B i386:x86-64
            --rename-section .data=.archive,alloc,load,readonly,data,contents --set-section-alignment .data=4096
            archive.cpio archive.o
        COMMAND ${CMAKE_C_COMPILER} ${BULKHEAD_USER_LINK} -o ${I_OUTPUT} -Wl,--whole-archive $<TARGET_FILE:loader>
            -Wl,--no-whole-archive ${work}/archive.o $<TARGET_FILE:sel4_task>
        COMMAND ${CMAKE_COMMAND} -E rm -f ${work}/archive.o ${work}/archive.cpio
        DEPENDS mkimage loader sel4_task ${I_LIST} ${I_DEPENDS} ${BULKHEAD_ROOT}/lib/sel4/user.ld
        COMMENT "image ${name}" VERBATIM)
    if(I_ALL)
        add_custom_target(image-${name} ALL DEPENDS ${I_OUTPUT})
    else()
        add_custom_target(image-${name} DEPENDS ${I_OUTPUT})
    endif()
endfunction()
