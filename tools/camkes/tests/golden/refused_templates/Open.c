%for method
%memory
%notify them
%thread
%setting x float
