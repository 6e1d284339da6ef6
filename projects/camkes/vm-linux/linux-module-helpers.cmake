# SPDX-License-Identifier: BSD-2-Clause
# Kernel modules, for the CMakeLists.txt of an external project. Needs nothing else of Bulkhead.
include_guard()
get_filename_component(LINUX_MODULE_TOOLS ${CMAKE_CURRENT_LIST_DIR}/tools REALPATH)

# DefineLinuxModule(module_dir [KERNEL_DIR d] [ARCH a] [CROSS_COMPILE p] [DEPENDS d…] [INCLUDES d…])
# DefineLinuxModule(module_dir out_location out_target KERNEL_DIR d [ARCH a] …)
# Builds the module in `module_dir` with its own Makefile, which says `make -C $(KHEAD) M=$(PWD) modules`, in a copy of
# the directory. The result is <name>.ko in the build directory, <name> being the directory's. The kernel's directory is
# KERNEL_DIR, else the variable LINUX_KERNEL_DIR. The second form names a variable that gets the path of the result,
# and the target; the first form's target is build_module_<name>.
function(DefineLinuxModule module_dir)
    get_filename_component(dir "${module_dir}" ABSOLUTE)
    get_filename_component(name "${dir}" NAME)
    set(who "DefineLinuxModule(${name})")
    cmake_parse_arguments(M "" "KERNEL_DIR;ARCH;CROSS_COMPILE" "DEPENDS;INCLUDES" ${ARGN})
    list(LENGTH M_UNPARSED_ARGUMENTS extra)
    if(extra EQUAL 2)
        list(GET M_UNPARSED_ARGUMENTS 0 outvar)
        list(GET M_UNPARSED_ARGUMENTS 1 target)
    elseif(extra EQUAL 0)
        set(outvar)
        set(target build_module_${name})
    else()
        message(FATAL_ERROR "${who}: unknown argument: ${M_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT M_KERNEL_DIR)
        set(M_KERNEL_DIR ${LINUX_KERNEL_DIR})
    endif()
    if(NOT M_KERNEL_DIR)
        message(FATAL_ERROR "${who}: which kernel? Set LINUX_KERNEL_DIR, or say KERNEL_DIR <dir>")
    elseif(NOT EXISTS ${M_KERNEL_DIR}/Makefile)
        message(FATAL_ERROR "${who}: ${M_KERNEL_DIR} is no kernel's build directory (there is no Makefile in it).\n"
            "  DownloadLinux and ConfigureLinux make one; the external project must depend on their targets.")
    elseif(NOT EXISTS ${dir}/Makefile)
        message(FATAL_ERROR "${who}: there is no Makefile in ${dir}")
    elseif(TARGET ${target})
        message(FATAL_ERROR "${who}: there is a target '${target}' already")
    endif()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.ko)
    set(includes)
    foreach(include ${M_INCLUDES})
        get_filename_component(include ${include} ABSOLUTE)
        string(APPEND includes " -I${include}")
    endforeach()
    add_custom_command(OUTPUT ${output}
        COMMAND ${LINUX_MODULE_TOOLS}/build-module ${dir} ${CMAKE_CURRENT_BINARY_DIR}/${name}.build ${output}
            ${M_KERNEL_DIR} "ARCH=${M_ARCH}" "CROSS_COMPILE=${M_CROSS_COMPILE}" "MODULE_INCLUDES=${includes}"
        DEPENDS ${LINUX_MODULE_TOOLS}/build-module ${sources} ${M_KERNEL_DIR}/Module.symvers ${M_KERNEL_DIR}/.config
            ${M_DEPENDS}
        COMMENT "Kernel module ${name}" VERBATIM)
    add_custom_target(${target} ALL DEPENDS ${output})
    if(outvar)
        set(${outvar} ${output} PARENT_SCOPE)
    endif()
endfunction()
