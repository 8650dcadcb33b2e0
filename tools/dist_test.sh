#!/usr/bin/env bash
# Test in several processes, one a GPU; without any GPU, on the CPU.
#   tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [arguments of test.py]
#   NNODES, NODE_RANK, MASTER_ADDR, PORT: for several machines
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
config=$1
checkpoint=$2
processes=$3
shift 3
python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch "$@"
