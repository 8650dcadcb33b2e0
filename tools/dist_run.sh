#!/usr/bin/env bash
# Run train.py or test.py in several processes, one per GPU, or on the CPU if no
# GPU is available. Called by dist_train.sh and dist_test.sh.
#   NNODES, NODE_RANK, MASTER_ADDR, PORT: for several machines
set -euo pipefail
processes=$1
shift
exec python -m mmdmr.cli.launcher \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$@" --launcher pytorch
