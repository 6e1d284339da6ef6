# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Client TYPE Client
    INSTANCES one two
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Client/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Client/include")
camkes_program(NAME Server TYPE Server
    INSTANCES server
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Server/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Server/include")
camkes_program(NAME both.caller TYPE Caller
    INSTANCES caller
    GLUE "${CMAKE_CURRENT_LIST_DIR}/both.caller/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/both.caller/include"
    GROUP both KEEP camkes_in_caller_*)
camkes_program(NAME both.callee TYPE Callee
    INSTANCES callee
    GLUE "${CMAKE_CURRENT_LIST_DIR}/both.callee/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/both.callee/include"
    GROUP both KEEP camkes_in_callee_*)
camkes_program(NAME both
    INSTANCES caller callee
    GLUE "${CMAKE_CURRENT_LIST_DIR}/both/glue.c"
    MEMBERS both.caller both.callee)
camkes_inputs(
    "calls.camkes"
    "../../../../../projects/camkes/global-components/interfaces/global-connectors.camkes")
