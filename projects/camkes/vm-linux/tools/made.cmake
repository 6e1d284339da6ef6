# SPDX-License-Identifier: BSD-2-Clause
# cmake -DWHO=helper "-DFILES=a;b" -P made.cmake: after an external project was built, are its files there?
foreach(file ${FILES})
    if(NOT EXISTS ${file})
        message(FATAL_ERROR "${WHO}: the project was built, but made no ${file}: check FILES and the directory")
    endif()
endforeach()
