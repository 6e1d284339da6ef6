# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Writer TYPE Writer
    INSTANCES w w2
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Writer/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Writer/include")
camkes_program(NAME Reader TYPE Reader
    INSTANCES r r2
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Reader/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Reader/include")
camkes_inputs(
    "isolation.camkes")
