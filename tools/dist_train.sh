#!/usr/bin/env bash
# Train in several processes, one a GPU; without any GPU, on the CPU.
#   tools/dist_train.sh CONFIG PROCESSES [arguments of train.py]
#   NNODES, NODE_RANK, MASTER_ADDR, PORT: for several machines
set -euo pipefail
if [ $# -lt 2 ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
config=$1
processes=$2
shift 2
python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$(dirname "$0")/train.py" "$config" --launcher pytorch "$@"
