# SPDX-License-Identifier: BSD-2-Clause
# The assembly compiler, and the programs of an assembly: camkes_program, camkes_inputs, which the build.cmake that
# `camkes build` writes calls. Used by cmake/camkes.cmake.
include_guard(DIRECTORY)

# --- the compiler -------------------------------------------------------------------------------------------

# camkes_quietly(what command…): runs it; its output is shown only when it fails, which ends the configuring.
function(camkes_quietly what)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
    if(status)
        string(REPLACE "\n" "\n  " log "${log}")           # CMake breaks no lines that are indented
        message(FATAL_ERROR "${what} failed:\n  ${log}")
    endif()
endfunction()

# The compiler is built while configuring, in a build directory of its own; again when one of its sources
# changes.
set(CAMKES_TOOL ${CMAKE_BINARY_DIR}/host-tools/camkes)
function(camkes_build_tool)
    get_property(done GLOBAL PROPERTY camkes:tool)
    if(done)
        return()
    endif()
    set_property(GLOBAL PROPERTY camkes:tool built)
    set(build ${CMAKE_BINARY_DIR}/host-tools)
    if(NOT EXISTS ${build}/build.ninja)
        camkes_quietly("configuring the camkes compiler" ${CMAKE_COMMAND} -G Ninja
            -S ${BULKHEAD_ROOT}/tools/camkes -B ${build}
            -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM})
    endif()
    camkes_quietly("building the camkes compiler" ${CMAKE_COMMAND} --build ${build})
    file(GLOB sources ${BULKHEAD_ROOT}/tools/camkes/*.* ${BULKHEAD_ROOT}/tools/camkes/builtin/*
        ${BULKHEAD_ROOT}/lib/spec/src/* ${BULKHEAD_ROOT}/lib/spec/include/spec/*)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
endfunction()

# --- programs: called by the build.cmake that `camkes build` writes -----------------------------------------

# Names that users of the reference link with; what stands behind them every component has anyway.
set(CAMKES_LIBS_BUILTIN sel4 sel4runtime sel4_autoconf sel4camkes sel4muslcsys muslc utils camkes newlib c m)
set(CAMKES_LIBS_ABSENT sel4allocman sel4vka sel4vspace sel4utils sel4simple sel4platsupport platsupport
    sel4debug sel4sync sel4vmm sel4vm sel4vmmplatsupport lwip picotcp ethdrivers usbdrivers)
# camkes_libs(who outvar lib…): what to link, of the names users say.
function(camkes_libs who outvar)
    set(libs)
    foreach(lib ${ARGN})
        if(lib IN_LIST CAMKES_LIBS_BUILTIN)
            continue()
        elseif(TARGET ${lib} OR lib MATCHES "^(-|\\$<|/)")
            list(APPEND libs ${lib})
        elseif(lib IN_LIST CAMKES_LIBS_ABSENT)
            message(FATAL_ERROR "${who}: LIBS ${lib}: that library has no equivalent here (docs/cmake.md)")
        else()
            message(FATAL_ERROR "${who}: LIBS ${lib}: no target of that name")
        endif()
    endforeach()
    set(${outvar} "${libs}" PARENT_SCOPE)
endfunction()

# camkes_user_libraries(): the names above as targets, so that a user's own static library that links with one
# of them is compiled as components are. Called once, when lib/ is known.
function(camkes_user_libraries)
    foreach(name ${CAMKES_LIBS_BUILTIN})
        if(NOT TARGET ${name} AND NOT name MATCHES "^(c|m|newlib)$")
            add_library(${name} INTERFACE)
            bulkhead_user(${name} FLOAT)
        endif()
    endforeach()
endfunction()

# camkes_inputs(file…): what the compiler read.
function(camkes_inputs)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
    set(system_inputs ${ARGN} PARENT_SCOPE)
endfunction()

# What an object file with our flags needs to become a program.
function(camkes_link target)
    target_link_options(${target} PRIVATE ${BULKHEAD_USER_LINK} -L${BULKHEAD_NEWLIB}/lib)
    target_link_libraries(${target} PRIVATE ${ARGN} -Wl,--start-group camkes rt -lc -lm -lgcc -Wl,--end-group)
    set_target_properties(${target} PROPERTIES SUFFIX .elf LINKER_LANGUAGE C EXCLUDE_FROM_ALL ON
        LINK_DEPENDS "${BULKHEAD_ROOT}/lib/sel4/user.ld")
endfunction()

# C++ without its library; C11's words in our headers get their C++ ones.
set(CAMKES_CXX_FLAGS -nostdinc++ -fno-exceptions -fno-rtti -fno-threadsafe-statics
    -D_Static_assert=static_assert
    -D_Noreturn=__attribute__\(\(noreturn\)\) -Wno-narrowing)

# camkes_declared(type instances…): what was declared for them, as SOURCES, INCLUDES … of the caller.
function(camkes_declared type)
    foreach(list ${CAMKES_COMPONENT_LISTS})
        camkes_get(values "type:${type}:${list}")
        foreach(instance ${ARGN})
            camkes_get(more "instance:${type}/${instance}:${list}")
            list(APPEND values ${more})
        endforeach()
        if(list STREQUAL INCLUDES)
            camkes_get(more c_includes)              # of the types in interfaces
            list(APPEND values ${more})
        endif()
        if(list MATCHES "SOURCES|INCLUDES|LIBS")
            list(REMOVE_DUPLICATES values)
        endif()
        set(${list} "${values}" PARENT_SCOPE)
    endforeach()
endfunction()

# camkes_member(target keep object): an object file of a group's member, whose names only it sees, but for
# `keep`. A weak run, pre_init or post_init that the member does not define must not find the group's.
function(camkes_member target keep object)
    string(REGEX REPLACE "[*]$" "author_" author ${keep})
    set(renames)
    foreach(function run pre_init post_init)
        list(APPEND renames --redefine-sym ${function}=${author}${function})
    endforeach()
    add_custom_command(OUTPUT ${object}
        COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${object} $<TARGET_OBJECTS:${target}>
        COMMAND ${CMAKE_OBJCOPY} ${renames} ${object}
        COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=${keep} ${object}
        DEPENDS ${target} $<TARGET_OBJECTS:${target}> COMMAND_EXPAND_LISTS VERBATIM)
endfunction()

# camkes_program(NAME program [TYPE type] INSTANCES i… GLUE file [INCLUDE directory] [GROUP g KEEP pattern]
#                [MEMBERS m…]
#                [CONNECTORS_FROM c…] [CONNECTORS_TO c…])
# The instances' program. Equal programs of different assemblies are built once. With GROUP it is only a part
# of that group's program, which comes later and names its MEMBERS.
# Appends "<program>.elf path" to system_files, the file and its target to system_depends.
function(camkes_program)
    cmake_parse_arguments(P "" "NAME;TYPE;GLUE;INCLUDE;GROUP;KEEP"
        "INSTANCES;MEMBERS;CONNECTORS_FROM;CONNECTORS_TO" ${ARGN})
    camkes_arguments("camkes_program(${P_NAME})" P)
    set(target camkes-${system}-${P_NAME})
    get_filename_component(dir ${P_GLUE} DIRECTORY)
    if(P_TYPE)
        camkes_get(types types)
        string(REPLACE ";" ", " instances "${P_INSTANCES}")
        set(who "component type ${P_TYPE} (${instances})")
        if(NOT P_TYPE IN_LIST types)
            message(FATAL_ERROR
                "${who}: nothing says what its C is; add DeclareCAmkESComponent(${P_TYPE} SOURCES …)")
        endif()
        camkes_declared(${P_TYPE} ${P_INSTANCES})
        foreach(side FROM TO)
            foreach(connector ${P_CONNECTORS_${side}})
                camkes_get(more "connector:${connector}:${side}_LIBS")
                list(APPEND LIBS ${more})
            endforeach()
        endforeach()
        camkes_libs("${who}" LIBS ${LIBS})
        file(SHA256 ${P_INCLUDE}/camkes.h header)
    endif()
    file(SHA256 ${P_GLUE} glue)
    foreach(member ${P_MEMBERS})
        list(APPEND SOURCES ${dir}/../${member}/${member}.o)
        get_property(libs GLOBAL PROPERTY camkes:member:${system}:${member})
        list(APPEND LIBS ${libs})
    endforeach()
    set(key "${SOURCES};${INCLUDES};${C_FLAGS};${CXX_FLAGS};${LD_FLAGS};${LIBS};${P_KEEP}")
    string(SHA256 key "${glue};${header};${key}")
    get_property(same GLOBAL PROPERTY camkes:program:${key})
    if(same AND NOT P_GROUP)
        set(target ${same})
    else()
        if(P_GROUP)
            add_library(${target} OBJECT EXCLUDE_FROM_ALL ${SOURCES} ${P_GLUE})
            camkes_member(${target} ${P_KEEP} ${dir}/${P_NAME}.o)
            set_property(GLOBAL PROPERTY camkes:member:${system}:${P_NAME} ${LIBS})
            target_link_libraries(${target} PRIVATE ${LIBS})
        else()
            add_executable(${target} ${SOURCES} ${P_GLUE})
            target_link_options(${target} PRIVATE ${LD_FLAGS})
            camkes_link(${target} ${LIBS})
            set_target_properties(${target} PROPERTIES OUTPUT_NAME ${P_NAME} RUNTIME_OUTPUT_DIRECTORY ${dir})
            set_property(GLOBAL PROPERTY camkes:program:${key} ${target})
        endif()
        bulkhead_user(${target} FLOAT OTHERS)
        target_include_directories(${target} BEFORE PRIVATE ${P_INCLUDE} ${INCLUDES})
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:${C_FLAGS}>
            $<$<COMPILE_LANGUAGE:CXX>:${CAMKES_CXX_FLAGS};${CXX_FLAGS}>)
    endif()
    if(NOT P_GROUP)
        get_target_property(dir ${target} RUNTIME_OUTPUT_DIRECTORY)
        get_target_property(name ${target} OUTPUT_NAME)
        set(system_files ${system_files} "${P_NAME}.elf ${dir}/${name}.elf" PARENT_SCOPE)
        set(system_depends ${system_depends} ${target} ${dir}/${name}.elf PARENT_SCOPE)
    endif()
endfunction()
