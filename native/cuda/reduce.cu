#include "reduce.cuh"

namespace dhmq {

__global__ void __launch_bounds__(THREADS)
    sum_blocks_of_layers(dhmq_cuda_layout layout, const double *partial, int64_t each, double *out) {
    for (int64_t i = blockIdx.x; i < layout.layer_count * each; i += gridDim.x) {
        const int64_t layer = i / each;
        const double sum =
            sum_by_thread_block(partial + i % each, layout.first_blocks[layer], layout.first_blocks[layer + 1], each);
        if (threadIdx.x == 0) {
            out[i] = sum;
        }
    }
}

int32_t sum_blocks(const dhmq_cuda_layout *layout, const double *partial, int64_t each, double *out, void *stream) {
    return launch(sum_blocks_of_layers, layout->layer_count * each, 1, stream, *layout, partial, each, out);
}

} // namespace dhmq
