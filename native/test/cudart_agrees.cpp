// Compiled where CUDA's own header is: native/include/cudart.h must declare the same. Each is included in a namespace of its own.
