%# nothing
