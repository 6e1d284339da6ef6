%for method
