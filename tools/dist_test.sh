#!/usr/bin/env bash
# Test in several processes, one per GPU, or on the CPU without a GPU.
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of test.py]
#   NNODES, NODE_RANK, MASTER_ADDR, PORT: for several machines
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }
tools=$(dirname "$0")
exec "$tools/dist_run.sh" "$3" "$tools/test.py" "$1" "$2" "${@:4}"
