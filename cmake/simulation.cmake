# SPDX-License-Identifier: BSD-2-Clause
# The scripts in a build directory that start what was built.
include_guard(DIRECTORY)

# GenerateSimulateScript(): `simulate`, its Bochs part, `launch_gdb` in the build directory. GenerateCAmkESRootserver()
# calls it too.
function(GenerateSimulateScript)
    foreach(script simulate run-bochs launch_gdb)
        configure_file(${BULKHEAD_ROOT}/tools/${script} ${CMAKE_BINARY_DIR}/${script} COPYONLY)
    endforeach()
endfunction()
