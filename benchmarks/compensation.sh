#!/usr/bin/env bash
# What `dhmq correct --compensate` adds to the correction: AP of one plan a seed, corrected without and with ten steps, as a table in
# OUT/compensation.md. Stopped and started again it goes on where it was.
#
#   benchmarks/compensation.sh MODEL IMAGES ANNOTATIONS JUDGED OUT [RATIO] [BATCH]      ratio 12.8, batch 8 unless said
#
# Calibration pictures are drawn from ANNOTATIONS by the seeds 0, 1 and 2; JUDGED are other pictures' annotations.
set -euo pipefail

model=$1
images=$2
annotations=$3
judged=$4
out=$5
ratio=${6:-12.8}
batch=${7:-8}
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}
calibration=(--images "$images" --annotations "$annotations" --batch "$batch")

ap() {
    "$dhmq" eval --json --model "$1" --images "$images" --annotations "$judged" 2>/dev/null |
        sed -n 's/.*"AP" *: *\([-0-9.]*\).*/\1/p'
}

mkdir -p "$out"
{
    printf 'Float: AP %.4f\n\n' "$(ap "$model")"
    echo '| seed | times smaller | AP, corrected | AP, compensated | steps, gradients and loss |'
    echo '|---|---|---|---|---|'
} >"$out/compensation.md"
for seed in 0 1 2; do
    plan=$out/plan-$seed/plan.json
    [ -f "$plan" ] || "$dhmq" search --model "$model" "${calibration[@]}" --seed "$seed" --objective corrected-effect \
        --ratio "$ratio" --out "$out/plan-$seed" >/dev/null
    for steps in 0 10; do
        corrected=$out/$seed-$steps
        [ -f "$corrected/plan.json" ] || "$dhmq" correct --model "$model" "${calibration[@]}" --seed "$seed" --plan "$plan" \
            --compensate "$steps" --out "$corrected" >"$out/$seed-$steps.txt"
    done
    smaller=$(sed -n 's/^  "compressionRatio" *: *\([0-9.]*\).*/\1/p' "$plan")
    printf '| %s | %.2f | %.4f | %.4f | %s |\n' "$seed" "$smaller" "$(ap "$out/$seed-0")" "$(ap "$out/$seed-10")" \
        "$(sed -n 's/^Compensated in \(.*\)\.$/\1/p' "$out/$seed-10.txt")" >>"$out/compensation.md"
done
cat "$out/compensation.md"
