#!/bin/sh
# Runs nvcc, which CMake puts behind this script, and fails if ptxas reports that a kernel spills registers to memory or takes more than
# the budget: usage compile_within_budget.sh REGISTERS NVCC ARGUMENTS...
set -u
budget=$1
shift
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT
"$@" >"$report" 2>&1
status=$?
# All but ptxas' figures, which are read below.
grep -v -e '^ptxas info' -e 'bytes stack frame' "$report"
[ "$status" -eq 0 ] || exit "$status"

awk -v budget="$budget" '
    /Compiling entry function/ { kernel = $0; sub(/^[^\x27]*\x27/, "", kernel); sub(/\x27.*/, "", kernel) }
    /spill stores/ {
        for (i = 2; i < NF; ++i)
            if ($i == "bytes" && $(i + 1) == "spill" && $(i - 1) > 0) { print kernel ": spills " $(i - 1) " bytes"; failed = 1 }
    }
    /Used [0-9]+ registers/ {
        for (i = 1; i < NF; ++i)
            if ($i == "Used" && $(i + 1) > budget) { print kernel ": " $(i + 1) " registers, over the budget of " budget; failed = 1 }
    }
    END { exit failed }' "$report" >&2 && exit 0

# What was built must not look finished to the next make.
while [ $# -gt 1 ]; do
    [ "$1" = "-o" ] && rm -f "$2"
    shift
done
exit 1
