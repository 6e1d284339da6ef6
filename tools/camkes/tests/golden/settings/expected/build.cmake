# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Driver TYPE Driver
    INSTANCES driver
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Driver/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Driver/include")
camkes_program(NAME Source TYPE Source
    INSTANCES source
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Source/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Source/include")
camkes_inputs(
    "settings.camkes")
