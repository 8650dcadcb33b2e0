"""Loading checkpoints and pickles without running what they hold.

A pickle is a program: loading one may do anything. PyTorch loads weights only
if it is asked to. MMEngine does not ask: upstream leaves the choice to
PyTorch, whose older versions load anything, and the fork loads anything where
weights alone are refused. So nothing is left to either:

- :func:`guard_checkpoints` puts loaders of this package in the place of
  MMEngine's, by MMEngine's own ``CheckpointLoader.register_scheme``. The hooks
  of this package call it: a runner with one of them is guarded, whoever
  started it.
- :func:`load_safely` also sets PyTorch's switch for the whole process, and
  replaces MMEngine's readers of pickles and YAML. The command line calls it.

Importing this package changes nothing.
"""

import functools
import os
import pickle
import re
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.parse import urlparse
from zipfile import BadZipFile, ZipFile

import torch
import yaml
from mmengine.dist import barrier, is_main_process
from mmengine.fileio import get_file_backend, register_handler
from mmengine.fileio.handlers import PickleHandler, YamlHandler
from mmengine.runner import CheckpointLoader
from torch import hub

from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.errors import InputError
from mmdmr.readers.text import beginning_of_text
from mmdmr.stack import force_weights_only, is_trusting, weights_only
from mmdmr.unpacking import check_zip, most_unpacked

#: What plain arrays need when they are loaded from a pickle.
_PLAIN = {
    ('numpy.core.multiarray', '_reconstruct'),
    ('numpy._core.multiarray', '_reconstruct'),
    ('numpy.core.multiarray', 'scalar'),
    ('numpy._core.multiarray', 'scalar'),
    ('numpy.core.numeric', '_frombuffer'),
    ('numpy._core.numeric', '_frombuffer'),
    ('numpy', 'ndarray'),
    ('numpy', 'dtype'),
    ('collections', 'OrderedDict'),
    ('_codecs', 'encode'),  # bytes, by pickles of old versions
    *(
        (module, name)
        for module in ('builtins', '__builtin__')
        for name in ('set', 'frozenset', 'complex', 'bytes')
    ),
}
_CURES = (
    'save the weights alone, torch.save(dict(state_dict=model.state_dict()), '
    "'FILE.pth'); or, if you made the file yourself, load all of it with "
    '--trust-checkpoint (in Python, load_safely(trust=True))'
)


class DamagedFile(InputError):
    """A file is cut short, or of another kind."""


def load_safely(trust: bool = False) -> None:
    """Let nothing run code by being loaded, in this process.

    For a program of its own, before it builds anything. The command line of
    this package calls it.

    Args:
        trust (bool): True to load anything: for files that one made oneself.
            Defaults to False.

    Example:
        >>> load_safely()
        >>> is_trusting()
        False
    """
    force_weights_only(trust)
    register_safe_globals()
    guard_checkpoints()
    _guard_files()


@functools.cache
def guard_checkpoints() -> None:
    """Let MMEngine load checkpoints without running what they hold.

    Covered are all that MMEngine loads checkpoints for: ``load_from``,
    ``resume``, a test, and weights to start from (``init_cfg``); from files
    and from every kind of address.

    Example:
        >>> guard_checkpoints()
        >>> CheckpointLoader.load_checkpoint('none.pth', logger='silent')
        Traceback (most recent call last):
        ...
        FileNotFoundError: checkpoint none.pth does not exist
    """
    own: dict[str, Callable] = {
        '': _load_from_local,
        'http://': _load_from_http,
        'https://': _load_from_http,
    }
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        if prefix.endswith(('s3://', 'petrel://')):
            loader = _load_from_ceph
        CheckpointLoader.register_scheme(
            prefix, _guarded(own.get(prefix, loader)), force=True
        )


