#!/usr/bin/env bash
# A detector's exports as ONNX files beside the detector on LibTorch: quantized by a plan that makes its weights 8 times smaller and gives
# activations 8 bits, and corrected; AP on the same photographs as float, with quantized weights, and with activations too; then
# milliseconds a photograph on ONNX Runtime with two threads, in turns. Plan and corrected detector are made where OUT has none.
#
#   benchmarks/onnx.sh MODEL IMAGES CALIBRATION_ANNOTATIONS JUDGED_ANNOTATIONS OUT [SEED]
set -euo pipefail
[ $# -eq 5 ] || [ $# -eq 6 ] || { echo "Usage: $0 MODEL IMAGES CALIBRATION_ANNOTATIONS JUDGED_ANNOTATIONS OUT [SEED]" >&2; exit 2; }
model=$(realpath "$1") images=$(realpath "$2") calibration=$(realpath "$3") judged=$(realpath "$4")
mkdir -p "$5"
out=$(realpath "$5")
seed=${6:-0}

cd "$(dirname "$0")/.."
dhmq=${DHMQ:-./dhmq}
calibrate=(--images "$images" --annotations "$calibration" --calibration-images 16 --seed "$seed" --threads 2)
[ -f "$out/plan.json" ] || "$dhmq" search --model "$model" "${calibrate[@]}" --objective corrected-effect --ratio 8 --activation-bits 8 \
    --out "$out" >"$out/search.txt"
[ -f "$out/corrected/plan.json" ] || "$dhmq" correct --model "$model" --plan "$out/plan.json" "${calibrate[@]}" --out "$out/corrected" \
    >"$out/correct.txt"
mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Dnative.skipTests=true -Pprogram -Dprogram=OnnxAgreement \
    -Dprogram.args="$out/corrected $images $judged $out/corrected/plan.json $out" 2>/dev/null | grep '^|\|^$'
