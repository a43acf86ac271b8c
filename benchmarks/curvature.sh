#!/usr/bin/env bash
# What a gradient and an exact Hessian-vector product of the detection loss cost, for both detectors with a ResNet-50, all layers
# at once: seconds, their ratio, and the process's peak memory, each detector in a process of its own. Some ten minutes on 2
# cores with nothing else on them.
#
#   benchmarks/curvature.sh [SIDE]      SIDE of the image in pixels (default: 800)
set -euo pipefail

cd "$(dirname "$0")/.."
side=${1:-800}
echo "| detector | image | gradient, s | product, s | product / gradient | peak, GB |"
echo "|---|---|---|---|---|---|"
for detector in retinanet fasterrcnn; do
    mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Pprogram -Dprogram=CurvatureCost \
        -Dprogram.args="$detector $side" 2>/dev/null | grep '^|'
done
