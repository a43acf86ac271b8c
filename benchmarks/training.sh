#!/usr/bin/env bash
# Trains both detectors on the blood-cell photographs, a ResNet-18 with a pyramid of 64 channels each, and leaves their curves
# in OUT. Some 40 minutes on 2 cores. Stopped and started again it goes on where it was.
#
#   benchmarks/training.sh DATA OUT     DATA holds images/ and instances_{train,val}.json
set -euo pipefail

data=$1
out=$2
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}

train() {
    local name=$1
    shift
    "$dhmq" train --model "$name" --backbone resnet18 --fpn-channels 64 --size 256x192 --epochs 30 "$@" \
        --images "$data/images" --annotations "$data/instances_train.json" --val-annotations "$data/instances_val.json" \
        --out "$out/$name"
}

mkdir -p "$out"
train retinanet
train fasterrcnn --head-width 256 --proposals 500 --region-samples 128
