"""Combinations that do not work together, before any error shows.

The table was made from the issues of MMDetection, mmcv, MMEngine, PyTorch,
OpenCV and ONNX Runtime.
"""

from collections.abc import Callable
from typing import NamedTuple

from mmdmr.stack import FAMILIES, distribution_of, release

from .facts import Facts
from .finding import Finding, Level
from .symptoms import fitting_torchvision, opencv_builds, reinstall_opencv

_ISSUES = 'https://github.com'
#: Where to choose a build of PyTorch.
_PYTORCH = 'https://pytorch.org/get-started/locally/'


class Combination(NamedTuple):
    """A combination that does not work.

    Args:
        find (Callable[[Facts], str]): Gives the finding; '' where the
            combination is not there.
        level (str): How bad the combination is.
        command (Callable[[Facts], str] | str): What to run. Defaults to ''.
        advice (str): What to do, in words. Defaults to ''.
        source (str): Address of a report. Defaults to ''.
    """

    find: Callable[[Facts], str]
    level: Level
    command: Callable[[Facts], str] | str = ''
    advice: str = ''
    source: str = ''


def find_combinations(facts: Facts) -> list[Finding]:
    """Look for all combinations of the table.

    Args:
        facts (Facts): The environment.

    Returns:
        list[Finding]: A finding for each combination that is there.

    Example:
        >>> facts = Facts(packages={'mmcv': '2.1.0', 'onedl-mmcv': '2.3.6'})
        >>> find_combinations(facts)[0].level
        'problem'
    """
    return [
        Finding(
            row.level,
            text,
            row.advice,
            row.command
            if isinstance(row.command, str)
            else row.command(facts),
            row.source,
        )
        for row in COMBINATIONS
        if (text := row.find(facts))
    ]


def _two_families(facts: Facts) -> str:
    if len(facts.families()) < 2:
        return ''
    return (
        'Parts of both families of OpenMMLab libraries are installed: '
        f'{", ".join(_installed_openmmlab(facts))}. They share the names '
        'mmcv, mmengine and mmdet, and overwrite each other.'
    )


def _one_family(facts: Facts) -> str:
    requirements = list(FAMILIES['onedl'].values())
    return (
        f'pip uninstall -y {" ".join(_installed_openmmlab(facts))} && '
        'pip install --no-build-isolation '
        + ' '.join(f"'{requirement}'" for requirement in requirements)
    )


def _installed_openmmlab(facts: Facts) -> list[str]:
    names = [
        distribution_of(requirement)
        for requirements in FAMILIES.values()
        for requirement in requirements.values()
    ]
    return [n for n in (*names, *_OTHER_MMCV) if n in facts.packages]


#: Distributions that also install a module mmcv.
_OTHER_MMCV = ('mmcv-lite', 'mmcv-full')


def _other_mmcv(facts: Facts) -> str:
    others = [name for name in _OTHER_MMCV if name in facts.packages]
    if not others:
        return ''
    return (
        f'{others[0]} is installed, which overwrites the module mmcv: '
        'mmcv-lite has no operators, mmcv-full is for MMDetection 2.'
    )


def _rebuild_mmcv(facts: Facts) -> str:
    requirement = facts.requirements()['mmcv']
    names = ' '.join(
        name
        for name in (*_OTHER_MMCV, distribution_of(requirement))
        if name in facts.packages
    )
    return (
        f'pip uninstall -y {names} && pip install --no-build-isolation '
        f"'{requirement}'"
    )


def _too_new(facts: Facts) -> str:
    """Versions above the ranges that were tested."""
    found = []
    for requirement in facts.requirements().values():
        name, newest = distribution_of(requirement), requirement.split('<')[1]
        version = facts.packages.get(name)
        if version and release(version) >= release(newest):
            found.append(f'{name} {version} (mmdmr needs <{newest})')
    if not found:
        return ''
    return f'Newer than what mmdmr was tested with: {", ".join(found)}.'


def _tested_versions(facts: Facts) -> str:
    quoted = ' '.join(f"'{line}'" for line in facts.requirements().values())
    return f'pip install --no-build-isolation {quoted}'


def _build_for_cpu(facts: Facts) -> str:
    driver = facts.machine.driver
    if facts.torch is None or facts.torch.build != 'CPU' or driver is None:
        return ''
    return (
        f'There is an NVIDIA driver ({driver}), but PyTorch is a build for '
        'the CPU: training leaves the GPU idle.'
    )


def _no_gpu(facts: Facts) -> str:
    if facts.torch is None or not facts.torch.gpu_error:
        return ''
    if facts.machine.visible_gpus in ('', '-1'):
        why = 'CUDA_VISIBLE_DEVICES hides all GPUs'
    elif facts.machine.driver is None:
        why = 'there is no NVIDIA driver'
    else:
        why = facts.torch.gpu_error
    return (
        f'PyTorch is a build for {facts.torch.build}, but can use no GPU: '
        f'{why}.'
    )


def _no_code_for_gpu(facts: Facts) -> str:
    if facts.torch is None or not facts.torch.archs:
        return ''
    for gpu in facts.torch.gpus:
        if not any(_runs_on(a, gpu.capability) for a in facts.torch.archs):
            major, minor = gpu.capability
            return (
                f'PyTorch has no code for {gpu.name} (compute capability '
                f'{major}.{minor}), only for {", ".join(facts.torch.archs)}.'
            )
    return ''


