# SPDX-License-Identifier: BSD-2-Clause
# CAmkES assemblies: which C stands behind a component type, and from an assembly to an image. See docs/cmake.md.
#
#   configuring: camkes build   assembly -> camkes.h and glue.c of each program, build.cmake (calls camkes_program)
#   building:    the programs, camkes spec (the capability distribution), the image
#
# What the helpers are told is kept in global properties "camkes:<scope>:<key>". The scope is the application, so that
# many applications can stand in one build; what projects/ declares is seen by all of them (scope "library").
include_guard(DIRECTORY)
include(ExternalProject)                # users' CMakeLists.txt call it without including it

# --- what was declared ----------------------------------------------------------------------------------------------

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

# camkes_arguments(who prefix): after cmake_parse_arguments, refuses what was not understood. (Lists may be empty.)
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

# Absolute paths of existing or generated files (or directories); the source directory goes before the build directory.
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
            message(FATAL_ERROR "${who}: ${no}: a component's own templates are not supported; give values as "
                "attributes of the component, or write a connector (DeclareCAmkESConnector)")
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

# ExtendCAmkESComponentInstance(type instance …): more for one instance only, which then has a program of its own.
function(ExtendCAmkESComponentInstance type instance)
    camkes_declare("ExtendCAmkESComponentInstance(${type} ${instance})" "instance:${type}/${instance}" ${ARGN})
    camkes_append("extended:${type}" ${instance})
endfunction()

# DeclareCAmkESConnector(name FROM file TO file [FROM_HEADER file] [TO_HEADER file] [FROM_LIBS l…] [TO_LIBS l…])
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

# --- where the compiler looks ---------------------------------------------------------------------------------------

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

# --- the compiler ---------------------------------------------------------------------------------------------------

# camkes_quietly(what command…): runs it; its output is shown only when it fails, which ends the configuring.
function(camkes_quietly what)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
    if(status)
        string(REPLACE "\n" "\n  " log "${log}")           # CMake breaks no lines that are indented
        message(FATAL_ERROR "${what} failed:\n  ${log}")
    endif()
endfunction()

