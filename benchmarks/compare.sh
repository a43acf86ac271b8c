#!/usr/bin/env bash
# Compares the search with the baselines, and with itself under other settings, on blood-cell photographs: calibration images
# from the train split, judged on val and test together. One table a command; stopped and started again each goes on where it
# was.
#
#   benchmarks/compare.sh DATA OUT MODEL [TABLE...]
#
# DATA holds images/ and instances_{train,val,test}.json, MODEL a detector trained on the train split (benchmarks/training.sh).
# TABLE is methods (the default), ablation or calibration.
set -euo pipefail

data=$1
out=$2
model=$3
shift 3
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}

compare() {
    local table=$1
    shift
    "$dhmq" compare --model "$model" --images "$data/images" --annotations "$data/instances_train.json" \
        --judge "$data/instances_val.json,$data/instances_test.json" --ratio 8,10.67,12.8 --seeds 0,1,2 \
        --calibration-images 16 --out "$out/$table" "$@"
}

for table in "${@:-methods}"; do
    case $table in
        methods)
            compare methods --probes 50 \
                --methods uniform,uniform-within,magnitude,magnitude-knapsack,random,hawq-v2,hawq-v2-knapsack,static,static-knapsack,dhmq
            ;;
        ablation)
            compare ablation --methods uniform,dhmq \
                --variant 'task loss: --objective task' \
                --variant 'no gradient: --sensitivity curvature' \
                --variant 'no L-BFGS pairs: --memory 0' \
                --variant 'hutchinson start: --start hutchinson --probes 12' \
                --variant 'lowest sensitivity: --rule lowest-sensitivity' \
                --variant "the paper's words: --rule lowest-sensitivity --sensitivity curvature --layers-per-step 1" \
                --variant 'one layer a step: --layers-per-step 1' \
                --variant 'equal task weights: --task-weights 1 1'
            ;;
        calibration)
            # Images the detector was trained on, against images it has not seen. The latter are part of what is judged, so
            # that row says what better images are worth, not how well the method does.
            compare calibration --methods uniform,dhmq \
                --variant '4 images: --calibration-images 4' \
                --variant '64 images: --calibration-images 64' \
                --variant "16 unseen images: --calibrate-on '$data/instances_val.json'"
            ;;
        *)
            echo "compare.sh: $table is none of methods, ablation, calibration" >&2
            exit 2
            ;;
    esac
done
