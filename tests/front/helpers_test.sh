#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The CMake helpers: what they say about wrong calls. Nothing is built. Argument: the root of the checkout.
set -u
. "$(dirname "$0")/lib.sh"
root=$1
. "$(dirname "$0")/application.sh"

good 'DeclareCAmkESComponent(A SOURCES a.c LIBS muslc sel4camkes)' 'AddCamkesCPPFlag(flags CONFIG_VARS ON_ NOT_ON)' \
    'CAmkESMaybeAddImportPath(nowhere)' 'GenerateSimulateScript()'
good 'find_package(camkes-vm REQUIRED)' 'include(${CAMKES_VM_SETTINGS_PATH})' 'camkes_x86_vm_setup_x86_vm_environment()' \
    'include(${CAMKES_VM_HELPERS_PATH})' 'find_package(camkes-vm-linux REQUIRED)' \
    'include(${CAMKES_VM_LINUX_HELPERS_PATH})' 'include(simulation)' 'GenerateSimulateScript()' \
    'GetArchDefaultLinuxKernelFile("64" kernel)' 'message("file ${kernel}")'
want 'file .*cloud-amd64/bzImage' "today's names"
[ -x "$build/simulate" ] && [ -x "$build/launch_gdb" ] || fail "simulate and launch_gdb are in the build directory"

bad 'DeclareCAmkESComponent(A): unknown argument: .*b.c' 'DeclareCAmkESComponent(A b.c)'
bad 'DeclareCAmkESComponent(A): no such file: b.c' 'DeclareCAmkESComponent(A SOURCES a.c b.c)'
bad 'LINKER_LANGUAGE is ADA; known: C CXX' 'DeclareCAmkESComponent(A SOURCES a.c LINKER_LANGUAGE ADA)'
bad 'TEMPLATE_SOURCES: .*not supported' 'DeclareCAmkESComponent(A SOURCES a.c TEMPLATE_SOURCES t.c)'
bad 'CakeML' 'DeclareCAmkESComponent(A CAKEML_SOURCES a.sml)'
bad 'ExtendCAmkESComponentInstance(A a): no such file: x.c' 'ExtendCAmkESComponentInstance(A a SOURCES x.c)'
bad 'DeclareCAmkESConnector(c): no TO file' 'DeclareCAmkESConnector(c FROM a.c)'
bad 'CAmkESAddImportPath: no such file: nowhere' 'CAmkESAddImportPath(nowhere)'
bad 'DeclareCAmkESRootserver(b.camkes): no such file' 'DeclareCAmkESRootserver(b.camkes)'
bad 'DeclareCAmkESRootserver(a.camkes): unknown argument: FLAGS' 'DeclareCAmkESRootserver(a.camkes FLAGS -DX)'
bad 'no device tree' 'DeclareCAmkESRootserver(a.camkes DTS_FILE_PATH a.dts)'
bad 'declared already' 'DeclareCAmkESRootserver(a.camkes)' 'DeclareCAmkESRootserver(a.camkes)'
bad 'GenerateCAmkESRootserver: no assembly' 'GenerateCAmkESRootserver()'
bad 'GenerateCAmkESRootserver: no value after NAME' 'DeclareCAmkESRootserver(a.camkes)' 'GenerateCAmkESRootserver(NAME)'
bad 'DeclareCAmkESVM(Init0): unknown argument: SOURCES' 'DeclareCAmkESVM(Init0 SOURCES a.c)'
bad 'DeclareCAmkESVM(Init0): .*no such file: x.c\|DeclareCAmkESComponent(Init0): no such file: x.c' \
    'DeclareCAmkESVM(Init0 EXTRA_SOURCES x.c)'
bad 'AddToFileServer(k): no such file: k' 'AddToFileServer(k k)'
bad 'AddToFileServer(k): .*directory' "AddToFileServer(k $app)"
bad 'AddToFileServer(k): fserv has a file of that name already' 'AddToFileServer(k a.c)' 'AddToFileServer(k a.camkes)'
bad 'AddToFileServer(k): unknown argument: INST' 'AddToFileServer(k a.c INST f)'
bad 'cannot be the name' 'AddToFileServer("a b" a.c)'
bad 'TYPE Files: no component of that name' 'DefineCAmkESVMFileServer(TYPE Files)'
bad "'a:' is not" 'DefineCAmkESVMFileServer(FILES a:)'
bad 'DefineCAmkESVMFileServer: unknown argument: a.c' 'DefineCAmkESVMFileServer(a.c)'
bad 'DecompressLinuxKernel(t): no such file' "DecompressLinuxKernel(t out $app/none)"
bad 'DecompressLinuxKernel(t): there is a target' 'add_custom_target(t)' "DecompressLinuxKernel(t out $app/a.c)"
bad "word size is '16'; known: 32 64" 'GetArchDefaultLinuxKernelFile(16 f)'
bad "KernelX86Sel4Arch is 'ia32', which is not supported: .*64-bit only" \
    'set(KernelX86Sel4Arch ia32 CACHE STRING "" FORCE)' 'bulkhead_kernel()'
good 'set(KernelX86Sel4Arch x86_64 CACHE STRING "" FORCE)' 'set(KernelRootCNodeSizeBits 20)' 'set(RELEASE off)' \
    'set(KernelVTX ON)' 'set(CAmkESDefaultStackSize 8192)' 'bulkhead_kernel()'
want 'KernelRootCNodeSizeBits: no effect' "an option without effect is told"
for option in KernelMaxNumNodes=65 KernelMaxNumNodes=many KernelArch=arm KernelNumDomains=16 KernelIsMCS=OFF \
        KernelIRQController=PIC CAmkESDTS=ON CAmkESDefaultStackSize=big CAmkESVMGuestDMAIommu=ON; do
    bad "${option%=*} is '${option#*=}', which is not supported" "set(${option%=*} ${option#*=})" 'bulkhead_kernel()'
done
good 'set(KernelMaxNumNods 2 CACHE STRING "")' 'bulkhead_kernel()'
want 'KernelMaxNumNods: no option of that name' "an unknown option"
done_testing
