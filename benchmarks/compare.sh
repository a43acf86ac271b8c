#!/usr/bin/env bash
# Compares the search with the baselines, and with itself under other settings. One table a command; stopped and started again
# each goes on where it was.
#
#   benchmarks/compare.sh IMAGES ANNOTATIONS JUDGED OUT MODEL [TABLE...]
#
# IMAGES is the folder of all pictures. Calibration pictures are drawn from ANNOTATIONS, which the detector MODEL was trained on;
# it is judged on JUDGED, one file of annotations or several with commas between. TABLE is methods (the default), ablation, hessian, steps
# or calibration. For blood cells:
#
#   benchmarks/compare.sh DATA/images DATA/instances_train.json DATA/instances_val.json,DATA/instances_test.json OUT MODEL
set -euo pipefail

images=$1
annotations=$2
judged=$3
out=$4
model=$5
shift 5
dhmq=${DHMQ:-$(dirname "$0")/../dhmq}

compare() {
    local table=$1
    shift
    "$dhmq" compare --model "$model" --images "$images" --annotations "$annotations" --judge "$judged" \
        --ratio "${RATIOS:-8,10.67,12.8}" --seeds 0,1,2 --calibration-images 16 --out "$out/$table" "$@"
}

for table in "${@:-methods}"; do
    case $table in
        methods)
            compare methods --probes 50 --correct \
                --methods uniform,magnitude,random,hawq-v2,hawq-v2-knapsack,static,dhmq \
                --variant 'corrected effect: --objective corrected-effect'
            ;;
        ablation)
            compare ablation --correct --methods uniform,dhmq \
                --variant 'corrected effect: --objective corrected-effect' \
                --variant 'task loss: --objective task' \
                --variant 'whole gradient: --sensitivity curvature-and-gradient' \
                --variant 'no gradient: --sensitivity curvature' \
                --variant 'no L-BFGS pairs: --memory 0' \
                --variant 'hutchinson start: --start hutchinson --probes 12' \
                --variant 'lowest sensitivity: --rule lowest-sensitivity' \
                --variant 'three layers a step: --layers-per-step 3' \
                --variant 'equal task weights: --task-weights 1 1' \
                --variant 'secant start: --start secant'
            ;;
        hessian)
            # Parts of the dynamical Hessian, left out one by one, and exchanges of bits at the end.
            compare hessian --correct --methods uniform,dhmq \
                --variant 'no refresh: --without refresh' \
                --variant 'no damping: --without damping' \
                --variant 'no floor: --without floor' \
                --variant 'no L-BFGS pairs: --memory 0' \
                --variant 'no gradient: --sensitivity curvature' \
                --variant 'exchanges: --exchanges 10' \
                --variant 'corrected effect: --objective corrected-effect' \
                --variant 'corrected effect, exchanges: --objective corrected-effect --exchanges 10'
            ;;
        steps)
            # A gradient for every layer that goes down: several times as long as the others.
            compare steps --correct --methods uniform,dhmq \
                --variant 'one layer a step: --layers-per-step 1' \
                --variant "the paper's words: --rule lowest-sensitivity --sensitivity curvature --layers-per-step 1"
            ;;
        calibration)
            # Images the detector was trained on, against images it has not seen. The latter are part of what is judged, so
            # that row says what better images are worth, not how well the method does.
            compare calibration --correct --methods uniform,dhmq \
                --variant '4 images: --calibration-images 4' \
                --variant '64 images: --calibration-images 64' \
                --variant "16 unseen images: --calibrate-on '${judged%%,*}'"
            ;;
        *)
            echo "compare.sh: $table is none of methods, ablation, hessian, steps, calibration" >&2
            exit 2
            ;;
    esac
done
