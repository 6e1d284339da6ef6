# SPDX-License-Identifier: BSD-2-Clause
# What applications tell about components, connectors and where the compiler looks; used by cmake/camkes.cmake.
#
# It is kept in global properties "camkes:<scope>:<key>". The scope is the application, so that many applications
# can stand in one build; what projects/ declares is seen by all of them (scope "library").
include_guard(DIRECTORY)

function(camkes_scope outvar)
    if(PROJECT_SOURCE_DIR STREQUAL BULKHEAD_ROOT)
        set(${outvar} library PARENT_SCOPE)
    elseif(CMAKE_SOURCE_DIR STREQUAL BULKHEAD_ROOT)
        set(${outvar} ${PROJECT_SOURCE_DIR} PARENT_SCOPE)      # one of many applications in the main build
    else()
        set(${outvar} application PARENT_SCOPE)
    endif()
endfunction()

function(camkes_append key)
    camkes_scope(scope)
    set_property(GLOBAL APPEND PROPERTY "camkes:${scope}:${key}" ${ARGN})
endfunction()

# The library's values, then the application's own.
function(camkes_get outvar key)
    camkes_scope(scope)
    get_property(values GLOBAL PROPERTY "camkes:library:${key}")
    if(NOT scope STREQUAL library)
        get_property(own GLOBAL PROPERTY "camkes:${scope}:${key}")
        list(APPEND values ${own})
    endif()
    set(${outvar} "${values}" PARENT_SCOPE)
endfunction()

# Values that the next root server uses up.
function(camkes_take outvar key)
    camkes_scope(scope)
    get_property(values GLOBAL PROPERTY "camkes:${scope}:${key}")
    set_property(GLOBAL PROPERTY "camkes:${scope}:${key}")
    set(${outvar} "${values}" PARENT_SCOPE)
endfunction()

