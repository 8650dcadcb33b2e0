"""Libraries that parts of mmdmr need."""

import re
from collections.abc import Iterator

from mmdmr.stack import release

from .facts import Facts
from .finding import Finding
from .symptoms import distribution, explain, opencv_builds

#: Extras that a user asks for, each with what it is for.
_EXTRAS = {
    'search': 'search on your own pictures',
    'export': 'turning a trained network into ONNX graphs',
    'qdrant': 'galleries on a Qdrant server',
    'ray': 'indexing by many machines',
}
#: Other builds of a distribution that do as well.
_OTHERS = {
    'faiss-cpu': ('faiss-gpu', 'faiss-gpu-cu12'),
    'onnxruntime': ('onnxruntime-gpu', 'onnxruntime-directml'),
}
#: Modules that have lines of their own, in other parts of the report.
_JUDGED = {'torch', 'torchvision', 'mmengine', 'mmcv', 'mmdet'}
_JUDGED |= {'numpy', 'scipy'}
#: Modules of what mim and compiling need.
_TOOLS = ('pkg_resources', 'mim')


def check_extras(facts: Facts) -> Iterator[Finding]:
    """Judge the extras of which any distribution is installed.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: A line for each extra, and for each module that does not
        work.
    """
    absent = []
    for extra, purpose in _EXTRAS.items():
        wanted = facts.extras.get(extra, {})
        there = {name: _installed(name, facts) for name in wanted}
        if not _is_wanted(extra, there):
            absent.append(extra)
            continue
        bad = [
            name
            for name, version in there.items()
            if version is None or not fits(version, wanted[name])
        ]
        if bad:
            named = ', '.join(
                f'{name} {there[name] or "is missing"}' for name in bad
            )
            quoted = ' '.join(f"'{name}{wanted[name]}'" for name in bad)
            yield Finding(
                'warning',
                f'The extra {extra}, {purpose}, is not complete: {named}.',
                command=f'pip install {quoted}',
            )
        else:
            versions = ', '.join(f'{n} {v}' for n, v in there.items())
            yield Finding('ok', f'{extra}: {versions}')
    if absent:
        yield Finding(
            'ok', f'Extras that are not installed: {", ".join(absent)}'
        )
    yield from _check_modules(facts)


def _is_wanted(extra: str, there: dict[str, str | None]) -> bool:
    """Whether a user means to use an extra.

    Parts of the search are installed with PyTorch and MMDetection, too.
    """
    sign = {'search': ('faiss-cpu', 'av'), 'export': ('onnx',)}
    signs = sign.get(extra, tuple(there))
    return any(there.get(name) is not None for name in signs)


def _installed(name: str, facts: Facts) -> str | None:
    """Version of a distribution, or of another build of it."""
    names: tuple[str, ...] = (name, *_OTHERS.get(name, ()))
    if name.startswith('opencv-'):
        names += tuple(opencv_builds(facts))
    return next(
        (facts.packages[n] for n in names if n in facts.packages), None
    )


def _check_modules(facts: Facts) -> Iterator[Finding]:
    """Problems of modules that cannot be imported."""
    for module, error in facts.imports.items():
        if module.split('.')[0] in _JUDGED or module in _TOOLS or not error:
            continue
        yield explain(module, error, facts)
    pictures = [*opencv_builds(facts), 'pillow']
    there = [
        f'{n} {facts.packages[n]}' for n in pictures if n in facts.packages
    ]
    if there:
        yield Finding('ok', f'Pictures: {", ".join(there)}')
    providers = [p.removesuffix('ExecutionProvider') for p in facts.providers]
    if providers:
        yield Finding('ok', f'ONNX Runtime runs on: {", ".join(providers)}')


def check_tools(facts: Facts) -> Iterator[Finding]:
    """Judge mim, and what compiling mmcv needs.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: A line if OpenMMLab libraries are installed.
    """
    if not facts.families():
        return
    if 'pkg_resources' not in facts.imports:
        yield explain(
            'pkg_resources', "No module named 'pkg_resources'", facts
        )._replace(level='warning')
    if 'mim' not in facts.imports:
        yield Finding(
            'ok',
            'mim is not installed: only "mim train mmdmr" needs it.',
            command=f'pip install {distribution("mim", facts)}',
        )
    elif facts.imports['mim']:
        finding = explain('mim', facts.imports['mim'], facts)
        yield finding._replace(level='warning')
    else:
        name = distribution('mim', facts)
        yield Finding('ok', f'mim {facts.packages.get(name, "")} ({name})')


def fits(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds.

    Args:
        version (str): Version of a distribution.
        bounds (str): Bounds by ``>=``, ``<`` and ``==``, joined by commas.

    Returns:
        bool: True if all bounds hold.

    Example:
        >>> fits('2.60.0', '<2.64,>=2.60'), fits('2.64', '<2.64,>=2.60')
        (True, False)
    """
    for sign, bound in re.findall(r'(>=|<|==)\s*([\w.]+)', bounds):
        a, b = release(version), release(bound)
        a += (0,) * (len(b) - len(a))
        holds = {'>=': a >= b, '<': a < b, '==': a[: len(b)] == b}
        if not holds[sign]:
            return False
    return True
