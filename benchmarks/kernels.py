"""Makes a table of JMH's results: benchmarks/kernels.sh calls it with the kernels' file and the reference's."""

import json
import statistics
import sys

# Floats read and written for every weight, as design has them and as the kernels move them, with m = 10 pairs.
FLOATS = {
    "copy": (2, 2),
    "fakeQuantize": (2, 2),
    "fakeQuantizeBackward": (3, 3),
    "searchScales": (1, 1),
    "perturbationProducts": (22, 22),
    "perturbationProductsSliced": (22, 12),
    "compactProducts": (20, 11),
    "segmentedDot": (2, 2),
    "axpy": (3, 3),
    "fillRademacher": (1, 1),
    "pack": (1.15, 1.15),
    "unpack": (1.15, 1.15),
    "twoLoopRecursion": (40, 32),
    "twoLoopRecursionSliced": (40, 12),
    "dot": (2, 2),
    "mv": (11, 11),
}


def median(result):
    """Median of the iterations: a mean would follow whatever else the machine did."""
    return statistics.median(x for fork in result["primaryMetric"]["rawData"] for x in fork)


def main():
    rows = {}
    garbage = {}
    for result in json.load(open(sys.argv[1])):
        suite, kernel = result["benchmark"].split(".")[-2:]
        params = result.get("params") or {}
        key = (suite, kernel, params.get("network"), params.get("threads"))
        rows[key] = median(result)
        garbage[key] = result["secondaryMetrics"]["gc.alloc.rate.norm"]["score"]
    plain = {}
    for result in [result for file in sys.argv[2:] for result in json.load(open(file))]:
        plain[(result["benchmark"].split(".")[-1], result["params"]["network"])] = median(result)

    print("| network | threads | kernel | time | of a copy's bandwidth | LibTorch's time over ours | plain Java's | B/op |")
    print("|---|---|---|---|---|---|---|---|")
    peers = {"fakeQuantize": "fakeQuantize", "segmentedDot": "dot", "axpy": "axpy", "compactProducts": "mv",
             "twoLoopRecursion": "twoLoopRecursion", "twoLoopRecursionSliced": "twoLoopRecursion", "copy": "copy"}
    for (suite, kernel, network, threads), time in rows.items():
        if suite != "KernelBenchmark":
            continue
        copy = rows[(suite, "copy", network, threads)]
        share = FLOATS[kernel][0] / FLOATS["copy"][0] * copy / time
        moved = FLOATS[kernel][1] / FLOATS["copy"][1] * copy / time
        bandwidth = f"{share:.2f}" if FLOATS[kernel][0] == FLOATS[kernel][1] else f"{share:.2f} ({moved:.2f})"
        peer = rows.get(("LibTorchBenchmark", peers.get(kernel), network, threads))
        ratio = f"{peer / time:.1f}" if peer else ""
        print(f"| {network} | {threads} | {kernel} | {time:,.1f} us | {bandwidth} | {ratio} "
              f"| {plain[(kernel, network)] / time:.1f} | {garbage[(suite, kernel, network, threads)]:.0f} |")
    print()
    for network in ("64Ki", "1Mi", "retinanet-r50"):
        for threads in ("1", "2"):
            search = rows.get(("KernelBenchmark", "searchScales", network, threads))
            once = rows.get(("KernelBenchmark", "fakeQuantize", network, threads))
            if search and once:
                print(f"* Scale search over 16 ratios, {network}, threads {threads}: {search / once:.1f} fake-quantize passes.")
    for kernel in FLOATS:
        one = rows.get(("KernelBenchmark", kernel, "retinanet-r50", "1"))
        two = rows.get(("KernelBenchmark", kernel, "retinanet-r50", "2"))
        if one and two:
            print(f"* Two threads on retinanet-r50, {kernel}: {one / two:.2f} times one thread.")
    for kernel in ("ffm", "jni"):
        time = rows.get(("CallBenchmark", kernel, None, None))
        if time:
            print(f"* An empty call, {kernel}: {time:.1f} ns.")


main()
