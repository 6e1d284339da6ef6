# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Part TYPE Part
    INSTANCES a c
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Part/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Part/include")
camkes_program(NAME Part-b TYPE Part
    INSTANCES b
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Part-b/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Part-b/include")
camkes_inputs(
    "options.camkes")
