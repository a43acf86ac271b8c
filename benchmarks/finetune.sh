#!/usr/bin/env bash
# Quantization-aware training on the blood-cell photographs: two plans for each trained detector, 12.8 and 15 times smaller, their
# AP on the photographs of val and of test after the correction and after fine-tuning, as a table in OUT/finetune.md. Val chooses the
# epoch, test nothing. The detectors are those that benchmarks/training.sh leaves in OUT. Stopped and started again it goes on where it
# was.
#
#   benchmarks/finetune.sh DATA OUT [EPOCHS]     DATA holds images/ and instances_{train,val,test}.json; 8 epochs unless said
set -euo pipefail

data=$1
out=$2
epochs=${3:-8}
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}
train=(--images "$data/images" --annotations "$data/instances_train.json")

ap() {
    "$dhmq" eval --json --model "$1" --images "$data/images" --annotations "$data/instances_$2.json" 2>/dev/null |
        sed -n 's/.*"AP" *: *\([-0-9.]*\).*/\1/p'
}

row() {
    printf '| %s | %s | %.4f | %.4f |\n' "$1" "$2" "$(ap "$3" val)" "$(ap "$3" test)" >>"$out/finetune.md"
}

printf '| detector | weights | AP on val | AP on test |\n|---|---|---|---|\n' >"$out/finetune.md"
for detector in retinanet fasterrcnn; do
    row "$detector" float "$out/$detector"
    plans=$out/plans-$detector
    [ -f "$plans/plan-2.json" ] || "$dhmq" search --model "$out/$detector" "${train[@]}" --calibration-images 16 --batch 4 \
        --objective corrected-effect --ratio 12.8,15 --out "$plans"
    for plan in 1 2; do
        ratio=$(sed -n 's/^  "compressionRatio" *: *\([0-9.]*\).*/\1/p' "$plans/plan-$plan.json")
        corrected=$out/$detector-$plan-corrected
        [ -f "$corrected/plan.json" ] || "$dhmq" correct --model "$out/$detector" --plan "$plans/plan-$plan.json" "${train[@]}" \
            --out "$corrected"
        row "$detector" "$(printf '%.2f times smaller, corrected' "$ratio")" "$corrected"
        tuned=$out/$detector-$plan-tuned
        [ -f "$tuned/plan.json" ] || "$dhmq" finetune --model "$out/$detector" --plan "$plans/plan-$plan.json" --epochs "$epochs" \
            "${train[@]}" --val-annotations "$data/instances_val.json" --out "$tuned"
        row "$detector" 'the same, trained on' "$tuned"
    done
done
cat "$out/finetune.md"
