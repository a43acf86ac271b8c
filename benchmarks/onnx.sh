#!/usr/bin/env bash
# A detector's exports as ONNX files beside the detector on LibTorch: AP on the same photographs, as float, with the weights of a
# plan that makes them 8 times smaller, and with 8-bit activations too; then milliseconds a photograph on ONNX Runtime with two
# threads, in turns. The plan is searched where OUT has none.
#
#   benchmarks/onnx.sh MODEL IMAGES CALIBRATION_ANNOTATIONS JUDGED_ANNOTATIONS OUT
set -euo pipefail
[ $# -eq 5 ] || { echo "Usage: $0 MODEL IMAGES CALIBRATION_ANNOTATIONS JUDGED_ANNOTATIONS OUT" >&2; exit 2; }
model=$(realpath "$1") images=$(realpath "$2") calibration=$(realpath "$3") judged=$(realpath "$4")
mkdir -p "$5"
out=$(realpath "$5")

cd "$(dirname "$0")/.."
[ -f "$out/plan.json" ] || ./dhmq search --model "$model" --images "$images" --annotations "$calibration" --calibration-images 16 \
    --ratio 8 --bits 2,3,4,5,6,8 --activation-bits 8 --threads 2 --out "$out" >"$out/search.txt"
mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Dnative.skipTests=true -Pprogram -Dprogram=OnnxAgreement \
    -Dprogram.args="$model $images $judged $out/plan.json $out" 2>/dev/null | grep '^|\|^$'
