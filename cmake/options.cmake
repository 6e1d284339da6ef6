# SPDX-License-Identifier: BSD-2-Clause
# The options that applications of the reference set by name: honoured, taken without effect (and said so), or
# refused.
include_guard(DIRECTORY)

# One row an option: name | values allowed, a regular expression | what it does here.
# "honoured" rows act elsewhere; "no effect" rows are told once when they are set; a value out of range is
# refused with the text as reason.
set(BULKHEAD_OPTIONS
    "KernelArch|x86|honoured: this kernel runs on x86 only"
    "KernelX86Sel4Arch|x86_64|honoured: the kernel is 64-bit only, and no ia32 one, guests may be 32-bit"
    "KernelSel4Arch|x86_64|honoured: the kernel is 64-bit only, and no ia32 one, guests may be 32-bit"
    "KernelPlatform|pc99|honoured: a PC is the only platform"
    "KernelPlatformPC99|ON|honoured: a PC is the only platform"
    "KernelMaxNumNodes|[1-9]|[1-5][0-9]|6[0-4]|honoured: CPUs the kernel uses at most, 1 to 64"
    "KernelNumDomains|1|honoured: there is one domain, scheduling contexts with budgets divide the time"
    "KernelIsMCS|ON|honoured: the kernel is the MCS variant"
    "KernelVTX|ON|OFF|no effect: virtualisation is used where the CPU has it (AMD SVM or VT-x)"
    "KernelIOMMU|ON|OFF|no effect: devices are not passed through to guests"
    "KernelX86_64VTX64BitGuests|ON|OFF|honoured: the default Linux guest is 64-bit"
    "KernelRootCNodeSizeBits|[0-9]+|no effect: capability tables get the size they need"
    "KernelMaxNumBootinfoUntypedCap|[0-9]+|no effect: there is no such limit"
    "KernelMaxNumBootinfoUntypedCaps|[0-9]+|no effect: there is no such limit"
    "KernelIRQController|IOAPIC|honoured: interrupts come through the I/O APIC"
    "KernelIRQControllerIOAPIC|ON|honoured: interrupts come through the I/O APIC"
    "KernelMaxNumIOAPIC|[0-9]+|no effect: all there are"
    "KernelTimerTickMS|[0-9]+|no effect: there is no tick"
    "KernelTimeSlice|[0-9]+|no effect: time is budgeted (settings budget and period)"
    "KernelDebugBuild|ON|OFF|no effect: there is one build of the kernel"
    "KernelPrinting|ON|OFF|no effect: there is one build of the kernel"
    "KernelVerificationBuild|OFF|honoured: this kernel is not verified"
    "KernelBenchmarks|none|honoured: the kernel keeps no records of its own, make bench counts from outside"
    "KernelOptimisation|-O[0-3s]|no effect: there is one build of the kernel"
    "KernelFastpath|ON|OFF|no effect: the fast path is always there"
    "KernelHugePage|ON|OFF|no effect: large pages are used where they fit"
    "KernelSupportPCID|ON|OFF|no effect"
    "KernelFSGSBase|[a-z]+|no effect: the CPU is asked"
    "KernelFPU|[A-Z]+|no effect: the CPU is asked"
    "KernelFPUXSave|ON|OFF|no effect: the CPU is asked"
    "KernelSyscall|[a-z]+|no effect: SYSCALL"
    "KernelX86MicroArch|.*|no effect: one kernel for all"
    "KernelMaxRMRREntries|[0-9]+|no effect: devices are not passed through to guests"
    "KernelSkimWindow|ON|OFF|no effect"
    "KernelLTO|ON|OFF|honoured"
    "KernelRetypeFanOutLimit|[0-9]+|no effect: long operations are preemptible"
    "RELEASE|OFF|ON|no effect: there is one build of everything"
    "VERIFICATION|OFF|honoured: nothing here is verified"
    "SIMULATION|ON|OFF|no effect: simulate works always"
    "PLATFORM|x86_64|pc99|honoured: a PC is the only platform"
    "CapDLLoaderMaxObjects|[0-9]+|no effect: there is no such limit"
    "CAmkESVMGuestDMAIommu|OFF|honoured: devices are not passed through to guests"
    "CAmkESVerbose|ON|OFF|honoured: shows the compiler's command lines"
    "CAmkESCPP|ON|OFF|honoured: runs the C preprocessor on assemblies"
    "CAmkESDefaultStackSize|[0-9]+|honoured"
    "CAmkESDefaultHeapSize|[0-9]+|honoured"
    "CAmkESDefaultPriority|[0-9]+|honoured"
    "CAmkESDefaultAffinity|[0-9]+|honoured"
    "CAmkESAllowForwardReferences|ON|OFF|no effect: they are always allowed"
    "CAmkESProvideTCBCaps|ON|OFF|no effect: a component gets the capabilities it needs and no more"
    "CAmkESRPCLockElision|ON|OFF|no effect: locks stand where threads share"
    "CAmkESLargeFramePromotion|ON|OFF|no effect: large pages are used where they fit"
    "CAmkESDMALargeFramePromotion|ON|OFF|no effect: large pages are used where they fit"
    "CAmkESFaultHandlers|ON|honoured: a component's fault is always reported"
    "CAmkESDTS|OFF|honoured: a PC has no device tree"
    "CAmkESCapDLVerification|OFF|honoured: nothing here is verified"
    "CAmkESCapDLStaticAlloc|OFF|honoured: the loader finds the memory when the system starts"
    "CAmkESVMDefaultBuildrootOverlay|OFF|honoured")

