"""Python, mmdmr and the libraries that training needs."""

from collections.abc import Iterator

from mmdmr.stack import (
    PYTHON,
    TORCH,
    Problem,
    distribution_of,
    install_command,
    release,
)

from .facts import Facts
from .finding import Finding
from .symptoms import explain

#: Modules that all parts of mmdmr need, and their distributions.
_NEEDED = {'numpy': 'numpy', 'scipy.optimize': 'scipy'}
#: Modules by which the stack is judged, and what a user calls them.
_STACK = {
    'torch': 'PyTorch',
    'torchvision': 'torchvision',
    'mmengine': 'MMEngine',
    'mmcv': 'mmcv',
    'mmdet.datasets': 'MMDetection',
}


def check_python(facts: Facts) -> Iterator[Finding]:
    """Judge Python and mmdmr.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: Lines about mmdmr and Python.
    """
    how = 'editable' if facts.editable else 'installed'
    yield Finding('ok', f'mmdmr {facts.version}, {how}, in {facts.folder}')
    version = '.'.join(map(str, facts.python))
    oldest, newer = PYTHON
    if oldest <= facts.python[:2] < newer:
        yield Finding('ok', f'Python {version}, {facts.executable}')
    else:
        yield Finding(
            'problem',
            f'Python {version}: mmdmr needs 3.10 to 3.13.',
            'Make an environment with another Python, and install mmdmr into '
            'it.',
            'python3.12 -m venv .venv',
        )


def check_needed(facts: Facts) -> Iterator[Finding]:
    """Judge the libraries that mmdmr cannot do without.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: Lines about NumPy and SciPy.
    """
    for module, name in _NEEDED.items():
        if module not in facts.imports:
            yield Finding(
                'problem',
                f'{name} is not installed: no part of mmdmr works.',
                command=f'pip install {name}',
            )
        elif facts.imports[module]:
            yield explain(module, facts.imports[module], facts)
        else:
            yield Finding('ok', f'{name} {facts.packages.get(name, "")}')


def check_stack(facts: Facts) -> Iterator[Finding]:
    """Judge PyTorch and the OpenMMLab libraries.

    Without all of them, the search still works, which is no problem. Some of
    them are an installation that was not completed.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: Lines about these libraries.
    """
    unmet = _unmet(facts)
    if not facts.families() and 'mmcv' not in facts.imports:
        yield Finding(
            'ok',
            'MMDetection is not installed: mmdmr can search and score, but '
            'not train.',
            'To train:',
            install_command(unmet),
        )
        if 'torch' not in facts.imports:
            return
    elif unmet:
        missing = [p.module for p in unmet if not p.version]
        too_old = [f'{p.module} {p.version}' for p in unmet if p.version]
        what = [f'too old: {", ".join(too_old)}'] if too_old else []
        what += [f'not installed: {", ".join(missing)}'] if missing else []
        yield Finding(
            'problem',
            f'Training cannot work: {"; ".join(what)}.',
            command=install_command(unmet),
        )
    for module, title in _STACK.items():
        error = facts.imports.get(module)
        if error:
            yield explain(module, error, facts)
        elif error is not None:
            yield Finding('ok', f'{title} {_version(module, facts)}')


def _unmet(facts: Facts) -> list[Problem]:
    """Requirements of the stack that are missing or too old."""
    unmet = []
    for module, line in {'torch': TORCH, **facts.requirements()}.items():
        name, oldest = distribution_of(line), line.split('>=')[1].split(',')[0]
        version = facts.packages.get(name)
        if version is None and module not in facts.places:
            unmet.append(Problem(module, line, None))
        elif version is not None and release(version) < release(oldest):
            unmet.append(Problem(module, line, version))
    return unmet


def _version(module: str, facts: Facts) -> str:
    """Version of a library, with the name of a fork's distribution."""
    top = module.split('.')[0]
    name = distribution_of(facts.requirements().get(top, top))
    version = facts.packages.get(name, 'of unknown version')
    return f'{version} ({name})' if name != top else version
