# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Producer TYPE Producer
    INSTANCES p1 p2
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Producer/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Producer/include")
camkes_program(NAME Consumer TYPE Consumer
    INSTANCES c1 c2
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Consumer/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Consumer/include")
camkes_inputs(
    "basics.camkes")
