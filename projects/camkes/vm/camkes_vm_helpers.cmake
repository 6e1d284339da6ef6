# SPDX-License-Identifier: BSD-2-Clause
# CMake helpers of applications with virtual machines. See docs/cmake.md.
include_guard(DIRECTORY)

# DeclareCAmkESVM(init_component [EXTRA_SOURCES f…] [EXTRA_INCLUDES d…] [EXTRA_LIBS l…] [EXTRA_C_FLAGS f…]
#                 [EXTRA_LD_FLAGS f…])
# A virtual machine's component type, Init<n>: the monitor, and what the application adds to it. Its code
# keeps off the SSE registers, which belong to the guest.
function(DeclareCAmkESVM init_component)
    cmake_parse_arguments(V "" ""
        "EXTRA_SOURCES;EXTRA_INCLUDES;EXTRA_LIBS;EXTRA_C_FLAGS;EXTRA_LD_FLAGS" ${ARGN})
    camkes_arguments("DeclareCAmkESVM(${init_component})" V)
    get_property(dir GLOBAL PROPERTY camkes:vm:init_dir)
    get_property(sources GLOBAL PROPERTY camkes:vm:init_sources)
    get_property(includes GLOBAL PROPERTY camkes:vm:init_includes)
    get_property(libs GLOBAL PROPERTY camkes:vm:init_libs)
    DeclareCAmkESComponent(${init_component}
        SOURCES ${sources} ${V_EXTRA_SOURCES}
        INCLUDES ${includes} ${V_EXTRA_INCLUDES}
        C_FLAGS -mgeneral-regs-only ${V_EXTRA_C_FLAGS}
        LD_FLAGS ${V_EXTRA_LD_FLAGS}
        LIBS ${libs} ${V_EXTRA_LIBS})
endfunction()

# AddToFileServer(name path [INSTANCE fserv] [DEPENDS d…]): a file of the file server's archive. `path` may be
# made by the build; names of targets in DEPENDS are built before.
function(AddToFileServer name path)
    set(who "AddToFileServer(${name})")
    cmake_parse_arguments(F "" "INSTANCE" "DEPENDS" ${ARGN})
    camkes_arguments("${who}" F)
    if(NOT F_INSTANCE)
        set(F_INSTANCE fserv)
    endif()
    camkes_add_file("${who}" ${F_INSTANCE} "${name}" "${path}" DEPENDS ${F_DEPENDS})
endfunction()

# DefineCAmkESVMFileServer([TYPE FileServer] [INSTANCE fserv] [FILES [name:]path…] [DEPENDS d…])
# A file server of the next root server, with these files and those of AddToFileServer. Needed only for files
# given in one list, and for a server without files.
function(DefineCAmkESVMFileServer)
    set(who DefineCAmkESVMFileServer)
    cmake_parse_arguments(F "" "TYPE;INSTANCE" "FILES;DEPENDS" ${ARGN})
    camkes_arguments("${who}" F)
    if(NOT F_INSTANCE)
        set(F_INSTANCE fserv)
    endif()
    if(F_TYPE AND NOT F_TYPE STREQUAL FileServer)
        camkes_get(types types)
        if(NOT F_TYPE IN_LIST types)
            message(FATAL_ERROR
                "${who}(${F_INSTANCE}): TYPE ${F_TYPE}: no component of that name was declared")
        endif()
    endif()
    foreach(item ${F_FILES})
        if(item MATCHES "^([^:]+):(.+)$")
            AddToFileServer(${CMAKE_MATCH_1} ${CMAKE_MATCH_2} INSTANCE ${F_INSTANCE} DEPENDS ${F_DEPENDS})
        elseif(item MATCHES ":")
            message(FATAL_ERROR "${who}(${F_INSTANCE}): '${item}' is not [name:]path")
        else()
            get_filename_component(name ${item} NAME)
            AddToFileServer(${name} ${item} INSTANCE ${F_INSTANCE} DEPENDS ${F_DEPENDS})
        endif()
    endforeach()
    camkes_append(file_instances ${F_INSTANCE})
endfunction()

# DecompressLinuxKernel(target outvar bzimage [DEPENDS d…]): the ELF kernel inside a compressed one. `target`
# makes it, `outvar` gets its path.
function(DecompressLinuxKernel target outvar bzimage)
    set(who "DecompressLinuxKernel(${target})")
    cmake_parse_arguments(D "" "" "DEPENDS" ${ARGN})
    camkes_arguments("${who}" D)
    if(TARGET ${target})
        message(FATAL_ERROR "${who}: there is a target of that name already")
    endif()
    get_filename_component(bzimage ${bzimage} ABSOLUTE)
    string(FIND ${bzimage} ${CMAKE_BINARY_DIR}/ in_build)
    if(NOT EXISTS ${bzimage} AND NOT in_build EQUAL 0)
        message(FATAL_ERROR "${who}: no such file: ${bzimage}")
    endif()
    get_filename_component(name ${bzimage} NAME)
    set(dir ${CMAKE_CURRENT_BINARY_DIR}/decomp/${target})
    file(MAKE_DIRECTORY ${dir})
    add_custom_command(OUTPUT ${dir}/${name}
        COMMAND extract-vmlinux ${bzimage} ${dir}/${name}
        DEPENDS extract-vmlinux ${bzimage} ${D_DEPENDS}
        COMMENT "Unpacking ${bzimage}" VERBATIM)
    add_custom_target(${target} DEPENDS ${dir}/${name})
    set(${outvar} ${dir}/${name} PARENT_SCOPE)
endfunction()

# DeclareCAmkESVMRootServer(assembly [CPP_FLAGS f…] [CPP_INCLUDES d…]): the assembly that the next
# GenerateCAmkESRootserver() makes an image of; it finds <configurations/vm.h>.
function(DeclareCAmkESVMRootServer assembly)
    cmake_parse_arguments(R "" "" "CPP_FLAGS;CPP_INCLUDES" ${ARGN})
    camkes_arguments("DeclareCAmkESVMRootServer(${assembly})" R)
    DeclareCAmkESRootserver(${assembly} CPP_FLAGS ${R_CPP_FLAGS}
        CPP_INCLUDES ${BULKHEAD_ROOT}/projects/camkes/vm/components/VM ${R_CPP_INCLUDES})
endfunction()
