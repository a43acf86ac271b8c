#!/usr/bin/env bash
# Times the CUDA kernels on RetinaNet-ResNet50's layers beside the roofline; where there is no GPU, says why and computes the roofline.
#
#   benchmarks/gpu.sh
set -euo pipefail

cd "$(dirname "$0")/.."
mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Pprogram -Dprogram=GpuBenchmark
