package dev.dhmq.model;

import org.junit.jupiter.api.Tag;

/** On CUDA emulated on the CPU. */
@Tag("emulated-cuda")
class CudaSearchTest extends AbstractCudaSearchTest {}