def load_file(
    path: str | Path,
    map_location: Any = 'cpu',
    *,
    mmap: bool = False,
    trust: bool | None = None,
    source: str = '',
) -> Any:
    """Load a file of PyTorch, with errors that name it.

    Args:
        path (str | Path): The file.
        map_location (Any): As for ``torch.load``. Defaults to 'cpu'.
        mmap (bool): True to read tensors when they are used, where the format
            allows it. Defaults to False.
        trust (bool | None): True to load objects of any class. Defaults to
            None: as :func:`load_safely` was told.
        source (str): Where the file is from, for messages. Defaults to '':
            its path.

    Returns:
        Any: Content of the file.

    Raises:
        DamagedFile: PyTorch cannot read the file.
        InputError: The file holds an object of a class that is not
            registered, or it would fill the memory.
        OSError: The file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'a.pth')
        >>> torch.save([torch.zeros(2)], path)
        >>> load_file(path)
        [tensor([0., 0.])]
    """
    path = str(path)
    trust = is_trusting() if trust is None else trust
    check_zip(path)
    register_safe_globals()
    if not trust:
        _check_kind(path, source or path)
    load = functools.partial(
        torch.load, path, map_location=map_location, weights_only=not trust
    )
    try:
        with weights_only(not trust):
            try:
                content = load(mmap=mmap)
            except RuntimeError:
                # The format of PyTorch before 1.6 cannot be mapped.
                if not mmap:
                    raise
                content = load()
    except Exception as error:  # files of other kinds fail in many ways
        text = _plain(str(error) or repr(error))
        if isinstance(error, pickle.UnpicklingError) and _class_in(text):
            raise InputError(_why_refused(source or path, text)) from error
        raise DamagedFile(
            _why_unreadable(path, source or path, text)
        ) from error
    if not trust:
        _check_claims(content, path, source or path)
    return content


def _check_claims(content: Any, path: str, source: str) -> None:
    """Refuse tensors that repeat a few numbers, or leave zeros out.

    A file of a kilobyte can hold a tensor of any size, which fills the memory
    when it is copied or made dense.
    """
    claimed, known, left = 0, set(), [content]
    while left:
        entry = left.pop()
        if isinstance(entry, torch.Tensor):
            claimed += entry.numel() * entry.element_size()
        elif isinstance(entry, (dict, list, tuple)) and id(entry) not in known:
            known.add(id(entry))  # a list may hold itself
            left += entry.values() if isinstance(entry, dict) else entry
    if claimed > most_unpacked(path):
        raise InputError(
            f'{source} is not loaded: its tensors would become '
            f'{claimed / 1e9:.1f} GB, as in a file that is made to fill the '
            'memory; save the weights again, each tensor.contiguous()'
        )


def _load_from_local(filename: str, map_location: Any = None) -> Any:
    path = os.path.expanduser(filename)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'checkpoint {filename} does not exist')
    return load_file(path, map_location)


def _load_from_http(filename: str, map_location: Any = None) -> Any:
    """Download a checkpoint to where PyTorch keeps such files."""
    folder = Path(hub.get_dir(), 'checkpoints')
    path = folder / os.path.basename(urlparse(filename).path)

    def download() -> None:
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            hub.download_url_to_file(
                filename, str(path), progress=sys.stderr.isatty()
            )

    # The other ranks of the first machine find the file, those of another
    # machine download it as well.
    if is_main_process():
        download()
    barrier()
    download()
    return load_file(path, map_location, source=f'{filename} ({path})')


def _load_from_ceph(filename: str, map_location: Any = None) -> Any:
    """Fetch a checkpoint from a storage that MMEngine knows."""
    backend = get_file_backend(filename, backend_args=dict(backend='petrel'))
    with TemporaryDirectory() as folder:
        path = Path(folder, 'checkpoint.pth')
        path.write_bytes(backend.get(filename))
        return load_file(path, map_location, source=filename)


def _guarded(load: Callable) -> Callable:
    """A loader of MMEngine that runs nothing, with our messages."""

    @functools.wraps(load)  # MMEngine logs the name
    def guarded(filename: str, map_location: Any = None) -> Any:
        trust = is_trusting()
        register_safe_globals()
        try:
            with weights_only(not trust):
                checkpoint = load(filename, map_location)
        except pickle.UnpicklingError as error:
            raise InputError(_why_refused(filename, str(error))) from error
        if not trust and isinstance(checkpoint, dict):
            # MMEngine runs this text as a Python config when it resumes.
            meta = checkpoint.get('meta')
            if isinstance(meta, dict):
                meta.pop('config', None)
        return checkpoint

    return guarded


