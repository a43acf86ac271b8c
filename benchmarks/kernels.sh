#!/usr/bin/env bash
# Times every kernel on 64 Ki and 1 Mi weights and on RetinaNet-ResNet50's layers, beside a copy of the same weights, LibTorch's
# operations, the plain-Java reference and a native call that does nothing, and prints a table. About half an hour on 2 cores with
# nothing else on them.
#
#   benchmarks/kernels.sh OUT [JMH options]     OUT receives the results as JSON, and kernels.md
set -euo pipefail

mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
options=${*:--f 1 -wi 2 -w 500ms -i 9 -r 300ms}

jmh() {
    mvn -B -q verify -pl benchmarks -am -DskipTests -Dnative.tests=OFF -Pjmh -Djmh.args="$*" >&2
}

jmh "KernelBenchmark|LibTorchBenchmark|CallBenchmark -p backend=cpu $options -jvmArgsAppend -Xmx4g -prof gc -rf json -rff $out/kernels.json"
# Plain Java is asked for a factor only, and on the large network one call of it takes seconds.
reference() {
    jmh "KernelBenchmark -p backend=reference -p threads=1 -p network=$1 -f 1 $2 -jvmArgsAppend -Xmx4g -rf json -rff $out/$3"
}
reference 64Ki,1Mi "-wi 4 -w 500ms -i 5 -r 200ms" reference-small.json
reference retinanet-r50 "-wi 1 -w 1ms -i 3 -r 1ms" reference-large.json
python3 benchmarks/kernels.py "$out/kernels.json" "$out/reference-small.json" "$out/reference-large.json" | tee "$out/kernels.md"
