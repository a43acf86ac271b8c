#!/bin/sh
# A quantized detector packed into its few bits: sizes, and whether it is judged as its plan is.
# Usage: benchmarks/packed.sh MODEL PLAN IMAGES ANNOTATIONS OUT
set -eu
[ $# -eq 5 ] || { echo "Usage: $0 MODEL PLAN IMAGES ANNOTATIONS OUT" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
dhmq=${DHMQ:-$root/dhmq}
model=$1
plan=$2
images=$3
annotations=$4
out=$5

"$dhmq" pack --model "$model" --plan "$plan" --out "$out"
echo "promised: $(sed -n 's/^  "bytes" : \([0-9]*\),$/\1/p' "$plan") bytes"
echo "file: $(wc -c <"$out/model.safetensors") bytes"
planned=$("$dhmq" eval --json --model "$model" --plan "$plan" --images "$images" --annotations "$annotations")
packed=$("$dhmq" eval --json --model "$out" --images "$images" --annotations "$annotations")
echo "by the plan: $planned"
echo "packed:      $packed"
# A plan that quantizes activations too must be named for the packed detector as well: then these differ.
[ "$planned" = "$packed" ]