# Truth in any of CMake's spellings becomes ON or OFF where those are meant.
function(bulkhead_option_value name values outvar)
    set(value "${${name}}")
    if(values MATCHES "(^|[|])(ON|OFF)($|[|])")
        string(TOUPPER "${value}" upper)
        if(upper MATCHES "^(ON|YES|TRUE|Y|1)$")
            set(value ON)
        elseif(upper MATCHES "^(OFF|NO|FALSE|N|0|)$")
            set(value OFF)
        endif()
    endif()
    set(${outvar} "${value}" PARENT_SCOPE)
endfunction()

# bulkhead_check_options(): looks at all options that are set, once an image.
function(bulkhead_check_options)
    set(known)
    foreach(row ${BULKHEAD_OPTIONS})
        string(REGEX MATCH "^([^|]*)[|](.*)[|]([^|]*)$" row "${row}")
        set(name ${CMAKE_MATCH_1})
        set(values ${CMAKE_MATCH_2})
        set(text ${CMAKE_MATCH_3})
        list(APPEND known ${name})
        if(NOT DEFINED ${name} OR "${${name}}" STREQUAL "")
            continue()
        endif()
        bulkhead_option_value(${name} "${values}" value)
        if(NOT value MATCHES "^(${values})$")
            string(REGEX REPLACE "^(honoured|no effect)(: )?" "" text "${text}")
            string(REPLACE "|" " or " values "${values}")
            message(FATAL_ERROR
                "${name} is '${${name}}', which is not supported: ${text} (allowed: ${values})")
        endif()
        get_property(told GLOBAL PROPERTY "bulkhead:told:${name}")
        if(text MATCHES "^no effect" AND NOT told)
            message(STATUS "${name}: ${text}")
            set_property(GLOBAL PROPERTY "bulkhead:told:${name}" yes)
        endif()
    endforeach()
    get_cmake_property(variables CACHE_VARIABLES)
    list(FILTER variables INCLUDE REGEX "^(Kernel|CAmkES)[A-Z]")
    list(REMOVE_ITEM variables ${known})
    foreach(name ${variables})
        get_property(told GLOBAL PROPERTY "bulkhead:told:${name}")
        if(NOT told)
            message(WARNING "${name}: no option of that name is known; cmake/options.cmake lists them")
            set_property(GLOBAL PROPERTY "bulkhead:told:${name}" yes)
        endif()
    endforeach()
endfunction()

# bulkhead_kernel(): the kernel for this build. Comes as late as it can, since applications set its options in
# their CMakeLists.txt.
macro(bulkhead_kernel)
    bulkhead_check_options()
    if(NOT TARGET kernel.elf)
        set(CMAKE_C_STANDARD 11)
        set(CMAKE_C_EXTENSIONS ON)
        add_subdirectory(${BULKHEAD_ROOT}/kernel ${CMAKE_BINARY_DIR}/bulkhead/kernel EXCLUDE_FROM_ALL)
    endif()
endmacro()

# bulkhead_camkes_options(outvar): the compiler's arguments for the CAmkES options.
function(bulkhead_camkes_options outvar)
    set(arguments)
    foreach(pair stack-size:StackSize heap-size:HeapSize priority:Priority affinity:Affinity)
        string(REPLACE ":" ";" pair ${pair})
        list(GET pair 0 option)
        list(GET pair 1 name)
        if(DEFINED CAmkESDefault${name})
            list(APPEND arguments --default-${option} ${CAmkESDefault${name}})
        endif()
    endforeach()
    if(KernelMaxNumNodes)
        list(APPEND arguments --cores ${KernelMaxNumNodes})
    endif()
    if(DEFINED CAmkESCPP AND NOT CAmkESCPP)
        list(APPEND arguments --no-cpp)
    endif()
    set(${outvar} "${arguments}" PARENT_SCOPE)
endfunction()
