#!/bin/sh
# Quantized activations on the demo's detector: AP with weights only, then with activations at 8 bits, mixed and fixed at 6.
# Usage: benchmarks/activations.sh OUT
set -eu
[ $# -eq 1 ] || { echo "Usage: $0 OUT" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
dhmq=${DHMQ:-$root/dhmq}
model=$root/src/main/resources/dev/dhmq/cli/demo
out=$1
mkdir -p "$out"

# Training has seen the scenes 0 to 1499; calibration and judgement see others, and not the same.
"$dhmq" scenes --first 2000 --count 150 --out "$out/calibration"
"$dhmq" scenes --first 3000 --count 200 --out "$out/fresh"

judge() {
    "$dhmq" eval --json --threads 2 --images "$out/fresh/images" --annotations "$out/fresh/annotations.json" --model "$model" "$@"
}

judge >"$out/float.json"
for activations in "none" "--activation-bits 8" "--activation-mean-bits 6" "--activation-bits 6"; do
    [ "$activations" = none ] && options="" || options=$activations
    name=$(echo "$activations" | tr -d ' ')
    # The options are words of their own.
    # shellcheck disable=SC2086
    "$dhmq" search --model "$model" --images "$out/calibration/images" --annotations "$out/calibration/annotations.json" \
        --calibration-images 16 --ratio 8 --threads 2 $options --out "$out/$name" >"$out/$name.txt"
    judge --plan "$out/$name/plan.json" >"$out/$name.json"
    echo "$activations: $(grep -o '"AP":[0-9.]*,"AP50":[0-9.]*' "$out/$name.json") $(grep '^activations:' "$out/$name.txt" || true)"
done
