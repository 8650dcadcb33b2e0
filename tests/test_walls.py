"""The walls of the house: what may import what, and what does without.

The contracts themselves stand in setup.cfg, section ``importlinter``.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hidden_stack import HIDE

from mmdmr.cli.tools import TOOLS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / 'mmdmr'
MODULES = sorted(PACKAGE.rglob('*.py'))
#: What works in an environment of NumPy, SciPy, Pillow and OpenCV alone.
LIGHT = (
    *('cpu', 'errors', 'files', 'unpacking', 'structures', 'readers'),
    'synthetic',
    *('doctor.diagnosis', 'doctor.gathering', 'doctor.report'),
    *('doctor.probes', 'doctor.self_test'),
    *('benchmark.agreement', 'benchmark.bounds', 'benchmark.child'),
    'benchmark.clock',
    *('benchmark.embedders', 'benchmark.gallery', 'benchmark.memory'),
    *('benchmark.peers', 'benchmark.search_eval', 'benchmark.simulation'),
    *('gallery', 'media', 'inference'),
    *('reliability.gallery_load', 'reliability.gallery_states'),
    'reliability.resources',
    *('evaluation.functional', 'evaluation.loading', 'evaluation.scores'),
    *('evaluation.per_query', 'evaluation.colour_histogram'),
    *('visualization.ranking_sheet', 'visualization.search_page'),
    'reports',
    *('visualization.hit_sheet', 'visualization.hit_scenes'),
    *('visualization.search_report', 'apis.searcher', 'apis.predict'),
    *('apis.calibration', 'apis.scenes', 'apis.ray_embedding', 'web'),
)


def imports_of(path):
    """Modules that a file names in its import statements."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def test_dependence_goes_one_way():
    run = subprocess.run(
        [Path(sys.executable).with_name('lint-imports'), '--no-cache'],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]


def test_only_the_command_line_parses_arguments():
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if 'argparse' in imports_of(path)
        and (PACKAGE / 'cli') not in path.parents
    ]
    assert not elsewhere


def test_nothing_is_patched():
    """An upstream change breaks a test, not a user."""
    patched = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if {'unittest.mock', 'unittest'} & set(imports_of(path))
    ]
    assert not patched


def test_ray_is_imported_where_it_is_used_only():
    """Each other part works where Ray is not installed."""
    users = [path.name for path in MODULES if 'ray' in imports_of(path)]
    users += [path.name for path in MODULES if 'ray.data' in imports_of(path)]
    assert set(users) == {'ray_cluster.py'}


def test_a_module_is_read_in_one_sitting():
    lines = {
        path: len(path.read_text().splitlines())
        for path in [*MODULES, *(ROOT / 'configs').rglob('*.py')]
    }
    assert not {str(path): n for path, n in lines.items() if n > 400}


def test_the_command_line_stays_thin():
    """What a command computes belongs into the library."""

    def count(folder):
        paths = (p for p in MODULES if folder in p.parents)
        return sum(len(p.read_text().splitlines()) for p in paths)

    assert count(PACKAGE / 'cli') < 0.14 * count(PACKAGE)


def without_stack(code):
    """Run a program where the stack cannot be imported."""
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', HIDE + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_light_modules_do_without_pytorch():
    packages = [f'mmdmr.{name}' for name in LIGHT]
    run = without_stack(
        'from importlib import import_module\n'
        'from pkgutil import walk_packages\n'
        f'for name in {packages}:\n'
        '    module = import_module(name)\n'
        "    path = getattr(module, '__path__', [])\n"
        "    for found in walk_packages(path, f'{name}.'):\n"
        '        import_module(found.name)\n'
    )
    assert run.returncode == 0, run.stderr[-2000:]


@pytest.mark.parametrize(
    'name', [name for name, tool in TOOLS.items() if not tool.needs_stack]
)
def test_light_tools_do_without_pytorch(name):
    # Nor with what would take most of the time in which a tool starts.
    run = without_stack(
        'sys.modules["scipy.stats"] = None\n'
        f'from mmdmr.cli.main import main; main([{name!r}, "--help"])'
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert f'usage: mmdmr {name}' in run.stdout


def test_the_other_tools_name_what_they_lack():
    run = without_stack('from mmdmr.cli.main import main; main(["train"])')
    assert run.returncode == 2
    assert 'not installed: torch' in run.stderr
