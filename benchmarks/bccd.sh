#!/usr/bin/env bash
# Trains RetinaNet-ResNet18 on the blood-cell photographs, searches plans at three ratios, and judges them beside float
# and uniform bits on photographs that neither training nor calibration has seen. About half an hour on 2 cores.
#
#   benchmarks/bccd.sh DATA OUT     DATA holds images/ and instances_{train,val,test}.json; OUT/bccd is used again if there
set -euo pipefail

data=$1
out=$2
dhmq=$(dirname "$0")/../dhmq
model=$out/bccd
ratios=8,10.67,12.8
seeds="0 1 2"
mkdir -p "$out"

# Validation and test photographs as one set: their ids do not overlap.
python3 - "$data" "$out/unseen.json" <<'PYTHON'
import json, sys
parts = [json.load(open(f"{sys.argv[1]}/instances_{split}.json")) for split in ("val", "test")]
whole = {"categories": parts[0]["categories"], "images": [], "annotations": []}
for part in parts:
    for annotation in part["annotations"]:
        whole["annotations"].append(dict(annotation, id=len(whole["annotations"]) + 1))
    whole["images"] += part["images"]
json.dump(whole, open(sys.argv[2], "w"))
PYTHON

if [[ ! -f $model/model.safetensors ]]; then
    "$dhmq" train --model retinanet --backbone resnet18 --fpn-channels 64 --size 256x192 --epochs 30 --vertical-flips --batch 8 \
        --seed 1 --images "$data/images" --annotations "$data/instances_train.json" \
        --val-annotations "$data/instances_val.json" --out "$model"
fi

judge() {
    local name=$1 split=$2 annotations=$3
    shift 3
    echo "$name, $split: $("$dhmq" eval --model "$model" --images "$data/images" --annotations "$annotations" --json "$@" \
        2>/dev/null)"
}

judge_both() {
    local name=$1
    shift
    judge "$name" val "$data/instances_val.json" "$@"
    judge "$name" "val + test" "$out/unseen.json" "$@"
}

judge_both float
for bits in 4 3; do
    judge_both "uniform $bits bits" --uniform-bits "$bits"
done
for seed in $seeds; do
    "$dhmq" search --model "$model" --images "$data/images" --annotations "$data/instances_train.json" \
        --calibration-images 16 --ratio "$ratios" --bits 2,3,4,5,6,8 --seed "$seed" --out "$out/plans-$seed" |
        grep smaller
    for plan in 1 2 3; do
        judge_both "DHMQ seed $seed plan $plan" --plan "$out/plans-$seed/plan-$plan.json"
    done
done
