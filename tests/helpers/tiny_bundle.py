"""A tiny exported network, and changes of its description."""

import json
from collections.abc import Callable

from tiny_checkpoint import save_tiny_checkpoint

from mmdmr.export import export_bundle
from mmdmr.inference.bundle import MANIFEST


def save_tiny_bundle(folder, **options):
    """Write an untrained network and a bundle of it.

    Args:
        folder (Path): Folder to write into.
        **options: Options of the tiny checkpoint.

    Returns:
        tuple[Path, Path, Path]: Config, checkpoint and bundle.
    """
    config, checkpoint = save_tiny_checkpoint(folder, **options)
    bundle = folder / 'tiny.bundle'
    export_bundle(str(config), checkpoint, bundle)
    return config, checkpoint, bundle


def edit_description(bundle, change: Callable[[dict], None]):
    """Change ``bundle.json`` of a bundle."""
    path = bundle / MANIFEST
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
