# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME From TYPE From
    INSTANCES from_
    GLUE "${CMAKE_CURRENT_LIST_DIR}/From/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/From/include")
camkes_program(NAME To TYPE To
    INSTANCES to_
    GLUE "${CMAKE_CURRENT_LIST_DIR}/To/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/To/include")
camkes_program(NAME Also TYPE Also
    INSTANCES also
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Also/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Also/include")
camkes_program(NAME Driver TYPE Driver
    INSTANCES driver
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Driver/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Driver/include")
camkes_inputs(
    "connectors.camkes"
    "../../../../../projects/camkes/global-components/interfaces/global-connectors.camkes")
