#!/usr/bin/env bash
# Create an environment in stages. A finished stage is repeated only when its
# inputs change, so an interrupted run resumes.
#   STACK   onedl: the maintained forks, mmdmr editable (the default);
#           openmmlab: upstream, mmdmr from a wheel
#   PYTHON  interpreter of the environment (python3)
#   TORCH   requirement of PyTorch for pip (torch==2.13.0)
#   VENV    folder (.venv)
#   MAX_JOBS  parallel compiler processes (all cores)
set -euo pipefail
cd "$(dirname "$0")/.."

STACK=${STACK:-onedl}
PYTHON=${PYTHON:-python3}
TORCH=${TORCH:-torch==2.13.0}
VENV=${VENV:-.venv}
MAX_JOBS=${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}
export MAX_JOBS
EVERY=${EVERY:-20}  # seconds between two progress messages
ran=  # the last stage that was not up to date

log=$VENV/build.log
stamps=$VENV/stamps
pip="$VENV/bin/python -m pip --disable-pip-version-check install"
pins=requirements/$STACK.txt
mmcv=$(grep -E '^(onedl-)?mmcv==' "$pins")

die() {
    printf 'make_env: %s\n' "$@" >&2
    exit 1
}

# watch PID: prints the elapsed time and the progress of a compile.
watch() {
    local pid=$1 start=$SECONDS next=$EVERY done_of
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        if ((SECONDS - start >= next)); then
            done_of=$(tail -c 20000 "$log" | grep -o '\[[0-9]*/[0-9]*\]' |
                      tail -n 1 || true)
            echo "    ... $((SECONDS - start)) s $done_of"
            next=$((next + EVERY))
        fi
    done
}

# stage NAME KEY TEXT COMMAND...: runs COMMAND unless the stage NAME succeeded
# with the same KEY before.
stage() {
    local name=$1 key=$2 text=$3 start=$SECONDS pid
    shift 3
    if [ -f "$stamps/$name" ] && [ "$(cat "$stamps/$name")" = "$key" ]; then
        return
    fi
    echo "==> $text (log: $log)"
    ran=$name
    rm -f "$stamps/$name"
    printf '==> %s: %s\n' "$name" "$*" >"$log"
    # A separate process group, so that an interrupt also ends compilers.
    set -m
    "$@" >>"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    trap 'kill -- -$pid 2>/dev/null; die "interrupted; run it again to resume"' \
        INT TERM HUP
    watch "$pid"
    if ! wait "$pid"; then
        trap - INT TERM HUP
        tail -n 40 "$log" >&2
        explain "$name"
        die "stage $name failed; the whole log is $log"
    fi
    trap - INT TERM HUP
    printf '%s' "$key" >"$stamps/$name"
    echo "    done in $((SECONDS - start)) s"
}

# explain STAGE: prints known causes of a failure and the missing packages.
explain() {
    local header missing=''
    header=$("$VENV/bin/python" -c \
        'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
    if [ "$1" = mmcv ]; then
        command -v "${CXX:-g++}" >/dev/null || missing="$missing g++"
        [ -f "$header" ] || missing="$missing python3-dev"
        if grep -qE 'CUDA_HOME|nvcc' "$log"; then
            echo 'There is a GPU but no CUDA compiler. Install the CUDA' \
                'toolkit, or compile for the CPU:' \
                'CUDA_VISIBLE_DEVICES= make env' >&2
        fi
        if grep -qiE 'killed signal|signal: killed' "$log"; then
            echo 'Out of memory: try MAX_JOBS=1 make env' >&2
        fi
    fi
    grep -qE 'libGL|libGLX' "$log" && missing="$missing libgl1"
    grep -qE 'libgthread|libglib' "$log" && missing="$missing libglib2.0-0"
    if [ -n "$missing" ]; then
        echo "Missing system packages (Debian names):$missing" >&2
    fi
}

check_python() {
    command -v "$PYTHON" >/dev/null ||
        die "$PYTHON is not there; name another with PYTHON=..."
    "$PYTHON" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' ||
        die "$("$PYTHON" --version) will not do: mmdmr needs 3.10 to 3.13;" \
            'name another with PYTHON=...'
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$PYTHON has no venv module. Debian: apt install python3-venv"
}

# The desktop build of OpenCV needs libGL. The headless build, installed over
# the desktop build, does not.
ensure_opencv() {
    "$VENV/bin/python" -c 'import cv2' && return
    $pip --force-reinstall --no-deps \
        "$(grep '^opencv-python-headless' "$pins")" || return 1
    "$VENV/bin/python" -c 'import cv2'
}

# A wheel in pip's cache may have been compiled for another PyTorch.
install_mmcv() {
    $pip -v --no-build-isolation -c "$pins" "$mmcv" || return 1
    ensure_opencv || return 1
    import_mmcv && return
    echo 'compiling again, for the PyTorch that is installed'
    $pip -v --no-build-isolation --force-reinstall --no-deps --no-cache-dir \
        "$mmcv" || return 1
    import_mmcv
}

import_mmcv() {
    "$VENV/bin/python" -c 'import mmcv.ops'
}

install_libraries() {
    $pip -r "$pins" -r requirements/runtime.txt -r requirements/search.txt \
        -r requirements/app.txt -r requirements/docs.txt \
        -r requirements/tests.txt -r requirements/lint.txt &&
        ensure_opencv
}

# egg-info is removed: mim, run from this folder, would take it for the
# installation.
install_editable() {
    $pip --no-build-isolation --no-deps -e . && rm -rf mmdmr.egg-info
}

install_wheel() {
    $pip --no-build-isolation --no-deps --force-reinstall . && rm -rf mmdmr.egg-info
}

sources() {
    find mmdmr configs tools setup.* model-index.yml -type f \
        -not -name '*.pyc' | sort
}

content() {
    cat "$@" | cksum
}

if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
    check_python
    echo "==> making $VENV with $("$PYTHON" --version)"
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV" || die "could not make $VENV"
fi
mkdir -p "$stamps"

stage build "$(content requirements/build.txt)" \
    'pip and build tools' \
    $pip --upgrade pip -r requirements/build.txt
stage torch "$TORCH" \
    "PyTorch, $TORCH (the build for GPUs is a large download)" \
    $pip $TORCH
torch_version=$("$VENV/bin/python" -c \
    'from importlib.metadata import version; print(version("torch"))')
stage mmcv "$mmcv for torch $torch_version" \
    "$mmcv: compiles mmcv's operators, 7 to 10 minutes on two cores, only once" \
    install_mmcv
stage libraries "$(content requirements/*.txt)" \
    'MMEngine, MMDetection, mim and the test tools' \
    install_libraries
if [ "$STACK" = onedl ]; then
    stage mmdmr "$(content setup.cfg setup.py) $PWD" \
        'mmdmr itself, editable' \
        install_editable
else
    stage mmdmr "$(content $(sources))" 'mmdmr itself, from a wheel' \
        install_wheel
fi
if [ -n "$ran" ]; then
    echo "==> ready; enter the environment with: . $VENV/bin/activate"
fi
