# SPDX-License-Identifier: BSD-2-Clause
# What kernel modules of a guest are built against. The default is no source tree but the header package of the very
# kernel that boots: its configuration, its Module.symvers, its symbol versions. See docs/guests.md.
include_guard()
include(${CMAKE_CURRENT_LIST_DIR}/vm-linux-helpers.cmake)

# Names the directory linux_configs/<major>.<minor>. The kernel itself is Debian's of the day.
set(VM_LINUX_MAJOR 6)
set(VM_LINUX_MINOR 1)
set(VM_LINUX_FROM_PACKAGE debian-headers)       # in the place of a checksum

# GetDefaultLinuxMajor(outvar) …Minor …Version …Md5: of the default guest's kernel, for DownloadLinux.
function(GetDefaultLinuxMajor outvar)
    vm_linux_no_more(GetDefaultLinuxMajor ${ARGN})
    set(${outvar} ${VM_LINUX_MAJOR} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxMinor outvar)
    vm_linux_no_more(GetDefaultLinuxMinor ${ARGN})
    set(${outvar} ${VM_LINUX_MINOR} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxVersion outvar)
    vm_linux_no_more(GetDefaultLinuxVersion ${ARGN})
    set(${outvar} ${VM_LINUX_MAJOR}.${VM_LINUX_MINOR} PARENT_SCOPE)
endfunction()

function(GetDefaultLinuxMd5 outvar)
    vm_linux_no_more(GetDefaultLinuxMd5 ${ARGN})
    set(${outvar} ${VM_LINUX_FROM_PACKAGE} PARENT_SCOPE)
endfunction()

# The tarball of a version: the one named, or one in the cache.
function(vm_linux_tarball who version given outvar)
    set(places ${BULKHEAD_CACHE}/linux)
    if(given)
        get_filename_component(found ${given} ABSOLUTE)
        if(NOT EXISTS ${found})
            message(FATAL_ERROR "${who}: no such file: ${found}")
        endif()
    else()
        file(GLOB found ${places}/linux-${version}.tar.*)
        if(NOT found)
            message(FATAL_ERROR "${who}: the sources of Linux ${version} are not here. Put linux-${version}.tar.xz (or "
                ".gz, .bz2) into ${places}, or name it: TARBALL file. For modules of the default guest no sources are "
                "needed: take version and checksum from GetDefaultLinuxMajor, …Minor and …Md5.")
        endif()
        list(GET found 0 found)
    endif()
    set(${outvar} ${found} PARENT_SCOPE)
endfunction()

