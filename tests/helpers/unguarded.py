"""MMEngine as it is before anything of this package is called."""

from contextlib import contextmanager

from mmengine.fileio import PickleHandler, YamlHandler
from mmengine.fileio.handlers import file_handlers
from mmengine.runner import CheckpointLoader, checkpoint

from mmdmr.engine import safe_loading

LOADERS = {'': 'local', 'http://': 'http', 'https://': 'http'}


@contextmanager
def unguarded():
    """Undo what guards MMEngine, for a while."""
    loaders, handlers = dict(CheckpointLoader._schemes), dict(file_handlers)
    for prefix, loader in loaders.items():
        plain = getattr(loader, '__wrapped__', loader)
        if prefix in LOADERS:
            plain = getattr(checkpoint, f'load_from_{LOADERS[prefix]}')
        CheckpointLoader.register_scheme(prefix, plain, force=True)
    file_handlers.update(
        pkl=PickleHandler(),
        pickle=PickleHandler(),
        yaml=YamlHandler(),
        yml=YamlHandler(),
    )
    safe_loading.guard_checkpoints.cache_clear()
    safe_loading._guard_files.cache_clear()
    try:
        yield
    finally:
        CheckpointLoader._schemes = loaders
        file_handlers.update(handlers)