# The compiler is built while configuring, in a build directory of its own; again when one of its sources changes.
set(CAMKES_TOOL ${CMAKE_BINARY_DIR}/host-tools/camkes)
function(camkes_build_tool)
    get_property(done GLOBAL PROPERTY camkes:tool)
    if(done)
        return()
    endif()
    set_property(GLOBAL PROPERTY camkes:tool built)
    set(build ${CMAKE_BINARY_DIR}/host-tools)
    if(NOT EXISTS ${build}/build.ninja)
        camkes_quietly("configuring the camkes compiler" ${CMAKE_COMMAND} -G Ninja -S ${BULKHEAD_ROOT}/tools/camkes
            -B ${build} -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_MAKE_PROGRAM=${CMAKE_MAKE_PROGRAM})
    endif()
    camkes_quietly("building the camkes compiler" ${CMAKE_COMMAND} --build ${build})
    file(GLOB sources ${BULKHEAD_ROOT}/tools/camkes/*.* ${BULKHEAD_ROOT}/tools/camkes/builtin/*
        ${BULKHEAD_ROOT}/lib/spec/src/* ${BULKHEAD_ROOT}/lib/spec/include/spec/*)
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
endfunction()

# --- programs: called by the build.cmake that `camkes build` writes -------------------------------------------------

# Names that users of the reference link with; what stands behind them every component has anyway.
set(CAMKES_LIBS_BUILTIN sel4 sel4runtime sel4_autoconf sel4camkes sel4muslcsys muslc utils camkes newlib c m)
set(CAMKES_LIBS_ABSENT sel4allocman sel4vka sel4vspace sel4utils sel4simple sel4platsupport platsupport sel4debug
    sel4sync sel4vmm sel4vm sel4vmmplatsupport lwip picotcp ethdrivers usbdrivers)
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

# camkes_user_libraries(): the names above as targets, so that a user's own static library that links with one of them is
# compiled as components are. Called once, when lib/ is known.
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
set(CAMKES_CXX_FLAGS -nostdinc++ -fno-exceptions -fno-rtti -fno-threadsafe-statics -D_Static_assert=static_assert
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

# camkes_member(target keep object): an object file of a group's member, whose names only it sees, but for `keep`. A weak
# run, pre_init or post_init that the member does not define must not find the group's.
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

# camkes_program(NAME program [TYPE type] INSTANCES i… GLUE file [INCLUDE directory] [GROUP g KEEP pattern] [MEMBERS m…]
#                [CONNECTORS_FROM c…] [CONNECTORS_TO c…])
# The instances' program. Equal programs of different assemblies are built once. With GROUP it is only a part of that
# group's program, which comes later and names its MEMBERS.
# Appends "<program>.elf path" to system_files, the file and its target to system_depends.
function(camkes_program)
    cmake_parse_arguments(P "" "NAME;TYPE;GLUE;INCLUDE;GROUP;KEEP" "INSTANCES;MEMBERS;CONNECTORS_FROM;CONNECTORS_TO" ${ARGN})
    camkes_arguments("camkes_program(${P_NAME})" P)
    set(target camkes-${system}-${P_NAME})
    get_filename_component(dir ${P_GLUE} DIRECTORY)
    if(P_TYPE)
        camkes_get(types types)
        string(REPLACE ";" ", " instances "${P_INSTANCES}")
        set(who "component type ${P_TYPE} (${instances})")
        if(NOT P_TYPE IN_LIST types)
            message(FATAL_ERROR
                "${who}: nothing says what its C sources are; add DeclareCAmkESComponent(${P_TYPE} SOURCES …)")
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
    string(SHA256 key "${glue};${header};${SOURCES};${INCLUDES};${C_FLAGS};${CXX_FLAGS};${LD_FLAGS};${LIBS};${P_KEEP}")
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

# --- root servers ---------------------------------------------------------------------------------------------------

# DeclareCAmkESRootserver(assembly [CPP_FLAGS f…] [CPP_INCLUDES d…]): the assembly that the next
# GenerateCAmkESRootserver() makes an image of.
function(DeclareCAmkESRootserver assembly)
    set(who "DeclareCAmkESRootserver(${assembly})")
    cmake_parse_arguments(R "" "DTS_FILE_PATH;DTB_FILE_PATH" "CPP_FLAGS;CPP_INCLUDES" ${ARGN})
    camkes_arguments("${who}" R)
    if(R_DTS_FILE_PATH OR R_DTB_FILE_PATH)
        message(FATAL_ERROR "${who}: a PC has no device tree: DTS_FILE_PATH and DTB_FILE_PATH are not supported")
    endif()
    camkes_scope(scope)
    get_property(pending GLOBAL PROPERTY "camkes:${scope}:assembly")
    if(pending)
        message(FATAL_ERROR "${who}: ${pending} is declared already; GenerateCAmkESRootserver() comes between two")
    endif()
    camkes_paths("${who}" assembly ${assembly})
    camkes_paths("${who}" includes ${R_CPP_INCLUDES})
    camkes_append(assembly ${assembly})
    camkes_append(root_cpp_flags ${R_CPP_FLAGS})
    camkes_append(root_cpp_includes ${includes})
endfunction()

# Arguments of the compiler that both its runs get, in `system_arguments`.
function(camkes_compiler_arguments assembly)
    camkes_get(imports imports)
    camkes_get(templates templates)
    camkes_get(includes cpp_includes)
    camkes_get(options options)
    camkes_take(own_flags root_cpp_flags)
    camkes_take(own_includes root_cpp_includes)
    set(arguments ${assembly})
    foreach(path ${imports})
        list(APPEND arguments -I ${path})
    endforeach()
    foreach(path ${templates})
        list(APPEND arguments --template-path ${path})
    endforeach()
    foreach(flag ${own_flags})
        list(APPEND arguments --cpp-flag ${flag})
    endforeach()
    foreach(path ${own_includes} ${includes})
        list(APPEND arguments --cpp-flag -I${path})
    endforeach()
    camkes_get(types types)
    list(REMOVE_DUPLICATES types)
    foreach(type ${types})
        camkes_get(extended "extended:${type}")
        foreach(instance ${extended})
            list(APPEND arguments --separate ${instance})
        endforeach()
        camkes_get(sources "type:${type}:SOURCES")
        foreach(source ${sources})
            if(EXISTS ${source})
                file(STRINGS ${source} found REGEX "CAMKES_CONST_ATTR" LIMIT_COUNT 1)
                if(found)
                    list(APPEND arguments --const-attr ${type})
                    break()
                endif()
            endif()
        endforeach()
    endforeach()
    bulkhead_camkes_options(more)
    set(system_arguments ${arguments} ${options} ${more} PARENT_SCOPE)
endfunction()

# camkes_add_file(who instance name path DEPENDS d…): a file of the archive that an instance of the next root server sees
# as its dataport "archive". `path` may be made by the build.
function(camkes_add_file who instance name path)
    cmake_parse_arguments(F "" "" "DEPENDS" ${ARGN})
    if(name MATCHES "[ =;]" OR name STREQUAL "")
        message(FATAL_ERROR "${who}: '${name}' cannot be the name of a file in the archive")
    endif()
    camkes_scope(scope)
    get_property(names GLOBAL PROPERTY "camkes:${scope}:files:${instance}:names")
    if(name IN_LIST names)
        message(FATAL_ERROR "${who}: ${instance} has a file of that name already")
    endif()
    camkes_paths("${who}" path "${path}")
    if(IS_DIRECTORY "${path}")
        message(FATAL_ERROR "${who}: ${path} is a directory")
    endif()
    camkes_append("files:${instance}:names" ${name})
    camkes_append("files:${instance}:paths" ${path})
    camkes_append("files:${instance}:depends" ${F_DEPENDS})
    camkes_append(file_instances ${instance})
endfunction()

# camkes_archive(instance path DEPENDS d…): an archive made elsewhere, as the dataport "archive" of an instance of the next
# root server.
function(camkes_archive instance path)
    cmake_parse_arguments(F "" "" "DEPENDS" ${ARGN})
    camkes_arguments("camkes_archive(${instance})" F)
    camkes_paths("camkes_archive(${instance})" path "${path}")
    camkes_append(ready_archives ${instance}=${path})
    camkes_append(ready_archive_depends ${path} ${F_DEPENDS})
endfunction()

# The archives of the system's file servers, as `file_arguments`; they join system_files and system_depends.
function(camkes_archives dir)
    camkes_take(instances file_instances)
    list(REMOVE_DUPLICATES instances)
    foreach(instance ${instances})
        camkes_take(names "files:${instance}:names")
        camkes_take(paths "files:${instance}:paths")
        camkes_take(depends "files:${instance}:depends")
        set(archive ${dir}/${instance}.cpio)
        set(pairs)
        foreach(name path IN ZIP_LISTS names paths)
            list(APPEND pairs ${name}=${path})
        endforeach()
        add_custom_command(OUTPUT ${archive}
            COMMAND mkimage -k -o ${archive} ${pairs}
            DEPENDS mkimage ${paths} ${depends}
            COMMENT "Files of ${instance}" VERBATIM)
        list(APPEND file_arguments --file ${instance}:archive:${instance}.cpio=${archive})
        list(APPEND system_files "${instance}.cpio ${archive}")
        list(APPEND system_depends ${archive})
        list(APPEND archives ${archive})
    endforeach()
    camkes_take(ready ready_archives)
    camkes_take(ready_depends ready_archive_depends)
    foreach(pair ${ready})
        string(REGEX MATCH "^([^=]*)=(.*)$" pair ${pair})
        list(APPEND file_arguments --file ${CMAKE_MATCH_1}:archive:${CMAKE_MATCH_1}.cpio=${CMAKE_MATCH_2})
        list(APPEND system_files "${CMAKE_MATCH_1}.cpio ${CMAKE_MATCH_2}")
    endforeach()
    list(APPEND system_depends ${ready_depends})
    list(APPEND archives ${ready_depends})
    set(archives "${archives}" PARENT_SCOPE)
    set(file_arguments "${file_arguments}" PARENT_SCOPE)
    set(system_files "${system_files}" PARENT_SCOPE)
    set(system_depends "${system_depends}" PARENT_SCOPE)
endfunction()

# GenerateCAmkESRootserver([NAME name] [IMAGE file]): programs, capability distribution and image of the declared
# assembly. NAME: default the assembly's file name without its end. IMAGE: default what `simulate` in the build directory
# starts, images/capdl-loader-image-x86_64-pc99 (among Bulkhead's own applications: images/<name>).
# Target system-<name> makes the image and the kernel.
function(GenerateCAmkESRootserver)
    cmake_parse_arguments(G "" "NAME;IMAGE" "" ${ARGN})
    camkes_arguments(GenerateCAmkESRootserver G)
    camkes_take(assembly assembly)
    if(NOT assembly)
        message(FATAL_ERROR "GenerateCAmkESRootserver: no assembly; DeclareCAmkESRootserver comes first")
    endif()
    get_filename_component(system ${assembly} NAME_WE)
    if(G_NAME)
        set(system ${G_NAME})
    endif()
    if(TARGET system-${system})
        message(FATAL_ERROR "GenerateCAmkESRootserver: there is a system '${system}' already; give this one a NAME")
    endif()
    if(NOT G_IMAGE)
        set(G_IMAGE ${CMAKE_BINARY_DIR}/images/capdl-loader-image-x86_64-pc99)
        if(CMAKE_SOURCE_DIR STREQUAL BULKHEAD_ROOT)
            set(G_IMAGE ${CMAKE_BINARY_DIR}/images/${system})
        endif()
    endif()
    get_filename_component(G_IMAGE ${G_IMAGE} ABSOLUTE BASE_DIR ${CMAKE_BINARY_DIR})
    get_property(other GLOBAL PROPERTY "camkes:image:${G_IMAGE}")
    if(other)
        message(FATAL_ERROR "GenerateCAmkESRootserver: ${other} has the image ${G_IMAGE} already; give ${system} an IMAGE")
    endif()
    set_property(GLOBAL PROPERTY "camkes:image:${G_IMAGE}" ${system})
    bulkhead_kernel()
    camkes_build_tool()
    camkes_compiler_arguments(${assembly})
    set(dir ${CMAKE_CURRENT_BINARY_DIR}/camkes/${system})
    file(MAKE_DIRECTORY ${dir})

    # Now: C, and which programs there are.
    if(CAmkESVerbose)
        list(JOIN system_arguments " " line)
        message(STATUS "camkes build ${line} -o ${dir}")
    endif()
    execute_process(COMMAND ${CAMKES_TOOL} build ${system_arguments} -o ${dir} RESULT_VARIABLE status)
    if(status)
        set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${assembly})
        message(FATAL_ERROR "${assembly} does not compile; see above")
    endif()
    include(${dir}/build.cmake)

    # While building: the distribution, and the image.
    camkes_get(inputs inputs)
    set(file_arguments)
    set(archives)
    camkes_archives(${dir})
    list(REMOVE_DUPLICATES system_files)
    add_custom_command(OUTPUT ${dir}/system.spec ${dir}/system.cdl
        COMMAND ${CAMKES_TOOL} spec ${system_arguments} ${file_arguments} -Wno-all -o ${dir}/system.spec
            --cdl ${dir}/system.cdl --graph ${dir}/graph.dot --isolation ${dir}/isolation.txt
        BYPRODUCTS ${dir}/graph.dot ${dir}/isolation.txt
        DEPENDS ${CAMKES_TOOL} ${system_inputs} ${inputs} ${archives}
        COMMENT "Distribution of ${system}" VERBATIM)
    list(JOIN system_files "\n" lines)
    file(CONFIGURE OUTPUT ${dir}/image.list CONTENT "system.spec ${dir}/system.spec\n${lines}\n")
    bulkhead_image(${system} LIST ${dir}/image.list OUTPUT ${G_IMAGE}
        DEPENDS ${dir}/system.spec ${system_depends})
    add_custom_target(system-${system} ALL DEPENDS ${G_IMAGE})
    add_dependencies(system-${system} kernel_image)
    GenerateSimulateScript()
endfunction()
