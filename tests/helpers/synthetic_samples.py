"""A tiny synthetic set, and what is in it."""

from pathlib import Path

from scipy.io import loadmat

from mmdmr.synthetic import Settings

TINY = Settings(
    images=5, test_images=6, identities=6, test_identities=5, queries=5
)


def files_of(root: Path) -> dict:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def mat(root, name, variable):
    return loadmat(root / 'annotation' / f'{name}.mat')[variable]
