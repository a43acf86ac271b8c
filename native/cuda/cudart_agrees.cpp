// Compiles where native/include/cudart.h declares what CUDA's own header does: functions declared twice must be the same.
#include <cuda_runtime_api.h>

#include "cudart.h"

static_assert(CUDART_VERSION / 1000 == 13);
static_assert(cudaSuccess == 0 && cudaErrorInvalidValue == 1 && cudaErrorMemoryAllocation == 2 && cudaErrorInitializationError == 3);
static_assert(cudaErrorInvalidConfiguration == 9 && cudaErrorInvalidMemcpyDirection == 21 && cudaErrorInsufficientDriver == 35);
static_assert(cudaErrorNoDevice == 100 && cudaErrorInvalidDevice == 101 && cudaErrorInvalidResourceHandle == 400);
static_assert(cudaErrorNotReady == 600 && cudaErrorIllegalAddress == 700 && cudaErrorLaunchFailure == 719);
static_assert(cudaMemcpyHostToHost == 0 && cudaMemcpyHostToDevice == 1 && cudaMemcpyDeviceToHost == 2 && cudaMemcpyDeviceToDevice == 3);
static_assert(cudaDevAttrWarpSize == 10 && cudaDevAttrMultiProcessorCount == 16 && cudaDevAttrMemoryClockRate == 36);
static_assert(cudaDevAttrGlobalMemoryBusWidth == 37 && cudaDevAttrComputeCapabilityMajor == 75 && cudaDevAttrComputeCapabilityMinor == 76);
static_assert(cudaMemoryTypeUnregistered == 0 && cudaMemoryTypeHost == 1 && cudaMemoryTypeDevice == 2 && cudaMemoryTypeManaged == 3);
static_assert(cudaStreamDefault == 0 && cudaStreamNonBlocking == 1 && cudaEventDefault == 0 && cudaEventDisableTiming == 2);
static_assert(offsetof(cudaPointerAttributes, device) == 4 && offsetof(cudaPointerAttributes, devicePointer) == 8);
static_assert(sizeof(cudaPointerAttributes) == 88);