def _runs_on(arch: str, capability: tuple[int, int]) -> bool:
    """Whether a GPU runs code for ``sm_90`` (binary), ``compute_90`` (PTX)."""
    kind, _, digits = arch.partition('_')
    digits = digits.rstrip('af')
    if not digits.isdigit():  # ROCm: gfx90a
        return True
    major, minor = int(digits[:-1]), int(digits[-1])
    if kind == 'compute':
        return (major, minor) <= capability
    return major == capability[0] and minor <= capability[1]


def _other_torchvision(facts: Facts) -> str:
    version = facts.packages.get('torchvision')
    wanted = fitting_torchvision(facts).partition('==')[2].rstrip('*')
    if not version or not wanted or f'{version}.'.startswith(wanted):
        return ''
    return (
        f'torchvision {version} does not belong to PyTorch '
        f'{facts.packages["torch"]}.'
    )


def _mixed_opencv(facts: Facts) -> str:
    builds = {name: facts.packages[name] for name in opencv_builds(facts)}
    if len(set(builds.values())) < 2:
        return ''
    names = ', '.join(f'{name} {version}' for name, version in builds.items())
    return f'Builds of OpenCV of several versions share a folder: {names}.'


def _both_onnxruntimes(facts: Facts) -> str:
    names = ('onnxruntime', 'onnxruntime-gpu')
    if not all(name in facts.packages for name in names):
        return ''
    return (
        'onnxruntime and onnxruntime-gpu share a folder: the one that was '
        'installed last hides the other.'
    )


def _other_mim(facts: Facts) -> str:
    wanted = {'onedl': 'onedl-mim', 'openmmlab': 'openmim'}
    families = facts.families()
    if len(families) != 1 or wanted[families[0]] in facts.packages:
        return ''
    others = [name for name in wanted.values() if name in facts.packages]
    if not others:
        return ''
    return (
        f'{others[0]} belongs to the other family of OpenMMLab libraries: '
        '"mim train mmdmr" may not find the libraries.'
    )


def _mim_of_family(facts: Facts) -> str:
    if facts.families() == ['onedl']:
        return 'pip uninstall -y openmim && pip install onedl-mim'
    return 'pip uninstall -y onedl-mim && pip install openmim'


def _weights_only(facts: Facts) -> str:
    version = facts.packages.get('mmengine')
    torch = facts.packages.get('torch', '0')
    if not version or release(torch) < (2, 6):
        return ''
    return (
        f"MMDetection's own tools cannot load checkpoints by MMEngine "
        f'{version} with PyTorch {torch}, which refuses pickled objects. '
        "mmdmr's tools can."
    )


def _unsafe_checkpoints(facts: Facts) -> str:
    version = facts.packages.get('torch')
    if not version or release(version) >= _SAFE_TORCH:
        return ''
    return (
        f'PyTorch {version} can be made to run code by a checkpoint, even if '
        'it loads weights only (CVE-2026-24747; before 2.6 also '
        'CVE-2025-32434).'
    )


#: First PyTorch that loads weights without running code, as far as is known.
_SAFE_TORCH = (2, 10)


#: The table. What has several causes stands where it is looked for first.
COMBINATIONS = (
    Combination(_two_families, 'problem', _one_family),
    Combination(
        _other_mmcv,
        'problem',
        _rebuild_mmcv,
        source=f'{_ISSUES}/VBTI-development/onedl-mmdetection/issues/11',
    ),
    Combination(
        _too_new,
        'warning',
        _tested_versions,
        source=f'{_ISSUES}/open-mmlab/mmcv/issues/3096',
    ),
    Combination(
        _build_for_cpu,
        'warning',
        advice=f'Choose a build for your CUDA at {_PYTORCH}, and compile '
        "mmcv's operators again: tools/misc/build_cuda_ops.sh.",
    ),
    Combination(
        _no_gpu,
        'warning',
        advice='Training runs on the CPU. For the GPU: make it visible, '
        'update its driver, or choose a build of PyTorch for the driver at '
        f'{_PYTORCH}. In a container, give --gpus all.',
    ),
    Combination(
        _no_code_for_gpu,
        'problem',
        advice=f'Choose a build of PyTorch for this GPU at {_PYTORCH}: a '
        "newer GPU needs a newer CUDA. Then compile mmcv's operators again: "
        'tools/misc/build_cuda_ops.sh.',
        source=f'{_ISSUES}/open-mmlab/mmcv/issues/3327',
    ),
    Combination(
        _other_torchvision,
        'warning',
        lambda facts: f"pip install '{fitting_torchvision(facts)}'",
        'Take torchvision from where PyTorch came from (--index-url).',
        f'{_ISSUES}/pytorch/pytorch/issues/122494',
    ),
    Combination(
        _mixed_opencv,
        'warning',
        reinstall_opencv,
        source=f'{_ISSUES}/opencv/opencv-python/issues/467',
    ),
    Combination(
        _both_onnxruntimes,
        'warning',
        'pip uninstall -y onnxruntime onnxruntime-gpu && '
        'pip install onnxruntime-gpu',
        source=f'{_ISSUES}/microsoft/onnxruntime/issues/26996',
    ),
    Combination(_other_mim, 'warning', _mim_of_family),
    Combination(
        _weights_only,
        'warning',
        'export TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1',
        'Only for checkpoints that you trust: loading one may run code.',
        f'{_ISSUES}/open-mmlab/mmengine/issues/1655',
    ),
    Combination(
        _unsafe_checkpoints,
        'warning',
        "pip install 'torch>=2.10'",
        "Then compile mmcv's operators again. Until then, load checkpoints "
        'only from whom you trust.',
        'https://github.com/advisories/GHSA-63cw-57p8-fm3p',
    ),
)
