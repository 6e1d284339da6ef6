# SPDX-License-Identifier: BSD-2-Clause
# What an application's CMakeLists.txt calls when it wants a Linux guest: default files, overlays, toolchains.
# The files appear while building; what takes them as input depends on them. See docs/guests.md.
include_guard()
include(ExternalProject)
get_filename_component(VM_LINUX_DIR ${CMAKE_CURRENT_LIST_DIR} REALPATH)
include(${VM_LINUX_DIR}/../../../cmake/guests.cmake)

# After cmake_parse_arguments: refuses what was not understood.
macro(vm_linux_arguments who prefix)
    if(${prefix}_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${who}: unknown argument: ${${prefix}_UNPARSED_ARGUMENTS}")
    endif()
    if(${prefix}_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR "${who}: no value after ${${prefix}_KEYWORDS_MISSING_VALUES}")
    endif()
endmacro()

# For helpers that take no more than what they name.
function(vm_linux_no_more who)
    if(ARGN)
        message(FATAL_ERROR "${who}: unknown argument: ${ARGN}")
    endif()
endfunction()

# A file that is there, or that the build makes (below a build directory, or with something to depend on): its path.
function(vm_linux_file who outvar path depends)
    if(NOT path MATCHES "^\\$<")
        get_filename_component(full "${path}" ABSOLUTE)
        get_property(generated SOURCE ${full} PROPERTY GENERATED)
        string(FIND ${full} ${CMAKE_BINARY_DIR}/ in_build)
        if(NOT EXISTS ${full} AND NOT generated AND NOT depends AND NOT in_build EQUAL 0)
            message(FATAL_ERROR "${who}: no such file: ${full}\n"
                "  (if the build makes it, name the target that does: DEPENDS <target>)")
        elseif(IS_DIRECTORY ${full})
            message(FATAL_ERROR "${who}: ${full} is a directory; a file is wanted")
        endif()
        set(path ${full})
    endif()
    set(${outvar} ${path} PARENT_SCOPE)
endfunction()

# --- default guests -------------------------------------------------------------------------------------------------

# The flavour of "32", "64", or of what KernelX86_64VTX64BitGuests says.
function(vm_linux_default_flavour who word_size outvar)
    if(word_size STREQUAL "")
        set(word_size 32)
        if(KernelX86_64VTX64BitGuests)
            set(word_size 64)
        endif()
    endif()
    if(word_size STREQUAL 32)
        set(${outvar} ${BULKHEAD_GUEST_DEFAULT} PARENT_SCOPE)
    elseif(word_size STREQUAL 64)
        set(${outvar} ${BULKHEAD_GUEST_DEFAULT_64} PARENT_SCOPE)
    else()
        message(FATAL_ERROR "${who}: the word size is '${word_size}'; known: 32 64")
    endif()
endfunction()

# GetArchDefaultLinuxKernelFile(32|64 outvar): the default guest's bzImage of that word size; target guest-<flavour>.
function(GetArchDefaultLinuxKernelFile word_size outvar)
    vm_linux_no_more(GetArchDefaultLinuxKernelFile ${ARGN})
    vm_linux_default_flavour(GetArchDefaultLinuxKernelFile "${word_size}" flavour)
    set(${outvar} ${BULKHEAD_GUESTS}/${flavour}/bzImage PARENT_SCOPE)
endfunction()

# GetArchDefaultLinuxRootfsFile(32|64 outvar): its root file system; target guest-rootfs-<i386|amd64>.
function(GetArchDefaultLinuxRootfsFile word_size outvar)
    vm_linux_no_more(GetArchDefaultLinuxRootfsFile ${ARGN})
    vm_linux_default_flavour(GetArchDefaultLinuxRootfsFile "${word_size}" flavour)
    bulkhead_guest_arch(${flavour} arch)
    set(${outvar} ${BULKHEAD_GUESTS}/${arch}/rootfs.cpio PARENT_SCOPE)
endfunction()

# GetDefaultLinuxKernelFile(outvar), GetDefaultLinuxRootfsFile(outvar): the same for 32 bits, or for 64 with
# KernelX86_64VTX64BitGuests.
function(GetDefaultLinuxKernelFile outvar)
    vm_linux_no_more(GetDefaultLinuxKernelFile ${ARGN})
    GetArchDefaultLinuxKernelFile("" file)
    set(${outvar} ${file} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxRootfsFile outvar)
    vm_linux_no_more(GetDefaultLinuxRootfsFile ${ARGN})
    GetArchDefaultLinuxRootfsFile("" file)
    set(${outvar} ${file} PARENT_SCOPE)
endfunction()

# FindCustomPollyToolchain(outvar name): a CMake toolchain file for programs of a guest:
# linux-gcc-32bit-pic or linux-gcc-64bit-pic.
function(FindCustomPollyToolchain outvar name)
    vm_linux_no_more(FindCustomPollyToolchain ${ARGN})
    set(file ${VM_LINUX_DIR}/toolchains/${name}.cmake)
    if(NOT name MATCHES "-pic$" OR NOT EXISTS ${file})
        file(GLOB known RELATIVE ${VM_LINUX_DIR}/toolchains ${VM_LINUX_DIR}/toolchains/*-pic.cmake)
        string(REPLACE ".cmake" "" known "${known}")
        string(REPLACE ";" ", " known "${known}")
        message(FATAL_ERROR "FindCustomPollyToolchain: no toolchain '${name}'; known: ${known}")
    endif()
    set(${outvar} ${file} PARENT_SCOPE)
endfunction()

# --- overlays -------------------------------------------------------------------------------------------------------
# An overlay is a target. Its property ROOTFS_OUTPUT_DIR is a directory, filled from the list in OVERLAY_LINES; what
# else somebody puts into the directory goes into the image too.

function(vm_overlay_target who overlay)
    if(TARGET ${overlay})
        get_target_property(dir ${overlay} ROOTFS_OUTPUT_DIR)
        if(NOT dir)
            message(FATAL_ERROR "${who}: '${overlay}' is a target already, and no overlay: choose another name")
        endif()
        return()
    endif()
    if(NOT overlay MATCHES "^[A-Za-z0-9_.+-]+$")
        message(FATAL_ERROR "${who}: '${overlay}' cannot be the name of a target")
    endif()
    set(dir ${CMAKE_CURRENT_BINARY_DIR}/overlays/${overlay})   # not <overlay>: that is the target in build.ninja
    file(MAKE_DIRECTORY ${dir})
    add_custom_command(OUTPUT ${dir}.staged
        COMMAND rootfs-overlay stage ${dir}.list ${dir} ${dir}.staged
        DEPENDS rootfs-overlay ${dir}.list $<TARGET_PROPERTY:${overlay},OVERLAY_DEPENDS>
        COMMENT "Overlay ${overlay}" VERBATIM)
    add_custom_target(${overlay} DEPENDS ${dir}.staged)
    set_target_properties(${overlay} PROPERTIES ROOTFS_OUTPUT_DIR ${dir})
    file(GENERATE OUTPUT ${dir}.list CONTENT "$<JOIN:$<TARGET_PROPERTY:${overlay},OVERLAY_LINES>,\n>\n")
endfunction()

# One line of the overlay's list: kind, source, and where it goes.
function(vm_overlay_add who overlay kind source root_location filename)
    vm_overlay_target("${who}" ${overlay})
    set(path "${root_location}/${filename}")
    string(REGEX REPLACE "(^|/)(\\./)+" "\\1" path "${path}")
    string(REGEX REPLACE "^\\.?/+" "" path "${path}")
    string(REGEX REPLACE "//+" "/" path "${path}")
    if(filename STREQUAL "" OR filename MATCHES "/" OR filename MATCHES "^\\.\\.?$")
        message(FATAL_ERROR "${who}: '${filename}' is no file name; directories belong into the next but one argument")
    endif()
    if("/${path}/" MATCHES "/\\.\\./")
        message(FATAL_ERROR "${who}: '${root_location}' leads out of the root file system")
    endif()
    if("${source}${path}" MATCHES "[;\t\n]")
        message(FATAL_ERROR "${who}: semicolons, tabs and line breaks in file names are not carried")
    endif()
    get_target_property(paths ${overlay} OVERLAY_PATHS)
    if("${path}" IN_LIST paths)
        message(FATAL_ERROR "${who}: overlay '${overlay}' has a file /${path} already")
    endif()
    set_property(TARGET ${overlay} APPEND PROPERTY OVERLAY_PATHS ${path})
    set_property(TARGET ${overlay} APPEND PROPERTY OVERLAY_LINES "${kind}\t${source}\t${path}")
    set_property(TARGET ${overlay} APPEND PROPERTY OVERLAY_DEPENDS ${ARGN})
endfunction()

# AddFileToOverlayDir(filename file_location root_location overlay [DEPENDS d…])
# The file `file_location` is to be /root_location/filename in images with this overlay, with the permissions it has.
function(AddFileToOverlayDir filename file_location root_location overlay_name)
    set(who "AddFileToOverlayDir(${filename})")
    cmake_parse_arguments(F "" "" "DEPENDS" ${ARGN})
    vm_linux_arguments("${who}" F)
    vm_linux_file("${who}" file "${file_location}" "${F_DEPENDS}")
    vm_overlay_add("${who}" "${overlay_name}" file "${file}" "${root_location}" "${filename}" ${file} ${F_DEPENDS})
endfunction()

# AddLinkToOverlayDir(filename target root_location overlay): a symbolic link /root_location/filename to `target`.
function(AddLinkToOverlayDir filename target root_location overlay_name)
    set(who "AddLinkToOverlayDir(${filename})")
    cmake_parse_arguments(L "" "" "" ${ARGN})
    vm_linux_arguments("${who}" L)
    if(target STREQUAL "")
        message(FATAL_ERROR "${who}: a link to nothing")
    endif()
    vm_overlay_add("${who}" "${overlay_name}" link "${target}" "${root_location}" "${filename}")
endfunction()

# The image: checks, then a command that makes it. `dir` is a directory; `staged` what tells that it is filled.
function(vm_overlay_image who dir staged image distro mode outvar target)
    cmake_parse_arguments(O "SPLITGZ;GZIP" "CUSTOM_INIT" "DEPENDS" ${ARGN})
    vm_linux_arguments("${who}" O)
    if(NOT target MATCHES "^[A-Za-z0-9_.+-]+$")
        message(FATAL_ERROR "${who}: '${target}' cannot be the name of a target")
    elseif(TARGET ${target})
        message(FATAL_ERROR "${who}: there is a target '${target}' already: choose another name")
    endif()
    if(NOT distro MATCHES "^(buildroot|debian)$")
        message(FATAL_ERROR "${who}: unknown distribution '${distro}'; known: buildroot, debian")
    endif()
    if(NOT mode MATCHES "^(rootfs_install|overlay|fs_install)$")
        message(FATAL_ERROR "${who}: unknown mode '${mode}'; known: rootfs_install, overlay, fs_install")
    endif()
    vm_linux_file("${who}" image "${image}" "${O_DEPENDS}")
    file(GLOB scripts ${VM_LINUX_DIR}/boot/*)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/out_${target}/output_overlay_rootfs.cpio)
    set(options --distro ${distro} --mode ${mode} --scripts ${VM_LINUX_DIR}/boot)
    if(O_SPLITGZ)
        list(APPEND options --split-gzip)
    endif()
    if(O_GZIP)
        list(APPEND options --gzip)
        string(APPEND output .gz)
    endif()
    if(O_CUSTOM_INIT)
        vm_linux_file("${who}: CUSTOM_INIT" init "${O_CUSTOM_INIT}" "${O_DEPENDS}")
        list(APPEND options --init ${init})
        list(APPEND O_DEPENDS ${init})
    endif()
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/out_${target})
    if(POLICY CMP0116)
        cmake_policy(SET CMP0116 NEW)           # absolute paths in depfiles
    endif()
    add_custom_command(OUTPUT ${output}
        COMMAND rootfs-overlay build --image ${image} --output ${output} --dir ${dir} --depfile ${output}.d ${options}
        DEPENDS rootfs-overlay ${image} ${staged} ${O_DEPENDS}
        DEPFILE ${output}.d
        COMMENT "Root file system ${target}" VERBATIM)
    add_custom_target(${target} DEPENDS ${output})
    set(${outvar} ${output} PARENT_SCOPE)
endfunction()

# AddOverlayToRootfs(dir image distro mode outvar target [SPLITGZ] [GZIP] [DEPENDS d…] [CUSTOM_INIT file])
# A copy of `image` with the files of directory `dir`; `outvar` gets its path, `target` makes it.
#   distro   buildroot or debian
#   mode     rootfs_install: the files are in the image; overlay: laid over the disk's root while the guest runs;
#            fs_install: copied to the disk at boot
#   GZIP     the new image is compressed; SPLITGZ: only what stands behind its first, plain archive is
#   CUSTOM_INIT  replaces the image's /init
function(AddOverlayToRootfs rootfs_overlay_dir rootfs_image rootfs_distro rootfs_overlay_mode output_rootfs_location
        target_name)
    set(who "AddOverlayToRootfs(${target_name})")
    get_filename_component(dir "${rootfs_overlay_dir}" ABSOLUTE)
    string(FIND ${dir} ${CMAKE_BINARY_DIR}/ in_build)
    if(rootfs_overlay_dir STREQUAL "")
        message(FATAL_ERROR "${who}: which directory? Its name is empty")
    elseif(NOT IS_DIRECTORY ${dir} AND NOT in_build EQUAL 0)
        message(FATAL_ERROR "${who}: no such directory: ${dir}")
    endif()
    vm_overlay_image("${who}" ${dir} "" "${rootfs_image}" "${rootfs_distro}" "${rootfs_overlay_mode}" output
        "${target_name}" ${ARGN})
    set(${output_rootfs_location} ${output} PARENT_SCOPE)
endfunction()

# AddOverlayDirToRootfs(overlay image distro mode outvar target …): the same with an overlay in place of a directory.
# Files may be added to the overlay afterwards.
function(AddOverlayDirToRootfs rootfs_overlay rootfs_image rootfs_distro rootfs_overlay_mode output_rootfs_location
        target_name)
    set(who "AddOverlayDirToRootfs(${target_name})")
    set(dir)
    if(TARGET "${rootfs_overlay}")
        get_target_property(dir ${rootfs_overlay} ROOTFS_OUTPUT_DIR)
    endif()
    if(NOT dir)
        message(FATAL_ERROR "${who}: no overlay '${rootfs_overlay}'; AddFileToOverlayDir makes one")
    endif()
    vm_overlay_image("${who}" ${dir} ${dir}.staged "${rootfs_image}" "${rootfs_distro}" "${rootfs_overlay_mode}"
        output "${target_name}" ${ARGN})
    set(${output_rootfs_location} ${output} PARENT_SCOPE)
endfunction()

# --- external projects ----------------------------------------------------------------------------------------------

# A project whose sources are a directory given as URL is copied once by ExternalProject; here the copy follows what is
# changed in the directory.
function(vm_linux_follow_sources project)
    get_target_property(url ${project} _EP_URL)
    get_target_property(copy ${project} _EP_SOURCE_DIR)
    get_target_property(done ${project} VM_LINUX_FOLLOWED)
    if(done OR NOT url OR (url MATCHES "://" AND NOT url MATCHES "^file://"))
        return()
    endif()
    string(REGEX REPLACE "^file://+" "/" dir "${url}")
    if(NOT IS_DIRECTORY ${dir})
        return()
    endif()
    file(GLOB_RECURSE lists ${dir}/CMakeLists.txt ${dir}/*.cmake)
    set(mirror COMMAND rootfs-overlay mirror ${dir} ${copy} ${copy}.mirrored)
    ExternalProject_Add_Step(${project} lists ${mirror} DEPENDS ${lists} rootfs-overlay DEPENDEES patch DEPENDERS configure
        COMMENT "CMake files of ${project}")
    ExternalProject_Add_Step(${project} sources ${mirror} ALWAYS 1 DEPENDEES configure DEPENDERS build
        COMMENT "Sources of ${project}")
    set_target_properties(${project} PROPERTIES VM_LINUX_FOLLOWED ${dir})
endfunction()

# Before a CMake project's own build step ours builds it, and says what to do when that fails; nothing is left to do
# for the other one then.
function(vm_linux_explain_failure who project)
    get_target_property(done ${project} VM_LINUX_EXPLAINED)
    get_property(configures TARGET ${project} PROPERTY _EP_CONFIGURE_COMMAND SET)
    get_property(builds TARGET ${project} PROPERTY _EP_BUILD_COMMAND SET)
    if(done OR configures OR builds)
        return()
    endif()
    get_target_property(copy ${project} _EP_SOURCE_DIR)
    get_target_property(binary ${project} _EP_BINARY_DIR)
    get_target_property(always ${project} _EP_BUILD_ALWAYS)
    get_target_property(dir ${project} VM_LINUX_FOLLOWED)
    if(dir)
        set(after sources)
        set(always 1)
    else()
        set(after configure)
        set(dir ${copy})
    endif()
    if(NOT always)
        set(always 0)
    endif()
    ExternalProject_Add_Step(${project} compile
        COMMAND ${CMAKE_COMMAND} "-DWHO=${who}" -DSOURCES=${dir} -DCOPY=${copy} -DBINARY=${binary}
            -P ${VM_LINUX_DIR}/tools/build-project.cmake
        ALWAYS ${always} DEPENDEES ${after} DEPENDERS build COMMENT "Building ${project}")
    set_target_properties(${project} PROPERTIES VM_LINUX_EXPLAINED 1)
endfunction()

# AddExternalProjFilesToOverlay(external_target external_install_dir overlay root_location FILES f…)
# Files that an ExternalProject_Add project makes, below external_install_dir, go to /root_location of the overlay.
function(AddExternalProjFilesToOverlay external_target external_install_dir overlay_target overlay_root_location)
    set(who "AddExternalProjFilesToOverlay(${external_target})")
    cmake_parse_arguments(E "" "" "FILES" ${ARGN})
    vm_linux_arguments("${who}" E)
    if(NOT E_FILES)
        message(FATAL_ERROR "${who}: which files? (FILES f…)")
    endif()
    set(project)
    if(TARGET "${external_target}")
        get_target_property(project ${external_target} _EP_BINARY_DIR)
    endif()
    if(NOT project)
        message(FATAL_ERROR "${who}: no project of that name; ExternalProject_Add makes one")
    endif()
    vm_linux_follow_sources(${external_target})
    vm_linux_explain_failure("${who}" ${external_target})
    get_filename_component(dir "${external_install_dir}" ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
    get_target_property(known ${external_target} VM_LINUX_FILES)
    set(new)
    foreach(file ${E_FILES})
        if(NOT ${dir}/${file} IN_LIST known)
            list(APPEND new ${dir}/${file})
        endif()
        get_filename_component(name ${file} NAME)
        vm_overlay_add("${who}" "${overlay_target}" file ${dir}/${file} "${overlay_root_location}" ${name}
            ${dir}/${file} ${external_target})
    endforeach()
    if(new)
        set_property(TARGET ${external_target} APPEND PROPERTY VM_LINUX_FILES ${new})
        list(LENGTH known n)
        ExternalProject_Add_Step(${external_target} made-${n}
            COMMAND ${CMAKE_COMMAND} "-DWHO=${who}" "-DFILES=${new}" -P ${VM_LINUX_DIR}/tools/made.cmake
            BYPRODUCTS ${new} DEPENDEES install COMMENT "Files of ${external_target}")
    endif()
endfunction()

# The overlay `default_buildroot_overlay`, with what guests need for connections, where the option asks for it.
option(CAmkESVMDefaultBuildrootOverlay "Make an overlay with the driver and command of connections" OFF)
if(CAmkESVMDefaultBuildrootOverlay AND NOT TARGET default_buildroot_overlay)
    include(${VM_LINUX_DIR}/connection-helpers.cmake)
    AddConnectionsToOverlay(default_buildroot_overlay)
endif()
