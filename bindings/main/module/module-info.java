/** What jextract makes of the headers of DHMQ's kernels and of CUDA; for {@code dev.dhmq} alone. */
module dev.dhmq.bindings {
    exports dev.dhmq.bindings;
    exports dev.dhmq.bindings.cublas;
    exports dev.dhmq.bindings.cudart;
    exports dev.dhmq.bindings.dhmq;
    exports dev.dhmq.bindings.dhmq_cuda;
}
