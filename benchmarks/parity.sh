#!/usr/bin/env bash
# The detectors against torchvision: losses, gradients, exact Hessian-vector products and detections, with a ResNet-18 and a
# ResNet-50, and files as torchvision saves them. Some five minutes on 2 cores.
#
#   benchmarks/parity.sh SHARED OUT     SHARED holds reference/torchvision_reference.py and data/bccd; OUT receives torchvision's
#                                       numbers. Needs a python3 with PyTorch and torchvision (set PYTHON to name it).
set -euo pipefail

shared=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
python=${PYTHON:-python3}
cd "$(dirname "$0")/.."

for detector in retinanet fasterrcnn; do
    if [[ ! -f $out/$detector-resnet50.json ]]; then
        "$python" "$shared/reference/torchvision_reference.py" "$detector" resnet50 "$shared/data/bccd/images" \
            "$shared/data/bccd/instances_train.json" "$out/$detector-resnet50.json" >&2
    fi
done
"$python" benchmarks/torchvision_files.py "$out/files" >&2
echo "| detector | precision | losses | gradients | products | detections found |"
echo "|---|---|---|---|---|---|"
mvn -B -q test -pl src -am -Dnative.tests=OFF -Dtest='TorchvisionParityTest,TorchvisionFilesTest' \
    -Dsurefire.failIfNoSpecifiedTests=false -Ddhmq.shared="$shared" -Ddhmq.references="$out" | grep '^|'
