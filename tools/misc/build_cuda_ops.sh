#!/usr/bin/env bash
# Compile the operators of mmcv (RoIAlign, NMS and so on) for a GPU, into the
# environment of a Python that has PyTorch for CUDA already. The wheel that
# pip compiles on a machine without a GPU has these operators for the CPU only,
# and training on the GPU then fails in the first RoIAlign.
#
#   tools/misc/build_cuda_ops.sh [ARCH [MMCV]]
#
#   ARCH  compute capability of the GPU, e.g. 8.0 (A100), 8.9 (L4), 9.0 (H100);
#         several as "8.0;9.0". Default: that of the GPU in this machine
#   MMCV  requirement for pip. Default: the one of requirements/onedl.txt
#
#   PYTHON    interpreter of the environment (python)
#   MAX_JOBS  parallel compiler processes (all cores; 2 GB of memory each)
#   CUDA_HOME folder of the CUDA toolkit (found by PyTorch)
set -euo pipefail
cd "$(dirname "$0")/../.."

PYTHON=${PYTHON:-python}
MAX_JOBS=${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}

die() {
    printf 'build_cuda_ops: %s\n' "$@" >&2
    exit 2
}

if (($# > 2)); then
    die "too many arguments; usage: $0 [ARCH [MMCV]]"
fi
arch=${1:-$("$PYTHON" -c 'import torch
if torch.cuda.is_available():
    print("%d.%d" % torch.cuda.get_device_capability())')}
[ -n "$arch" ] ||
    die 'PyTorch finds no GPU here; name its compute capability, e.g. 9.0'
[[ $arch =~ ^[0-9]+\.[0-9]+a?(\;[0-9]+\.[0-9]+a?)*$ ]] ||
    die "$arch is no compute capability such as 9.0, or 8.0;9.0 for several"
mmcv=${2:-$(grep -E '^onedl-mmcv==' requirements/onedl.txt)}

# The compiler must be of the same release of CUDA as PyTorch.
torch_cuda=$("$PYTHON" -c 'import torch; print(torch.version.cuda or "")')
[ -n "$torch_cuda" ] ||
    die "this PyTorch is a build for the CPU; install a build for CUDA first"
nvcc=$("$PYTHON" -c 'from torch.utils.cpp_extension import CUDA_HOME
print(CUDA_HOME + "/bin/nvcc" if CUDA_HOME else "")')
[ -x "$nvcc" ] ||
    die "there is no nvcc; install the CUDA toolkit $torch_cuda, or set" \
        'CUDA_HOME to its folder'
echo "nvcc: $("$nvcc" --version | grep -o 'release [0-9.]*')," \
    "PyTorch: CUDA $torch_cuda"

echo "==> compiling $mmcv for compute capability $arch, $MAX_JOBS processes;" \
    'minutes on 16 cores'
FORCE_CUDA=1 TORCH_CUDA_ARCH_LIST=$arch MAX_JOBS=$MAX_JOBS \
    "$PYTHON" -m pip --disable-pip-version-check install --no-deps \
    --no-build-isolation --no-binary :all: --no-cache-dir --force-reinstall \
    "$mmcv"

# Without a GPU, the operators can only be imported.
"$PYTHON" -c 'import torch
from mmcv.ops import nms
if torch.cuda.is_available():
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 9]], device="cuda")
    kept = nms(boxes, torch.ones(2, device="cuda"), 0.5)[1]
    assert len(kept) == 1
    print("==> ready: NMS works on", torch.cuda.get_device_name())
else:
    print("==> ready; there is no GPU here to try the operators on")'
