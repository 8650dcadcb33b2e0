"""What is mutated, by which tests it is checked."""

from dataclasses import dataclass
from pathlib import Path

from .operators import mutants_of

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10; pytest needs the package, too
    import tomli as tomllib


@dataclass(frozen=True)
class Target:
    """Modules that belong together.

    Args:
        name (str): Name in tables.
        files (tuple[str, ...]): Files, below the root.
        tests (tuple[str, ...]): Test files, and single tests, likewise.
    """

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


def read_toml(path):
    """Contents of a TOML file."""
    return tomllib.loads(Path(path).read_text())


def read_plan(path, root):
    """Modules to import beforehand, and the targets by name."""
    content = read_toml(path)
    examples = content.get('examples')
    targets = {}
    for name, entry in content['target'].items():
        files = sorted(
            _below(path, root)
            for pattern in entry['files']
            for path in root.glob(pattern)
        )
        tests = [
            _below(path, root)
            for test in entry['tests']
            for path in _test_files(root / test)
        ]
        if examples:
            tests += [
                examples.format(module=module_of(file))
                for file in files
                if not file.endswith('__init__.py')
            ]
        targets[name] = Target(name, tuple(files), tuple(dict.fromkeys(tests)))
    return content.get('preload', []), targets


def _below(path, root):
    return path.relative_to(root).as_posix()


def _test_files(path):
    if not path.exists():
        raise SystemExit(f'mutation: {path} does not exist')
    return sorted(path.rglob('test_*.py')) if path.is_dir() else [path]


def module_of(file):
    """Name of the module in a file below the root."""
    return file.removesuffix('.py').removesuffix('/__init__').replace('/', '.')


def candidates(targets, root):
    """All mutants by file."""
    files = [file for target in targets for file in target.files]
    return {
        file: mutants_of((root / file).read_text(), file) for file in files
    }