def _check_kind(path: str, source: str) -> None:
    """Refuse the formats in which PyTorch cannot load weights only."""
    cure = (
        'load it where you trust it, and save the weights alone: torch.save('
        "dict(state_dict=model.state_dict()), 'FILE.pth')"
    )
    # Old versions of PyTorch run code of such a file, weights only or not.
    if os.path.isfile(path) and tarfile.is_tarfile(path):
        raise InputError(
            f'{source} is a tar archive, as PyTorch wrote before 2017, which '
            f'is not loaded, since loading may run code: {cure}'
        )
    try:
        with ZipFile(path) as file:
            names = file.namelist()
    except (BadZipFile, NotImplementedError, ValueError):
        return
    if any(name.split('/')[-1] == 'constants.pkl' for name in names):
        raise InputError(
            f'{source} is a TorchScript program, no checkpoint, and is not '
            f'loaded, since loading may run code: {cure}'
        )


def _why_unreadable(path: str, source: str, text: str) -> str:
    """Message in place of PyTorch's, which is pages long."""
    begins = beginning_of_text(path)
    if begins is not None:
        return (
            f'{source} is no checkpoint but a text, {begins!r}, perhaps the '
            'error page of a failed download; download it again'
        )
    # PyTorch reads a file of any other kind as pickled objects.
    reason = text.splitlines()[0]
    if 'weights' in reason.lower():
        reason = 'the file is cut short, or of another kind'
    return f'{source} is no checkpoint that PyTorch can read ({reason})'


def _why_refused(source: str, text: str) -> str:
    """Message for an object that is not loaded.

    PyTorch's advice, to load without care (weights_only=False), is never
    passed on.
    """
    name = _class_in(_plain(text))
    what = f'an object of the class {name}' if name else 'more than weights'
    return (
        f'{source} holds {what}, which is not loaded, since loading may run '
        f'code: {_CURES}'
    )


def _plain(text: str) -> str:
    return re.sub(r'\x1b\[[0-9;]*m', '', text)


def _class_in(text: str) -> str:
    """Name of the refused class in a message of PyTorch; ''."""
    found = re.search(r'GLOBAL ([\w.]+)', text) or re.search(
        r'(?:class|global)[: ]+([\w.]*\.[\w.]+)', text, re.IGNORECASE
    )
    return found[1] if found else ''


class _PlainUnpickler(pickle.Unpickler):
    """Loads arrays, texts, numbers, and lists and mappings of these."""

    def find_class(self, module: str, name: str) -> Any:
        kind = module == 'numpy.dtypes' and name.endswith('DType')
        if (module, name) not in _PLAIN and not kind:
            raise InputError(
                f'a pickle of data holds {module}.{name}, which is not '
                'loaded, since loading may run code: store the data as JSON; '
                'or, if you made the file yourself, load all of it with '
                '--trust-checkpoint (in Python, load_safely(trust=True))'
            )
        return super().find_class(module, name)


# The parser in C is ten times as fast: MMEngine reads a hundred files.
_SafeLoader: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


class _PlainLoader(_SafeLoader):
    """Plain data, and tuples, which MMEngine writes."""


_PlainLoader.add_constructor(
    'tag:yaml.org,2002:python/tuple',
    lambda loader, node: tuple(loader.construct_sequence(node)),
)


@functools.cache
def _guard_files() -> None:
    """Let MMEngine read pickles and YAML as plain data.

    MMEngine reads annotations, proposals and results of any of its formats.
    """

    @register_handler(['pickle', 'pkl'])
    class PlainPickles(PickleHandler):
        def load_from_fileobj(self, file: IO[bytes], **kwargs: Any) -> Any:
            if is_trusting():
                return super().load_from_fileobj(file, **kwargs)
            return _PlainUnpickler(file, **kwargs).load()

    @register_handler(['yaml', 'yml'])
    class PlainYaml(YamlHandler):
        def load_from_fileobj(self, file: IO[str], **kwargs: Any) -> Any:
            if is_trusting():
                return super().load_from_fileobj(file, **kwargs)
            try:
                return yaml.load(file, _PlainLoader)
            except yaml.constructor.ConstructorError as error:
                raise InputError(
                    f'a YAML file {error.problem}: only plain data is '
                    'loaded, since more may run code'
                ) from error
