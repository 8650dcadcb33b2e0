"""Gathering the facts about this environment."""

import json
import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmdmr.version import __version__

from .child import Answer, run_steps
from .facts import Facts, Gpu, TorchFacts
from .machine import read_machine

#: Modules that training imports, and FAISS behind PyTorch: both bring an
#: OpenMP. Each needs what stands beside it.
STACK: dict[str, str] = {
    'torch': '',
    'torchvision': 'torch',
    'mmengine': 'torch',
    'mmcv': 'torch',
    'mmcv.ops': 'mmcv',
    'mmdet.datasets': 'mmcv.ops',
    'faiss': '',
}
#: All other modules that are tried.
OTHERS = (
    *('numpy', 'scipy.optimize', 'cv2', 'PIL.Image', 'yaml', 'tqdm'),
    *('pycocotools.mask', 'shapely', 'matplotlib', 'onnx', 'onnxruntime'),
    *('av', 'supervision', 'qdrant_client', 'ray', 'pkg_resources', 'mim'),
)
#: Limit in seconds: on a network drive, imports take a minute.
_LIMIT = 300
_FUNCTION = 'mmdmr.doctor.probes.main'
_EXTRA = re.compile(
    r'([\w.-]+)(?:\[[^]]*\])?\s*([^;]*?)\s*;.*\bextra\s*==\s*[\'"](\w+)[\'"]'
)


def gather() -> Facts:
    """Look at this environment, in some ten seconds.

    Returns:
        Facts: What was found.
    """
    stack = [name for name in STACK if _is_there(name)]
    others = [name for name in OTHERS if _is_there(name)]
    # Both processes wait for the disk more than for a core.
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run_steps, _FUNCTION, stack, _LIMIT, STACK)
        second = pool.submit(run_steps, _FUNCTION, others, _LIMIT)
        answers = first.result() | second.result()
    folder = Path(__file__).parents[1]
    return Facts(
        python=sys.version_info[:3],
        executable=sys.executable,
        version=__version__,
        folder=str(folder),
        editable=_is_editable(folder),
        packages=_packages(),
        extras=_extras(),
        imports={name: answer.error for name, answer in answers.items()},
        places=_places(),
        torch=_torch(answers),
        operators=_value(answers, 'mmcv.ops') or {},
        providers=tuple(_value(answers, 'onnxruntime') or ()),
        ran_network=bool(_value(answers, 'onnx')),
        machine=read_machine(),
    )


def _is_there(module: str) -> bool:
    return find_spec(module.split('.')[0]) is not None


def _value(answers: Mapping[str, Answer], name: str) -> Any:
    return answers[name].value if name in answers else None


def _torch(answers: Mapping[str, Answer]) -> TorchFacts | None:
    found = _value(answers, 'torch')
    if found is None:
        return None
    gpus = tuple(
        Gpu(name, memory, tuple(capability))
        for name, memory, capability in found.pop('gpus', ())
    )
    archs = tuple(found.pop('archs', ()))
    return TorchFacts(gpus=gpus, archs=archs, **found)


def _packages() -> dict[str, str]:
    """Versions of installed distributions by normalised name."""
    packages: dict[str, str] = {}
    for item in metadata.distributions():
        # A folder that an interrupted installation left has no name.
        if item.metadata['Name']:
            name = re.sub(r'[-_.]+', '-', item.metadata['Name']).lower()
            # Python takes the one that comes first on its path.
            packages.setdefault(name, item.version)
    return packages


def _extras() -> dict[str, dict[str, str]]:
    """Requirements of mmdmr's extras, as its metadata lists them."""
    try:
        lines = metadata.requires('mmdmr') or []
    except metadata.PackageNotFoundError:  # run from a source tree
        return {}
    extras: dict[str, dict[str, str]] = {}
    for match in map(_EXTRA.match, lines):
        if match:
            name, versions, extra = match.groups()
            extras.setdefault(extra, {})[name] = versions
    return extras


def _places() -> dict[str, str]:
    """Files of the libraries that a folder of the same name could hide."""
    places = {}
    for name in ('torch', 'mmcv', 'mmengine', 'mmdet'):
        spec = find_spec(name)
        if spec is not None and spec.origin:
            places[name] = spec.origin
    return places


def _is_editable(folder: Path) -> bool:
    try:
        text = metadata.distribution('mmdmr').read_text('direct_url.json')
    except metadata.PackageNotFoundError:
        return True
    installed = json.loads(text or '{}').get('dir_info', {})
    return bool(installed.get('editable')) or folder.parent.name not in (
        'site-packages',
        'dist-packages',
    )