# camkes_arguments(who prefix): after cmake_parse_arguments, refuses what was not understood. (Lists may be
# empty.)
macro(camkes_arguments who prefix)
    if(${prefix}_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${who}: unknown argument: ${${prefix}_UNPARSED_ARGUMENTS}")
    endif()
    foreach(keyword INSTANCE TYPE NAME IMAGE FROM TO FROM_HEADER TO_HEADER LINKER_LANGUAGE)
        if(keyword IN_LIST ${prefix}_KEYWORDS_MISSING_VALUES)
            message(FATAL_ERROR "${who}: no value after ${keyword}")
        endif()
    endforeach()
endmacro()

# Absolute paths of existing or generated files (or directories); the source directory goes before the build
# directory.
function(camkes_paths who outvar)
    set(paths)
    foreach(path ${ARGN})
        if(path MATCHES "^\\$<")
            list(APPEND paths ${path})
            continue()
        endif()
        get_filename_component(full ${path} ABSOLUTE)
        get_filename_component(built ${path} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
        get_property(generated SOURCE ${built} PROPERTY GENERATED)
        string(FIND ${full} ${CMAKE_BINARY_DIR}/ in_build)
        if(EXISTS ${full} OR in_build EQUAL 0)
            list(APPEND paths ${full})
        elseif(EXISTS ${built} OR generated)
            list(APPEND paths ${built})
        else()
            message(FATAL_ERROR "${who}: no such file: ${path}\n  (looked at ${full})")
        endif()
    endforeach()
    set(${outvar} "${paths}" PARENT_SCOPE)
endfunction()

set(CAMKES_COMPONENT_LISTS SOURCES INCLUDES C_FLAGS CXX_FLAGS LD_FLAGS LIBS)

function(camkes_declare who key)
    cmake_parse_arguments(C "" "LINKER_LANGUAGE"
        "${CAMKES_COMPONENT_LISTS};TEMPLATE_SOURCES;TEMPLATE_HEADERS;CAKEML_SOURCES;CAKEML_HEAP_SIZE" ${ARGN})
    camkes_arguments("${who}" C)
    foreach(no TEMPLATE_SOURCES TEMPLATE_HEADERS)
        if(C_${no})
            message(FATAL_ERROR "${who}: ${no}: a component's own templates are not supported; give values "
                "as attributes of the component, or write a connector (DeclareCAmkESConnector)")
        endif()
    endforeach()
    if(C_CAKEML_SOURCES OR C_CAKEML_HEAP_SIZE)
        message(FATAL_ERROR "${who}: CakeML components are not supported")
    endif()
    if(C_LINKER_LANGUAGE AND NOT C_LINKER_LANGUAGE MATCHES "^(C|CXX)$")
        message(FATAL_ERROR "${who}: LINKER_LANGUAGE is ${C_LINKER_LANGUAGE}; known: C CXX")
    endif()
    camkes_paths("${who}" C_SOURCES ${C_SOURCES})
    camkes_paths("${who}" C_INCLUDES ${C_INCLUDES})
    foreach(list ${CAMKES_COMPONENT_LISTS})
        if(C_${list})
            camkes_append("${key}:${list}" ${C_${list}})
        endif()
    endforeach()
endfunction()

# DeclareCAmkESComponent(type [SOURCES f…] [INCLUDES d…] [C_FLAGS f…] [CXX_FLAGS f…] [LD_FLAGS f…] [LIBS l…]
#                        [LINKER_LANGUAGE C|CXX])
# The C behind a component type. Repeated calls add up.
function(DeclareCAmkESComponent type)
    camkes_declare("DeclareCAmkESComponent(${type})" "type:${type}" ${ARGN})
    camkes_append(types ${type})
endfunction()

# ExtendCAmkESComponentInstance(type instance …): more for one instance only, which then has a program of its
# own.
function(ExtendCAmkESComponentInstance type instance)
    camkes_declare("ExtendCAmkESComponentInstance(${type} ${instance})" "instance:${type}/${instance}"
        ${ARGN})
    camkes_append("extended:${type}" ${instance})
endfunction()

# DeclareCAmkESConnector(name FROM file TO file [FROM_HEADER file] [TO_HEADER file]
#                        [FROM_LIBS l…] [TO_LIBS l…])
# C templates of a connector type that the application declares itself (docs/connectors.md).
function(DeclareCAmkESConnector name)
    set(who "DeclareCAmkESConnector(${name})")
    cmake_parse_arguments(C "" "FROM;TO;FROM_HEADER;TO_HEADER" "FROM_LIBS;TO_LIBS;CAKEML_TO" ${ARGN})
    camkes_arguments("${who}" C)
    if(C_CAKEML_TO)
        message(FATAL_ERROR "${who}: CAKEML_TO: CakeML is not supported")
    endif()
    foreach(side FROM TO)
        if(NOT C_${side})
            message(FATAL_ERROR "${who}: no ${side} file")
        endif()
    endforeach()
    set(options)
    foreach(part FROM TO FROM_HEADER TO_HEADER)
        if(C_${part})
            camkes_paths("${who}" file ${C_${part}})
            string(TOLOWER ${part} option)
            string(REPLACE "_" "-" option ${option})
            list(APPEND options --connector ${name}:${option}=${file})
            camkes_append(inputs ${file})
        endif()
    endforeach()
    camkes_append(options ${options})
    camkes_append("connector:${name}:FROM_LIBS" ${C_FROM_LIBS})
    camkes_append("connector:${name}:TO_LIBS" ${C_TO_LIBS})
endfunction()

# --- where the compiler looks -------------------------------------------------------------------------------

# CAmkESAddImportPath(dir…): where `import <x.camkes>` looks.
function(CAmkESAddImportPath)
    camkes_paths(CAmkESAddImportPath paths ${ARGN})
    camkes_append(imports ${paths})
endfunction()

# CAmkESMaybeAddImportPath(dir…): the same, for directories that may not be there.
function(CAmkESMaybeAddImportPath)
    foreach(path ${ARGN})
        get_filename_component(full ${path} ABSOLUTE)
        if(EXISTS ${full})
            CAmkESAddImportPath(${full})
        endif()
    endforeach()
endfunction()

# CAmkESAddTemplatesPath(dir…): where DeclareCAmkESConnector's templates look for what they include.
function(CAmkESAddTemplatesPath)
    camkes_paths(CAmkESAddTemplatesPath paths ${ARGN})
    camkes_append(templates ${paths})
endfunction()

# CAmkESAddCPPInclude(dir…): where #include looks in assemblies.
function(CAmkESAddCPPInclude)
    camkes_paths(CAmkESAddCPPInclude paths ${ARGN})
    camkes_append(cpp_includes ${paths})
endfunction()

# AddCamkesCPPFlag(outvar CONFIG_VARS v…): appends -D<v>=1 or -D<v>=0 for CMake variables that are on or off.
function(AddCamkesCPPFlag outvar)
    cmake_parse_arguments(F "" "" "CONFIG_VARS" ${ARGN})
    camkes_arguments("AddCamkesCPPFlag(${outvar})" F)
    set(flags ${${outvar}})
    foreach(variable ${F_CONFIG_VARS})
        if(${variable})
            list(APPEND flags -D${variable}=1)
        else()
            list(APPEND flags -D${variable}=0)
        endif()
    endforeach()
    set(${outvar} "${flags}" PARENT_SCOPE)
endfunction()