# DownloadLinux(major minor md5 outdir_var target [FLAVOUR f] [TARBALL file])
# `target` makes the directory that `outdir_var` gets: with the checksum of GetDefaultLinuxMd5 the headers of the default
# guest's kernel (FLAVOUR: of another one, docs/guests.md), else the sources of Linux <major>.<minor> from a tarball,
# whose MD5 (or SHA256) is compared.
function(DownloadLinux linux_major linux_minor linux_md5 linux_out_dir linux_out_target)
    set(who "DownloadLinux(${linux_out_target})")
    cmake_parse_arguments(D "" "FLAVOUR;TARBALL" "" ${ARGN})
    vm_linux_arguments("${who}" D)
    if(TARGET ${linux_out_target})
        message(FATAL_ERROR "${who}: there is a target of that name already")
    endif()
    set(version ${linux_major}.${linux_minor})
    if(linux_md5 STREQUAL VM_LINUX_FROM_PACKAGE)
        if(D_TARBALL)
            message(FATAL_ERROR "${who}: a TARBALL needs its own checksum, not that of GetDefaultLinuxMd5")
        elseif(NOT version STREQUAL ${VM_LINUX_MAJOR}.${VM_LINUX_MINOR})
            message(FATAL_ERROR "${who}: this checksum stands for Linux ${VM_LINUX_MAJOR}.${VM_LINUX_MINOR}, the kernel "
                "that boots, not for ${version}: take the version from GetDefaultLinuxMajor and …Minor")
        endif()
        vm_linux_default_flavour("${who}" "" flavour)
        if(D_FLAVOUR)
            set(flavour ${D_FLAVOUR})
            bulkhead_guest_arch(${flavour} arch)        # refuses unknown ones
        endif()
        set(dir ${CMAKE_CURRENT_BINARY_DIR}/out/linux-${flavour})
        set(command ${VM_LINUX_DIR}/tools/fetch-guest headers ${flavour} ${BULKHEAD_CACHE}/guests ${dir})
        # After the kernel: the headers are those of the one in the cache, and new ones when that changes.
        set(depends ${VM_LINUX_DIR}/tools/fetch-guest ${BULKHEAD_GUESTS}/${flavour}/bzImage)
        set(comment "Kernel headers ${flavour}")
    else()
        if(D_FLAVOUR)
            message(FATAL_ERROR "${who}: FLAVOUR is for header packages; their checksum is that of GetDefaultLinuxMd5")
        elseif(NOT linux_md5 MATCHES "^[0-9a-fA-F]+$")
            message(FATAL_ERROR "${who}: '${linux_md5}' is no checksum in hexadecimal digits")
        endif()
        vm_linux_tarball("${who}" ${version} "${D_TARBALL}" tarball)
        set(dir ${CMAKE_CURRENT_BINARY_DIR}/out/linux-${version})
        set(command ${CMAKE_COMMAND} "-DWHO=${who}" -DTARBALL=${tarball} -DHASH=${linux_md5} -DDIR=${dir}
            -P ${VM_LINUX_DIR}/tools/unpack-linux.cmake)
        set(depends ${tarball} ${VM_LINUX_DIR}/tools/unpack-linux.cmake)
        set(comment "Unpacking Linux ${version}")
    endif()
    add_custom_command(OUTPUT ${dir}/.release COMMAND ${command} DEPENDS ${depends}
        COMMENT "${comment}" USES_TERMINAL VERBATIM)
    add_custom_target(${linux_out_target} DEPENDS ${dir}/.release)
    set_target_properties(${linux_out_target} PROPERTIES EXTRACT_DIR ${dir})
    set_property(GLOBAL APPEND PROPERTY VM_LINUX_DIRS ${dir})
    set(${linux_out_dir} ${dir} PARENT_SCOPE)
endfunction()

# ConfigureLinux(dir config symvers target [ARCH a] [CROSS_COMPILE prefix] [DEPENDS d…])
# Prepares a directory of DownloadLinux, or a source tree of your own, for modules. A source tree gets the configuration
# and the Module.symvers. Headers have their own: only they fit the kernel that boots; different ones are refused.
function(ConfigureLinux linux_dir linux_config_location linux_symvers_location configure_linux_target)
    set(who "ConfigureLinux(${configure_linux_target})")
    cmake_parse_arguments(C "" "ARCH;CROSS_COMPILE" "DEPENDS" ${ARGN})
    vm_linux_arguments("${who}" C)
    if(TARGET ${configure_linux_target})
        message(FATAL_ERROR "${who}: there is a target of that name already")
    endif()
    vm_linux_file("${who}" config "${linux_config_location}" "${C_DEPENDS}")
    vm_linux_file("${who}" symvers "${linux_symvers_location}" "${C_DEPENDS}")
    get_filename_component(linux_dir "${linux_dir}" ABSOLUTE)
    get_property(downloaded GLOBAL PROPERTY VM_LINUX_DIRS)
    set(release)
    if(linux_dir IN_LIST downloaded)
        set(release ${linux_dir}/.release)
    elseif(NOT EXISTS ${linux_dir}/Makefile AND NOT C_DEPENDS)
        message(FATAL_ERROR "${who}: '${linux_dir}' is no tree of Linux sources; DownloadLinux makes one")
    endif()
    set(script ${VM_LINUX_DIR}/tools/configure-linux)
    add_custom_command(OUTPUT ${linux_dir}/.configured
        COMMAND ${script} ${linux_dir} ${config} ${symvers} "ARCH=${C_ARCH}" "CROSS_COMPILE=${C_CROSS_COMPILE}"
        DEPENDS ${script} ${config} ${symvers} ${release} ${C_DEPENDS}
        COMMENT "Configuring ${linux_dir}" VERBATIM)
    add_custom_target(${configure_linux_target} DEPENDS ${linux_dir}/.configured)
endfunction()
