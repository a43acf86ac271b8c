#!/usr/bin/env bash
# Quantization-aware training on the blood-cell photographs: two plans for each trained detector, 12.8 and 15 times smaller, their
# AP on the validation photographs before and after fine-tuning, as a table in OUT/finetune.md. The detectors are those that
# benchmarks/training.sh leaves in OUT. Stopped and started again it goes on where it was.
#
#   benchmarks/finetune.sh DATA OUT [EPOCHS]     DATA holds images/ and instances_{train,val}.json; 10 epochs unless said
set -euo pipefail

data=$1
out=$2
epochs=${3:-10}
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}
train=(--images "$data/images" --annotations "$data/instances_train.json")
val=(--images "$data/images" --annotations "$data/instances_val.json")

ap() {
    "$dhmq" eval --json "${val[@]}" "$@" 2>/dev/null | sed -n 's/.*"AP" *: *\([-0-9.]*\).*/\1/p'
}

row() {
    local detector=$1 ratio=$2 plan=$3 tuned=$4
    local before after
    before=$(ap --model "$out/$detector" --plan "$plan")
    [ -f "$tuned/plan.json" ] || "$dhmq" finetune --model "$out/$detector" --plan "$plan" --epochs "$epochs" "${train[@]}" \
        --val-annotations "${val[3]}" --out "$tuned"
    after=$(ap --model "$tuned")
    printf '| %s | %s | %.4f | %.4f |\n' "$detector" "$ratio" "$before" "$after" >>"$out/finetune.md"
}

printf '| detector | times smaller | AP before | AP after |\n|---|---|---|---|\n' >"$out/finetune.md"
for detector in retinanet fasterrcnn; do
    plans=$out/plans-$detector
    [ -f "$plans/plan-2.json" ] || "$dhmq" search --model "$out/$detector" "${train[@]}" --calibration-images 16 \
        --ratio 12.8,15 --out "$plans"
    float=$(ap --model "$out/$detector")
    printf '| %s | float | %.4f | |\n' "$detector" "$float" >>"$out/finetune.md"
    row "$detector" 12.8 "$plans/plan-1.json" "$out/$detector-12.8"
    row "$detector" 15 "$plans/plan-2.json" "$out/$detector-15"
done
cat "$out/finetune.md"
