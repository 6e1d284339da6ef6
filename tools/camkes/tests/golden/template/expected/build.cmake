# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME Server TYPE Server
    INSTANCES server
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Server/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Server/include"
    CONNECTORS_TO WordCall Doorbell)
camkes_program(NAME Client TYPE Client
    INSTANCES one two
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Client/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Client/include"
    CONNECTORS_FROM WordCall Doorbell)
camkes_inputs(
    "template.camkes"
    "../../../../../apps/connector/connector.camkes"
    "../../../../../apps/connector/WordCall.from.c"
    "../../../../../apps/connector/WordCall.to.c"
    "../../../../../apps/connector/Doorbell.from.c"
    "../../../../../apps/connector/Doorbell.to.c")
