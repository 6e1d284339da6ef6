# SPDX-License-Identifier: BSD-2-Clause
# cmake -DWHO=helper -DSOURCES=dir -DCOPY=dir -DBINARY=dir -P build-project.cmake: builds an external project that is
# configured in BINARY. When that fails: where its sources are, since the compiler names those of the copy.
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} RESULT_VARIABLE status)
if(status)
    set(words "${WHO}: the project does not build, see above.\n  Set it right in ${SOURCES} and run ninja again.")
    if(NOT SOURCES STREQUAL COPY)
        string(APPEND words "\n  (${COPY} is a copy, made anew each time.)")
    endif()
    message(FATAL_ERROR "${words}")
endif()
