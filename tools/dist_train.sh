#!/usr/bin/env bash
# Train in several processes, one per GPU, or on the CPU without a GPU.
#   tools/dist_train.sh CONFIG PROCESSES [arguments of train.py]
#   NNODES, NODE_RANK, MASTER_ADDR, PORT: for several machines
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }
tools=$(dirname "$0")
exec "$tools/dist_run.sh" "$2" "$tools/train.py" "$1" "${@:3}"
