#!/usr/bin/env bash
# Calls a tiny detector CALLS times (100,000 where nothing is said) on LibTorch, then on ONNX Runtime, in a process each, and prints
# the memory that the process takes along the way. A leak of one small picture a call would be 7 GB at the end.
#
#   benchmarks/leak.sh [CALLS]
set -euo pipefail
[ $# -le 1 ] || { echo "Usage: $0 [CALLS]" >&2; exit 2; }
calls=${1:-100000}
models=$(mktemp -d)
trap 'rm -r "$models"' EXIT

cd "$(dirname "$0")/.."
for engine in libtorch onnxruntime; do
    mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Dnative.skipTests=true -Pprogram -Dprogram=ManyCalls \
        -Dprogram.args="$engine $calls $models/$engine" | grep --line-buffered -e '^|' -e '^\[ERROR\]'
    echo
done
