# Made by camkes: an assembly's programs and the files it was read from.
camkes_program(NAME pair.left TYPE Part
    INSTANCES left
    GLUE "${CMAKE_CURRENT_LIST_DIR}/pair.left/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/pair.left/include"
    GROUP pair KEEP camkes_in_left_*)
camkes_program(NAME pair.right TYPE Part
    INSTANCES right
    GLUE "${CMAKE_CURRENT_LIST_DIR}/pair.right/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/pair.right/include"
    GROUP pair KEEP camkes_in_right_*)
camkes_program(NAME Part TYPE Part
    INSTANCES alone
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Part/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Part/include")
camkes_program(NAME Watcher TYPE Watcher
    INSTANCES watcher
    GLUE "${CMAKE_CURRENT_LIST_DIR}/Watcher/glue.c"
    INCLUDE "${CMAKE_CURRENT_LIST_DIR}/Watcher/include")
camkes_program(NAME pair
    INSTANCES left right
    GLUE "${CMAKE_CURRENT_LIST_DIR}/pair/glue.c"
    MEMBERS pair.left pair.right)
camkes_inputs(
    "groups.camkes")
