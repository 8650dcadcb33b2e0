#!/usr/bin/env bash
# Train on a Slurm cluster.
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of train.py]
#   GPUS (8), GPUS_PER_NODE (8), CPUS_PER_TASK (5), SRUN_ARGS
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }
tools=$(dirname "$0")
exec "$tools/slurm_run.sh" "$1" "$2" "$tools/train.py" "$3" --work-dir "$4" "${@:5}"
