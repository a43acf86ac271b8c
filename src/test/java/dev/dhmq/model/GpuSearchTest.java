package dev.dhmq.model;

import org.junit.jupiter.api.Tag;

/** On a GPU. */
@Tag("gpu")
class GpuSearchTest extends AbstractCudaSearchTest {}
